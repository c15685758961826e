use super::rebuild::{Room, pages_above};
use super::{Damage, IndexFacts, IndexTally, Method, Whole, check_items};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::BlockNumber;

pub(super) struct Gist;

impl Method for Gist {
    fn of(&self) -> IndexMethod {
        IndexMethod::Gist
    }

    fn links(&self, page: &IndexPage<'_>) -> [Option<BlockNumber>; 2] {
        let IndexPage::Gist(page) = page else { return [None, None] };
        [Some(page.opaque().rightlink()).filter(|right| right.is_valid()), None]
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        _: BlockNumber,
        _: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::Gist(page) = page else { return };
        check_items(page.item_ids(), |_, item| page.tuple(item), damaged);
    }

    /// A build splits pages as inserts do: leaves end up about two thirds full, or as full as they
    /// are now where that is more. (Some builds sort first and heed the fillfactor; it depends on
    /// the operator class and the version, and the pages do not tell.)
    fn rebuilt_pages(&self, index: &Whole<'_>, _: &IndexFacts) -> u64 {
        let kinds = &index.tally.kinds;
        let room = Room::new(index.format, SPECIAL);
        let items = kinds[IndexPageKind::Leaf].live_storage();
        if items <= room.whole {
            return 1;
        }
        let now = items / kinds[IndexPageKind::Leaf].pages.max(1);
        let full = room.percent(PERCENT).max(now);
        let leaves = items.div_ceil(full);
        let internal = kinds.sum(&[IndexPageKind::Root, IndexPageKind::Internal]).per_navigation();
        leaves + pages_above(leaves, internal.max(1), room.percent(PERCENT))
    }
}

/// How full a build leaves pages.
const PERCENT: u64 = 65;
/// The special space (`GISTPageOpaqueData`).
const SPECIAL: u64 = 16;
