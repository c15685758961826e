//! The items of one page: what they are, what they take, and whether they lie where they may.

use pulp::{Arch, Simd, WithSimd};

use crate::analysis::bloat::sums::Sums;
use crate::analysis::bloat::{Tuples, places};
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

    /// The items of a page, of which the first `leading` lead to other pages, and the others point
    /// to the heap.
    #[inline]
    pub(super) fn measure(page: &Page<'_>, leading: usize) -> Result<Self, FormatError> {
        let line_pointers = page.line_pointers();
        let (before, behind) = line_pointers.split_at(leading.min(line_pointers.len()));
        let max_align = page.format().max_align;
        let sum_up = |items| Arch::new().dispatch(SumUp { items, max_align });
        let [navigation, own] = [before, behind].map(sum_up);
        let whole = navigation.and(own);
        if !whole.fills(page) {
            places::check(page, ItemId::has_storage)?;
        }
        let (dead, dead_storage) =
            if own.any_dead() { dead_items(behind, page.format()) } else { <_>::default() };
        let mut items = Self { all_storage: whole.room().into(), ..Self::default() };
        items.storage = items.all_storage - dead_storage;
        items.classes[Class::Navigation as usize] = navigation.tuples();
        items.classes[Class::Item as usize] = own.tuples() - dead;
        items.classes[Class::Dead as usize] = dead;
        Ok(items)
    }

    /// The same, where each item says what it is.
    pub(super) fn classify(
        page: &Page<'_>,
        mut class: impl FnMut(ItemId) -> Class,
    ) -> Result<Self, FormatError> {
        places::check(page, ItemId::has_storage)?;
        let mut items = Self::default();
        for &item in page.line_pointers().iter().filter(|item| item.has_storage()) {
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

struct SumUp<'a> {
    items: &'a [ItemId],
    max_align: u32,
}

impl WithSimd for SumUp<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Sums {
        let mut sums = Sums::default();
        for item in self.items {
            sums.add(*item, self.max_align);
        }
        sums
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
        Items::measure(&page, 0)
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
