use super::rebuild::Room;
use super::{Damage, IndexFacts, IndexTally, Method, Whole};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
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
        for (number, item) in page.item_ids() {
            if let Err(error) = page.tuple(item) {
                damaged(Damage::item(Some(number), &error));
            }
        }
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::SpGist(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().map(drop))
            }
            _ => None,
        };
        index.meta(meta, damaged);
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

/// The meta page and the two roots.
const FIXED_PAGES: u64 = 3;
/// How much of leaves, and of pages of inner tuples, a build fills with what is live.
const LEAF_PERCENT: u64 = 76;
const INNER_PERCENT: u64 = 40;
/// The special space (`SpGistPageOpaqueData`).
const SPECIAL: u64 = 8;
