//! The pending list of a GIN index, put together from its pages (access/gin/ginfast.c).

use std::collections::{BTreeMap, BTreeSet};

use super::{Damage, Whole};
use crate::format::page::gin::{GinMeta, GinOpaque};
use crate::format::page::index::IndexPageKind;
use crate::primitives::BlockNumber;

/// The pages that say that they are of the pending list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PendingPages(BTreeMap<BlockNumber, Pending>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pending {
    right: BlockNumber,
    /// Heap tuples whose last item is here.
    tuples: u16,
}

impl PendingPages {
    /// Notes a page by its special space.
    pub(super) fn add(&mut self, block: BlockNumber, opaque: GinOpaque) {
        self.0.insert(block, Pending { right: opaque.rightlink(), tuples: opaque.maxoff() });
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// Holds the meta page to the pages. Where the list is whole, gives the pages that are not on it, in
/// their order: an insert that fails once its pages are written, before the meta page knows of them,
/// leaves them behind (`ginHeapTupleFastInsert`).
pub(super) fn check(
    index: &Whole<'_>,
    meta: &GinMeta,
    damaged: &mut dyn FnMut(Damage),
) -> Vec<BlockNumber> {
    if !index.is_settled {
        return Vec::new();
    }
    let (head, tail) = (meta.pending_head(), meta.pending_tail());
    let mut is_there = |what, block: BlockNumber| {
        !block.is_valid() || index.check_kind(what, block, IndexPageKind::Pending, damaged)
    };
    if !is_there("pending list's head", head) || !is_there("pending list's tail", tail) {
        return Vec::new();
    }
    if head.is_valid() != tail.is_valid() {
        let expected = "a pending list with head and tail, or neither";
        damaged(Damage::meta(expected, format!("head {head}, tail {tail}")));
        return Vec::new();
    }
    let said = u64::from(meta.n_pending_pages());
    let pages = &index.tally.hints.pending.0;
    if !index.tally.is_small() {
        let there = index.tally.kinds[IndexPageKind::Pending].pages;
        index.check_count("pending pages", said, there.min(said), damaged);
        return Vec::new();
    }
    let Some(list) = walk(index, pages, head, damaged) else { return Vec::new() };
    if list.last != tail {
        let expected = format!("pending list's tail {}, to which its head leads", list.last);
        damaged(Damage::meta(expected, tail));
        return Vec::new();
    }
    let count = list.blocks.len() as u64;
    let tuples = u64::try_from(meta.n_pending_tuples()).unwrap_or(u64::MAX);
    if index.check_count("pending pages", said, count, damaged)
        && index.check_count("pending heap tuples", tuples, list.tuples, damaged)
    {
        return pages.keys().copied().filter(|block| !list.blocks.contains(block)).collect();
    }
    Vec::new()
}

/// The list as its pages have it.
struct List {
    blocks: BTreeSet<BlockNumber>,
    last: BlockNumber,
    tuples: u64,
}

/// Goes along the list; `None` where it does not come to an end. No page is visited twice.
fn walk(
    index: &Whole<'_>,
    pages: &BTreeMap<BlockNumber, Pending>,
    head: BlockNumber,
    damaged: &mut dyn FnMut(Damage),
) -> Option<List> {
    let mut list = List { blocks: BTreeSet::new(), last: BlockNumber::INVALID, tuples: 0 };
    let mut next = head;
    while next.is_valid() {
        let Some(page) = pages.get(&next) else {
            let kind = index.page(next, |page| page.kind(next));
            // A page that can't be read, makes no sense, or is not there was found so already.
            if let Some(kind) = kind.filter(|kind| *kind != IndexPageKind::Pending) {
                let found = format!("block {next} of kind {}", kind.name());
                damaged(Damage::target(list.last, "a further page of the pending list", found));
            }
            return None;
        };
        if !list.blocks.insert(next) {
            // One that leads to itself was found so already.
            if next != list.last {
                let found = format!("block {next}, which the list has come by");
                damaged(Damage::target(list.last, "a further page of the pending list", found));
            }
            return None;
        }
        list.tuples += u64::from(page.tuples);
        (list.last, next) = (next, page.right);
    }
    Some(list)
}
