//! Pages of indexes: one file a type.

mod bloom;
mod brin;
mod btree;
mod gin;
mod gist;
mod hash;
mod item;
mod spgist;

pub use bloom::BloomView;
pub use brin::{BrinItem, BrinView, RevmapEntry};
pub use btree::{BtreeMetaView, BtreeView};
pub use gin::{GinItem, GinList, GinView};
pub use gist::GistView;
pub use hash::{HashView, OverflowBit};
pub use item::IndexItem;
pub use spgist::{SpGistItem, SpGistView};

use super::trouble::Troubles;
use super::{Beside, PageContent};
use crate::format::page::Page;
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::BlockNumber;

/// What stands on a page of an index of that type, and what the page is for.
pub(super) fn index_content<'p>(
    page: Page<'p>,
    block: BlockNumber,
    method: IndexMethod,
    beside: &Beside<'_>,
    troubles: &mut Troubles,
) -> (Option<IndexPageKind>, PageContent<'p>) {
    let Some(page) = troubles.of_page(IndexPage::new(page, method)) else {
        return (None, PageContent::Nothing);
    };
    let content = match page {
        IndexPage::New => PageContent::Nothing,
        IndexPage::Btree(page) => PageContent::Btree(BtreeView::of(page, troubles)),
        IndexPage::Hash(page) => PageContent::Hash(HashView::of(page, block, beside, troubles)),
        IndexPage::Gin(page) => PageContent::Gin(GinView::of(page, troubles)),
        IndexPage::Gist(page) => PageContent::Gist(GistView::of(page, troubles)),
        IndexPage::SpGist(page) => PageContent::SpGist(SpGistView::of(page, troubles)),
        IndexPage::Brin(page) => PageContent::Brin(BrinView::of(page, block, beside, troubles)),
        IndexPage::Bloom(page) => PageContent::Bloom(BloomView::of(page, troubles)),
    };
    (Some(page.kind(block)), content)
}
