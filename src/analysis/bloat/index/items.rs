//! The items of one page: what they are, what they take, and whether they lie where they may.

use crate::analysis::bloat::overlap::overlap;
use crate::analysis::bloat::{Tuples, broken};
use crate::format::FormatError;
use crate::format::page::{ItemId, Page};

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

    /// The items of the first `count` line pointers, each of the class that `classify` says, by
    /// its place from 0.
    #[inline]
    pub(super) fn measure(
        page: &Page<'_>,
        count: u16,
        mut classify: impl FnMut(usize, ItemId) -> Class,
    ) -> Result<Self, FormatError> {
        let header = page.header();
        let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
        let format = page.format();
        let line_pointers = page.line_pointers().get(..count.into()).unwrap_or_default();
        let mut items = Self::default();
        let (mut all, mut kept) = (0_u32, 0_u32);
        let mut moment = 0_u64;
        for (at, &item) in line_pointers.iter().enumerate() {
            if !item.has_storage() {
                continue;
            }
            let (start, len) = (u32::from(item.lp_off()), u32::from(item.lp_len()));
            let room = format.max_align(len);
            if start < upper || start + room > special || start & (format.max_align - 1) != 0 {
                return Err(broken::out_of_place(at, item, header));
            }
            all += room;
            moment += u64::from(room) * u64::from(2 * start + room);
            let class = classify(at, item);
            items.classes[class as usize].add(len.into());
            if matches!(class, Class::Item | Class::Navigation) {
                kept += room;
            }
        }
        items.storage = kept.into();
        items.all_storage = all.into();
        // Items fill their space without a gap: deleting one closes its own. Then the sum of their
        // lengths is that of the space, and the sum of `end² - start²` of each is that of the
        // whole, too; an item that is somewhere else makes one of the two wrong. Pages on which
        // something is wrong, or that have gaps, are looked at byte by byte.
        let whole = u64::from(special - upper);
        let fills = all == special - upper && moment == whole * u64::from(upper + special);
        if !fills && (u64::from(all) > whole || overlap(places(page, line_pointers))) {
            return Err(broken::overlapping());
        }
        Ok(items)
    }
}

/// The places of the items, rounded up.
fn places(page: &Page<'_>, line_pointers: &[ItemId]) -> impl Iterator<Item = (u32, u32)> {
    let format = page.format();
    let stored = line_pointers.iter().filter(|item| item.has_storage());
    stored.map(move |item| (item.lp_off().into(), format.max_align(item.lp_len().into())))
}
