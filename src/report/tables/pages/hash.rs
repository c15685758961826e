//! Pages of hash indexes: `hash_metapage_info()`, `hash_page_type()` with `hash_page_stats()` and
//! `hash_bitmap_info()`, `hash_page_items()`.

use std::io;

use super::item::{item_columns, item_row};
use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &META, rows: meta },
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &ITEMS, rows: items },
];

/// The columns of `hash_metapage_info()`.
static META: TableSchema = TableSchema::record(
    "hash_meta",
    "Hash meta page",
    &[
        Column::number("block"),
        Column::number("magic"),
        Column::number("version"),
        Column::number("ntuples"),
        Column::number("ffactor"),
        Column::number("bsize"),
        Column::number("bmsize"),
        Column::number("bmshift"),
        Column::number("maxbucket"),
        Column::number("highmask"),
        Column::number("lowmask"),
        Column::number("ovflpoint"),
        Column::number("firstfree"),
        Column::number("nmaps"),
        Column::number("procid"),
        Column::text("spares").verbose(),
        Column::text("mapp").verbose(),
    ],
)
.only_with_rows();

/// What `hash_page_type()` says, the columns of `hash_page_stats()`, the flags' names, and, where
/// the page is one of overflow, the columns of `hash_bitmap_info()`.
static PAGES: TableSchema = TableSchema::grid(
    "hash_pages",
    "Hash pages",
    &[
        Column::number("block"),
        Column::text("type"),
        Column::number("live_items").title("live"),
        Column::number("dead_items").title("dead"),
        Column::number("page_size").verbose(),
        Column::number("free_size").title("free").optional(3),
        Column::number("hasho_prevblkno").title("prev").optional(4),
        Column::number("hasho_nextblkno").title("next").optional(4),
        Column::number("hasho_bucket").title("bucket"),
        Column::number("hasho_flag").verbose(),
        Column::text("flag_names").title("flags").optional(5),
        Column::number("hasho_page_id").verbose(),
        Column::number("bitmapblkno").title("bitmap").optional(6),
        Column::number("bitmapbit").title("bit").optional(6),
        Column::text("bitstatus").title("in use").optional(6),
    ],
)
.only_with_rows();

/// The columns of `hash_page_items()`.
static ITEMS: TableSchema = TableSchema::grid(
    "hash_items",
    "Hash items",
    item_columns![Column::text("ctid"), Column::number("data")],
)
.only_with_rows();

fn meta(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Hash(view) = &page.content else { return Ok(()) };
    let Some(meta) = &view.meta else { return Ok(()) };
    show(&[
        page.block.into(),
        meta.hashm_magic().into(),
        meta.hashm_version().into(),
        meta.hashm_ntuples().into(),
        meta.hashm_ffactor().into(),
        meta.hashm_bsize().into(),
        meta.hashm_bmsize().into(),
        meta.hashm_bmshift().into(),
        meta.hashm_maxbucket().into(),
        meta.hashm_highmask().into(),
        meta.hashm_lowmask().into(),
        meta.hashm_ovflpoint().into(),
        meta.hashm_firstfree().into(),
        meta.hashm_nmaps().into(),
        meta.hashm_procid().into(),
        Cell::List(meta.hashm_spares().map(Cell::from).collect()),
        Cell::List(meta.hashm_mapp().map(Cell::from).collect()),
    ])
}

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Hash(view) = &page.content else { return Ok(()) };
    let opaque = view.page.opaque();
    show(&[
        page.block.into(),
        view.page.page_type().into(),
        view.stats.map(|stats| stats.live_items).into(),
        view.stats.map(|stats| stats.dead_items).into(),
        view.page.page().header().page_size().into(),
        view.free_size.into(),
        opaque.hasho_prevblkno().into(),
        opaque.hasho_nextblkno().into(),
        opaque.hasho_bucket().into(),
        opaque.hasho_flag().bits().into(),
        Cell::texts(opaque.hasho_flag().iter_names().map(|(name, _)| name)),
        opaque.hasho_page_id().into(),
        view.bit.map(|bit| bit.bitmapblkno).into(),
        view.bit.map(|bit| bit.bitmapbit).into(),
        view.bit.and_then(|bit| bit.bitstatus).into(),
    ])
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Hash(view) = &page.content else { return Ok(()) };
    view.items.iter().try_for_each(|item| {
        show(&item_row(page.block, item, |tuple| {
            [tuple.tuple.header.t_tid().get().into(), tuple.hash.into()]
        }))
    })
}
