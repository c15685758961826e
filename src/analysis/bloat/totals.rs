//! All relations together, and who holds what.

use super::index::IndexLine;
use super::{Bloat, HeapBloat, Ledger, Tuples};
use crate::analysis::horizon::Holder;

/// The sums over all relations of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many relations.
    pub relations: u64,
    /// How many of these are heaps.
    pub heaps: u64,
    /// And how many indexes.
    pub indexes: u64,
    /// The size of their main forks in bytes.
    pub table_len: u64,
    /// Of these, the heaps'.
    pub heap_len: u64,
    /// And the indexes'.
    pub index_len: u64,
    /// Live and in-doubt tuples.
    pub present: Tuples,
    /// Dead tuples.
    pub dead: Tuples,
    /// Dead tuples that VACUUM would remove.
    pub removable: Tuples,
    /// Dead tuples that are held.
    pub held: Tuples,
    /// Tuples of unknown fate.
    pub unknown: Tuples,
    /// Free space, as `pgstattuple` counts it.
    pub free_space: u64,
    /// What rewriting every heap would give back, in bytes.
    pub rewrite_gain_len: u64,
    /// What building every index anew would give back, in bytes.
    pub reindex_gain_len: u64,
    /// Where every byte of the heaps is.
    pub ledger: Ledger,
    /// Where every byte of the indexes is.
    pub index_ledger: Ledger<IndexLine>,
}

/// What one holder keeps from being removed, in all relations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderTotal {
    /// The holder.
    pub holder: Holder,
    /// How many relations have tuples that it holds.
    pub relations: u64,
    /// The tuples that it holds; others may hold them, too.
    pub held: Tuples,
    /// Those that letting it go alone would free.
    pub freed: Tuples,
}

impl Bloat<'_> {
    /// The sums over all relations.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for row in &self.relations {
            totals.relations += 1;
            totals.table_len += row.table_len;
            if let Some(index) = &row.index {
                totals.indexes += 1;
                totals.index_len += row.table_len;
                totals.reindex_gain_len += row.rewrite_gain_len();
                totals.index_ledger += index.tally.ledger;
            }
            let Some(heap) = &row.heap else { continue };
            totals.heaps += 1;
            totals.heap_len += row.table_len;
            totals.present += heap.tally.present();
            totals.dead += heap.tally.dead();
            totals.removable += heap.tally.removable;
            totals.held += heap.tally.held;
            totals.unknown += heap.tally.unknown;
            totals.free_space += heap.tally.free_space;
            totals.rewrite_gain_len += row.rewrite_gain_len();
            totals.ledger += heap.tally.ledger;
        }
        totals
    }

    /// Who holds dead tuples, the one that holds most first.
    #[must_use]
    pub fn holders(&self) -> Vec<HolderTotal> {
        let mut totals: Vec<HolderTotal> = Vec::new();
        for held in
            self.relations.iter().filter_map(|row| row.heap.as_ref()).flat_map(HeapBloat::held_by)
        {
            let known = totals.iter_mut().find(|total| total.holder == *held.holder);
            match known {
                Some(total) => {
                    total.relations += 1;
                    total.held += held.held;
                    total.freed += held.freed;
                }
                None => totals.push(HolderTotal {
                    holder: held.holder.clone(),
                    relations: 1,
                    held: held.held,
                    freed: held.freed,
                }),
            }
        }
        totals.sort_by_key(|total| std::cmp::Reverse(total.held.len));
        totals
    }
}
