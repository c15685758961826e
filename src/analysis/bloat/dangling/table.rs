//! Which table an index is of.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::cluster::relation::{Certainty, Relation};
use crate::format::page::index::IndexMethod;
use crate::primitives::{ForkNumber, Oid};

/// The tables of a cluster, and the indexes that are to be held to them.
pub(super) struct Tables<'c> {
    by_oid: BTreeMap<Key, Vec<&'c Relation>>,
    /// By table; each with the places of its indexes.
    groups: BTreeMap<Key, (&'c Relation, Vec<usize>)>,
}

/// The database, `None` for what all share, and the table.
type Key = (Option<Oid>, Oid);

impl<'c> Tables<'c> {
    pub(super) fn of(cluster: &'c Cluster) -> Self {
        let mut by_oid: BTreeMap<Key, Vec<&'c Relation>> = BTreeMap::new();
        for relation in cluster.relations() {
            let is_table = relation.is_heap() && relation.certainty != Certainty::Gone;
            if let Some(oid) = relation.oid.filter(|_| is_table) {
                by_oid.entry(key(relation, oid)).or_default().push(relation);
            }
        }
        Self { by_oid, groups: BTreeMap::new() }
    }

    /// Puts an index, the row at place `at`, to its table; an error says why that can't be.
    pub(super) fn add(
        &mut self,
        at: usize,
        index: &Relation,
        method: Option<IndexMethod>,
    ) -> Result<(), &'static str> {
        match method {
            None => return Err("an access method that is not known"),
            Some(IndexMethod::Brin) => return Err("BRIN points to ranges of blocks, not to rows"),
            Some(_) => {}
        }
        let owner = index.owner.filter(|_| index.certainty != Certainty::Gone);
        let key = key(index, owner.ok_or("it is not known which table it is of")?);
        // A transaction in doubt may have rewritten the table: then there are two.
        let table = match self.by_oid.get(&key).map(Vec::as_slice) {
            Some([table]) => *table,
            Some(_) => return Err("its table is there twice"),
            None => return Err("its table is no heap that is known"),
        };
        if table.files.fork(ForkNumber::Main).is_none() {
            return Err("its table has no file here");
        }
        self.groups.entry(key).or_insert_with(|| (table, Vec::new())).1.push(at);
        Ok(())
    }

    /// Each table with the places of its indexes.
    pub(super) fn into_groups(self) -> impl Iterator<Item = (&'c Relation, Vec<usize>)> {
        self.groups.into_values()
    }
}

fn key(relation: &Relation, oid: Oid) -> Key {
    (relation.database.as_ref().map(|database| database.oid), oid)
}
