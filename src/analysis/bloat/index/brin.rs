use super::rebuild::Room;
use super::{Damage, IndexFacts, IndexTally, Method, Whole};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::BlockNumber;

pub(super) struct Brin;

impl Method for Brin {
    fn of(&self) -> IndexMethod {
        IndexMethod::Brin
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        _: BlockNumber,
        _: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::Brin(page) = page else { return };
        for (number, item) in page.item_ids() {
            if let Err(error) = page.tuple(item) {
                damaged(Damage::item(Some(number), &error));
            }
        }
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::Brin(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().copied())
            }
            _ => None,
        };
        let Some(meta) = index.meta(meta, damaged) else { return IndexFacts::default() };
        let revmap = index.tally.kinds[IndexPageKind::Revmap].pages;
        index.check_count("revmap pages", meta.last_revmap_page().0.into(), revmap, damaged);
        if meta.pages_per_range() == 0 {
            damaged(Damage::meta("pages_per_range of 1 or more", 0));
        }
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

/// The address of a summary in the revmap.
const ADDRESS: u64 = 6;
/// The special space (`BrinSpecialSpace`).
const SPECIAL: u64 = 8;
