//! What a build of a B-tree makes of equal keys: from 13 on they share posting lists (`_bt_load`,
//! access/nbtree/nbtsort.c).

use std::ops::AddAssign;

use super::rebuild::LINE_POINTER;
use crate::format::Format;
use crate::format::page::btree::BtreeTuple;
use crate::primitives::BlockNumber;

/// What items take on the pages that were looked into, and what they would take if equal keys
/// shared posting lists; with their line pointers, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Merged {
    before: u64,
    after: u64,
    /// How many items there would be, and what of each is a posting list.
    tuples: u64,
    lists: u64,
}

impl Merged {
    /// What `bytes` of such items would shrink to.
    pub(super) fn of(self, bytes: u64) -> u64 {
        if self.before == 0 {
            return bytes;
        }
        let whole = u128::from(bytes) * u128::from(self.after) / u128::from(self.before);
        u64::try_from(whole).unwrap_or(bytes)
    }

    /// What an item would take with its line pointer, and what of that is a posting list, on the
    /// average; `None` where no leaf was looked into.
    pub(super) fn each(self) -> Option<(u64, u64)> {
        let each = |sum: u64| sum.checked_div(self.tuples);
        Some((each(self.after)?, each(self.lists)?))
    }
}

impl AddAssign for Merged {
    fn add_assign(&mut self, other: Self) {
        self.before += other.before;
        self.after += other.after;
        self.tuples += other.tuples;
        self.lists += other.lists;
    }
}

/// Whether block `block` of an index that ends before block `end` is looked into: all of a small
/// one, and some hundred of a larger one.
pub(super) const fn is_sampled(block: BlockNumber, end: u32) -> bool {
    const SOME: u32 = 512;
    block.0.is_multiple_of(end / SOME + 1)
}

/// The leaf items of a page, in their order: those that follow each other with the same key merge.
pub(super) struct Merger<'a> {
    format: Format,
    sum: Merged,
    /// The key that the last items had, what a tuple with it takes without heap tuples, and how
    /// many heap tuples they point to.
    last: Option<(BtreeTuple<'a>, u64, u64)>,
}

/// A heap tuple's address in a posting list.
const TID: u64 = 6;

impl<'a> Merger<'a> {
    pub(super) const fn new(format: Format) -> Self {
        Self { format, sum: Merged { before: 0, after: 0, tuples: 0, lists: 0 }, last: None }
    }

    /// Takes the next item; what is dead, or bounds keys, is left out.
    pub(super) fn add(&mut self, tuple: &BtreeTuple<'a>) {
        if tuple.dead() != Some(false) {
            return;
        }
        let tids = tuple.heap_tids().len() as u64;
        let size = tuple.tuple().bytes().len() as u64;
        self.sum.before += self.align(size) + LINE_POINTER;
        let same_key = |other: &BtreeTuple<'_>| {
            other.data() == tuple.data()
                && other.tuple().null_bitmap() == tuple.tuple().null_bitmap()
        };
        match &mut self.last {
            Some((last, _, count)) if same_key(last) => *count += tids,
            _ => {
                self.end_key();
                let list = if tuple.posting().is_some() { tids * TID } else { 0 };
                self.last = Some((*tuple, size.saturating_sub(list), tids));
            }
        }
    }

    pub(super) fn finish(mut self) -> Merged {
        self.end_key();
        self.sum
    }

    fn end_key(&mut self) {
        let Some((_, key, tids)) = self.last.take() else { return };
        let key = self.align(key);
        // With its line pointer, a tuple with a posting list grows to a tenth of a page.
        let align_down = |len: u64| len - len % u64::from(self.format.max_align.max(1));
        let tenth = align_down(u64::from(self.format.block_size) / 10);
        let most = align_down(tenth.saturating_sub(LINE_POINTER)).saturating_sub(key);
        let per_list = most / TID;
        if per_list < 2 {
            self.put(key, 0, tids);
            return;
        }
        self.put(key, per_list, tids / per_list);
        match tids % per_list {
            0 => {}
            1 => self.put(key, 0, 1),
            rest => self.put(key, rest, 1),
        }
    }

    /// Counts `tuples` that have a list of so many heap tuples, or none.
    fn put(&mut self, key: u64, list: u64, tuples: u64) {
        let size = self.align(key + list * TID);
        self.sum.tuples += tuples;
        self.sum.after += tuples * (size + LINE_POINTER);
        self.sum.lists += tuples * (size - key);
    }

    fn align(&self, len: u64) -> u64 {
        len.next_multiple_of(u64::from(self.format.max_align.max(1)))
    }
}
