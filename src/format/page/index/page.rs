use super::heap_tids::{self, BrokenTids, HeapTid};
use super::{IndexPageKind, ItemStats};
use crate::format::page::bloom::BloomPage;
use crate::format::page::brin::BrinPage;
use crate::format::page::btree::BtreePage;
use crate::format::page::gin::{self, GinPage};
use crate::format::page::gist::{self, GistPage};
use crate::format::page::hash::HashPage;
use crate::format::page::spgist::{self, SpGistPage};
use crate::format::page::{ItemId, Page};
use crate::format::{Format, FormatError};
use crate::primitives::{BlockNumber, OffsetNumber};

/// An index access method whose pages this build reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexMethod {
    /// `btree`.
    Btree,
    /// `hash`.
    Hash,
    /// `gin`.
    Gin,
    /// `gist`.
    Gist,
    /// `spgist`.
    SpGist,
    /// `brin`.
    Brin,
    /// `bloom`, an extension.
    Bloom,
}

impl IndexMethod {
    /// Every access method that this build reads.
    pub const ALL: [Self; 7] =
        [Self::Btree, Self::Hash, Self::Gin, Self::Gist, Self::SpGist, Self::Brin, Self::Bloom];

    /// Its name in `pg_am`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Btree => "btree",
            Self::Hash => "hash",
            Self::Gin => "gin",
            Self::Gist => "gist",
            Self::SpGist => "spgist",
            Self::Brin => "brin",
            Self::Bloom => "bloom",
        }
    }

    /// The access method of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// A page of an index of any type, borrowed.
#[derive(Debug, Clone, Copy)]
pub enum IndexPage<'a> {
    /// Never initialised.
    New,
    /// Of a B-tree.
    Btree(BtreePage<'a>),
    /// Of a hash index.
    Hash(HashPage<'a>),
    /// Of a GIN index.
    Gin(GinPage<'a>),
    /// Of a GiST index.
    Gist(GistPage<'a>),
    /// Of an SP-GiST index.
    SpGist(SpGistPage<'a>),
    /// Of a BRIN index.
    Brin(BrinPage<'a>),
    /// Of a bloom index.
    Bloom(BloomPage<'a>),
}

impl<'a> IndexPage<'a> {
    /// Takes a page for one of an index of that type. An error where the special space says
    /// otherwise.
    pub fn new(page: Page<'a>, method: IndexMethod) -> Result<Self, FormatError> {
        if page.is_new() {
            return Ok(Self::New);
        }
        Ok(match method {
            IndexMethod::Btree => Self::Btree(BtreePage::new(page)?),
            IndexMethod::Hash => Self::Hash(HashPage::new(page)?),
            IndexMethod::Gin => Self::Gin(GinPage::new(page)?),
            IndexMethod::Gist => Self::Gist(GistPage::new(page)?),
            IndexMethod::SpGist => Self::SpGist(SpGistPage::new(page)?),
            IndexMethod::Brin => Self::Brin(BrinPage::new(page)?),
            IndexMethod::Bloom => Self::Bloom(BloomPage::new(page)?),
        })
    }

    /// The same, from a whole block's bytes.
    pub fn parse(
        bytes: &'a [u8],
        format: Format,
        method: IndexMethod,
    ) -> Result<Self, FormatError> {
        Self::new(Page::new(bytes, format)?, method)
    }

    /// What the page, which is block `block` of its index, is for.
    #[must_use]
    pub fn kind(&self, block: BlockNumber) -> IndexPageKind {
        let (kind, is_root) = match self {
            Self::New => (IndexPageKind::New, false),
            Self::Btree(page) => (page.kind(), false),
            Self::Hash(page) => (page.kind(), false),
            Self::Gin(page) => (page.kind(), block == gin::GIN_ROOT),
            Self::Gist(page) => (page.kind(), block == gist::GIST_ROOT),
            Self::SpGist(page) => {
                (page.kind(), block == spgist::SPGIST_ROOT || block == spgist::SPGIST_NULL_ROOT)
            }
            Self::Brin(page) => (page.kind(), false),
            Self::Bloom(page) => (page.kind(), false),
        };
        if is_root && kind == IndexPageKind::Internal { IndexPageKind::Root } else { kind }
    }

    /// The page underneath; `None` where it was never initialised.
    #[must_use]
    pub const fn page(&self) -> Option<&Page<'a>> {
        match self {
            Self::New => None,
            Self::Btree(page) => Some(page.page()),
            Self::Hash(page) => Some(page.page()),
            Self::Gin(page) => Some(page.page()),
            Self::Gist(page) => Some(page.page()),
            Self::SpGist(page) => Some(page.page()),
            Self::Brin(page) => Some(page.page()),
            Self::Bloom(page) => Some(page.page()),
        }
    }

    /// How many line pointers are items; 0 on a page that keeps something else in their place.
    #[must_use]
    pub fn item_count(&self) -> u16 {
        match self {
            Self::New | Self::Bloom(_) => 0,
            Self::Btree(page) => page.item_count(),
            Self::Hash(page) => page.item_count(),
            Self::Gin(page) => page.item_count(),
            Self::Gist(page) => page.item_count(),
            Self::SpGist(page) => page.item_count(),
            Self::Brin(page) => page.item_count(),
        }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        let count = usize::from(self.item_count());
        self.page().copied().into_iter().flat_map(|page| page.item_ids()).take(count)
    }

    /// Live and dead line pointers.
    #[must_use]
    pub fn item_stats(&self) -> ItemStats {
        match self {
            Self::Btree(page) => page.item_stats(),
            _ => ItemStats::of(self.item_ids().map(|(_, item)| item)),
        }
    }

    /// Hands every heap tuple that the page points to to `found`, in the order of the page; for an
    /// item that can't be read, why. Nothing is allocated. BRIN points to none.
    ///
    /// A page has no more of them than bytes: where items overlap, as on a damaged page, the first
    /// that takes more room than there is ends it with an error.
    #[inline]
    pub fn for_each_heap_tid(&self, found: impl FnMut(Result<HeapTid, BrokenTids>)) {
        heap_tids::of(self, found);
    }
}
