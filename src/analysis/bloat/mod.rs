//! The space of each relation, byte for byte: of a heap what is live, dead and free, and who holds
//! the dead; of an index what its pages are for, and how full they are; and what gives space back.

mod broken;
mod chain;
pub mod codes;
mod dangling;
mod density;
mod families;
mod heap;
mod heap_page;
pub mod index;
mod ledger;
mod maps;
mod order;
mod overlap;
mod pass;
mod places;
mod remedy;
mod rewrite;
mod sniff;
mod sums;
mod tally;
mod totals;

pub use dangling::{Dangling, DanglingOptions, Target, Targets, follow_items};
pub use density::{Density, Strip};
pub use families::{Family, with_family, with_indexes};
pub use heap::{HeapBloat, HeldBy};
pub use heap_page::{HeapContext, PageDamage};
pub use index::IndexBloat;
pub use ledger::{Ledger, LedgerLine, Line};
pub use maps::MapsTally;
pub use order::SortKey;
pub use pass::bloat;
pub use remedy::Remedy;
pub use rewrite::rewritten_len;
pub use tally::{Tally, Tuples};
pub use totals::{HolderTotal, Totals};

pub use super::share::percent;

use crate::cluster::finding::{Finding, Location};
use crate::cluster::relation::Relation;
use crate::primitives::{BlockNumber, ForkNumber, OffsetNumber};

/// How a scan is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct BloatOptions {
    /// How many threads read; `None` for one a core.
    pub threads: Option<usize>,
    /// Into how many strips each heap is cut, to show where its dead tuples are; 0 for none.
    pub strips: u32,
}

/// The space of every relation that was asked for.
#[derive(Debug)]
pub struct Bloat<'a> {
    /// A row a relation, in the order in which they were given.
    pub relations: Vec<RelationBloat<'a>>,
    /// What the scan found wrong.
    pub findings: Vec<Finding>,
}

/// The space of one relation.
#[derive(Debug)]
pub struct RelationBloat<'a> {
    /// The relation.
    pub relation: &'a Relation,
    /// Whether its main fork has no file here, so that nothing is known of what it holds.
    pub is_missing: bool,
    /// The size of its main fork in bytes.
    pub table_len: u64,
    /// Whole pages of that.
    pub pages: u64,
    /// What its pages hold; `None` for what is no heap.
    pub heap: Option<HeapBloat>,
    /// What its pages hold; `None` for what is no index.
    pub index: Option<IndexBloat>,
}

impl RelationBloat<'_> {
    /// What a rewrite of a heap, or a REINDEX of an index, would give back, in bytes; 0 where
    /// nothing tells.
    #[must_use]
    pub fn rewrite_gain_len(&self) -> u64 {
        self.rewritten_len().map_or(0, |len| self.table_len.saturating_sub(len))
    }

    /// How long the main fork would be after that, in bytes.
    #[must_use]
    pub fn rewritten_len(&self) -> Option<u64> {
        let heap = self.heap.as_ref().map(|heap| heap.rewritten_len);
        heap.or_else(|| self.index.as_ref()?.rewritten_len)
    }

    /// What the maps believe; `None` for what is neither a heap nor an index.
    #[must_use]
    pub fn maps(&self) -> Option<&MapsTally> {
        let heap = self.heap.as_ref().map(|heap| &heap.maps);
        heap.or_else(|| Some(&self.index.as_ref()?.maps))
    }

    /// The share that so many bytes are of the main fork, in percent.
    #[must_use]
    pub fn percent(&self, len: u64) -> f64 {
        percent(len, self.table_len)
    }

    /// The strips of a heap, each with its first block.
    pub fn strips(&self) -> impl Iterator<Item = (u64, &Strip)> {
        let heap = self.heap.iter();
        heap.flat_map(|heap| (0..).step_by(heap.strip_blocks.max(1) as usize).zip(&heap.strips))
    }
}

/// Where in a relation something is.
fn location(
    relation: &Relation,
    fork: ForkNumber,
    block: BlockNumber,
    offset: Option<OffsetNumber>,
) -> Location {
    Location {
        relation: relation.name.as_ref().map(|_| relation.qualified_name()),
        path: relation.path.clone(),
        fork: Some(fork),
        block: Some(block),
        offset,
        lsn: None,
    }
}
