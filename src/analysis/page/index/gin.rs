use super::IndexItem;
use super::item::items;
use crate::analysis::page::trouble::Troubles;
use crate::format::page::gin::{GinMeta, GinPage, GinPointers, GinPostingList, PostingItem};
use crate::format::page::index::{IndexPageKind, IndexTuple};
use crate::primitives::{BlockNumber, ItemPointer, TransactionId};

/// A page of a GIN index.
#[derive(Debug)]
pub struct GinView<'a> {
    /// The page.
    pub page: GinPage<'a>,
    /// What holds for the whole index, on the meta page.
    pub meta: Option<&'a GinMeta>,
    /// When the page was deleted.
    pub delete_xid: Option<TransactionId>,
    /// The highest heap tuple that a posting tree's page may hold.
    pub right_bound: Option<ItemPointer>,
    /// The items of the entry tree and of the pending list.
    pub items: Vec<IndexItem<GinItem<'a>>>,
    /// The lists of a posting tree's leaf.
    pub lists: Vec<GinList<'a>>,
    /// The pages below an internal page of a posting tree.
    pub children: &'a [PostingItem],
}

/// An item of the entry tree, or of the pending list.
#[derive(Debug)]
pub struct GinItem<'a> {
    /// The index tuple.
    pub tuple: IndexTuple<'a>,
    /// The key's bytes.
    pub key: &'a [u8],
    /// The page below, in an internal page.
    pub downlink: Option<BlockNumber>,
    /// The root of the posting tree, where the key has one.
    pub posting_tree: Option<BlockNumber>,
    /// The heap tuples, but for those of a posting tree.
    pub tids: Vec<ItemPointer>,
}

/// A list of a posting tree's leaf.
#[derive(Debug)]
pub struct GinList<'a> {
    /// The list; `None` for the array of a page from before 9.4.
    pub list: Option<GinPostingList<'a>>,
    /// Its heap tuples.
    pub tids: Vec<ItemPointer>,
}

impl<'a> GinView<'a> {
    pub(super) fn of(page: GinPage<'a>, troubles: &mut Troubles) -> Self {
        let kind = page.kind();
        let is_meta = kind == IndexPageKind::Meta;
        let in_tree = matches!(kind, IndexPageKind::PostingLeaf | IndexPageKind::PostingInternal);
        let right_bound = if in_tree { troubles.of_page(page.right_bound()) } else { None };
        Self {
            page,
            meta: if is_meta { troubles.of_page(page.meta()) } else { None },
            delete_xid: page.delete_xid(),
            right_bound: right_bound.filter(|bound| bound.offset.is_valid()),
            items: items(page.page(), page.item_ids(), troubles, |number, item, troubles| {
                Ok(match kind {
                    IndexPageKind::Leaf => {
                        let entry = page.entry(item)?;
                        let tids = entry.heap_tids();
                        let tids = tids.filter_map(|tid| troubles.of_item(number, tid)).collect();
                        let GinPointers::Tree(root) = entry.pointers else {
                            return Ok(GinItem { tids, ..GinItem::of(entry.tuple, entry.key) });
                        };
                        let item = GinItem::of(entry.tuple, entry.key);
                        GinItem { posting_tree: Some(root), ..item }
                    }
                    IndexPageKind::Internal => {
                        let tuple = page.tuple(item)?;
                        let downlink = Some(tuple.header.t_tid().block());
                        GinItem { downlink, ..GinItem::of(tuple, tuple.data()) }
                    }
                    _ => {
                        let tuple = page.tuple(item)?;
                        let tids = vec![tuple.header.t_tid().get()];
                        GinItem { tids, ..GinItem::of(tuple, tuple.data()) }
                    }
                })
            }),
            lists: lists(&page, troubles),
            children: troubles.of_page(page.posting_items()).unwrap_or_default(),
        }
    }
}

impl<'a> GinItem<'a> {
    const fn of(tuple: IndexTuple<'a>, key: &'a [u8]) -> Self {
        Self { tuple, key, downlink: None, posting_tree: None, tids: Vec::new() }
    }
}

fn lists<'a>(page: &GinPage<'a>, troubles: &mut Troubles) -> Vec<GinList<'a>> {
    let mut lists = Vec::new();
    for list in page.posting_lists() {
        let Some(list) = troubles.of_page(list) else { continue };
        let tids = list.tids().filter_map(|tid| troubles.of_page(tid)).collect();
        lists.push(GinList { list: Some(list), tids });
    }
    let array = troubles.of_page(page.uncompressed_tids()).unwrap_or_default();
    if !array.is_empty() {
        lists.push(GinList { list: None, tids: array.iter().map(|tid| tid.get()).collect() });
    }
    lists
}
