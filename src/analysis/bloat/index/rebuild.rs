//! What the estimates of the types have in common: how many pages so many bytes fill.

use crate::format::Format;
use crate::format::page::{ItemId, PageHeader};

/// A page of an index that is being built.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// The room for items and line pointers on a page, in bytes.
    pub(super) whole: u64,
}

/// A line pointer.
pub(super) const LINE_POINTER: u64 = size_of::<ItemId>() as u64;

impl Room {
    /// Of pages with a special space of `special` bytes.
    pub(super) fn new(format: Format, special: u64) -> Self {
        let header = size_of::<PageHeader>() as u64;
        Self { whole: u64::from(format.block_size).saturating_sub(header + special).max(1) }
    }

    /// That share of it.
    pub(super) const fn percent(self, share: u64) -> u64 {
        let part = self.whole * share / 100;
        if part == 0 { 1 } else { part }
    }
}

/// The pages above `below` pages of a tree, level by level up to a root, where an item that leads
/// to one takes `item` bytes, and a page takes `room` bytes of them; none above a single page.
pub(super) fn pages_above(below: u64, item: u64, room: u64) -> u64 {
    // A page leads to two others at the least.
    let fanout = room.checked_div(item).unwrap_or(0).max(2);
    let (mut level, mut sum) = (below, 0);
    while level > 1 {
        level = level.div_ceil(fanout);
        sum += level;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_up_to_one_root() {
        assert_eq!(pages_above(0, 20, 5000), 0);
        assert_eq!(pages_above(1, 20, 5000), 0);
        assert_eq!(pages_above(2, 20, 5000), 1);
        assert_eq!(pages_above(251, 20, 5000), 2 + 1);
        assert_eq!(pages_above(5, 5000, 100), 3 + 2 + 1, "items larger than a page still lead on");
    }
}
