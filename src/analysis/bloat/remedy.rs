//! What gives wasted space back.

use super::{Dangling, HeapBloat, RelationBloat};
use crate::analysis::horizon::{Holder, HolderKind};
use crate::cluster::naming::quote_identifier;
use crate::cluster::relation::IndexTraits;

/// Something a person can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// What to do, in few words: of an index the command, for its own database.
    pub action: String,
    /// What that frees, in bytes: on disk by a rewrite or a REINDEX, for new rows in the table by
    /// VACUUM.
    pub gain_len: u64,
    /// What to do where it is plain which relation that is about.
    brief: Option<&'static str>,
}

/// What rewrites a table.
const REWRITE: &str = "VACUUM FULL";

impl Remedy {
    fn new(action: impl Into<String>, gain_len: u64) -> Self {
        Self { action: action.into(), gain_len, brief: None }
    }

    /// What to do, for those who see which relation it is about.
    #[must_use]
    pub fn briefly(&self) -> &str {
        self.brief.unwrap_or(&self.action)
    }

    /// Whether it rewrites a table, with its indexes and its TOAST table.
    pub(super) fn is_rewrite(&self) -> bool {
        self.action == REWRITE
    }
}

/// A rewrite that gives back less than this share of a table is not worth its lock.
const WORTH_A_REWRITE_PERCENT: u64 = 10;
/// The same of an index: one that is used grows back to leaves that are two thirds full.
const WORTH_A_REINDEX_PERCENT: u64 = 30;
/// Where fewer of an index's items than this share are to be removed, they are no reason for VACUUM.
const WORTH_A_VACUUM_PERCENT: u64 = 10;

impl RelationBloat<'_> {
    /// What helps, in the order in which to do it: first what holds dead tuples back, then VACUUM,
    /// then a rewrite.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        let Some(heap) = &self.heap else {
            return self.vacuum_of_table().into_iter().chain(self.reindex()).collect();
        };
        let mut remedies = Vec::new();
        remedies.extend(heap.release());
        if heap.tally.removable_storage > 0 {
            remedies.push(Remedy::new("VACUUM", heap.tally.removable_storage));
        }
        let gain_len = self.rewrite_gain_len();
        if gain_len > 0 && gain_len * 100 >= self.table_len * WORTH_A_REWRITE_PERCENT {
            remedies.push(Remedy::new(REWRITE, gain_len));
        }
        remedies
    }

    /// Removing the items of an index that point to dead rows, where it is known that these are
    /// many.
    fn vacuum_of_table(&self) -> Option<Remedy> {
        let index = self.index.as_ref()?;
        let targets = index.dangling.as_ref()?.targets()?;
        let (removable, all) = (targets.removable(), targets.all());
        if removable == 0 || removable * 100 < all * WORTH_A_VACUUM_PERCENT {
            return None;
        }
        let len = index.live_items().len + index.dead_items().len;
        let gain_len = u128::from(len) * u128::from(removable) / u128::from(all);
        Some(Remedy::new("VACUUM its table", u64::try_from(gain_len).unwrap_or(len)))
    }

    /// Building an index anew, where that is worth it, or where its items point to nothing; of one
    /// that no query can use, its end. `None` too where it has no name.
    fn reindex(&self) -> Option<Remedy> {
        let index = self.index.as_ref()?;
        let relation = self.relation;
        let name = [relation.schema.as_ref()?, relation.name.as_ref()?];
        let [schema, name] = name.map(|name| quote_identifier(name));
        let of_index = |is: fn(&IndexTraits) -> bool| relation.index.as_ref().is_some_and(is);
        if of_index(|index| !index.is_valid) {
            let action = format!("DROP INDEX CONCURRENTLY {schema}.{name} (it is not valid)");
            let brief = Some("DROP INDEX CONCURRENTLY (it is not valid)");
            return Some(Remedy { action, gain_len: self.table_len, brief });
        }
        let gain_len = self.rewrite_gain_len();
        let targets = index.dangling.as_ref().and_then(Dangling::targets);
        let is_wrong = targets.is_some_and(|targets| targets.gone() + targets.astray() > 0);
        let is_worth_it =
            is_wrong || gain_len > 0 && gain_len * 100 >= self.table_len * WORTH_A_REINDEX_PERCENT;
        // The server refuses to do it concurrently for catalogs and exclusion constraints.
        let at_once = relation.is_catalog || of_index(|index| index.is_exclusion);
        let (how, brief) =
            if at_once { ("", "REINDEX") } else { ("CONCURRENTLY ", "REINDEX CONCURRENTLY") };
        let action = format!("REINDEX INDEX {how}{schema}.{name}");
        is_worth_it.then_some(Remedy { action, gain_len, brief: Some(brief) })
    }
}

impl HeapBloat {
    /// Letting the oldest holder go, where anything is held.
    fn release(&self) -> Option<Remedy> {
        let oldest = self.horizon.holders.first().filter(|_| self.tally.held.count > 0)?;
        Some(Remedy::new(oldest.release(), self.tally.freed_without_oldest.len))
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
