//! One page, decoded.

use super::index::{
    BloomView, BrinView, BtreeView, GinView, GistView, HashView, SpGistView, index_content,
};
use super::map::{FreeSpaceView, VisibilityView};
use super::trouble::{Trouble, Troubles};
use super::{Beside, ItemView, heap};
use crate::cluster::transactions::Transactions;
use crate::format::page::{Page, PageHeader, checksum};
use crate::format::{Format, PageType};
use crate::primitives::BlockNumber;

/// A page, and what stands on it.
#[derive(Debug)]
pub struct PageView<'a> {
    /// Which block it is.
    pub block: BlockNumber,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its header, whatever it says; `None` where the page is shorter than that.
    pub header: Option<&'a PageHeader>,
    /// The checksum that its bytes have as that block; `None` for a page that was never
    /// initialised, which has none.
    pub computed_checksum: Option<u16>,
    /// What the page is for, on pages of an index.
    pub kind: Option<&'static str>,
    /// What stands on it, as far as it can be made out.
    pub content: PageContent<'a>,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// Why the system could not read it, where it could not.
    pub unreadable: Option<String>,
}

/// What stands on a page, by what the page is of.
#[derive(Debug)]
pub enum PageContent<'a> {
    /// Nothing: the page can't be read, makes no sense, or was never initialised.
    Nothing,
    /// Line pointers, with the tuples of a heap.
    Items(Vec<ItemView<'a>>),
    /// A page of a B-tree.
    Btree(BtreeView<'a>),
    /// A page of a hash index.
    Hash(HashView<'a>),
    /// A page of a GIN index.
    Gin(GinView<'a>),
    /// A page of a GiST index.
    Gist(GistView<'a>),
    /// A page of an SP-GiST index.
    SpGist(SpGistView<'a>),
    /// A page of a BRIN index.
    Brin(BrinView<'a>),
    /// A page of a bloom index.
    Bloom(BloomView<'a>),
    /// A page of a free space map.
    FreeSpaceMap(FreeSpaceView<'a>),
    /// A page of a visibility map.
    VisibilityMap(VisibilityView),
}

/// What a page is looked at with.
#[derive(Debug, Clone, Copy)]
pub struct PageContext<'a> {
    /// Its layout.
    pub format: Format,
    /// How transactions ended, where that is known.
    pub transactions: Option<&'a Transactions>,
    /// What it is of; `None` to show its line pointers alone.
    pub page_type: Option<PageType>,
    /// What stands elsewhere about it.
    pub beside: Beside<'a>,
}

impl PageContext<'_> {
    /// Decodes `bytes`, a block.
    #[must_use]
    pub fn view<'p>(&self, bytes: &'p [u8], block: BlockNumber) -> PageView<'p> {
        let header = Page::header_of(bytes).ok();
        let is_new = header.is_none_or(PageHeader::is_new);
        let mut troubles = Troubles::default();
        let (kind, content) = match troubles.of_page(Page::new(bytes, self.format)) {
            Some(page) => self.content(&page, block, &mut troubles),
            None => (None, PageContent::Nothing),
        };
        PageView {
            block,
            bytes,
            header,
            computed_checksum: (!is_new).then(|| checksum::page(bytes, block)),
            kind,
            content,
            trouble: troubles.finish(self.page_type),
            unreadable: None,
        }
    }

    fn content<'p>(
        &self,
        page: &Page<'p>,
        block: BlockNumber,
        troubles: &mut Troubles,
    ) -> (Option<&'static str>, PageContent<'p>) {
        match self.page_type {
            None => (None, PageContent::Items(heap::line_pointers(page))),
            Some(PageType::Heap) => {
                (None, PageContent::Items(heap::items(page, self.transactions, troubles)))
            }
            Some(PageType::Index(method)) => {
                let (kind, content) = index_content(*page, block, method, &self.beside, troubles);
                (kind.map(crate::format::page::index::IndexPageKind::name), content)
            }
            Some(PageType::FreeSpaceMap) => {
                let view = FreeSpaceView::of(page, block, self.beside.blocks);
                let view = troubles.of_page(view).map(PageContent::FreeSpaceMap);
                (None, view.unwrap_or(PageContent::Nothing))
            }
            Some(PageType::VisibilityMap) => {
                let view = VisibilityView::of(page, block, self.beside.blocks);
                let view = troubles.of_page(view).map(PageContent::VisibilityMap);
                (None, view.unwrap_or(PageContent::Nothing))
            }
        }
    }
}

impl<'a> PageView<'a> {
    /// A page that could not be read.
    pub(super) const fn unreadable(block: BlockNumber, why: String) -> Self {
        Self {
            block,
            bytes: &[],
            header: None,
            computed_checksum: None,
            kind: None,
            content: PageContent::Nothing,
            trouble: None,
            unreadable: Some(why),
        }
    }

    /// Its line pointers, where it is a heap's or nobody knows whose.
    #[must_use]
    pub fn items(&self) -> &[ItemView<'a>] {
        match &self.content {
            PageContent::Items(items) => items,
            _ => &[],
        }
    }

    /// Why not all of it can be shown, if it can't.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.unreadable.clone().or_else(|| self.trouble.as_ref().map(ToString::to_string))
    }

    /// Whether the stored checksum is that of the page's bytes; `None` where there is none to
    /// compare.
    #[must_use]
    pub fn checksum_is_valid(&self) -> Option<bool> {
        Some(self.header?.pd_checksum() == self.computed_checksum?)
    }
}
