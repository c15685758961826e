//! The configuration files, as far as they matter to what VACUUM may remove.

use crate::evidence::{Evidence, EvidenceError};

/// What the configuration sets. A file that lies outside the data directory is not seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    values: std::collections::BTreeMap<String, String>,
    /// How many files were read.
    files: u32,
}

/// The files in the order in which the server reads them: the later one wins.
const FILES: [&str; 2] = ["postgresql.conf", "postgresql.auto.conf"];
/// More than any configuration file has.
const MAX_FILE_BYTES: u64 = 4 << 20;
/// More files than a configuration has; one that includes itself comes to an end here.
const MAX_FILES: u32 = 1000;
/// How deep the server lets `include` go (`CONF_FILE_MAX_DEPTH`).
const MAX_DEPTH: u32 = 10;

impl Settings {
    /// Reads `postgresql.conf`, what it includes, and `postgresql.auto.conf`.
    #[must_use]
    pub fn read(evidence: &dyn Evidence) -> Self {
        let mut settings = Self::default();
        for path in FILES {
            settings.file(evidence, path, 0);
        }
        settings
    }

    /// A setting as it is written, without its quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// `vacuum_defer_cleanup_age`, in transactions; 0 unless it is set.
    #[must_use]
    pub fn vacuum_defer_cleanup_age(&self) -> u32 {
        self.get("vacuum_defer_cleanup_age").and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    fn file(&mut self, evidence: &dyn Evidence, path: &str, depth: u32) {
        if self.files >= MAX_FILES {
            return;
        }
        self.files += 1;
        let Ok(text) = read(evidence, path) else { return };
        for line in text.lines() {
            let Some((name, value)) = assignment(line) else { continue };
            match name.as_str() {
                _ if depth >= MAX_DEPTH => return,
                "include" | "include_if_exists" => {
                    self.file(evidence, &beside(path, &value), depth + 1);
                }
                "include_dir" => self.directory(evidence, &beside(path, &value), depth + 1),
                _ => drop(self.values.insert(name, value)),
            }
        }
    }

    fn directory(&mut self, evidence: &dyn Evidence, path: &str, depth: u32) {
        for entry in evidence.list(path).unwrap_or_default() {
            if is_configuration(&entry.name) {
                self.file(evidence, &format!("{path}/{}", entry.name), depth);
            }
        }
    }
}

/// What `include_dir` takes: `NAME.conf`, hidden files aside.
fn is_configuration(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && ending == "conf")
        && !name.starts_with('.')
}

/// Where a file that `path` includes is, if it is in the evidence at all.
fn beside(path: &str, included: &str) -> String {
    match path.rsplit_once('/') {
        Some((directory, _)) if !included.starts_with('/') => format!("{directory}/{included}"),
        _ => included.to_owned(),
    }
}

fn read(evidence: &dyn Evidence, path: &str) -> Result<String, EvidenceError> {
    let bytes = super::whole_file(evidence, path, MAX_FILE_BYTES)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `name = value` or `name value`, with a comment behind it or not; names in lower case.
fn assignment(line: &str) -> Option<(String, String)> {
    let line = line.trim_start();
    let end = line.find(|char: char| !(char.is_ascii_alphanumeric() || "_.".contains(char)))?;
    let (name, rest) = line.split_at_checked(end)?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let value = match rest.strip_prefix('\'') {
        Some(quoted) => unquoted(quoted),
        None => rest.split(|char: char| char == '#' || char.is_whitespace()).next()?.to_owned(),
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), value))
}

/// Up to the closing quote; a quote within is doubled, or has a backslash before it.
fn unquoted(quoted: &str) -> String {
    let mut value = String::new();
    let mut chars = quoted.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' if chars.peek() == Some(&'\'') => value.extend(chars.next()),
            '\'' => break,
            '\\' => value.extend(chars.next()),
            char => value.push(char),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_value() {
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(assignment("a = 1 # one"), pair("a", "1"));
        assert_eq!(assignment("  Wal_Level logical"), pair("wal_level", "logical"));
        assert_eq!(assignment("n='it''s # here' # and not here"), pair("n", "it's # here"));
        assert_eq!(assignment(r"n=C:\x"), pair("n", r"C:\x"));
        assert_eq!(assignment("# a = 1"), None);
        assert_eq!(assignment(""), None);
    }

    #[test]
    fn a_file_that_includes_itself_comes_to_an_end() {
        let conf = "include 'postgresql.conf'\n".repeat(20) + "vacuum_defer_cleanup_age = 7\n";
        let files = [("postgresql.conf", conf.into_bytes())];
        let evidence = crate::evidence::MemoryEvidence::from_iter(files);
        let settings = Settings::read(&evidence);
        assert_eq!(settings.vacuum_defer_cleanup_age(), 7);
        assert!(settings.files <= MAX_FILES);
    }

    #[test]
    fn included_files_are_looked_for_beside_the_one_that_names_them() {
        assert_eq!(beside("postgresql.conf", "conf.d"), "conf.d");
        assert_eq!(beside("conf.d/a.conf", "b.conf"), "conf.d/b.conf");
        assert_eq!(beside("conf.d/a.conf", "/etc/b.conf"), "/etc/b.conf");
    }
}
