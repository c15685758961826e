use super::relations::remedies;
use crate::analysis::bloat::Family;
use crate::report::tables::relation::{self, relation_columns};
use crate::report::{Cell, Column, TableSchema};

/// The table `totals` of `bloat --total`.
pub static TOTALS: TableSchema = TableSchema::grid(
    "totals",
    "Tables with their indexes and TOAST",
    relation_columns![
        Column::number("total_len").title("total"),
        Column::number("table_len").title("table").unknown_if_null(),
        Column::number("maps_len").title("maps").verbose(),
        Column::number("toast_len").title("toast").optional(2),
        Column::number("indexes").verbose(),
        Column::number("indexes_len").title("indexes"),
        Column::number("tuple_count").title("rows").optional(8),
        Column::number("dead_tuple_count").title("dead rows").verbose(),
        Column::number("dead_tuple_len").title("dead").optional(5),
        Column::number("held_len").title("held").optional(3),
        Column::number("free_space").title("free").optional(6),
        Column::number("rewrite_gain_len").title("rewrite frees").verbose(),
        Column::number("reindex_gain_len").title("REINDEX frees").verbose(),
        Column::number("gain_len").title("rewrites free"),
        Column::text("remedies").verbose(),
        Column::text("advice").title("what helps"),
    ],
);

/// A row of [`TOTALS`].
#[must_use]
pub fn total_cells<'a>(family: &Family<'_, 'a>) -> Vec<Cell<'a>> {
    let head = family.head;
    let of_heap = |cell| if head.heap.is_some() { cell } else { Cell::Null };
    let mut cells = relation::cells(head.relation);
    cells.extend([
        Cell::Bytes(family.total_len()),
        if head.is_missing { Cell::Null } else { Cell::Bytes(head.table_len) },
        Cell::Bytes(family.maps_len()),
        Cell::Bytes(family.toast_len()),
        Cell::Count(family.indexes.len() as u64),
        Cell::Bytes(family.indexes_len()),
        of_heap(Cell::Count(family.present().count)),
        of_heap(Cell::Count(family.dead().count)),
        of_heap(Cell::Bytes(family.dead().len)),
        of_heap(Cell::Bytes(family.held().len)),
        Cell::Bytes(family.free_space()),
        Cell::Bytes(family.rewrite_gain_len()),
        Cell::Bytes(family.reindex_gain_len()),
        Cell::Bytes(family.gain_len()),
    ]);
    cells.extend(remedies(&family.remedies(), |remedy| &remedy.action));
    cells
}
