use super::{IndexPage, IndexPageKind};
use crate::format::FormatError;
use crate::format::page::gin::{GinPage, broken_list};
use crate::format::page::spgist::SpGistTuple;
use crate::format::page::{ItemId, LpFlags, Page};
use crate::primitives::{ItemPointer, OffsetNumber};

/// A heap tuple that an index points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeapTid {
    /// The heap tuple: the line pointer at the head of its HOT chain.
    pub tid: ItemPointer,
    /// The index's item; invalid where the page has no line pointers.
    pub item: OffsetNumber,
    /// Whether the item is known to be dead (`LP_DEAD`). The whole item is: a posting list only
    /// when all its heap tuples are.
    pub dead: bool,
}

/// Heap tuples that an index points to, and that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct BrokenTids {
    /// The index's item; invalid where the page has no line pointers.
    pub item: OffsetNumber,
    /// Whether the item as such is sound, and only the addresses that its list is decoded to are not:
    /// who looks at items, and not into their lists, does not see it.
    pub is_in_list: bool,
    /// What is wrong.
    pub error: FormatError,
}

type Found = Result<HeapTid, BrokenTids>;

/// Hands every heap tuple that `page` points to to `found`.
#[inline]
pub(super) fn of(page: &IndexPage<'_>, mut found: impl FnMut(Found)) {
    match page {
        IndexPage::New | IndexPage::Brin(_) => {}
        IndexPage::Btree(page) => {
            if page.points_to_heap() {
                each_item(page.page(), page.item_ids(), &mut found, |number, item, found| {
                    for tid in page.tuple(number, item)?.heap_tids() {
                        found(Ok(at(tid.get(), number, item)));
                    }
                    Ok(())
                });
            }
        }
        IndexPage::Hash(page) => {
            each_item(page.page(), page.item_ids(), &mut found, |number, item, found| {
                let tid = page.tuple(item)?.tuple.header.t_tid().get();
                found(Ok(at(tid, number, item)));
                Ok(())
            });
        }
        IndexPage::Gin(page) => gin(page, &mut found),
        IndexPage::Gist(page) => {
            if page.kind() == IndexPageKind::Leaf {
                each_item(page.page(), page.item_ids(), &mut found, |number, item, found| {
                    let tid = page.tuple(item)?.header.t_tid().get();
                    found(Ok(at(tid, number, item)));
                    Ok(())
                });
            }
        }
        IndexPage::SpGist(page) => {
            if page.kind() == IndexPageKind::Leaf {
                each_item(page.page(), page.item_ids(), &mut found, |number, item, found| {
                    if let SpGistTuple::Leaf(leaf) = page.tuple(item)? {
                        found(Ok(at(leaf.heap_ptr, number, item)));
                    }
                    Ok(())
                });
            }
        }
        IndexPage::Bloom(page) => match page.tuples() {
            Ok(tuples) => tuples.for_each(|tuple| found(Ok(without_item(tuple.heap_ptr)))),
            Err(error) => found(Err(broken(OffsetNumber::INVALID, error))),
        },
    }
}

fn gin(page: &GinPage<'_>, found: &mut impl FnMut(Found)) {
    match page.kind() {
        IndexPageKind::Leaf => {
            each_item(page.page(), page.item_ids(), found, |number, item, found| {
                let entry = page.entry(item)?;
                let (mut count, mut is_whole) = (0, true);
                entry.heap_tids().for_each(|tid| {
                    count += 1;
                    is_whole &= tid.is_ok();
                    found(tid.map(|tid| at(tid, number, item)).map_err(|e| in_list(number, e)));
                });
                if let Some(said) = entry.count().filter(|said| is_whole && *said != count) {
                    let expected = format!("{said} heap tuples, as its item says");
                    found(Err(in_list(number, broken_list(&expected, count.to_string()))));
                }
                Ok(())
            });
        }
        IndexPageKind::Pending => {
            each_item(page.page(), page.item_ids(), found, |number, item, found| {
                let tid = page.tuple(item)?.header.t_tid().get();
                found(Ok(at(tid, number, item)));
                Ok(())
            });
        }
        IndexPageKind::PostingLeaf => posting_leaf(page, found),
        _ => {}
    }
}

fn posting_leaf(page: &GinPage<'_>, found: &mut impl FnMut(Found)) {
    let none = OffsetNumber::INVALID;
    let mut before = ItemPointer::default();
    for list in page.posting_lists() {
        let tids = match list {
            Ok(list) => {
                if list.first <= before {
                    let expected =
                        format!("heap addresses behind {before}, where the one before ends");
                    let first = list.first.to_string();
                    found(Err(in_list(none, broken_list(&expected, first))));
                }
                list.tids()
            }
            Err(error) => return found(Err(broken(none, error))),
        };
        tids.for_each(|tid| {
            before = tid.as_ref().map_or(before, |tid| *tid);
            found(tid.map(without_item).map_err(|error| in_list(none, error)));
        });
    }
    match page.uncompressed_tids() {
        Ok(tids) => tids.iter().for_each(|tid| found(Ok(without_item(tid.get())))),
        Err(error) => found(Err(broken(none, error))),
    }
}

/// Reads each item; an error of one is found, and does not hide the others. Items that overlap do:
/// else two thousand line pointers to one posting list would make millions of heap tuples.
#[inline]
fn each_item<F: FnMut(Found)>(
    page: &Page<'_>,
    items: impl Iterator<Item = (OffsetNumber, ItemId)>,
    found: &mut F,
    mut read: impl FnMut(OffsetNumber, ItemId, &mut F) -> Result<(), FormatError>,
) {
    let room = page.header().pd_special().saturating_sub(page.header().pd_upper());
    let mut left = room;
    for (number, item) in items {
        if let Err(error) = page.item_bytes(item) {
            found(Err(broken(number, error)));
            continue;
        }
        let Some(rest) = left.checked_sub(item.lp_len()) else {
            let error = FormatError::Invalid {
                what: "items",
                offset: item.lp_off().into(),
                expected: format!("{room} bytes of them, none in two"),
                found: format!("more, up to line pointer {number}"),
            };
            return found(Err(broken(number, error)));
        };
        left = rest;
        if let Err(error) = read(number, item, found) {
            found(Err(broken(number, error)));
        }
    }
}

fn at(tid: ItemPointer, number: OffsetNumber, item: ItemId) -> HeapTid {
    HeapTid { tid, item: number, dead: item.lp_flags() == LpFlags::Dead }
}

fn without_item(tid: ItemPointer) -> HeapTid {
    HeapTid { tid, item: OffsetNumber::INVALID, dead: false }
}

#[cold]
const fn broken(item: OffsetNumber, error: FormatError) -> BrokenTids {
    BrokenTids { item, is_in_list: false, error }
}

#[cold]
const fn in_list(item: OffsetNumber, error: FormatError) -> BrokenTids {
    BrokenTids { item, is_in_list: true, error }
}
