//! Pages of free space maps: `fsm_page_contents()`, and what `pg_freespace()` says of the blocks.

use std::io;

use super::{PageTable, Show};
use crate::analysis::page::{PageContent, PageView};
use crate::report::{Column, TableSchema};

pub(super) static TABLES: &[PageTable] = &[
    PageTable { schema: &PAGES, rows: pages },
    PageTable { schema: &BLOCKS, rows: blocks },
    PageTable { schema: &NODES, rows: nodes },
];

/// Where in the map the page is, and from where the next search starts.
static PAGES: TableSchema = TableSchema::grid(
    "fsm_pages",
    "Free space map",
    &[
        Column::number("block"),
        Column::number("level"),
        Column::number("number"),
        Column::number("fp_next_slot"),
        Column::number("first_wrong_node"),
    ],
)
.only_with_rows();

/// The columns of `pg_freespace()`, for the blocks that the page knows.
static BLOCKS: TableSchema = TableSchema::grid(
    "fsm_blocks",
    "Free space by block",
    &[Column::number("block").optional(9), Column::number("blkno"), Column::number("avail")],
)
.only_with_rows();

/// What `fsm_page_contents()` prints: the nodes that are not 0.
static NODES: TableSchema = TableSchema::grid(
    "fsm_nodes",
    "Nodes that are not 0",
    &[Column::number("block").optional(9), Column::number("node"), Column::number("value")],
)
.only_with_rows();

fn pages(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::FreeSpaceMap(view) = &page.content else { return Ok(()) };
    show(&[
        page.block.into(),
        view.level.into(),
        view.number.into(),
        view.fp_next_slot.into(),
        view.first_wrong_node.map(|node| node as u64).into(),
    ])
}

fn blocks(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::FreeSpaceMap(view) = &page.content else { return Ok(()) };
    let mut blocks = view.blocks.iter();
    blocks.try_for_each(|&(block, avail)| show(&[page.block.into(), block.into(), avail.into()]))
}

fn nodes(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    let PageContent::FreeSpaceMap(view) = &page.content else { return Ok(()) };
    let mut nodes = (0_u32..).zip(view.page.fp_nodes()).filter(|(_, value)| **value != 0);
    nodes.try_for_each(|(node, &value)| show(&[page.block.into(), node.into(), value.into()]))
}
