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

/// Sums over line pointers. They are of a page, and so 32 bits are enough; of the moment the lowest
/// bits are.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: u32,
    len: u32,
    room: u32,
    /// The sum of `end² - start²`.
    moment: u32,
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
        let (mut moment, mut all) = (0_u32, 0_u32);
        for item in items {
            let raw = item.raw();
            let (start, len) = (raw & 0x7FFF, raw >> 17);
            // Nothing here can overflow; said so, the sums are made several at a time.
            let room = len.wrapping_add(align) & !align;
            empty = empty.wrapping_add(u32::from(len == 0));
            len_sum = len_sum.wrapping_add(len);
            room_sum = room_sum.wrapping_add(room);
            let ends = start.wrapping_mul(2).wrapping_add(room);
            moment = moment.wrapping_add(room.wrapping_mul(ends));
            all |= raw;
        }
        Self {
            count: u32::try_from(items.len()).unwrap_or(u32::MAX) - empty,
            len: len_sum,
            room: room_sum,
            moment,
            starts: all & 0x7FFF,
            any_dead: all & MAYBE_DEAD != 0,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            len: self.len + other.len,
            room: self.room + other.room,
            moment: self.moment.wrapping_add(other.moment),
            starts: self.starts | other.starts,
            any_dead: self.any_dead | other.any_dead,
        }
    }

    /// Whether the items fill their space without a gap, as they do on all pages that nothing is
    /// wrong with: deleting one closes its own gap. Then the sum of their lengths is that of the
    /// space, and so is the sum of `end² - start²`; an item that is somewhere else makes one of the
    /// two wrong.
    fn fills(&self, page: &Page<'_>) -> bool {
        let header = page.header();
        let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
        let is_aligned = self.starts & (page.format().max_align - 1) == 0;
        let moment = (special - upper).wrapping_mul(special + upper);
        is_aligned && self.room == special - upper && self.moment == moment
    }

    fn tuples(&self) -> Tuples {
        Tuples { count: self.count.into(), len: self.len.into() }
    }
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
