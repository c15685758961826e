//! What kind of relation a page is of, told by the page alone.

use super::map::free_space::FreeSpacePage;
use super::map::free_space::slots_per_page;
use super::page::Page;
use super::page::bloom::BLOOM_PAGE_ID;
use super::page::gist::GIST_PAGE_ID;
use super::page::hash::HASHO_PAGE_ID;
use super::page::index::IndexMethod;
use super::page::spgist::SPGIST_PAGE_ID;

/// What a page is of.
///
/// ```
/// use pgautopsy::format::PageType;
/// use pgautopsy::format::page::index::IndexMethod;
/// assert_eq!(PageType::from_name("btree"), Some(PageType::Index(IndexMethod::Btree)));
/// assert_eq!(PageType::VisibilityMap.name(), "vm");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageType {
    /// A heap: a table, TOAST table, materialised view or sequence.
    Heap,
    /// An index of that type.
    Index(IndexMethod),
    /// A free space map.
    FreeSpaceMap,
    /// A visibility map.
    VisibilityMap,
}

impl PageType {
    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        let indexes = IndexMethod::ALL.into_iter().map(Self::Index);
        [Self::Heap].into_iter().chain(indexes).chain([Self::FreeSpaceMap, Self::VisibilityMap])
    }

    /// Its name: that of the access method, or of the fork.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heap => "heap",
            Self::Index(method) => method.name(),
            Self::FreeSpaceMap => "fsm",
            Self::VisibilityMap => "vm",
        }
    }

    /// The type of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|of| of.name() == name)
    }

    /// What an initialised page looks like: by the size of its special space, and by its last two
    /// bytes, in which most index types have a number of their own so that tools can tell
    /// (access/gist.h, hash.h, spgist_private.h, brin_page.h, nbtree.h). `None` for a page that was
    /// never initialised, and where nothing fits.
    ///
    /// A map has neither items nor a special space: it is told from an empty heap page by what
    /// stands in the free space.
    #[must_use]
    pub fn of(page: &Page<'_>) -> Option<Self> {
        if page.is_new() {
            return None;
        }
        if page.looks_like_a_heap() {
            let map = page.item_count() == 0 && page.special().is_empty();
            return Some(if map { map_type(page) } else { None }.unwrap_or(Self::Heap));
        }
        let [.., low, high] = *page.special() else { return None };
        let last = u16::from_le_bytes([low, high]);
        let method = match (page.special().len(), last) {
            (16, HASHO_PAGE_ID) => IndexMethod::Hash,
            (16, GIST_PAGE_ID) => IndexMethod::Gist,
            (16, 0..=MAX_BT_CYCLE_ID) => IndexMethod::Btree,
            (8, SPGIST_PAGE_ID) => IndexMethod::SpGist,
            (8, BLOOM_PAGE_ID) => IndexMethod::Bloom,
            (8, 0xF091..=0xF093) => IndexMethod::Brin,
            (8, 0..=GIN_FLAGS) => IndexMethod::Gin,
            _ => return None,
        };
        Some(Self::Index(method))
    }
}

/// The highest `btpo_cycleid`; what is above is kept for the page ids of other types.
const MAX_BT_CYCLE_ID: u16 = 0xFF7F;
/// All flags that a GIN page has, in the last two bytes.
const GIN_FLAGS: u16 = 0xFF;

/// Which map a page without items is of; `None` where there is nothing on it.
fn map_type(page: &Page<'_>) -> Option<PageType> {
    let (lower, upper) = (page.header().pd_lower(), page.header().pd_upper());
    let between = page.bytes().get(usize::from(lower)..usize::from(upper))?;
    if between.iter().all(|&byte| byte == 0) {
        return None;
    }
    let tree = FreeSpacePage::new(page.bytes(), page.format()).ok()?;
    let root = tree.fp_nodes().first().copied().unwrap_or(0);
    let next = tree.fp_next_slot().is_ok_and(|slot| slot <= slots_per_page(page.format()));
    let is_tree = root > 0 && next && tree.first_wrong_node().is_none();
    Some(if is_tree { PageType::FreeSpaceMap } else { PageType::VisibilityMap })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::page::index::testing::{page, seed};

    fn look(name: &str) -> Option<&'static str> {
        let bytes = seed(name);
        PageType::of(&page(&bytes)).map(PageType::name)
    }

    #[test]
    fn real_pages_are_told_apart_by_their_look() {
        for (names, of) in [
            (&["page/heap", "page/sequence"][..], "heap"),
            (&["index/btree-meta", "index/btree-leaf", "index/btree-deleted"], "btree"),
            (&["index/hash-meta", "index/hash-bucket", "index/hash-bitmap"], "hash"),
            (&["index/gin-meta", "index/gin-entries", "index/gin-posting-leaf"], "gin"),
            (&["index/gist-root", "index/gist-deleted"], "gist"),
            (&["index/spgist-meta", "index/spgist-leaf"], "spgist"),
            (&["index/brin-meta", "index/brin-revmap", "index/brin-regular"], "brin"),
            (&["index/bloom-meta", "index/bloom-regular"], "bloom"),
            (&["map/free-space"], "fsm"),
            (&["map/visibility"], "vm"),
        ] {
            for name in names {
                assert_eq!(look(name), Some(of), "{name}");
            }
        }
    }

    #[test]
    fn nothing_is_made_of_an_empty_page_and_of_unknown_numbers() {
        assert_eq!(PageType::of(&page(&[0; 8192])), None);
        let mut bytes = seed("index/gin-meta");
        bytes[8191] = 0xF0;
        assert_eq!(PageType::of(&page(&bytes)), None);
        let mut empty = seed("map/visibility");
        empty[24..].fill(0);
        assert_eq!(PageType::of(&page(&empty)), Some(PageType::Heap));
    }

    #[test]
    fn names_lead_back_to_their_types() {
        for of in PageType::all() {
            assert_eq!(PageType::from_name(of.name()), Some(of));
        }
        assert_eq!(PageType::all().count(), 10);
    }
}
