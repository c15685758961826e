//! Line pointers summed up: what their items take, and whether these lie where they may.

use super::Tuples;
use crate::format::page::{ItemId, LpFlags, Page};

/// Sums over line pointers, of which one that is all zeros adds nothing. They are of a page, and so
/// 32 bits are enough. None but the sum of marks can overflow, which may: said so, the sums are made
/// several at a time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    count: u32,
    len: u32,
    room: u32,
    /// The marks of all ends without those of all starts.
    marks: u32,
    /// All of them, bit by bit.
    all: u32,
}

impl Sums {
    /// Takes in a line pointer, without a branch: most pages have hundreds.
    #[inline(always)]
    pub(super) fn add(&mut self, item: ItemId, max_align: u32) {
        let align = max_align.wrapping_sub(1);
        let (start, len) = (u32::from(item.lp_off()), u32::from(item.lp_len()));
        let room = len.wrapping_add(align) & !align;
        self.count = self.count.wrapping_add(u32::from(len != 0));
        self.len = self.len.wrapping_add(len);
        self.room = self.room.wrapping_add(room);
        let marks = mark(start.wrapping_add(room)).wrapping_sub(mark(start));
        self.marks = self.marks.wrapping_add(marks);
        self.all |= item.raw();
    }

    /// The sums over both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            len: self.len + other.len,
            room: self.room + other.room,
            marks: self.marks.wrapping_add(other.marks),
            all: self.all | other.all,
        }
    }

    /// Whether the items fill their space without a gap, as they do on all pages that nothing is
    /// wrong with: deleting one closes its own gap.
    ///
    /// Then each item begins where another ends, or the space does. So the marks of all ends and of
    /// the space's begin are those of all starts and of its end, and cancel out. Where items begin
    /// elsewhere they do not: of pages that chance has damaged one in 2³² gets by, besides those
    /// that were made for it.
    pub(super) fn fills(&self, page: &Page<'_>) -> bool {
        let header = page.header();
        let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
        let is_aligned = self.all & 0x7FFF & (page.format().max_align - 1) == 0;
        let marks = mark(special).wrapping_sub(mark(upper));
        is_aligned && self.room == special - upper && self.marks == marks
    }

    /// The items, those that have storage, and their length.
    pub(super) fn tuples(&self) -> Tuples {
        Tuples { count: self.count.into(), len: self.len.into() }
    }

    /// What the items take with their padding.
    pub(super) const fn room(&self) -> u32 {
        self.room
    }

    /// Whether some may be `LP_DEAD`, of line pointers that are all in use.
    pub(super) const fn any_dead(&self) -> bool {
        /// The bit that `LP_DEAD` has, and an item in use has not.
        const MAYBE_DEAD: u32 = (LpFlags::Dead.code() as u32 & 2) << 15;
        self.all & MAYBE_DEAD != 0
    }
}

/// A number for each place, which has nothing in common with those of places near it.
#[inline(always)]
const fn mark(place: u32) -> u32 {
    let mixed = place.wrapping_mul(0x9E37_79B1);
    (mixed ^ mixed >> 15).wrapping_mul(0x85EB_CA77)
}

#[cfg(test)]
mod tests {
    use zerocopy::FromBytes;

    use super::*;
    use crate::format::{Format, PgVersion};

    /// Whether these items, each a start and a length, fill a page from `upper` to its end.
    fn fill(page_size: u32, upper: u32, items: &[(u32, u32)]) -> bool {
        let format = Format::usual(PgVersion::V17).with_block_size(page_size);
        let mut bytes = vec![0; page_size as usize];
        for (at, field) in [(12, 28), (14, upper), (16, page_size), (18, page_size | 4)] {
            bytes[at..at + 2].copy_from_slice(&u16::try_from(field).unwrap().to_le_bytes());
        }
        let mut sums = Sums::default();
        for (start, len) in items {
            let raw = start | 1 << 15 | len << 17;
            let item = ItemId::read_from_bytes(&raw.to_le_bytes()).unwrap();
            sums.add(item, format.max_align);
        }
        sums.fills(&Page::new(&bytes, format).unwrap())
    }

    #[test]
    fn what_fills_a_page_of_any_size_is_told_from_what_overlaps() {
        for size in [4096, 8192, 16_384, 32_768] {
            assert!(fill(size, size - 72, &[(size - 32, 30), (size - 72, 33)]));
            assert!(fill(size, size, &[]) && !fill(size, size - 8, &[]));
            assert!(!fill(size, size - 72, &[(size - 40, 30), (size - 72, 33)]));
        }
        // The sums of these starts and ends are right, and those of their squares and cubes, or of
        // the lowest bits of these.
        assert!(!fill(8192, 8120, &[(8112, 16), (8152, 24), (8152, 32)]));
        assert!(!fill(8192, 2048, &[(3072, 3072), (4096, 3072)]));
        assert!(!fill(8192, 8112, &[(8112, 8), (8152, 32), (8152, 24), (8112, 16)]));
    }
}
