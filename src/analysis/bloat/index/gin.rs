use std::ops::RangeInclusive;

use super::page::Contents;
use super::rebuild::{LINE_POINTER, Room, pages_above};
use super::{Damage, IndexFacts, IndexLine, IndexTally, Method, Whole, check_items, pending};
use crate::format::FormatError;
use crate::format::page::gin::{GinEntry, GinFlags, GinPage, GinPointers};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::BlockNumber;

pub(super) struct Gin;

impl Method for Gin {
    fn of(&self) -> IndexMethod {
        IndexMethod::Gin
    }

    fn links(&self, page: &IndexPage<'_>) -> [Option<BlockNumber>; 2] {
        let IndexPage::Gin(page) = page else { return [None, None] };
        let is_linked = page.kind() != IndexPageKind::Meta;
        let right = Some(page.opaque().rightlink());
        [right.filter(|right| is_linked && right.is_valid()), None]
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        block: BlockNumber,
        tally: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::Gin(page) = page else { return };
        let read = |_, item| match page.kind() {
            IndexPageKind::Leaf => page.entry(item).map(|entry| {
                tally.hints.empty_keys += if_empty(&entry);
            }),
            _ => page.tuple(item).map(drop),
        };
        check_items(page.item_ids(), read, damaged);
        for error in page.posting_lists().filter_map(Result::err) {
            damaged(Damage::item(None, &error));
        }
        if page.kind() == IndexPageKind::Pending && tally.is_small() {
            tally.hints.pending.add(block, *page.opaque());
        }
        if page.kind() == IndexPageKind::PostingLeaf && tally.is_small() {
            let bytes = posting_contents(page).map_or(0, |contents| contents.end - POSTING_DATA);
            let bytes = u16::try_from(bytes).unwrap_or(u16::MAX);
            tally.hints.posting_leaves.add(block, page.opaque().rightlink(), bytes);
        }
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::Gin(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().copied())
            }
            _ => None,
        };
        let Some(meta) = index.meta(meta, damaged) else { return IndexFacts::default() };
        if !VERSIONS.contains(&meta.version()) {
            let (first, last) = (VERSIONS.start(), VERSIONS.end());
            damaged(Damage::meta(format!("ginVersion of {first} to {last}"), meta.version()));
        }
        let left_behind = pending::check(index, &meta, damaged);
        IndexFacts {
            version: Some(meta.version().into()),
            pending_pages: Some(meta.n_pending_pages()),
            pending_tuples: Some(meta.n_pending_tuples()),
            left_behind,
            ..IndexFacts::default()
        }
    }

    /// A build sorts keys in with all their heap tuples: leaves of the entry tree end up little more
    /// than half full, since each that is full is split in two and the next keys go to the right;
    /// posting trees grow at their right end, and are nearly full. A key of few heap tuples needs no
    /// tree; one without any goes, and so do the pages of the pending list.
    fn rebuilt_pages(&self, index: &Whole<'_>, _: &IndexFacts) -> u64 {
        let (kinds, hints) = (&index.tally.kinds, &index.tally.hints);
        let room = Room::new(index.format, SPECIAL);
        let posting_room = Room { whole: room.whole.saturating_sub(RIGHT_BOUND) };
        let largest_entry = room.whole / 3 - ENTRY_HEADER;
        let full = posting_room.percent(POSTING_LEAF_PERCENT);
        let (mut inline, mut posting) = (0, 0);
        if index.tally.is_small() {
            for bytes in hints.posting_leaves.trees() {
                match bytes {
                    _ if bytes <= largest_entry => inline += bytes,
                    _ if bytes <= posting_room.whole => posting += 1,
                    _ => posting += bytes.div_ceil(full) + 1,
                }
            }
        } else {
            posting = kinds[IndexPageKind::PostingLeaf].storage.div_ceil(full);
        }
        let entries = kinds[IndexPageKind::Leaf].live_storage().saturating_sub(hints.empty_keys);
        // A pending item is a key and one heap tuple; a few bytes are left of it in a list.
        let pending = kinds[IndexPageKind::Pending].items.count * PER_PENDING_ITEM;
        let entries = entries + inline + pending;
        if entries <= room.whole {
            return FIXED_PAGES + posting;
        }
        let half = room.percent(ENTRY_LEAF_PERCENT);
        let leaves = entries.div_ceil(half);
        let internal = kinds.sum(&[IndexPageKind::Root, IndexPageKind::Internal]).per_navigation();
        FIXED_PAGES - 1 + leaves + pages_above(leaves, internal.max(1), half) + posting
    }
}

/// Up to `GIN_CURRENT_VERSION` (access/ginblock.h).
const VERSIONS: RangeInclusive<i32> = 0..=2;

/// The meta page, and the root of the entry tree.
const FIXED_PAGES: u64 = 2;
/// How full the leaves are that a build leaves behind.
const ENTRY_LEAF_PERCENT: u64 = 54;
const POSTING_LEAF_PERCENT: u64 = 94;
const PER_PENDING_ITEM: u64 = 4;
/// What an entry takes beside its heap tuples, about: they stand in it up to a third of a page.
const ENTRY_HEADER: u64 = 32;
/// What stands before the heap tuples on a page of a posting tree.
const RIGHT_BOUND: u64 = 8;
/// The special space (`GinPageOpaqueData`).
const SPECIAL: u64 = 8;

/// What a key takes that no heap tuple has any more; 0 for any other.
fn if_empty(entry: &GinEntry<'_>) -> u64 {
    match entry.pointers {
        GinPointers::List(None) | GinPointers::Array([]) => {
            entry.tuple.bytes().len() as u64 + LINE_POINTER
        }
        GinPointers::Tree(_) | GinPointers::List(Some(_)) | GinPointers::Array(_) => 0,
    }
}

/// Where a posting tree's page begins with its own: behind the right bound.
const POSTING_DATA: usize = 32;

/// What a page of a posting tree holds.
pub(super) fn posting_contents(page: &GinPage<'_>) -> Result<Contents, FormatError> {
    let is_leaf = page.kind() == IndexPageKind::PostingLeaf;
    let line = if is_leaf { IndexLine::Items } else { IndexLine::Navigation };
    let end = if !is_leaf {
        POSTING_DATA + size_of_val(page.posting_items()?)
    } else if page.opaque().flags().contains(GinFlags::GIN_COMPRESSED) {
        usize::from(page.page().header().pd_lower()).max(POSTING_DATA)
    } else {
        POSTING_DATA + size_of_val(page.uncompressed_tids()?)
    };
    Ok(Contents { line, end, items: 0 })
}
