//! What gives a heap's wasted space back.

use super::{HeapBloat, RelationBloat};
use crate::analysis::horizon::{Holder, HolderKind};

/// Something a person can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What to do, in few words.
    pub action: String,
    /// What that frees, in bytes: on disk by a rewrite, for new rows in the table by VACUUM.
    pub gain_len: u64,
}

/// A rewrite that gives back less than this share of a table is not worth its lock.
const WORTH_A_REWRITE_PERCENT: u64 = 10;

impl RelationBloat<'_> {
    /// What helps, in the order in which to do it: first what holds dead tuples back, then VACUUM,
    /// then a rewrite.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        let Some(heap) = &self.heap else { return Vec::new() };
        let mut remedies = Vec::new();
        remedies.extend(heap.release());
        if heap.tally.removable_storage > 0 {
            let gain_len = heap.tally.removable_storage;
            remedies.push(Remedy { action: "VACUUM".to_owned(), gain_len });
        }
        let gain_len = self.rewrite_gain_len();
        if gain_len > 0 && gain_len * 100 >= self.table_len * WORTH_A_REWRITE_PERCENT {
            remedies.push(Remedy { action: "VACUUM FULL".to_owned(), gain_len });
        }
        remedies
    }
}

impl HeapBloat {
    /// Letting the oldest holder go, where anything is held.
    fn release(&self) -> Option<Remedy> {
        let oldest = self.horizon.holders.first().filter(|_| self.tally.held.count > 0)?;
        Some(Remedy { action: oldest.release(), gain_len: self.tally.freed_without_oldest.len })
    }
}

impl Holder {
    /// What makes it let go, in few words.
    #[must_use]
    pub fn release(&self) -> String {
        let name = &self.name;
        match self.kind {
            HolderKind::PreparedTransaction => format!("end prepared {name}"),
            HolderKind::PhysicalSlot
            | HolderKind::PhysicalSlotCatalog
            | HolderKind::LogicalSlot
            | HolderKind::LogicalSlotCatalog => format!("drop slot {name}"),
            HolderKind::DeferCleanupAge => format!("reset {name}"),
        }
    }
}
