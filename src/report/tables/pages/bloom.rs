//! Pages of bloom indexes, by the names of their structures (contrib/bloom, bloom.h), as
//! pageinspect shows those of other types.

use std::io;

use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &META, rows: meta },
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &ITEMS, rows: items },
];

/// `BloomMetaPageData`.
static META: TableSchema = TableSchema::record(
    "bloom_meta",
    "Bloom meta page",
    &[
        Column::number("block"),
        Column::number("magick_number"),
        Column::number("n_start"),
        Column::number("n_end"),
        Column::number("bloom_length"),
        Column::text("bit_size"),
        Column::text("not_full_page"),
    ],
)
.only_with_rows();

/// `BloomPageOpaqueData`.
static PAGES: TableSchema = TableSchema::grid(
    "bloom_pages",
    "Bloom pages",
    &[
        Column::number("block"),
        Column::number("maxoff"),
        Column::text("flags"),
        Column::number("bloom_page_id").verbose(),
    ],
)
.only_with_rows();

/// `BloomTuple`.
static ITEMS: TableSchema = TableSchema::grid(
    "bloom_items",
    "Bloom tuples",
    &[
        Column::number("block").optional(9),
        Column::number("itemoffset").title("item"),
        Column::text("heap_ptr"),
        Column::text("sign"),
    ],
)
.only_with_rows();

fn meta(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Bloom(view) = &page.content else { return Ok(()) };
    let Some(meta) = view.meta else { return Ok(()) };
    show(&[
        page.block.into(),
        meta.magick_number().into(),
        meta.n_start().into(),
        meta.n_end().into(),
        meta.bloom_length().into(),
        Cell::List(meta.bit_sizes().map(Cell::from).collect()),
        Cell::List(view.not_full_pages.iter().copied().map(Cell::from).collect()),
    ])
}

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Bloom(view) = &page.content else { return Ok(()) };
    let opaque = view.page.opaque();
    show(&[
        page.block.into(),
        opaque.maxoff().into(),
        Cell::texts(opaque.flags().words()),
        opaque.bloom_page_id().into(),
    ])
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Bloom(view) = &page.content else { return Ok(()) };
    (1_u32..).zip(&view.tuples).try_for_each(|(number, tuple)| {
        show(&[page.block.into(), number.into(), tuple.heap_ptr.into(), Cell::hex(tuple.sign)])
    })
}
