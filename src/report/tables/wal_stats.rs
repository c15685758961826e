//! WAL by resource manager and type of record.

use super::wal_extent;
use crate::analysis::share::percent;
use crate::analysis::wal::{Extent, RecordCount, StatsRow};
use crate::cluster::wal::Wal;
use crate::report::{Cell, Column, TableSchema};

/// The table `records` of `wal stats`.
pub static RECORDS: TableSchema = TableSchema::grid(
    "records",
    "Records",
    &[
        Column::text("resource_manager").title("manager"),
        Column::text("record_type").title("type"),
        Column::number("count"),
        Column::number("count_percent").title("%").optional(3),
        Column::number("record_size").title("records"),
        Column::number("record_size_percent").title("%").optional(2),
        Column::number("fpi_size").title("images"),
        Column::number("fpi_size_percent").title("%").optional(1),
        Column::number("combined_size").title("all"),
        Column::number("combined_size_percent").title("%"),
    ],
);

const OWN: [Column; 5] = [
    Column::number("count").title("records"),
    Column::number("record_size").title("record bytes"),
    Column::number("fpi_size").title("image bytes"),
    Column::number("combined_size").title("all"),
    Column::number("fpi_percent").title("images of all"),
];

/// The summary.
pub static SUMMARY: TableSchema = TableSchema::record("summary", "Summary", &SUMMARY_COLUMNS);
const SUMMARY_COLUMNS: [Column; OWN.len() + wal_extent::COUNT] = wal_extent::behind(OWN);

/// A row of [`RECORDS`].
#[must_use]
pub fn cells(row: &StatsRow, total: RecordCount) -> Vec<Cell<'static>> {
    let mut cells = vec![
        Cell::display(row.resource_manager),
        row.record_type.map_or(Cell::Null, Cell::display),
    ];
    cells.extend(counts(row.count, total));
    cells
}

/// From `count` on: each with its share.
pub(super) fn counts(count: RecordCount, total: RecordCount) -> [Cell<'static>; 8] {
    let share = |part, whole| Cell::Percent(percent(part, whole));
    [
        Cell::Count(count.count),
        share(count.count, total.count),
        Cell::Bytes(count.record_size),
        share(count.record_size, total.record_size),
        Cell::Bytes(count.fpi_size),
        share(count.fpi_size, total.fpi_size),
        Cell::Bytes(count.combined_size()),
        share(count.combined_size(), total.combined_size()),
    ]
}

/// The row of [`SUMMARY`].
#[must_use]
pub fn summary_cells(wal: &Wal, total: RecordCount, extent: &Extent) -> Vec<Cell<'static>> {
    let mut cells = vec![
        Cell::Count(total.count),
        Cell::Bytes(total.record_size),
        Cell::Bytes(total.fpi_size),
        Cell::Bytes(total.combined_size()),
        Cell::Percent(percent(total.fpi_size, total.combined_size())),
    ];
    cells.extend(wal_extent::cells(wal, extent));
    cells
}
