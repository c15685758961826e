//! Pages of SP-GiST indexes, by the names of their structures (access/spgist_private.h), as
//! pageinspect shows those of other types.

use std::io;

use super::item::{item_columns, item_row};
use super::{PageTable, Show};
use crate::analysis::page::index::SpGistItem;
use crate::analysis::page::{PageContent, PageView};
use crate::format::page::spgist::SpGistTuple;
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &META, rows: meta },
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &ITEMS, rows: items },
];

/// `SpGistMetaPageData`.
static META: TableSchema = TableSchema::record(
    "spgist_meta",
    "SP-GiST meta page",
    &[Column::number("block"), Column::number("magic_number"), Column::text("last_used_pages")],
)
.only_with_rows();

/// `SpGistPageOpaqueData`.
static PAGES: TableSchema = TableSchema::grid(
    "spgist_pages",
    "SP-GiST pages",
    &[
        Column::number("block"),
        Column::text("flags"),
        Column::number("n_redirection"),
        Column::number("n_placeholder"),
        Column::number("spgist_page_id").verbose(),
    ],
)
.only_with_rows();

/// `SpGistInnerTupleData`, `SpGistLeafTupleData` and `SpGistDeadTupleData`.
static ITEMS: TableSchema = TableSchema::grid(
    "spgist_items",
    "SP-GiST tuples",
    item_columns![
        Column::text("tupstate").title("state"),
        Column::text("all_the_same").optional(8),
        Column::number("n_nodes").title("nodes").optional(5),
        Column::text("prefix").optional(4),
        Column::text("nodes").title("leads to").optional(3),
        Column::number("next_offset").title("next").optional(6),
        Column::text("heap_ptr"),
        Column::text("null_bitmap").verbose(),
        Column::text("data").optional(2),
        Column::text("pointer").optional(7),
        Column::number("xid").optional(7),
    ],
)
.only_with_rows();

fn meta(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::SpGist(view) = &page.content else { return Ok(()) };
    let Some(meta) = view.meta else { return Ok(()) };
    let used = meta.last_used_pages().iter().map(|page| {
        let blkno = Some(page.blkno()).filter(|block| block.is_valid());
        Cell::map([("blkno", blkno.into()), ("free_space", page.free_space().into())])
    });
    show(&[page.block.into(), meta.magic_number().into(), Cell::List(used.collect())])
}

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::SpGist(view) = &page.content else { return Ok(()) };
    let opaque = view.page.opaque();
    show(&[
        page.block.into(),
        Cell::texts(opaque.flags().words()),
        opaque.n_redirection().into(),
        opaque.n_placeholder().into(),
        opaque.spgist_page_id().into(),
    ])
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::SpGist(view) = &page.content else { return Ok(()) };
    view.items.iter().try_for_each(|item| show(&item_row(page.block, item, cells)))
}

fn cells<'a>(item: &'a SpGistItem<'a>) -> [Cell<'a>; 11] {
    let mut cells = [const { Cell::Null }; 11];
    cells[0] = item.tuple.state().name().into();
    match &item.tuple {
        SpGistTuple::Inner(inner) => {
            let nodes = item.nodes.iter().map(|node| {
                let label = Cell::hex(node.data());
                Cell::map([("label", label), ("t_tid", node.header.t_tid().get().into())])
            });
            cells[1] = inner.all_the_same.into();
            cells[2] = inner.n_nodes.into();
            cells[3] = Cell::hex(inner.prefix);
            cells[4] = Cell::List(nodes.collect());
        }
        SpGistTuple::Leaf(leaf) => {
            cells[5] = leaf.next_offset.into();
            cells[6] = leaf.heap_ptr.into();
            cells[7] = leaf.null_bitmap.map_or(Cell::Null, Cell::hex);
            cells[8] = Cell::hex(leaf.data);
        }
        SpGistTuple::Other(dead) => {
            cells[9] = dead.pointer.into();
            cells[10] = dead.xid.into();
        }
    }
    cells
}
