//! WAL by relation.

use super::relation::{self, relation_columns};
use super::wal_extent;
use crate::analysis::wal::{BlockCounts, Cycle, NamedBy, RelationCount, RelationWal, WalRelations};
use crate::cluster::relation::Relation;
use crate::cluster::wal::Wal;
use crate::report::{Cell, Column, TableSchema};

/// The table `relations` of `wal relations`.
pub static RELATIONS: TableSchema = TableSchema::grid(
    "relations",
    "Relations",
    relation_columns![
        Column::number("record_count").title("records").optional(5),
        Column::number("block_refs").title("block refs").optional(9),
        Column::number("fpi_count").title("images"),
        Column::number("fpi_bytes").title("image bytes").optional(3),
        Column::number("wal_bytes").title("WAL"),
        Column::number("fpi_ratio").title("of it images"),
        Column::number("fpi_per_block_ref").verbose(),
        Column::number("hole_saved").title("hole saved").verbose(),
        Column::number("compression_saved").title("compression saved").verbose(),
        Column::number("blocks").optional(6),
        Column::number("blocks_touched_again").verbose(),
        Column::number("blocks_imaged").verbose(),
        Column::number("blocks_imaged_again").title("imaged again").optional(2),
        Column::text("named_by").verbose(),
        Column::text("created_lsn").verbose(),
        Column::text("truncated_lsn").title("truncated at").verbose(),
        Column::text("dropped_lsn").title("dropped at").verbose(),
        Column::number("dropped_by").verbose(),
        Column::text("note").optional(1),
        Column::text("redo_lsn").title("cycle from").verbose(),
    ],
);

/// The table `cycles`.
pub static CYCLES: TableSchema = TableSchema::grid(
    "cycles",
    "Checkpoint cycles",
    &[
        Column::text("redo_lsn").title("from redo"),
        Column::text("checkpoint_lsn").title("checkpoint at").optional(2),
        Column::text("checkpoint_time").title("begun"),
        Column::text("is_shutdown").title("shutdown").optional(3),
        Column::number("record_count").title("records"),
        Column::number("block_refs").title("block refs").optional(1),
        Column::number("fpi_count").title("images"),
        Column::number("fpi_bytes").title("image bytes"),
        Column::number("wal_bytes").title("WAL"),
        Column::number("fpi_ratio").title("of it images"),
    ],
);

const OWN: [Column; 8] = [
    Column::number("relations"),
    Column::number("record_count").title("records"),
    Column::number("block_refs").title("block references"),
    Column::number("fpi_count").title("images"),
    Column::number("fpi_bytes").title("image bytes"),
    Column::number("wal_bytes").title("WAL"),
    Column::number("fpi_ratio").title("of it images"),
    Column::number("saved").title("holes and compression saved"),
];

/// The summary.
pub static SUMMARY: TableSchema = TableSchema::record("summary", "Summary", &SUMMARY_COLUMNS);
const SUMMARY_COLUMNS: [Column; OWN.len() + wal_extent::COUNT] = wal_extent::behind(OWN);

/// A row of [`RELATIONS`].
#[must_use]
pub fn cells<'a>(row: &'a RelationWal<'_>) -> Vec<Cell<'a>> {
    let count = &row.count;
    let mut cells = match &row.relation {
        Some(relation) => relation::cells(relation),
        None if row.is_others => no_relation("(other relations)"),
        None => no_relation("(no relation)"),
    };
    let blocks = |of: fn(&BlockCounts) -> u64| Cell::count(row.blocks.as_ref().map(of));
    cells.extend(counts(count));
    cells.extend([
        per_block_ref(count),
        Cell::Bytes(count.hole_saved),
        Cell::Bytes(count.compression_saved),
        blocks(|blocks| blocks.touched),
        blocks(|blocks| blocks.touched_again),
        blocks(|blocks| blocks.imaged),
        blocks(|blocks| blocks.imaged_again),
        row.named_by.map(NamedBy::name).into(),
        row.sighting.created.into(),
        row.sighting.truncated.into(),
        row.sighting.dropped.map(|(lsn, _)| lsn).into(),
        row.sighting.dropped.map(|(_, xid)| xid).into(),
        note(row),
        row.cycle.and_then(|cycle| cycle.redo).into(),
    ]);
    cells
}

/// Records that are about no relation (commits, checkpoints …), or about those that have no row.
fn no_relation(called: &'static str) -> Vec<Cell<'static>> {
    let mut cells = vec![Cell::Null; relation::COUNT];
    if let Some(name) = cells.last_mut() {
        *name = Cell::name(called);
    }
    cells
}

fn counts(count: &RelationCount) -> [Cell<'static>; 6] {
    [
        Cell::Count(count.record_count),
        Cell::Count(count.block_refs),
        Cell::Count(count.fpi_count),
        Cell::Bytes(count.fpi_bytes),
        Cell::Bytes(count.wal_bytes),
        Cell::Ratio(count.fpi_ratio()),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a share is rounded anyway")]
fn per_block_ref(count: &RelationCount) -> Cell<'static> {
    match count.block_refs {
        0 => Cell::Null,
        refs => Cell::Float(count.fpi_count as f64 / refs as f64),
    }
}

/// What a person should know about the name.
fn note(row: &RelationWal<'_>) -> Cell<'static> {
    let gone = match row.named_by {
        Some(NamedBy::Catalog) | None => None,
        Some(NamedBy::DeadRow | NamedBy::RelationMap) => Some("rewritten or dropped"),
    };
    let seen = match (row.sighting.created, row.sighting.dropped) {
        (Some(_), Some(_)) => Some("made and dropped in this WAL"),
        (None, Some(_)) => Some("dropped in this WAL"),
        (Some(_), None) if row.named_by.is_none() => Some("made in this WAL"),
        _ => None,
    };
    seen.or(gone).map(str::to_owned).into()
}

/// A row of [`CYCLES`].
#[must_use]
pub fn cycle_cells(cycle: &Cycle, count: &RelationCount) -> Vec<Cell<'static>> {
    let mut cells = vec![
        cycle.redo.into(),
        cycle.checkpoint.into(),
        cycle.time.into(),
        cycle.redo.map(|_| cycle.is_shutdown).into(),
    ];
    cells.extend(counts(count));
    cells
}

/// The row of [`SUMMARY`].
#[must_use]
pub fn summary_cells(wal: &Wal, found: &WalRelations<'_>) -> Vec<Cell<'static>> {
    let total = &found.total;
    let mut relations: Vec<_> = found
        .rows
        .iter()
        .filter_map(|row| row.relation.as_deref())
        .map(|relation: &Relation| relation.locator)
        .collect();
    relations.sort_unstable();
    relations.dedup();
    let mut cells = vec![Cell::Count(relations.len() as u64)];
    cells.extend(counts(total));
    cells.push(Cell::Bytes(total.hole_saved + total.compression_saved));
    cells.extend(wal_extent::cells(wal, &found.extent));
    cells
}
