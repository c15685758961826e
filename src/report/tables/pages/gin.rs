//! Pages of GIN indexes: `gin_metapage_info()`, `gin_page_opaque_info()`, `gin_leafpage_items()`;
//! and what pageinspect does not show: the entry tree, the pending list, and the inner pages of
//! posting trees.

use std::io;

use super::item::{item_columns, item_row, tids};
use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &META, rows: meta },
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &ENTRIES, rows: entries },
    PageTable { schema: &ITEMS, rows: items },
    PageTable { schema: &CHILDREN, rows: children },
];

/// The columns of `gin_metapage_info()`.
static META: TableSchema = TableSchema::record(
    "gin_meta",
    "GIN meta page",
    &[
        Column::number("block"),
        Column::number("pending_head"),
        Column::number("pending_tail"),
        Column::number("tail_free_size"),
        Column::number("n_pending_pages"),
        Column::number("n_pending_tuples"),
        Column::number("n_total_pages"),
        Column::number("n_entry_pages"),
        Column::number("n_data_pages"),
        Column::number("n_entries"),
        Column::number("version"),
    ],
)
.only_with_rows();

/// The columns of `gin_page_opaque_info()`, when the page was deleted, and what bounds the page of
/// a posting tree.
static PAGES: TableSchema = TableSchema::grid(
    "gin_pages",
    "GIN pages",
    &[
        Column::number("block"),
        Column::number("rightlink"),
        Column::number("maxoff"),
        Column::text("flags"),
        Column::number("delete_xid").optional(2),
        Column::text("right_bound").optional(1),
    ],
)
.only_with_rows();

/// The items of the entry tree, and of the pending list.
static ENTRIES: TableSchema = TableSchema::grid(
    "gin_entries",
    "GIN entries",
    item_columns![
        Column::text("ctid").verbose(),
        Column::number("itemlen").title("len").optional(4),
        Column::text("nulls").optional(6),
        Column::text("vars").optional(7),
        Column::text("key"),
        Column::number("downlink").optional(1),
        Column::number("posting_tree").optional(2),
        Column::text("tids"),
    ],
)
.only_with_rows();

/// The columns of `gin_leafpage_items()`.
static ITEMS: TableSchema = TableSchema::grid(
    "gin_items",
    "GIN posting lists",
    &[
        Column::number("block").optional(9),
        Column::text("first_tid"),
        Column::number("nbytes"),
        Column::text("tids"),
    ],
)
.only_with_rows();

/// The pages below an inner page of a posting tree (`PostingItem`).
static CHILDREN: TableSchema = TableSchema::grid(
    "gin_children",
    "GIN posting tree",
    &[Column::number("block").optional(9), Column::number("child_blkno"), Column::text("key")],
)
.only_with_rows();

fn meta(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gin(view) = &page.content else { return Ok(()) };
    let Some(meta) = view.meta else { return Ok(()) };
    show(&[
        page.block.into(),
        meta.pending_head().into(),
        meta.pending_tail().into(),
        meta.tail_free_size().into(),
        meta.n_pending_pages().into(),
        meta.n_pending_tuples().into(),
        meta.n_total_pages().into(),
        meta.n_entry_pages().into(),
        meta.n_data_pages().into(),
        meta.n_entries().into(),
        meta.version().into(),
    ])
}

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gin(view) = &page.content else { return Ok(()) };
    let opaque = view.page.opaque();
    show(&[
        page.block.into(),
        opaque.rightlink().into(),
        opaque.maxoff().into(),
        Cell::texts(opaque.flags().words()),
        view.delete_xid.into(),
        view.right_bound.into(),
    ])
}

fn entries(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gin(view) = &page.content else { return Ok(()) };
    view.items.iter().try_for_each(|item| {
        show(&item_row(page.block, item, |entry| {
            let header = entry.tuple.header;
            [
                header.t_tid().get().into(),
                header.size().into(),
                header.has_nulls().into(),
                header.has_varwidths().into(),
                Cell::hex(entry.key),
                entry.downlink.into(),
                entry.posting_tree.into(),
                tids(entry.tids.iter().copied()),
            ]
        }))
    })
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gin(view) = &page.content else { return Ok(()) };
    view.lists.iter().try_for_each(|list| {
        show(&[
            page.block.into(),
            list.list.map_or_else(|| list.tids.first().copied(), |list| Some(list.first)).into(),
            list.list.map(|list| list.nbytes() as u64).into(),
            tids(list.tids.iter().copied()),
        ])
    })
}

fn children(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gin(view) = &page.content else { return Ok(()) };
    view.children.iter().try_for_each(|child| {
        show(&[page.block.into(), child.child_blkno().into(), child.key().into()])
    })
}
