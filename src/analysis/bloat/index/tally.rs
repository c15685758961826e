use std::collections::BTreeMap;
use std::ops::{AddAssign, Index, IndexMut, SubAssign};

use super::IndexLine;
use super::merge::Merged;
use super::pending::PendingPages;
use super::posting_trees::PostingLeaves;
use super::rebuild::LINE_POINTER;
use super::revmap::Revmap;
use crate::analysis::bloat::{Ledger, Tuples};
use crate::format::page::index::IndexPageKind;

/// What the pages of an index hold, all together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexTally {
    /// Blocks that were looked at, unreadable and broken ones too.
    pub pages: u64,
    /// What the bytes are taken up by.
    pub ledger: Ledger<IndexLine>,
    /// What the pages of each kind hold.
    pub kinds: Kinds,
    /// Of that, what the first block holds, where it is a leaf.
    pub first_leaf: KindTally,
    /// Leaves whose right sibling stands before them in the file.
    pub fragments: u64,
    /// What a rebuild is estimated from, and the meta page held to, beside that.
    pub(super) hints: Hints,
    /// The block behind the last.
    pub(super) end: u32,
    /// Whether a rebuild would let equal keys share posting lists, where its type has them.
    pub(super) deduplicates: bool,
}

/// An index of up to as many pages is looked into page by page; of a larger one only a part is
/// remembered, so that memory stays bounded.
const SMALL: u32 = 1 << 20;

impl IndexTally {
    /// The sum of nothing, for an index that ends before block `end`.
    pub(super) fn new(end: u32, deduplicates: bool) -> Self {
        Self { end, deduplicates, ..Self::default() }
    }

    /// Leaves out what pages hold that belong to nothing, whose sum this is: no more of them counts
    /// than how many they are, and what they take up.
    pub(super) fn leave_out(&mut self, pages: &Self) {
        for (kind, out) in pages.kinds.iter() {
            self.kinds[kind] -= KindTally { pages: 0, ..*out };
        }
        let items = pages.ledger[IndexLine::Items].min(self.ledger[IndexLine::Items]);
        self.ledger[IndexLine::Items] -= items;
        self.ledger[IndexLine::Unreferenced] += items;
    }

    /// Whether something can be remembered of each page.
    pub(super) const fn is_small(&self) -> bool {
        self.end <= SMALL
    }
}

/// What the pages of one kind hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindTally {
    /// How many pages.
    pub pages: u64,
    /// Items that are not known to be dead; of pages that lead to others, what leads there is not
    /// among them.
    pub items: Tuples,
    /// Items that are known to be dead (`LP_DEAD`).
    pub dead_items: Tuples,
    /// What leads to other pages.
    pub navigation: Tuples,
    /// What items and navigation take with their padding, but for dead items.
    pub storage: u64,
    /// The room between line pointers and items, in bytes.
    pub free: u64,
    /// The same, less a line pointer on each page (`PageGetFreeSpace`).
    pub free_for_one: u64,
    /// The room for items and line pointers: all but headers and special space.
    pub room: u64,
}

/// What a rebuild is estimated from, and what the meta page is held to, where pages are looked into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hints {
    /// What items of equal keys of a B-tree would take if they shared posting lists.
    pub(super) merged: Merged,
    /// Items that are not known to be dead by bucket of a hash index.
    pub(super) buckets: BTreeMap<u32, u64>,
    /// What keys of a GIN index take that VACUUM has left without any heap tuple.
    pub(super) empty_keys: u64,
    /// The leaves of its posting trees.
    pub(super) posting_leaves: PostingLeaves,
    /// The pages of its pending list.
    pub(super) pending: PendingPages,
    /// What the revmap of a BRIN index leads to.
    pub(super) revmap: Revmap,
}

/// Numbers by kind of page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds([KindTally; IndexPageKind::ALL.len()]);

impl Kinds {
    /// Each kind's numbers, in the order of [`IndexPageKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (IndexPageKind, &KindTally)> {
        IndexPageKind::ALL.into_iter().map(|kind| (kind, &self[kind]))
    }

    /// The numbers of some kinds together.
    #[must_use]
    pub fn sum(&self, kinds: &[IndexPageKind]) -> KindTally {
        let mut sum = KindTally::default();
        for &kind in kinds {
            sum += self[kind];
        }
        sum
    }
}

impl KindTally {
    /// What the items that are not known to be dead take, with their line pointers.
    pub(super) fn live_storage(&self) -> u64 {
        self.storage + (self.items.count + self.navigation.count) * LINE_POINTER
    }

    /// What one of what leads to other pages takes, with its line pointer; rounded up, and 0 where
    /// there is none.
    pub(super) fn per_navigation(&self) -> u64 {
        let each = |count: u64| self.navigation.len.div_ceil(count) + LINE_POINTER;
        if self.navigation.count == 0 { 0 } else { each(self.navigation.count) }
    }
}

impl Index<IndexPageKind> for Kinds {
    type Output = KindTally;

    fn index(&self, kind: IndexPageKind) -> &KindTally {
        &self.0[kind as usize]
    }
}

impl IndexMut<IndexPageKind> for Kinds {
    fn index_mut(&mut self, kind: IndexPageKind) -> &mut KindTally {
        &mut self.0[kind as usize]
    }
}

impl AddAssign for KindTally {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.items += other.items;
        self.dead_items += other.dead_items;
        self.navigation += other.navigation;
        self.storage += other.storage;
        self.free += other.free;
        self.free_for_one += other.free_for_one;
        self.room += other.room;
    }
}

/// What is more than there is goes to nothing: a file may change while it is read.
impl SubAssign for KindTally {
    fn sub_assign(&mut self, part: Self) {
        let less = |whole: Tuples, part: Tuples| Tuples {
            count: whole.count.saturating_sub(part.count),
            len: whole.len.saturating_sub(part.len),
        };
        self.pages = self.pages.saturating_sub(part.pages);
        self.items = less(self.items, part.items);
        self.dead_items = less(self.dead_items, part.dead_items);
        self.navigation = less(self.navigation, part.navigation);
        self.storage = self.storage.saturating_sub(part.storage);
        self.free = self.free.saturating_sub(part.free);
        self.free_for_one = self.free_for_one.saturating_sub(part.free_for_one);
        self.room = self.room.saturating_sub(part.room);
    }
}

impl AddAssign<IndexTally> for IndexTally {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.ledger += other.ledger;
        for (sum, kind) in self.kinds.0.iter_mut().zip(other.kinds.0) {
            *sum += kind;
        }
        self.first_leaf += other.first_leaf;
        self.fragments += other.fragments;
        self.end = self.end.max(other.end);
        self.deduplicates |= other.deduplicates;
        self.hints.merged += other.hints.merged;
        self.hints.empty_keys += other.hints.empty_keys;
        self.hints.posting_leaves.extend(other.hints.posting_leaves);
        self.hints.pending.extend(other.hints.pending);
        self.hints.revmap += other.hints.revmap;
        for (bucket, items) in other.hints.buckets {
            *self.hints.buckets.entry(bucket).or_default() += items;
        }
    }
}
