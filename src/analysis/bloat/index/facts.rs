use super::IndexTally;
use crate::analysis::bloat::{Dangling, MapsTally, Tuples};
use crate::analysis::share::{percent, two_decimals};
use crate::format::page::index::{IndexMethod, IndexPageKind};
use crate::primitives::BlockNumber;

/// What the pages of an index hold.
#[derive(Debug)]
pub struct IndexBloat {
    /// Its access method; `None` for one that this build does not know.
    pub method: Option<IndexMethod>,
    /// All its pages together.
    pub tally: IndexTally,
    /// What its free space map believes; an index has no visibility map.
    pub maps: MapsTally,
    /// What its meta page says.
    pub facts: IndexFacts,
    /// How long the main fork would be after a REINDEX, in bytes: an estimate from the items that
    /// are not known to be dead. `None` where nothing tells.
    pub rewritten_len: Option<u64>,
    /// What its items point to; `None` where nobody asked.
    pub dangling: Option<Dangling>,
    pub(super) block_size: u32,
    pub(super) counts_exact_free_space: bool,
}

/// What the meta page of an index says, in the words of `pgstatindex()` and `pgstatginindex()`;
/// `None` where its type has no such thing, or it can't be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexFacts {
    /// The version of the index's own layout.
    pub version: Option<i64>,
    /// The level of the root; 0 where it is a leaf.
    pub tree_level: Option<u32>,
    /// The root's block; 0 while a B-tree is empty.
    pub root_block_no: Option<BlockNumber>,
    /// Pages of a GIN index's pending list.
    pub pending_pages: Option<u32>,
    /// Heap tuples in it.
    pub pending_tuples: Option<i64>,
    /// Whether equal keys of a B-tree may share a posting list (`btm_allequalimage`).
    pub(super) allequalimage: bool,
    /// Bytes of a page of a hash index for items (`hashm_bsize`).
    pub(super) hashm_bsize: Option<u16>,
    /// Pages of a GIN index that say that they are of the pending list, and are not on it; in their
    /// order.
    pub(super) left_behind: Vec<BlockNumber>,
}

/// What `pgstattuple()` says of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatTuple {
    /// Items that are not known to be dead, or sums of them.
    pub tuples: Tuples,
    /// Items that are known to be dead.
    pub dead_tuples: Tuples,
    /// Free space in bytes: all of a page that holds nothing.
    pub free_space: u64,
}

/// The pages whose items point to the heap.
const LEAVES: [IndexPageKind; 6] = [
    IndexPageKind::Leaf,
    IndexPageKind::PostingLeaf,
    IndexPageKind::Pending,
    IndexPageKind::Bucket,
    IndexPageKind::Overflow,
    IndexPageKind::Regular,
];

impl IndexBloat {
    /// Pages of a kind.
    #[must_use]
    pub fn pages(&self, kind: IndexPageKind) -> u64 {
        self.tally.kinds[kind].pages
    }

    /// Pages that belong to nothing, in their order: an insert that failed left them behind.
    pub(in crate::analysis::bloat) fn left_behind(&self) -> &[BlockNumber] {
        &self.facts.left_behind
    }

    /// Items that point to the heap, or sum up a range of it, and are not known to be dead: a
    /// posting list of a B-tree, or a key of a GIN index, is one; posting trees have none.
    #[must_use]
    pub fn live_items(&self) -> Tuples {
        self.tally.kinds.sum(&LEAVES).items
    }

    /// The same that are known to be dead (`LP_DEAD`).
    #[must_use]
    pub fn dead_items(&self) -> Tuples {
        self.tally.kinds.sum(&LEAVES).dead_items
    }

    /// Internal pages, the root among them (`internal_pages`).
    #[must_use]
    pub fn internal_pages(&self) -> u64 {
        use IndexPageKind::{Internal, PostingInternal, Root};
        self.tally.kinds.sum(&[Root, Internal, PostingInternal]).pages
    }

    /// Leaves (`leaf_pages`).
    #[must_use]
    pub fn leaf_pages(&self) -> u64 {
        self.tally.kinds.sum(&[IndexPageKind::Leaf, IndexPageKind::PostingLeaf]).pages
    }

    /// Pages that are empty and not deleted (`empty_pages`).
    #[must_use]
    pub fn empty_pages(&self) -> u64 {
        self.tally.kinds.sum(&[IndexPageKind::HalfDead, IndexPageKind::New]).pages
    }

    /// How full the pages are whose items point to the heap, in percent with two decimals
    /// (`avg_leaf_density` of `pgstatindex()`, which knows of B-trees alone); `None` where there
    /// are none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "two decimals are kept")]
    pub fn avg_leaf_density(&self) -> Option<f64> {
        let leaves = self.tally.kinds.sum(&LEAVES);
        let share = || 100.0 - self.free(&leaves) as f64 / leaves.room as f64 * 100.0;
        (leaves.room > 0).then(|| two_decimals(share()))
    }

    /// How many of a B-tree's leaves have a right sibling that stands before them in the file, in
    /// percent with two decimals (`leaf_fragmentation`).
    #[must_use]
    pub fn leaf_fragmentation(&self) -> Option<f64> {
        let leaves = self.pages(IndexPageKind::Leaf);
        let is_btree = self.method == Some(IndexMethod::Btree);
        (is_btree && leaves > 0).then(|| percent(self.tally.fragments, leaves))
    }

    /// How free the pages of a hash index are, buckets and those that hold nothing, in percent
    /// (`free_percent` of `pgstathashindex()`).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "as the server does it")]
    pub fn bucket_free_percent(&self) -> Option<f64> {
        let per_page = u64::from(self.facts.hashm_bsize?);
        let buckets = self.tally.kinds.sum(&[IndexPageKind::Bucket, IndexPageKind::Overflow]);
        let unused = self.unused_pages().saturating_mul(per_page);
        let bitmaps = self.pages(IndexPageKind::Bitmap);
        let pages = self.tally.pages.saturating_sub(bitmaps + 1);
        let whole = pages.saturating_mul(per_page);
        let free = buckets.free.saturating_add(unused);
        Some(if whole == 0 { 0.0 } else { 100.0 * free as f64 / whole as f64 })
    }

    /// Pages of a hash index that hold nothing (`unused_pages`).
    #[must_use]
    pub fn unused_pages(&self) -> u64 {
        self.tally.kinds.sum(&[IndexPageKind::Unused, IndexPageKind::New]).pages
    }

    /// Space for new items, as this version's `pgstattuple()` counts it for the types that it knows:
    /// pages that hold nothing, and what is free on those whose items point to the heap.
    #[must_use]
    pub fn free_space(&self) -> u64 {
        use IndexPageKind::{Deleted, HalfDead, New, Unused};
        let empty = self.tally.kinds.sum(&[New, Deleted, HalfDead, Unused]).pages;
        let counted =
            self.free(&self.tally.kinds.sum(&LEAVES)).saturating_sub(self.free(&self.overlooked()));
        counted + empty * u64::from(self.block_size)
    }

    /// What `pgstattuple()` says, and what it would say of the types that it does not know; `None`
    /// where this build does not know the type either.
    #[must_use]
    pub fn stat_tuple(&self) -> Option<StatTuple> {
        self.method?;
        let overlooked = self.overlooked();
        Some(StatTuple {
            tuples: self.live_items() - overlooked.items,
            dead_tuples: self.dead_items() - overlooked.dead_items,
            free_space: self.free_space(),
        })
    }

    /// Whether its pages are internal pages and leaves.
    #[must_use]
    pub const fn is_tree(&self) -> bool {
        use IndexMethod::{Btree, Gin, Gist, SpGist};
        matches!(self.method, Some(Btree | Gin | Gist | SpGist))
    }

    /// Whether it is a hash index.
    #[must_use]
    pub const fn is_hash(&self) -> bool {
        matches!(self.method, Some(IndexMethod::Hash))
    }

    /// The free space of pages in use as this version's `pgstattuple` counts it.
    fn free(&self, pages: &super::KindTally) -> u64 {
        if self.counts_exact_free_space { pages.free } else { pages.free_for_one }
    }

    /// Of GiST, `pgstattuple()` starts behind the root, which may be a leaf.
    fn overlooked(&self) -> super::KindTally {
        let is_gist = self.method == Some(IndexMethod::Gist);
        if is_gist { self.tally.first_leaf } else { super::KindTally::default() }
    }
}
