use super::{IndexPageKind, ItemStats};
use crate::format::page::bloom::BloomPage;
use crate::format::page::brin::BrinPage;
use crate::format::page::btree::BtreePage;
use crate::format::page::gin::{self, GinPage};
use crate::format::page::gist::{self, GistPage};
use crate::format::page::hash::HashPage;
use crate::format::page::spgist::{self, SpGistPage, SpGistTuple};
use crate::format::page::{ItemId, LpFlags, Page};
use crate::format::{Format, FormatError};
use crate::primitives::{BlockNumber, ItemPointer, OffsetNumber};

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

/// A heap tuple that an index points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeapTid {
    /// The heap tuple: the line pointer at the head of its HOT chain.
    pub tid: ItemPointer,
    /// The index's item; invalid where the page has no line pointers.
    pub item: OffsetNumber,
    /// Whether the item is known to be dead (`LP_DEAD`). The whole item is: a posting list only
    /// when all its heap tuples are.
    pub dead: bool,
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
    #[inline]
    pub fn for_each_heap_tid(&self, mut found: impl FnMut(Result<HeapTid, FormatError>)) {
        match self {
            Self::New | Self::Brin(_) => {}
            Self::Btree(page) => btree(page, &mut found),
            Self::Hash(page) => {
                each(page.item_ids(), &mut found, |item| {
                    Ok(page.tuple(item)?.tuple.header.t_tid().get())
                });
            }
            Self::Gin(page) => gin(page, &mut found),
            Self::Gist(page) => {
                if page.kind() == IndexPageKind::Leaf {
                    each(page.item_ids(), &mut found, |item| {
                        Ok(page.tuple(item)?.header.t_tid().get())
                    });
                }
            }
            Self::SpGist(page) => spgist(page, &mut found),
            Self::Bloom(page) => match page.tuples() {
                Ok(tuples) => tuples.for_each(|tuple| found(Ok(without_item(tuple.heap_ptr)))),
                Err(error) => found(Err(error)),
            },
        }
    }
}

fn each(
    items: impl Iterator<Item = (OffsetNumber, ItemId)>,
    found: &mut impl FnMut(Result<HeapTid, FormatError>),
    read: impl Fn(ItemId) -> Result<ItemPointer, FormatError>,
) {
    for (number, item) in items {
        found(read(item).map(|tid| at(tid, number, item)));
    }
}

fn btree(page: &BtreePage<'_>, found: &mut impl FnMut(Result<HeapTid, FormatError>)) {
    if page.kind() != IndexPageKind::Leaf {
        return;
    }
    for (number, item) in page.item_ids() {
        match page.tuple(number, item) {
            Ok(tuple) => {
                tuple.heap_tids().iter().for_each(|tid| found(Ok(at(tid.get(), number, item))));
            }
            Err(error) => found(Err(error)),
        }
    }
}

fn gin(page: &GinPage<'_>, found: &mut impl FnMut(Result<HeapTid, FormatError>)) {
    match page.kind() {
        IndexPageKind::Leaf => {
            for (number, item) in page.item_ids() {
                match page.entry(item) {
                    Ok(entry) => entry
                        .heap_tids()
                        .for_each(|tid| found(tid.map(|tid| at(tid, number, item)))),
                    Err(error) => found(Err(error)),
                }
            }
        }
        IndexPageKind::Pending => {
            each(page.item_ids(), found, |item| Ok(page.tuple(item)?.header.t_tid().get()));
        }
        IndexPageKind::PostingLeaf => {
            for list in page.posting_lists() {
                match list {
                    Ok(list) => list.tids().for_each(|tid| found(tid.map(without_item))),
                    Err(error) => found(Err(error)),
                }
            }
            match page.uncompressed_tids() {
                Ok(tids) => tids.iter().for_each(|tid| found(Ok(without_item(tid.get())))),
                Err(error) => found(Err(error)),
            }
        }
        _ => {}
    }
}

fn spgist(page: &SpGistPage<'_>, found: &mut impl FnMut(Result<HeapTid, FormatError>)) {
    if page.kind() != IndexPageKind::Leaf {
        return;
    }
    for (number, item) in page.item_ids() {
        match page.tuple(item) {
            Ok(SpGistTuple::Leaf(leaf)) => found(Ok(at(leaf.heap_ptr, number, item))),
            Ok(SpGistTuple::Inner(_) | SpGistTuple::Other(_)) => {}
            Err(error) => found(Err(error)),
        }
    }
}

fn at(tid: ItemPointer, number: OffsetNumber, item: ItemId) -> HeapTid {
    HeapTid { tid, item: number, dead: item.lp_flags() == LpFlags::Dead }
}

fn without_item(tid: ItemPointer) -> HeapTid {
    HeapTid { tid, item: OffsetNumber::INVALID, dead: false }
}
