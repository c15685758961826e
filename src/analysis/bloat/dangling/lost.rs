//! Items that point to what no item may point to.

use std::collections::BTreeMap;

use super::Target;
use crate::analysis::bloat::{codes, location};
use crate::analysis::scan::{KEPT, and_more};
use crate::cluster::finding::Finding;
use crate::cluster::relation::Relation;
use crate::primitives::{BlockNumber, ForkNumber, ItemPointer, OffsetNumber};

/// The first such items of an index by their place, and how many there are. In whatever order they
/// come, the outcome is the same.
#[derive(Debug, Default)]
pub(super) struct LostItems {
    kept: BTreeMap<Place, Target>,
    count: u64,
}

/// Where in the index, and where to.
type Place = (BlockNumber, OffsetNumber, ItemPointer);

impl LostItems {
    pub(super) fn add(&mut self, place: Place, target: Target) {
        self.count += 1;
        self.keep(place, target);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        for (place, target) in other.kept {
            self.keep(place, target);
        }
    }

    fn keep(&mut self, place: Place, target: Target) {
        let is_full = self.kept.len() >= KEPT;
        if is_full && self.kept.last_key_value().is_none_or(|(last, _)| place >= *last) {
            return;
        }
        self.kept.insert(place, target);
        if self.kept.len() > KEPT {
            self.kept.pop_last();
        }
    }

    pub(super) fn finish(self, index: &Relation, table: &Relation) -> Vec<Finding> {
        let more = self.count.saturating_sub(self.kept.len() as u64);
        let finding = |((block, offset, tid), target): (Place, Target)| Finding {
            code: &codes::INDEX_ITEM_DANGLING,
            location: location(
                index,
                ForkNumber::Main,
                block,
                Some(offset).filter(|offset| offset.is_valid()),
            ),
            expected: format!("a row of {}", table.qualified_name()),
            found: format!("{tid}, {}", target.describe()),
        };
        let mut findings: Vec<_> = self.kept.into_iter().map(finding).collect();
        and_more(&mut findings, more);
        findings
    }
}
