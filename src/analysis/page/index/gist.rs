use super::IndexItem;
use super::item::items;
use crate::analysis::page::trouble::Troubles;
use crate::format::page::gist::GistPage;
use crate::format::page::index::IndexTuple;
use crate::primitives::FullTransactionId;

/// A page of a GiST index.
#[derive(Debug)]
pub struct GistView<'a> {
    /// The page.
    pub page: GistPage<'a>,
    /// When the page was deleted.
    pub delete_xid: Option<FullTransactionId>,
    /// The items.
    pub items: Vec<IndexItem<IndexTuple<'a>>>,
}

impl<'a> GistView<'a> {
    pub(super) fn of(page: GistPage<'a>, troubles: &mut Troubles) -> Self {
        let read = |_, item, _: &mut Troubles| page.tuple(item);
        let items = items(page.page(), page.item_ids(), troubles, read);
        Self { page, delete_xid: page.delete_xid(), items }
    }
}
