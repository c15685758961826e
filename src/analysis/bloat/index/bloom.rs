use super::rebuild::Room;
use super::{Damage, IndexFacts, Method, Whole};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};

pub(super) struct Bloom;

impl Method for Bloom {
    fn of(&self) -> IndexMethod {
        IndexMethod::Bloom
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::Bloom(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.not_full_pages().map(Vec::from_iter))
            }
            _ => None,
        };
        for block in index.meta(meta, damaged).unwrap_or_default() {
            index.check_block("a page with room", block, damaged);
        }
        IndexFacts::default()
    }

    /// A build fills page after page; all tuples have one size.
    fn rebuilt_pages(&self, index: &Whole<'_>, _: &IndexFacts) -> u64 {
        let tuples = index.tally.kinds[IndexPageKind::Regular].items;
        let each = tuples.len.checked_div(tuples.count).unwrap_or(0).max(1);
        let per_page = (Room::new(index.format, SPECIAL).whole / each).max(1);
        1 + tuples.count.div_ceil(per_page)
    }
}

/// The special space (`BloomPageOpaqueData`).
const SPECIAL: u64 = 8;
