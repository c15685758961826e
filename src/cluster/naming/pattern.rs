use std::fmt;
use std::str::FromStr;

use crate::cluster::files::RelationFileName;
use crate::cluster::relation::{Relation, usual_directory};
use crate::primitives::{ForkNumber, Oid, RelFileLocator};

/// Relations as a person names them.
///
/// ```text
/// orders                 a name, in whatever schema
/// public.orders          schema and name
/// shop.public.orders     database, schema and name
/// "Größe".*              identifiers in quotes; * and ? outside of them stand for any text, any
///                        character
/// 16384                  an OID
/// base/5/16384           a path, as pg_relation_filepath() prints it; that of another fork or
///                        segment (base/5/16384_fsm.1) means the same relation
/// ```
///
/// As in SQL, what is not quoted is taken in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationPattern {
    text: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Oid(Oid),
    Path { path: String, fork: Option<ForkNumber> },
    Name { database: Option<Glob>, schema: Option<Glob>, name: Glob },
}

/// The text names no relation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} names no relation ({why}): expected table, schema.table, database.schema.table, an \
     OID or a path (base/5/16384)"
)]
pub struct ParseNameError {
    text: String,
    why: &'static str,
}

impl RelationPattern {
    /// Whether the relation is one of those that are meant.
    #[must_use]
    pub fn matches(&self, relation: &Relation) -> bool {
        match &self.form {
            Form::Oid(oid) => relation.oid == Some(*oid),
            Form::Path { path, .. } => relation.path.as_ref() == Some(path),
            Form::Name { database, schema, name } => {
                let is = |glob: &Glob, text: Option<&str>| text.is_some_and(|text| glob.fits(text));
                let own = relation.database.as_ref().and_then(|database| database.name.as_deref());
                is(name, relation.name.as_deref())
                    && schema.as_ref().is_none_or(|glob| is(glob, relation.schema.as_deref()))
                    && database.as_ref().is_none_or(|glob| is(glob, own))
            }
        }
    }

    /// The fork that a path names, where it is the path of a file of another than the main one.
    #[must_use]
    pub fn fork(&self) -> Option<ForkNumber> {
        match &self.form {
            Form::Path { fork, .. } => *fork,
            Form::Oid(_) | Form::Name { .. } => None,
        }
    }

    /// Whether it means these files: by their number, or by the path that they would have in a
    /// cluster's directory. `None` where it is a name, which files alone do not have.
    #[must_use]
    pub fn matches_files(&self, locator: RelFileLocator) -> Option<bool> {
        match &self.form {
            Form::Oid(number) => Some(locator.number.0 == number.0),
            Form::Path { path, .. } => {
                let path = path.rsplit_once('/');
                Some(path.is_some_and(|(directory, number)| {
                    directory == usual_directory(locator, None)
                        && number == locator.number.to_string()
                }))
            }
            Form::Name { .. } => None,
        }
    }

    /// Whether a name is given without its schema.
    pub(super) const fn is_without_schema(&self) -> bool {
        matches!(self.form, Form::Name { schema: None, .. })
    }

    /// The relation's name, where one is given and nothing in it stands for other text.
    pub(super) fn plain_name(&self) -> Option<String> {
        match &self.form {
            Form::Name { name, .. } => name.plain(),
            Form::Oid(_) | Form::Path { .. } => None,
        }
    }
}

/// As it was written.
impl fmt::Display for RelationPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for RelationPattern {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = parse(text.trim());
        let form = form.map_err(|why| ParseNameError { text: text.to_owned(), why })?;
        Ok(Self { text: text.trim().to_owned(), form })
    }
}

fn parse(text: &str) -> Result<Form, &'static str> {
    if let Ok(oid) = text.parse() {
        return Ok(Form::Oid(Oid(oid)));
    }
    let is_path = ["base/", "global/", "pg_tblspc/"].into_iter().any(|root| text.starts_with(root));
    if is_path {
        return Ok(path(text));
    }
    let mut parts = identifiers(text)?.into_iter().rev();
    let name = parts.next().ok_or("it is empty")?;
    let form = Form::Name { schema: parts.next(), database: parts.next(), name };
    if parts.next().is_some() { Err("it has more than three parts") } else { Ok(form) }
}

/// A relation's path, whichever of its files `text` is the path of.
fn path(text: &str) -> Form {
    let file = text.rsplit_once('/').and_then(|(folder, name)| {
        let file = RelationFileName::parse(name)?;
        let suffix = name.find('.').unwrap_or(name.len());
        let (name, _) = name.split_at(suffix);
        let fork = (file.fork != ForkNumber::Main).then_some(file.fork);
        let own = fork.and_then(|fork| name.strip_suffix(fork.name())?.strip_suffix('_'));
        Some(Form::Path { path: format!("{folder}/{}", own.unwrap_or(name)), fork })
    });
    file.unwrap_or_else(|| Form::Path { path: text.to_owned(), fork: None })
}

/// Identifiers with dots between them.
fn identifiers(text: &str) -> Result<Vec<Glob>, &'static str> {
    let mut parts = vec![Glob::default()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let Some(part) = parts.last_mut() else { break };
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                part.0.extend(chars.next().map(Token::One));
            }
            '"' => quoted = !quoted,
            char if quoted => part.0.push(Token::One(char)),
            '.' => parts.push(Glob::default()),
            '*' => part.0.push(Token::AnyText),
            '?' => part.0.push(Token::AnyChar),
            char => part.0.push(Token::One(char.to_ascii_lowercase())),
        }
    }
    if quoted {
        return Err("a quote is not closed");
    }
    if parts.iter().any(|part| part.0.is_empty()) {
        return Err("a part of it is empty");
    }
    Ok(parts)
}

/// Text in which some places stand for any other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Glob(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    One(char),
    AnyChar,
    AnyText,
}

impl Glob {
    /// Whether `text` as a whole is such a text. After a mismatch only the last [`Token::AnyText`]
    /// takes one character more, so that the time is bounded by the product of both lengths.
    fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut token, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while let Some(&char) = text.get(at) {
            match self.0.get(token) {
                Some(Token::AnyText) => {
                    retry = Some((token, at));
                    token += 1;
                }
                Some(Token::AnyChar) => (token, at) = (token + 1, at + 1),
                Some(Token::One(one)) if *one == char => (token, at) = (token + 1, at + 1),
                _ => match &mut retry {
                    Some((any, from)) => {
                        *from += 1;
                        (token, at) = (*any + 1, *from);
                    }
                    None => return false,
                },
            }
        }
        let rest = self.0.get(token..).unwrap_or_default();
        rest.iter().all(|token| *token == Token::AnyText)
    }

    fn plain(&self) -> Option<String> {
        let one = |token: &Token| match token {
            Token::One(char) => Some(*char),
            Token::AnyChar | Token::AnyText => None,
        };
        self.0.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        identifiers(pattern).unwrap()[0].fits(text)
    }

    #[test]
    fn stars_and_question_marks_stand_for_text_unless_quoted() {
        assert!(fits("ord*", "orders") && fits("*ers", "orders") && fits("o*d*s", "orders"));
        assert!(fits("order?", "orders") && !fits("order?", "order"));
        assert!(fits("*", "") && !fits("?", ""));
        assert!(fits("\"a*\"", "a*") && !fits("\"a*\"", "ab"));
        assert!(!fits("*a*b", "xaxbx"));
    }

    #[test]
    fn what_is_not_quoted_is_lower_case() {
        assert!(fits("Orders", "orders") && !fits("\"Orders\"", "orders"));
        assert!(fits("\"say \"\"hi\"\"\"", "say \"hi\""));
    }

    #[test]
    fn a_path_may_be_that_of_any_file_of_the_relation() {
        for (text, path, fork) in [
            ("base/5/16384", "base/5/16384", None),
            ("base/5/16384.12", "base/5/16384", None),
            ("base/5/16384_fsm", "base/5/16384", Some(ForkNumber::FreeSpace)),
            ("global/1262_vm.1", "global/1262", Some(ForkNumber::Visibility)),
            ("base/5/t3_16384_init", "base/5/t3_16384", Some(ForkNumber::Init)),
            ("base/5/t3_16384", "base/5/t3_16384", None),
            ("base/5/PG_VERSION", "base/5/PG_VERSION", None),
        ] {
            let form = Form::Path { path: path.to_owned(), fork };
            assert_eq!(text.parse::<RelationPattern>().map(|pattern| pattern.form), Ok(form));
        }
    }

    #[test]
    fn a_name_has_up_to_three_parts() {
        let form = |text: &str| text.parse::<RelationPattern>().map(|pattern| pattern.form);
        assert_eq!(form("16384"), Ok(Form::Oid(Oid(16384))));
        let Ok(Form::Name { database, schema, name }) = form("\"a.b\".c") else { panic!() };
        assert_eq!(
            (database, schema.and_then(|part| part.plain())),
            (None, Some("a.b".to_owned()))
        );
        assert_eq!(name.plain().as_deref(), Some("c"));
        for bad in ["", "a..b", ".a", "a.b.c.d", "\"a"] {
            assert!(form(bad).is_err(), "{bad:?}");
        }
    }
}
