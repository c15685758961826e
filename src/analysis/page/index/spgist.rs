use super::IndexItem;
use super::item::items;
use crate::analysis::page::trouble::Troubles;
use crate::format::page::index::{IndexPageKind, IndexTuple};
use crate::format::page::spgist::{SpGistMeta, SpGistPage, SpGistTuple};

/// A page of an SP-GiST index.
#[derive(Debug)]
pub struct SpGistView<'a> {
    /// The page.
    pub page: SpGistPage<'a>,
    /// What holds for the whole index, on the meta page.
    pub meta: Option<&'a SpGistMeta>,
    /// The tuples.
    pub items: Vec<IndexItem<SpGistItem<'a>>>,
}

/// A tuple of an SP-GiST index.
#[derive(Debug)]
pub struct SpGistItem<'a> {
    /// The tuple.
    pub tuple: SpGistTuple<'a>,
    /// The nodes of an inner tuple.
    pub nodes: Vec<IndexTuple<'a>>,
}

impl<'a> SpGistView<'a> {
    pub(super) fn of(page: SpGistPage<'a>, troubles: &mut Troubles) -> Self {
        let is_meta = page.kind() == IndexPageKind::Meta;
        Self {
            page,
            meta: if is_meta { troubles.of_page(page.meta()) } else { None },
            items: items(page.page(), page.item_ids(), troubles, |number, item, troubles| {
                let tuple = page.tuple(item)?;
                let SpGistTuple::Inner(inner) = tuple else {
                    return Ok(SpGistItem { tuple, nodes: Vec::new() });
                };
                let nodes = inner.nodes().filter_map(|node| troubles.of_item(number, node));
                Ok(SpGistItem { tuple, nodes: nodes.collect() })
            }),
        }
    }
}
