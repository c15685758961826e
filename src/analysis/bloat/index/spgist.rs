use super::rebuild::Room;
use super::{Damage, IndexFacts, IndexTally, Method, Whole, check_items};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::format::page::spgist::{SPGIST_NULL_ROOT, SpGistMeta};
use crate::primitives::BlockNumber;

pub(super) struct SpGist;

impl Method for SpGist {
    fn of(&self) -> IndexMethod {
        IndexMethod::SpGist
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        _: BlockNumber,
        _: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::SpGist(page) = page else { return };
        check_items(page.item_ids(), |_, item| page.tuple(item), damaged);
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::SpGist(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().copied())
            }
            _ => None,
        };
        if let Some(meta) = index.meta(meta, damaged) {
            check_last_used(index, &meta, damaged);
        }
        IndexFacts::default()
    }

    /// A build inserts row by row: live items take about three quarters of the leaves, and inner
    /// tuples stay as many as they are.
    fn rebuilt_pages(&self, index: &Whole<'_>, _: &IndexFacts) -> u64 {
        let kinds = &index.tally.kinds;
        let room = Room::new(index.format, SPECIAL);
        let items = kinds[IndexPageKind::Leaf].live_storage();
        // The roots of values and of nulls are leaves while they have room.
        if items <= room.whole {
            return FIXED_PAGES;
        }
        let inner = kinds.sum(&[IndexPageKind::Root, IndexPageKind::Internal]).live_storage();
        let leaves = items.div_ceil(room.percent(LEAF_PERCENT));
        FIXED_PAGES + leaves + inner.div_ceil(room.percent(INNER_PERCENT))
    }
}

/// Pages that had room are remembered by group: inner pages by their number modulo 3, so that a
/// parent and its child are of different groups, and leaves; then the same for nulls. A root never
/// is (`SpGistSetLastUsedPage`, access/spgist/spgutils.c). What else a page has become since, and
/// how much room it has, is looked at before it is used.
fn check_last_used(index: &Whole<'_>, meta: &SpGistMeta, damaged: &mut dyn FnMut(Damage)) {
    let room = Room::new(index.format, SPECIAL).whole;
    for (group, page) in (0_u32..).zip(meta.last_used_pages()) {
        let (block, free) = (page.blkno(), page.free_space());
        if !block.is_valid() || !index.check_block("a page with room", block, damaged) {
            continue;
        }
        let of_group = group % GROUPS;
        if block <= SPGIST_NULL_ROOT {
            let expected = format!("a page with room behind block {SPGIST_NULL_ROOT}");
            damaged(Damage::meta(expected, format!("block {block}, which has its own use")));
        } else if of_group != LEAVES && block.0 % INNER_GROUPS != of_group {
            let expected = format!("inner pages with room of group {of_group}");
            let found = format!("block {block}, of group {}", block.0 % INNER_GROUPS);
            damaged(Damage::meta(expected, found));
        } else if u64::try_from(free).map_or(true, |free| free > room) {
            let expected = format!("freeSpace of block {block} from 0 to {room}");
            damaged(Damage::meta(expected, free));
        }
    }
}

/// The groups of pages that are remembered (`GBUF_INNER_PARITY`, `GBUF_LEAF`,
/// access/spgist_private.h), of values as of nulls.
const GROUPS: u32 = 4;
const INNER_GROUPS: u32 = 3;
const LEAVES: u32 = 3;

/// The meta page and the two roots.
const FIXED_PAGES: u64 = 3;
/// How much of leaves, and of pages of inner tuples, a build fills with what is live.
const LEAF_PERCENT: u64 = 76;
const INNER_PERCENT: u64 = 40;
/// The special space (`SpGistPageOpaqueData`).
const SPECIAL: u64 = 8;
