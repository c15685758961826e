use super::merge::{Merger, is_sampled};
use super::rebuild::{LINE_POINTER, Room, pages_above};
use super::{Damage, IndexFacts, IndexTally, Method, Whole, check_items};
use crate::format::page::btree::{BtreeMeta, BtreeOpaque};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::BlockNumber;

pub(super) struct Btree;

impl Method for Btree {
    fn of(&self) -> IndexMethod {
        IndexMethod::Btree
    }

    fn links(&self, page: &IndexPage<'_>) -> [Option<BlockNumber>; 2] {
        let IndexPage::Btree(page) = page else { return [None, None] };
        let opaque = page.opaque();
        let is_linked = page.kind() != IndexPageKind::Meta;
        [opaque.btpo_prev(), opaque.btpo_next()]
            .map(|block| Some(block).filter(|block| is_linked && *block != NONE))
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        block: BlockNumber,
        tally: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::Btree(page) = page else { return };
        if !page.points_to_heap() {
            return;
        }
        let next = page.opaque().btpo_next();
        tally.fragments += u64::from(next != NONE && next < block);
        if tally.deduplicates && is_sampled(block, tally.end) {
            let mut merger = Merger::new(page.page().format());
            let tuples = page.item_ids().filter_map(|(at, item)| page.tuple(at, item).ok());
            tuples.for_each(|tuple| merger.add(&tuple));
            tally.hints.merged += merger.finish();
        }
        // Where all is sound, only the high key is left to be looked at.
        let left = if page.looks_sound() { 1 } else { usize::MAX };
        check_items(page.item_ids().take(left), |at, item| page.tuple(at, item), damaged);
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::Btree(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().copied())
            }
            _ => None,
        };
        let Some(meta) = index.meta(meta, damaged) else { return IndexFacts::default() };
        check_root(index, &meta, damaged);
        IndexFacts {
            version: Some(meta.btm_version().into()),
            tree_level: Some(meta.btm_level()),
            root_block_no: Some(meta.btm_root()),
            allequalimage: meta.btm_allequalimage(),
            ..IndexFacts::default()
        }
    }

    /// As `_bt_load` (access/nbtree/nbtsort.c) fills pages from the left: a leaf is full once less
    /// is free than the fillfactor leaves; its last item then moves to the next page, and its own
    /// high key takes that one's place.
    fn rebuilt_pages(&self, index: &Whole<'_>, facts: &IndexFacts) -> u64 {
        let leaves = &index.tally.kinds[IndexPageKind::Leaf];
        let items = leaves.items.count;
        if items == 0 {
            return 1;
        }
        let room = Room::new(index.format, SPECIAL);
        let used = |fillfactor: u8| {
            let kept = u64::from(index.format.block_size) * u64::from(100 - fillfactor.min(100));
            room.whole.saturating_sub(kept / 100 + LINE_POINTER)
        };
        let full = |fillfactor: u8, item: u64| used(fillfactor).saturating_sub(item / 2).max(item);
        // High keys are none of what is sorted in.
        let own = leaves.storage.saturating_sub(leaves.navigation.len) + items * LINE_POINTER;
        let fillfactor = index.fillfactor.unwrap_or(LEAF_FILLFACTOR);
        let each = own.div_ceil(items);
        let merged = index.tally.hints.merged;
        let leaf_pages = match merged.each() {
            Some((each, list))
                if facts.allequalimage && index.tally.deduplicates && list > each / 2 =>
            {
                // What the last item has of a list does not count: its key is all that the high key
                // could take.
                let key = each - list;
                let per_page = used(fillfactor).saturating_sub(key).div_ceil(each).max(1);
                merged.of(own).div_ceil(each * per_page)
            }
            Some(_) if facts.allequalimage && index.tally.deduplicates => {
                merged.of(own).div_ceil(full(fillfactor, each))
            }
            _ => own.div_ceil(full(fillfactor, each)),
        };
        let above = index.tally.kinds.sum(&[IndexPageKind::Root, IndexPageKind::Internal]);
        let pivot = match above.per_navigation() {
            0 => each,
            pivot => pivot,
        };
        1 + leaf_pages + pages_above(leaf_pages, pivot, full(INTERNAL_FILLFACTOR, pivot))
    }
}

/// The fillfactor of leaves that sets none (`BTREE_DEFAULT_FILLFACTOR`), and that of the pages above
/// (`BTREE_NONLEAF_FILLFACTOR`, access/nbtree.h).
const LEAF_FILLFACTOR: u8 = 90;
const INTERNAL_FILLFACTOR: u8 = 70;
/// The special space (`BTPageOpaqueData`).
const SPECIAL: u64 = 16;

/// `P_NONE` (access/nbtree.h).
const NONE: BlockNumber = BlockNumber(0);

/// Where the tree begins must be there, and have the level that the meta page says.
fn check_root(index: &Whole<'_>, meta: &BtreeMeta, damaged: &mut dyn FnMut(Damage)) {
    let root = meta.btm_root();
    if root == NONE {
        let leaves = index.tally.kinds[IndexPageKind::Leaf].pages;
        index.check_count("leaves without a root", 0, leaves, damaged);
        return;
    }
    check_page(index, "root", (root, meta.btm_level()), BtreeOpaque::is_root, damaged);
    // Searches begin here, which need not be the root (`_bt_getroot`, access/nbtree/nbtpage.c).
    let fast_root = (meta.btm_fastroot(), meta.btm_fastlevel());
    if fast_root.0 != root {
        check_page(index, "fast root", fast_root, |_| true, damaged);
    }
}

/// The page that the meta page calls `what` must be there, be one, and have the level that it says.
fn check_page(
    index: &Whole<'_>,
    what: &str,
    (block, level): (BlockNumber, u32),
    is_one: impl Fn(&BtreeOpaque) -> bool,
    damaged: &mut dyn FnMut(Damage),
) {
    if !index.check_block(what, block, damaged) {
        return;
    }
    let found = index.page(block, |page| match page {
        IndexPage::Btree(page) if is_one(page.opaque()) => page.level(),
        _ => None,
    });
    let expected = format!("a {what} of level {level} in block {block}");
    match found.flatten() {
        None if index.is_settled => damaged(Damage::meta(expected, format!("no {what} there"))),
        Some(other) if index.is_settled && other != level => {
            damaged(Damage::meta(expected, format!("level {other}")));
        }
        _ => {}
    }
}
