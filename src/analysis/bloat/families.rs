//! A table with its indexes and its TOAST table, together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bloat, RelationBloat, Remedy, SortKey, Tuples};
use crate::cluster::Cluster;
use crate::cluster::relation::{Relation, RelationKind};
use crate::primitives::Oid;

/// Every relation that has files and belongs to one of `relations`, or to the same table: with an
/// index its table and all that this has. In the order of the cluster.
#[must_use]
pub fn with_family<'a>(cluster: &'a Cluster, relations: &[&Relation]) -> Vec<&'a Relation> {
    let owners = Owners::of(cluster.relations().iter());
    let wanted: BTreeSet<_> = relations.iter().map(|relation| owners.head(relation)).collect();
    let stored = cluster.relations().iter().filter(|relation| relation.locator.is_some());
    stored.filter(|relation| wanted.contains(&owners.head(relation))).collect()
}

/// The relations and the indexes of the tables among them, as far as they have files. In the order
/// of the cluster.
#[must_use]
pub fn with_indexes<'a>(cluster: &'a Cluster, relations: &[&Relation]) -> Vec<&'a Relation> {
    let owners = Owners::of(cluster.relations().iter());
    let wanted: BTreeSet<_> = relations.iter().map(|relation| Key::of(relation)).collect();
    let stored = cluster.relations().iter().filter(|relation| relation.locator.is_some());
    let belongs = |relation: &Relation| {
        let owner = owners.owner(relation).filter(|_| relation.kind.is_index());
        owner.is_some_and(|owner| wanted.contains(&Key::of(owner)))
    };
    stored.filter(|relation| wanted.contains(&Key::of(relation)) || belongs(relation)).collect()
}

/// A table, or whatever else belongs to no other relation, with what belongs to it.
#[derive(Debug)]
pub struct Family<'b, 'a> {
    /// The table.
    pub head: &'b RelationBloat<'a>,
    /// Its indexes.
    pub indexes: Vec<&'b RelationBloat<'a>>,
    /// Its TOAST table, and the index of that.
    pub toast: Vec<&'b RelationBloat<'a>>,
}

impl<'a> Bloat<'a> {
    /// The relations of the answer put together by table, in their order. What belongs to a
    /// relation that is not in the answer stands alone.
    #[must_use]
    pub fn families(&self) -> Vec<Family<'_, 'a>> {
        let owners = Owners::of(self.relations.iter().map(|row| row.relation));
        let mut families: Vec<Family<'_, 'a>> = Vec::new();
        let mut known = BTreeMap::new();
        for row in self.relations.iter().filter(|row| owners.owner(row.relation).is_none()) {
            known.insert(Key::of(row.relation), families.len());
            families.push(Family { head: row, indexes: Vec::new(), toast: Vec::new() });
        }
        for row in &self.relations {
            let Some(owner) = owners.owner(row.relation) else { continue };
            let family = known.get(&owners.head(row.relation)).and_then(|&at| families.get_mut(at));
            let Some(family) = family else { continue };
            let of_toast = row.relation.kind == RelationKind::Toast
                || owner.kind == RelationKind::Toast && owners.owner(owner).is_some();
            if of_toast { family.toast.push(row) } else { family.indexes.push(row) }
        }
        families
    }
}

impl<'b, 'a> Family<'b, 'a> {
    /// All of them, the table first.
    pub fn members(&self) -> impl Iterator<Item = &'b RelationBloat<'a>> {
        let toast = self.toast.iter().copied();
        [self.head].into_iter().chain(toast).chain(self.indexes.iter().copied())
    }

    /// The size of all forks of all of them: `pg_total_relation_size()`.
    #[must_use]
    pub fn total_len(&self) -> u64 {
        self.members().map(all_forks).sum()
    }

    /// The size of the table's other forks than the main one.
    #[must_use]
    pub fn maps_len(&self) -> u64 {
        all_forks(self.head) - self.head.table_len
    }

    /// The size of all forks of its indexes: `pg_indexes_size()`.
    #[must_use]
    pub fn indexes_len(&self) -> u64 {
        self.indexes.iter().map(|row| all_forks(row)).sum()
    }

    /// The size of all forks of its TOAST table and the index of that.
    #[must_use]
    pub fn toast_len(&self) -> u64 {
        self.toast.iter().map(|row| all_forks(row)).sum()
    }

    /// Live and in-doubt rows of the table alone.
    #[must_use]
    pub fn present(&self) -> Tuples {
        self.head.heap.as_ref().map_or_else(Tuples::default, |heap| heap.tally.present())
    }

    /// Dead rows, in the TOAST table too.
    #[must_use]
    pub fn dead(&self) -> Tuples {
        self.heaps(|row| row.heap.as_ref().map(|heap| heap.tally.dead()))
    }

    /// Dead rows that something holds, in the TOAST table too.
    #[must_use]
    pub fn held(&self) -> Tuples {
        self.heaps(|row| row.heap.as_ref().map(|heap| heap.tally.held))
    }

    /// Free space as `pgstattuple` counts it, in all of them.
    #[must_use]
    pub fn free_space(&self) -> u64 {
        self.members().map(|row| SortKey::Free.of(row)).sum()
    }

    /// What rewriting the table and its TOAST table would give back.
    #[must_use]
    pub fn rewrite_gain_len(&self) -> u64 {
        let heaps = self.members().filter(|row| row.heap.is_some());
        heaps.map(RelationBloat::rewrite_gain_len).sum()
    }

    /// What building its indexes anew would give back, that of the TOAST table too.
    #[must_use]
    pub fn reindex_gain_len(&self) -> u64 {
        let indexes = self.members().filter(|row| row.index.is_some());
        indexes.map(RelationBloat::rewrite_gain_len).sum()
    }

    /// What both would give back.
    #[must_use]
    pub fn gain_len(&self) -> u64 {
        self.rewrite_gain_len() + self.reindex_gain_len()
    }

    /// What helps, member by member; a rewrite of the table makes its indexes and its TOAST table
    /// anew, too.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        let mut remedies = self.head.remedies();
        let rewrites = remedies.iter().any(Remedy::is_rewrite);
        for row in self.members().skip(1) {
            for remedy in row.remedies() {
                let is_rewrite = remedy.is_rewrite() || row.index.is_some();
                match remedies.iter_mut().find(|known| known.action == remedy.action) {
                    Some(known) => known.gain_len += remedy.gain_len,
                    None if rewrites && is_rewrite => {}
                    None => remedies.push(remedy),
                }
            }
        }
        remedies
    }

    fn heaps(&self, get: impl Fn(&RelationBloat<'_>) -> Option<Tuples>) -> Tuples {
        self.members().filter_map(get).fold(Tuples::default(), std::ops::Add::add)
    }
}

/// The size of all forks of a relation, in bytes.
fn all_forks(row: &RelationBloat<'_>) -> u64 {
    use crate::primitives::ForkNumber;
    ForkNumber::ALL.into_iter().map(|fork| row.relation.fork_len(fork)).sum()
}

/// What tells relations apart: those without an OID by their path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a>(Option<Oid>, Option<Oid>, Option<&'a str>);

impl<'a> Key<'a> {
    fn of(relation: &'a Relation) -> Self {
        let database = relation.database.as_ref().map(|database| database.oid);
        let path = relation.path.as_deref().filter(|_| relation.oid.is_none());
        Self(database, relation.oid, path)
    }
}

/// Which relation belongs to which.
struct Owners<'a>(BTreeMap<Key<'a>, &'a Relation>);

/// An index belongs to a TOAST table that belongs to a table: no chain is longer.
const LONGEST: usize = 3;

impl<'a> Owners<'a> {
    fn of(relations: impl Iterator<Item = &'a Relation>) -> Self {
        Self(relations.map(|relation| (Key::of(relation), relation)).collect())
    }

    fn owner(&self, relation: &Relation) -> Option<&'a Relation> {
        let database = relation.database.as_ref().map(|database| database.oid);
        self.0.get(&Key(database, Some(relation.owner?), None)).copied()
    }

    /// The table that a relation belongs to in the end; itself, where it belongs to none.
    fn head<'r>(&self, relation: &'r Relation) -> Key<'r>
    where
        'a: 'r,
    {
        let mut head = relation;
        for _ in 0..LONGEST {
            match self.owner(head) {
                Some(owner) => head = owner,
                None => break,
            }
        }
        Key::of(head)
    }
}
