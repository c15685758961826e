//! What is in a cluster: the answer of the `relations` command.

use std::collections::HashMap;

use crate::cluster::Cluster;
use crate::cluster::relation::Relation;
use crate::primitives::Oid;

/// A relation, with the names of those that it belongs to.
#[derive(Debug, Clone)]
pub struct Listed<'a> {
    /// The relation.
    pub relation: &'a Relation,
    /// The tablespace that its files are in, by name where that is known.
    pub tablespace: Option<String>,
    /// Of an index the table, of a TOAST table its owner, as `schema.name`.
    pub owner: Option<String>,
    /// The partitioned table, or index, that it is a partition of, as `schema.name`.
    pub partition_of: Option<String>,
}

/// The relations with the names of those that they belong to.
#[must_use]
pub fn list<'a>(cluster: &Cluster, relations: &[&'a Relation]) -> Vec<Listed<'a>> {
    let database = |relation: &Relation| relation.database.as_ref().map(|database| database.oid);
    let mut names = HashMap::new();
    for relation in cluster.relations() {
        if let (Some(oid), Some(schema), Some(name)) =
            (relation.oid, &relation.schema, &relation.name)
        {
            names.insert((database(relation), oid), format!("{schema}.{name}"));
        }
    }
    let name = |relation: &Relation, oid: Option<Oid>| {
        oid.map(|oid| {
            let known = names.get(&(database(relation), oid));
            known.cloned().unwrap_or_else(|| oid.to_string())
        })
    };
    let tablespace = |oid: Oid| {
        let known = cluster.tablespaces().iter().find(|(known, _)| *known == oid);
        known.and_then(|(_, name)| name.clone()).unwrap_or_else(|| oid.to_string())
    };
    relations
        .iter()
        .map(|&relation| Listed {
            relation,
            tablespace: relation.locator.map(|locator| tablespace(locator.tablespace)),
            owner: name(relation, relation.owner),
            partition_of: name(relation, relation.partition_of),
        })
        .collect()
}
