//! Whether the items of a page lie where they may.

use super::broken::{out_of_place, overlapping};
use super::overlap::overlap;
use crate::format::FormatError;
use crate::format::page::{ItemId, Page};

/// Looks at the place of the item of each line pointer that has one, in any order: aligned, between
/// `pd_upper` and `pd_special`, and apart from the others, so that all fit.
///
/// Where [`Sums`](super::sums::Sums) can tell the same, they do so at a fraction of the cost.
#[cold]
pub(super) fn check(page: &Page<'_>, has_item: impl Fn(ItemId) -> bool) -> Result<(), FormatError> {
    let (header, format) = (page.header(), page.format());
    let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
    let items =
        || page.line_pointers().iter().copied().enumerate().filter(|(_, item)| has_item(*item));
    let place = |item: ItemId| (u32::from(item.lp_off()), format.max_align(item.lp_len().into()));
    let mut all = 0;
    for (at, item) in items() {
        let (start, room) = place(item);
        if start < upper || start + room > special || start & (format.max_align - 1) != 0 {
            return Err(out_of_place(at, item, header));
        }
        all += room;
    }
    if all > special - upper || overlap(items().map(|(_, item)| place(item))) {
        return Err(overlapping());
    }
    Ok(())
}
