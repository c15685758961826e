use std::ops::RangeInclusive;

use super::rebuild::Room;
use super::{Damage, IndexFacts, IndexTally, Method, Whole, check_items};
use crate::format::page::brin::BrinMeta;
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::{BlockNumber, ItemPointer};

pub(super) struct Brin;

impl Method for Brin {
    fn of(&self) -> IndexMethod {
        IndexMethod::Brin
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        block: BlockNumber,
        tally: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::Brin(page) = page else { return };
        let revmap = &mut tally.hints.revmap;
        revmap.add_page(page, block);
        let read = |offset, item| {
            page.tuple(item).map(|tuple| {
                if let Some(tuple) = tuple {
                    revmap.add_summary(ItemPointer { block, offset }, &tuple);
                }
            })
        };
        check_items(page.item_ids(), read, damaged);
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::Brin(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().copied())
            }
            _ => None,
        };
        let Some(meta) = index.meta(meta, damaged) else { return IndexFacts::default() };
        check(index, &meta, damaged);
        IndexFacts { version: Some(meta.version().into()), ..IndexFacts::default() }
    }

    /// A build writes a summary for each range, one behind the other, and the revmap up to the last.
    fn rebuilt_pages(&self, index: &Whole<'_>, _: &IndexFacts) -> u64 {
        let summaries = &index.tally.kinds[IndexPageKind::Regular];
        let room = Room::new(index.format, SPECIAL);
        let per_revmap = (room.whole / ADDRESS).max(1);
        let revmap = summaries.items.count.div_ceil(per_revmap).max(1);
        1 + revmap + summaries.live_storage().div_ceil(room.whole)
    }
}

fn check(index: &Whole<'_>, meta: &BrinMeta, damaged: &mut dyn FnMut(Damage)) {
    let pages = index.tally.kinds[IndexPageKind::Revmap].pages;
    let last = meta.last_revmap_page();
    let is_counted = index.check_count("revmap pages", last.0.into(), pages, damaged);
    let per_range = meta.pages_per_range();
    if !PAGES_PER_RANGE.contains(&per_range) {
        let (from, to) = (PAGES_PER_RANGE.start(), PAGES_PER_RANGE.end());
        damaged(Damage::meta(format!("pages_per_range of {from} to {to}"), per_range));
    } else if is_counted && index.is_settled {
        index.tally.hints.revmap.check(index, meta, damaged);
    }
}

/// What an index can be made with (access/common/reloptions.c).
const PAGES_PER_RANGE: RangeInclusive<u32> = 1..=131_072;

/// The address of a summary in the revmap.
pub(super) const ADDRESS: u64 = 6;
/// The special space (`BrinSpecialSpace`).
pub(super) const SPECIAL: u64 = 8;
