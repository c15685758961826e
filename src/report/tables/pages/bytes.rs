//! The bytes of pages: a row for each 16.

use std::io;

use super::{PageTable, Show};
use crate::analysis::page::PageView;
use crate::report::{Cell, Column, TableSchema};

/// The table `bytes`.
static BYTES: TableSchema = TableSchema::grid(
    "bytes",
    "Bytes",
    &[
        Column::number("block").optional(1),
        Column::number("offset"),
        Column::text("hex"),
        Column::text("text"),
    ],
);

/// The bytes of any page.
pub(super) static TABLE: PageTable = PageTable { schema: &BYTES, rows };

/// How many bytes a row has.
const BYTES_A_ROW: usize = 16;

fn rows(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    page.bytes.chunks(BYTES_A_ROW).enumerate().try_for_each(|(at, row)| {
        let text: String = row
            .iter()
            .map(|&byte| if (0x20..0x7F).contains(&byte) { char::from(byte) } else { '.' })
            .collect();
        let offset = Cell::Unsigned((at * BYTES_A_ROW) as u64);
        show(&[page.block.into(), offset, Cell::hex(row), text.into()])
    })
}
