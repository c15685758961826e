//! How an answer is shown.
//!
//! An answer is a [`Head`], the rows of one or more tables, and a [`Tail`]. It streams through an
//! [`Output`], of which there is one a format; [`FORMATS`] lists them. A table is described once,
//! by a static [`TableSchema`], and its rows are slices of typed [`Cell`]s: what a size, a share
//! or a time looks like is the format's business alone.
//!
//! ```
//! use pgautopsy::report::{Cell, Column, Head, JsonOutput, Output, TableSchema, Tail};
//!
//! static SIZES: TableSchema =
//!     TableSchema::grid("sizes", "Sizes", &[Column::name("relation"), Column::number("bytes")]);
//!
//! let mut text = Vec::new();
//! let mut output = JsonOutput::new(&mut text);
//! output.start(&Head { command: "sizes", tables: &[&SIZES], evidence: None })?;
//! output.table(&SIZES)?;
//! output.row(&[Cell::name("public.orders"), Cell::Bytes(8192)])?;
//! output.finish(&Tail::default())?;
//!
//! let text = String::from_utf8(text).unwrap();
//! assert!(text.contains(r#"{"relation":"public.orders","bytes":8192}"#));
//! # Ok::<(), std::io::Error>(())
//! ```

mod cell;
mod csv;
mod escape;
mod formats;
mod head;
mod human;
mod json;
mod json_row;
mod json_text;
mod ndjson;
mod only;
mod row;
mod schema;
mod serialize;
mod table;
pub mod tables;
#[cfg(test)]
mod tests;

use std::io;

pub use cell::Cell;
pub use csv::CsvOutput;
pub use escape::{escape_for_spreadsheet, escape_for_terminal};
pub use formats::{FORMATS, OutputFormat, OutputOptions};
pub use head::{EvidenceHead, Head, Summary, Tail};
pub use json::JsonOutput;
pub use json_row::JsonRow;
pub use ndjson::NdjsonOutput;
pub use row::{Cells, RowWriter};
pub use schema::{Align, Column, Layout, Shown, TableSchema};
pub use table::TableOutput;

/// The name and version of what `json` and `ndjson` write.
pub const SCHEMA: &str = "pgautopsy/1";

/// Writes rows of one table as JSON text, on any thread.
#[derive(Debug)]
pub struct RowEncoder {
    row: json_row::RowText,
    before: &'static [u8],
    behind: &'static [u8],
}

impl RowEncoder {
    /// Writes a row behind what is there: what `row` hands over, a value for each column of the
    /// table.
    #[inline]
    pub fn encode(&self, out: &mut Vec<u8>, row: impl FnOnce(&mut JsonRow<'_>)) {
        out.extend_from_slice(self.before);
        self.row.write_with(out, row);
        out.extend_from_slice(self.behind);
    }
}

/// Where an answer goes, piece by piece: `start`, then for each table `table` and its `row`s, then
/// `finish`.
pub trait Output {
    /// Opens the answer: which command, about which evidence, and the tables that may follow.
    fn start(&mut self, head: &Head<'_>) -> io::Result<()>;

    /// Begins a table: the rows that follow are its rows. Each table comes at most once.
    fn table(&mut self, schema: &'static TableSchema) -> io::Result<()>;

    /// Whether rows of that table would be shown at all; where not, they need not be made.
    fn wants(&self, _schema: &TableSchema) -> bool {
        true
    }

    /// One row of the table that was begun last: a cell for each of its columns, in their order.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;

    /// What writes rows of the table that was begun last on other threads, where that can be;
    /// [`encoded`](Self::encoded) takes what it wrote.
    fn encoder(&self) -> Option<RowEncoder> {
        None
    }

    /// Rows that the [`encoder`](Self::encoder) wrote, one behind the other; at least one.
    fn encoded(&mut self, _rows: &[u8]) -> io::Result<()> {
        Err(io::Error::other("this format has no encoder"))
    }

    /// Closes the answer and flushes.
    fn finish(&mut self, tail: &Tail<'_>) -> io::Result<()>;
}
