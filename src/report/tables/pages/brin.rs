//! Pages of BRIN indexes: `brin_metapage_info()`, `brin_page_type()`, `brin_revmap_data()`,
//! `brin_page_items()`.

use std::io;

use super::item::{item_columns, row};
use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &META, rows: meta },
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &REVMAP, rows: revmap },
    PageTable { schema: &ITEMS, rows: items },
];

/// The columns of `brin_metapage_info()`.
static META: TableSchema = TableSchema::record(
    "brin_meta",
    "BRIN meta page",
    &[
        Column::number("block"),
        Column::text("magic"),
        Column::number("version"),
        Column::number("pagesperrange"),
        Column::number("lastrevmappage"),
    ],
)
.only_with_rows();

/// What `brin_page_type()` says, and the flags.
static PAGES: TableSchema = TableSchema::grid(
    "brin_pages",
    "BRIN pages",
    &[Column::number("block"), Column::text("type"), Column::text("flags")],
)
.only_with_rows();

/// What `brin_revmap_data()` says, and the first heap block of each range. It ends with the last
/// range that has a summary.
static REVMAP: TableSchema = TableSchema::grid(
    "brin_revmap",
    "BRIN revmap",
    &[Column::number("block").optional(9), Column::number("blknum"), Column::text("pages")],
)
.only_with_rows();

/// The columns of `brin_page_items()`, a row for each column of each summary; the summary's bytes
/// in place of the value, which only the types of its operator class could tell.
static ITEMS: TableSchema = TableSchema::grid(
    "brin_items",
    "BRIN items",
    item_columns![
        Column::number("blknum"),
        Column::number("attnum"),
        Column::text("allnulls").optional(3),
        Column::text("hasnulls").optional(3),
        Column::text("placeholder").optional(2),
        Column::text("empty").optional(1),
        Column::text("data"),
    ],
)
.only_with_rows();

fn meta(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Brin(view) = &page.content else { return Ok(()) };
    let Some(meta) = view.meta else { return Ok(()) };
    show(&[
        page.block.into(),
        format!("{:#010X}", meta.magic()).replace('X', "x").into(),
        meta.version().into(),
        meta.pages_per_range().into(),
        meta.last_revmap_page().into(),
    ])
}

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Brin(view) = &page.content else { return Ok(()) };
    let flags = view.page.flags().iter_names().map(|(name, _)| name);
    show(&[page.block.into(), view.page.kind().name().into(), Cell::texts(flags)])
}

fn revmap(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Brin(view) = &page.content else { return Ok(()) };
    view.revmap
        .iter()
        .try_for_each(|entry| show(&[page.block.into(), entry.blknum.into(), entry.tid.into()]))
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Brin(view) = &page.content else { return Ok(()) };
    for item in &view.items {
        let read = item.tuple.as_ref();
        let tuple = read.and_then(|read| read.tuple);
        let nulls = read.map_or(&[][..], |read| &read.nulls);
        let columns = (1_u16..).zip(nulls).map(|(number, nulls)| (Some(number), Some(nulls)));
        let unknown = nulls.is_empty().then_some((None, None));
        for (number, nulls) in columns.chain(unknown) {
            show(&row(
                page.block,
                item,
                [
                    tuple.map(|tuple| tuple.bt_blkno()).into(),
                    number.into(),
                    nulls.map(|nulls| nulls.allnulls).into(),
                    nulls.map(|nulls| nulls.hasnulls).into(),
                    tuple.map(|tuple| tuple.is_placeholder()).into(),
                    tuple.map(|tuple| tuple.is_empty_range()).into(),
                    tuple.map_or(Cell::Null, |tuple| Cell::hex(tuple.data())),
                ],
            ))?;
        }
    }
    Ok(())
}
