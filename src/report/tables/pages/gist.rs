//! Pages of GiST indexes: `gist_page_opaque_info()`, `gist_page_items_bytea()`.

use std::io;

use super::item::{item_columns, row};
use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::format::page::LpFlags;
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] =
    &[PageTable { schema: &PAGES, rows: pages }, PageTable { schema: &ITEMS, rows: items }];

/// The columns of `gist_page_opaque_info()`, and when the page was deleted.
static PAGES: TableSchema = TableSchema::grid(
    "gist_pages",
    "GiST pages",
    &[
        Column::number("block"),
        Column::text("lsn").optional(2),
        Column::text("nsn"),
        Column::number("rightlink"),
        Column::text("flags"),
        Column::number("delete_xid").optional(1),
    ],
)
.only_with_rows();

/// The columns of `gist_page_items_bytea()`.
static ITEMS: TableSchema = TableSchema::grid(
    "gist_items",
    "GiST items",
    item_columns![
        Column::text("ctid"),
        Column::number("itemlen").title("len").optional(2),
        Column::text("dead").optional(1),
        Column::text("key_data"),
    ],
)
.only_with_rows();

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gist(view) = &page.content else { return Ok(()) };
    let opaque = view.page.opaque();
    show(&[
        page.block.into(),
        view.page.page().header().pd_lsn().into(),
        opaque.nsn().into(),
        opaque.rightlink().into(),
        Cell::texts(opaque.flags().words()),
        view.delete_xid.into(),
    ])
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Gist(view) = &page.content else { return Ok(()) };
    view.items.iter().try_for_each(|item| {
        let tuple = item.tuple.as_ref();
        show(&row(
            page.block,
            item,
            [
                tuple.map(|tuple| tuple.header.t_tid().get()).into(),
                tuple.map(|tuple| tuple.header.size()).into(),
                (item.item.lp_flags() == LpFlags::Dead).into(),
                tuple.map_or(Cell::Null, |tuple| Cell::hex(tuple.bytes())),
            ],
        ))
    })
}
