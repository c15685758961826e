//! The items of one page: what they are, what they take, and whether they lie where they may.

use crate::analysis::bloat::overlap::overlap;
use crate::analysis::bloat::{Tuples, broken};
use crate::format::page::{ItemId, LpFlags, Page};
use crate::format::{Format, FormatError};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It points to the heap, or sums up a range of it.
    Item,
    /// The same, and is known to be dead.
    Dead,
    /// It leads to another page.
    Navigation,
    /// It stands for a tuple that is gone.
    Placeholder,
}

/// The items of a page, by class.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Items {
    classes: [Tuples; 4],
    /// What items and navigation take with their padding.
    pub(super) storage: u64,
    /// What all of them take with their padding.
    pub(super) all_storage: u64,
}

impl Items {
    pub(super) const fn of(&self, class: Class) -> Tuples {
        self.classes[class as usize]
    }

    /// The items of the first `count` line pointers, of which the first `leading` lead to other
    /// pages, and the others point to the heap.
    #[inline]
    pub(super) fn measure(
        page: &Page<'_>,
        count: u16,
        leading: usize,
    ) -> Result<Self, FormatError> {
        let line_pointers = page.line_pointers().get(..count.into()).unwrap_or_default();
        let (before, behind) = line_pointers.split_at(leading.min(line_pointers.len()));
        let [navigation, own] = [before, behind].map(|items| Sums::of(items, page.format()));
        let whole = navigation.and(own);
        if !whole.fills(page) {
            check(page, line_pointers)?;
        }
        let (dead, dead_storage) =
            if own.any_dead { dead_items(behind, page.format()) } else { <_>::default() };
        let mut items = Self { all_storage: whole.room.into(), ..Self::default() };
        items.storage = items.all_storage - dead_storage;
        items.classes[Class::Navigation as usize] = navigation.tuples();
        items.classes[Class::Item as usize] = own.tuples() - dead;
        items.classes[Class::Dead as usize] = dead;
        Ok(items)
    }

    /// The same, where each item says what it is.
    pub(super) fn classify(
        page: &Page<'_>,
        count: u16,
        mut class: impl FnMut(ItemId) -> Class,
    ) -> Result<Self, FormatError> {
        let line_pointers = page.line_pointers().get(..count.into()).unwrap_or_default();
        check(page, line_pointers)?;
        let mut items = Self::default();
        for &item in line_pointers.iter().filter(|item| item.has_storage()) {
            let len = u64::from(item.lp_len());
            let room = u64::from(page.format().max_align(item.lp_len().into()));
            let class = class(item);
            items.classes[class as usize].add(len);
            items.all_storage += room;
            if matches!(class, Class::Item | Class::Navigation) {
                items.storage += room;
            }
        }
        Ok(items)
    }
}

/// The items that are known to be dead, and what they take with their padding.
#[cold]
fn dead_items(items: &[ItemId], format: Format) -> (Tuples, u64) {
    let (mut dead, mut storage) = (Tuples::default(), 0);
    for item in items.iter().filter(|item| item.lp_flags() == LpFlags::Dead && item.has_storage()) {
        dead.add(item.lp_len().into());
        storage += u64::from(format.max_align(item.lp_len().into()));
    }
    (dead, storage)
}

/// Sums over line pointers. They are of a page, and so 32 bits are enough; of the powers the lowest
/// bits are.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: u32,
    len: u32,
    room: u32,
    /// The sums of `end² - start²` and of `end³ - start³`.
    powers: [u32; 2],
    /// All starts, bit by bit.
    starts: u32,
    /// Whether some may be `LP_DEAD`.
    any_dead: bool,
}

impl Sums {
    /// Each line pointer in one look, without a branch: most pages have hundreds.
    #[inline]
    fn of(items: &[ItemId], format: Format) -> Self {
        let align = format.max_align - 1;
        let (mut empty, mut len_sum, mut room_sum) = (0_u32, 0_u32, 0_u32);
        let (mut squares, mut cubes, mut all) = (0_u32, 0_u32, 0_u32);
        for item in items {
            let raw = item.raw();
            let (start, len) = (raw & 0x7FFF, raw >> 17);
            // Nothing here can overflow; said so, the sums are made several at a time.
            let room = len.wrapping_add(align) & !align;
            empty = empty.wrapping_add(u32::from(len == 0));
            len_sum = len_sum.wrapping_add(len);
            room_sum = room_sum.wrapping_add(room);
            let [square, cube] = powers(start, start.wrapping_add(room));
            squares = squares.wrapping_add(square);
            cubes = cubes.wrapping_add(cube);
            all |= raw;
        }
        Self {
            count: u32::try_from(items.len()).unwrap_or(u32::MAX) - empty,
            len: len_sum,
            room: room_sum,
            powers: [squares, cubes],
            starts: all & 0x7FFF,
            any_dead: all & MAYBE_DEAD != 0,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            len: self.len + other.len,
            room: self.room + other.room,
            powers: std::array::from_fn(|at| self.powers[at].wrapping_add(other.powers[at])),
            starts: self.starts | other.starts,
            any_dead: self.any_dead | other.any_dead,
        }
    }

    /// Whether the items fill their space without a gap, as they do on all pages that nothing is
    /// wrong with: deleting one closes its own gap. Then each item begins where another ends, and so
    /// `end - start`, `end² - start²` and `end³ - start³` sum up to what the space itself has. Where
    /// up to three begin elsewhere, one of the sums is wrong.
    fn fills(&self, page: &Page<'_>) -> bool {
        let header = page.header();
        let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
        let is_aligned = self.starts & (page.format().max_align - 1) == 0;
        is_aligned && self.room == special - upper && self.powers == powers(upper, special)
    }

    fn tuples(&self) -> Tuples {
        Tuples { count: self.count.into(), len: self.len.into() }
    }
}

/// `end² - start²` and `end³ - start³`, their lowest bits.
#[inline]
const fn powers(start: u32, end: u32) -> [u32; 2] {
    let len = end.wrapping_sub(start);
    let (low, mixed, high) =
        (start.wrapping_mul(start), start.wrapping_mul(end), end.wrapping_mul(end));
    let sum = low.wrapping_add(mixed).wrapping_add(high);
    [len.wrapping_mul(start.wrapping_add(end)), len.wrapping_mul(sum)]
}

/// The bit of a line pointer that `LP_DEAD` has, and an item in use has not.
const MAYBE_DEAD: u32 = 2 << 15;

/// Looks at each item's place: whether it may lie there, and apart from the others.
#[cold]
fn check(page: &Page<'_>, line_pointers: &[ItemId]) -> Result<(), FormatError> {
    let header = page.header();
    let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
    let format = page.format();
    let mut all = 0;
    for (at, &item) in line_pointers.iter().enumerate().filter(|(_, item)| item.has_storage()) {
        let (start, room) = (u32::from(item.lp_off()), format.max_align(item.lp_len().into()));
        if start < upper || start + room > special || start & (format.max_align - 1) != 0 {
            return Err(broken::out_of_place(at, item, header));
        }
        all += room;
    }
    if all > special - upper || overlap(places(page, line_pointers)) {
        return Err(broken::overlapping());
    }
    Ok(())
}

/// The places of the items, rounded up.
fn places(page: &Page<'_>, line_pointers: &[ItemId]) -> impl Iterator<Item = (u32, u32)> {
    let format = page.format();
    let stored = line_pointers.iter().filter(|item| item.has_storage());
    stored.map(move |item| (item.lp_off().into(), format.max_align(item.lp_len().into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::PgVersion;

    /// A page whose items take 32 bytes each, at these places behind `pd_upper`.
    fn measured(places: &[u32]) -> Result<Items, FormatError> {
        let mut bytes = vec![0; 8192];
        let count = u16::try_from(places.len()).unwrap();
        let upper = 8192 - 32 * count;
        for (field, at) in [(24 + 4 * count, 12), (upper, 14), (8192, 16), (8192 | 4, 18)] {
            bytes[at..at + 2].copy_from_slice(&field.to_le_bytes());
        }
        for (at, place) in places.iter().enumerate() {
            let raw = (u32::from(upper) + place) | 1 << 15 | 30 << 17;
            bytes[24 + 4 * at..28 + 4 * at].copy_from_slice(&raw.to_le_bytes());
        }
        let page = Page::new(&bytes, Format::usual(PgVersion::V17)).unwrap();
        Items::measure(&page, count, 0)
    }

    #[test]
    fn items_may_lie_in_any_order_and_not_on_one_another() {
        let items = measured(&[64, 0, 96, 32]).unwrap();
        assert_eq!(items.of(Class::Item), Tuples { count: 4, len: 120 });
        assert_eq!(items.all_storage, 128);
        for moved in [
            [64, 8, 96, 32],
            [64, 8, 88, 32],
            [72, 0, 96, 24],
            [64, 64, 96, 0],
            [72, 8, 80, 32],
            [64, 4, 96, 32],
            [64, 0, 104, 32],
        ] {
            assert!(measured(&moved).is_err(), "{moved:?}");
        }
    }
}
