//! Pages of visibility maps: `pg_visibility_map()`, and `pg_visibility_map_summary()` page by page.

use std::io;

use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::format::map::visibility::VisibilityBits;
use crate::report::{Cell, Column, TableSchema};

pub(super) static TABLES: &[PageTable] =
    &[PageTable { schema: &PAGES, rows: pages }, PageTable { schema: &BLOCKS, rows: blocks }];

/// The first block that the page knows, and the columns of `pg_visibility_map_summary()`.
static PAGES: TableSchema = TableSchema::grid(
    "vm_pages",
    "Visibility map",
    &[
        Column::number("block"),
        Column::number("first_blkno"),
        Column::number("all_visible"),
        Column::number("all_frozen"),
    ],
)
.only_with_rows();

/// The columns of `pg_visibility_map()`.
static BLOCKS: TableSchema = TableSchema::grid(
    "vm_blocks",
    "Visibility by block",
    &[
        Column::number("block").optional(9),
        Column::number("blkno"),
        Column::text("all_visible"),
        Column::text("all_frozen"),
    ],
)
.only_with_rows();

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::VisibilityMap(view) = &page.content else { return Ok(()) };
    show(&[
        page.block.into(),
        view.first.into(),
        Cell::Count(view.counts.all_visible.into()),
        Cell::Count(view.counts.all_frozen.into()),
    ])
}

fn blocks(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::VisibilityMap(view) = &page.content else { return Ok(()) };
    view.blocks.iter().try_for_each(|&(block, bits)| {
        let has = |bit| bits.contains(bit).into();
        show(&[
            page.block.into(),
            block.into(),
            has(VisibilityBits::VISIBILITYMAP_ALL_VISIBLE),
            has(VisibilityBits::VISIBILITYMAP_ALL_FROZEN),
        ])
    })
}
