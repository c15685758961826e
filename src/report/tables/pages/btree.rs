//! Pages of B-trees: `bt_metap()`, `bt_page_stats()`, `bt_page_items()`.

use std::io;

use super::item::{item_columns, item_row, tids};
use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &META, rows: meta },
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &ITEMS, rows: items },
];

/// The columns of `bt_metap()`, of any version.
static META: TableSchema = TableSchema::record(
    "btree_meta",
    "B-tree meta page",
    &[
        Column::number("block"),
        Column::number("magic"),
        Column::number("version"),
        Column::number("root"),
        Column::number("level"),
        Column::number("fastroot"),
        Column::number("fastlevel"),
        Column::number("oldest_xact").skip_if_null(),
        Column::number("last_cleanup_num_delpages").skip_if_null(),
        Column::number("last_cleanup_num_tuples"),
        Column::text("allequalimage"),
    ],
)
.only_with_rows();

/// The columns of `bt_page_stats()`, the flags' names, and when a deleted page was deleted.
static PAGES: TableSchema = TableSchema::grid(
    "btree_pages",
    "B-tree pages",
    &[
        Column::number("block"),
        Column::text("type"),
        Column::number("live_items").title("live"),
        Column::number("dead_items").title("dead"),
        Column::number("avg_item_size").title("avg size").optional(3),
        Column::number("page_size").verbose(),
        Column::number("free_size").title("free").optional(2),
        Column::number("btpo_prev").title("prev"),
        Column::number("btpo_next").title("next"),
        Column::number("btpo_level").title("level"),
        Column::number("btpo_flags").verbose(),
        Column::text("flag_names").title("flags").optional(1),
        Column::number("btpo_cycleid").verbose(),
        Column::number("safexid").optional(4),
    ],
)
.only_with_rows();

/// The columns of `bt_page_items()`.
static ITEMS: TableSchema = TableSchema::grid(
    "btree_items",
    "B-tree items",
    item_columns![
        Column::text("ctid"),
        Column::number("itemlen").title("len").optional(4),
        Column::text("nulls").optional(6),
        Column::text("vars").optional(7),
        Column::text("data"),
        Column::text("dead").optional(2),
        Column::text("htid").optional(3),
        Column::text("tids").optional(1),
    ],
)
.only_with_rows();

fn meta(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Btree(view) = &page.content else { return Ok(()) };
    let Some(meta) = &view.meta else { return Ok(()) };
    let fields = meta.meta;
    show(&[
        page.block.into(),
        fields.btm_magic().into(),
        fields.btm_version().into(),
        fields.btm_root().into(),
        fields.btm_level().into(),
        fields.btm_fastroot().into(),
        fields.btm_fastlevel().into(),
        meta.oldest_xact.into(),
        meta.last_cleanup_num_delpages.into(),
        fields.btm_last_cleanup_num_heap_tuples().into(),
        fields.btm_allequalimage().into(),
    ])
}

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Btree(view) = &page.content else { return Ok(()) };
    let Some(page_type) = view.page_type else { return Ok(()) };
    let opaque = view.page.opaque();
    show(&[
        page.block.into(),
        page_type.to_string().into(),
        view.stats.live_items.into(),
        view.stats.dead_items.into(),
        view.avg_item_size.into(),
        view.page.page().header().page_size().into(),
        view.free_size.into(),
        opaque.btpo_prev().into(),
        opaque.btpo_next().into(),
        view.page.level().into(),
        opaque.btpo_flags().bits().into(),
        Cell::texts(opaque.btpo_flags().iter_names().map(|(name, _)| name)),
        opaque.btpo_cycleid().into(),
        view.safexid.into(),
    ])
}

fn items(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::Btree(view) = &page.content else { return Ok(()) };
    view.items.iter().try_for_each(|item| {
        show(&item_row(page.block, item, |tuple| {
            let header = tuple.tuple().header;
            [
                header.t_tid().get().into(),
                header.size().into(),
                header.has_nulls().into(),
                header.has_varwidths().into(),
                Cell::hex(tuple.data()),
                tuple.dead().into(),
                tuple.htid().into(),
                tuple.posting().map(|list| tids(list.iter().map(|tid| tid.get()))).into(),
            ]
        }))
    })
}
