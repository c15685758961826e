use super::RelationPattern;
use crate::cluster::Cluster;
use crate::cluster::relation::{DatabaseRef, Relation};

/// A name that leads to no relation, or to several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is no such database.
    #[error("no database is called {name:?}; there are: {}", known.join(", "))]
    NoDatabase {
        /// What was asked for.
        name: String,
        /// The names of those that are there.
        known: Vec<String>,
    },
    /// There is no such relation.
    #[error("no relation matches {text}{}", hint(similar))]
    NoRelation {
        /// What was asked for.
        text: String,
        /// Names that are much like it.
        similar: Vec<String>,
    },
    /// There are several, where one is meant.
    #[error(
        "{text} could be any of {count} relations: {}{}; say which, by database.schema.name, OID \
         with --database, or path",
        candidates.join(", "), if candidates.len() < *count { " …" } else { "" }
    )]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// How many there are.
        count: usize,
        /// Some of them.
        candidates: Vec<String>,
    },
}

/// How many names an error lists.
const SHOWN: usize = 8;
/// How similar a name must be to be offered, from 0 to 1.
const SIMILAR: f64 = 0.8;
/// Where a name without a schema is looked for first.
const SEARCH_PATH: [&str; 2] = ["public", "pg_catalog"];

fn hint(similar: &[String]) -> String {
    if similar.is_empty() { String::new() } else { format!("; there is: {}", similar.join(", ")) }
}

impl Cluster {
    /// The database of that name, or of that OID.
    pub fn database(&self, name: &str) -> Result<&DatabaseRef, NameError> {
        let by_name = |database: &&DatabaseRef| database.name.as_deref() == Some(name);
        let by_oid = |database: &&DatabaseRef| name.parse() == Ok(database.oid.0);
        let all = || self.databases().iter();
        all().find(by_name).or_else(|| all().find(by_oid)).ok_or_else(|| NameError::NoDatabase {
            name: name.to_owned(),
            known: all().map(ToString::to_string).collect(),
        })
    }

    /// The relations that any of `patterns` means (all, where there is none), in the order of
    /// [`relations`](Self::relations). With a database, those in it; the shared ones are in
    /// every database.
    pub fn select(
        &self,
        patterns: &[RelationPattern],
        database: Option<&str>,
    ) -> Result<Vec<&Relation>, NameError> {
        let within = self.within(database)?;
        for pattern in patterns {
            if !within.iter().any(|relation| pattern.matches(relation)) {
                return Err(no_relation(pattern, &within));
            }
        }
        let meant = |relation: &&Relation| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(relation))
        };
        Ok(within.into_iter().filter(meant).collect())
    }

    /// The one relation that `pattern` means. A name without a schema is looked for in `public`,
    /// then in `pg_catalog`, then in every other schema.
    pub fn relation(
        &self,
        pattern: &RelationPattern,
        database: Option<&str>,
    ) -> Result<&Relation, NameError> {
        let within = self.within(database)?;
        let matching: Vec<_> =
            within.iter().copied().filter(|relation| pattern.matches(relation)).collect();
        let in_schema = |schema: &str| -> Vec<&Relation> {
            let is_in = |relation: &&&Relation| relation.schema.as_deref() == Some(schema);
            matching.iter().filter(is_in).copied().collect()
        };
        let first = SEARCH_PATH.into_iter().map(in_schema).find(|found| !found.is_empty());
        let candidates = match first {
            Some(found) if pattern.is_without_schema() => found,
            _ => matching,
        };
        match candidates[..] {
            [] => Err(no_relation(pattern, &within)),
            [relation] => Ok(relation),
            _ => Err(NameError::Ambiguous {
                text: pattern.to_string(),
                count: candidates.len(),
                candidates: candidates
                    .iter()
                    .take(SHOWN)
                    .map(|relation| relation.qualified_name())
                    .collect(),
            }),
        }
    }

    fn within(&self, database: Option<&str>) -> Result<Vec<&Relation>, NameError> {
        let oid = database.map(|name| self.database(name)).transpose()?.map(|found| found.oid);
        let is_in = |relation: &&Relation| match (&relation.database, oid) {
            (Some(own), Some(oid)) => own.oid == oid,
            _ => true,
        };
        Ok(self.relations().iter().filter(is_in).collect())
    }
}

fn no_relation(pattern: &RelationPattern, within: &[&Relation]) -> NameError {
    let mut similar = Vec::new();
    if let Some(wanted) = pattern.plain_name() {
        let mut scored: Vec<_> = within
            .iter()
            .filter_map(|relation| {
                let score = strsim::jaro_winkler(relation.name.as_deref()?, &wanted);
                (score >= SIMILAR).then(|| (score, relation.qualified_name()))
            })
            .collect();
        scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
        similar = scored.into_iter().take(3).map(|(_, name)| name).collect();
    }
    NameError::NoRelation { text: pattern.to_string(), similar }
}
