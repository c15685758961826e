//! Items of an index's page.

use crate::analysis::page::trouble::Troubles;
use crate::format::FormatError;
use crate::format::page::{ItemId, Page};
use crate::primitives::OffsetNumber;

/// A line pointer of an index, and the item that it points to.
#[derive(Debug)]
pub struct IndexItem<T> {
    /// Its number.
    pub number: OffsetNumber,
    /// The line pointer.
    pub item: ItemId,
    /// The item; `None` where it can't be read.
    pub tuple: Option<T>,
}

/// Reads each item; what is wrong with one does not hide the others. Once items take more bytes
/// than there are, they lie over each other: those behind are left out, so that a damaged page of
/// a few kilobytes can't make an answer of megabytes.
pub(super) fn items<T>(
    page: &Page<'_>,
    item_ids: impl Iterator<Item = (OffsetNumber, ItemId)>,
    troubles: &mut Troubles,
    mut read: impl FnMut(OffsetNumber, ItemId, &mut Troubles) -> Result<T, FormatError>,
) -> Vec<IndexItem<T>> {
    let room = page.header().pd_special().saturating_sub(page.header().pd_upper());
    let mut left = room;
    item_ids
        .map(|(number, item)| {
            let rest = left.checked_sub(item.lp_len());
            left = rest.unwrap_or(0);
            let tuple = match rest {
                Some(_) => read(number, item, troubles),
                None => Err(FormatError::Invalid {
                    what: "items",
                    offset: item.lp_off().into(),
                    expected: format!("{room} bytes of them, none in two"),
                    found: format!("more, up to line pointer {number}"),
                }),
            };
            IndexItem { number, item, tuple: troubles.of_item(number, tuple) }
        })
        .collect()
}
