use super::IndexItem;
use super::item::items;
use crate::analysis::page::trouble::Troubles;
use crate::format::page::btree::{BtreeMeta, BtreePage, BtreeTuple, DeleteXid};
use crate::format::page::index::{IndexPageKind, ItemStats, free_size};
use crate::primitives::TransactionId;

/// A page of a B-tree.
#[derive(Debug)]
pub struct BtreeView<'a> {
    /// The page.
    pub page: BtreePage<'a>,
    /// What holds for the whole index, on the meta page.
    pub meta: Option<BtreeMetaView<'a>>,
    /// The letter of `bt_page_stats()`; `None` on the meta page.
    pub page_type: Option<char>,
    /// Live and dead items.
    pub stats: ItemStats,
    /// The mean of the items' sizes in bytes.
    pub avg_item_size: u32,
    /// The room for one more item.
    pub free_size: u16,
    /// When the page was deleted, with the epoch where that was noted.
    pub safexid: Option<u64>,
    /// The items.
    pub items: Vec<IndexItem<BtreeTuple<'a>>>,
}

/// The meta page of a B-tree.
#[derive(Debug)]
pub struct BtreeMetaView<'a> {
    /// Its fields.
    pub meta: &'a BtreeMeta,
    /// Deleted pages that could not yet be used again at the last cleanup; from 14 on.
    pub last_cleanup_num_delpages: Option<u32>,
    /// The oldest xid of a deleted page; before 14.
    pub oldest_xact: Option<TransactionId>,
}

impl<'a> BtreeView<'a> {
    pub(super) fn of(page: BtreePage<'a>, troubles: &mut Troubles) -> Self {
        let is_meta = page.kind() == IndexPageKind::Meta;
        let meta = if is_meta { troubles.of_page(page.meta()) } else { None };
        let counts_pages = page.page().format().version.btree_deletes_with_full_xid();
        let meta = meta.map(|meta| {
            let field = meta.btm_last_cleanup_num_delpages();
            BtreeMetaView {
                meta,
                last_cleanup_num_delpages: counts_pages.then_some(field),
                oldest_xact: (!counts_pages).then_some(TransactionId(field)),
            }
        });
        let read = |number, item, _: &mut Troubles| page.tuple(number, item);
        Self {
            page,
            meta,
            page_type: (!is_meta).then(|| page.page_type()),
            stats: page.item_stats(),
            avg_item_size: page.avg_item_size(),
            free_size: free_size(page.page()),
            safexid: page.delete_xid().map(|xid| match xid {
                DeleteXid::Full(xid) => xid.0,
                DeleteXid::Short(xid) => xid.0.into(),
            }),
            items: items(page.page(), page.item_ids(), troubles, read),
        }
    }
}
