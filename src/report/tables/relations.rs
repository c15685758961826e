//! What is in a cluster: a row a relation, and one a column.

use super::relation::{self, relation_columns};
use crate::analysis::relations::Listed;
use crate::cluster::catalog::ColumnInfo;
use crate::cluster::relation::{Certainty, Relation};
use crate::primitives::ForkNumber;
use crate::report::{Cell, Column, TableSchema};

/// The table `relations` of the command of that name.
pub static RELATIONS: TableSchema = TableSchema::grid(
    "relations",
    "Relations",
    relation_columns![
        Column::number("main_len").title("size"),
        Column::number("fsm_len").title("fsm").optional(10),
        Column::number("vm_len").title("vm").optional(10),
        Column::number("init_len").title("init").verbose(),
        Column::name("owner").title("belongs to").optional(8),
        Column::name("partition_of").optional(11),
        Column::text("access_method").title("method").optional(9),
        Column::text("persistence").optional(12),
        Column::name("tablespace").optional(13),
        Column::number("fillfactor").verbose(),
        Column::text("certainty").verbose(),
    ],
);

/// The table `columns`.
pub static COLUMNS: TableSchema = TableSchema::grid(
    "columns",
    "Columns",
    relation_columns![
        Column::number("attnum").title("number"),
        Column::name("attname").title("column"),
        Column::text("type").unknown_if_null(),
        Column::number("atttypid").verbose(),
        Column::text("attisdropped").title("dropped").optional(1),
        Column::number("attlen").verbose(),
        Column::number("attalign").title("alignment").verbose(),
    ],
);

/// A row of [`RELATIONS`].
#[must_use]
pub fn cells<'a>(listed: &'a Listed<'_>) -> Vec<Cell<'a>> {
    let relation = listed.relation;
    let len = |fork| match relation.files.fork(fork) {
        Some(files) => Cell::Bytes(files.len()),
        None => Cell::Null,
    };
    let mut cells = relation::cells(relation);
    cells.extend([
        len(ForkNumber::Main),
        len(ForkNumber::FreeSpace),
        len(ForkNumber::Visibility),
        len(ForkNumber::Init),
        Cell::optional_name(listed.owner.as_deref()),
        Cell::optional_name(listed.partition_of.as_deref()),
        Cell::optional_name(relation.access_method.as_deref()),
        relation.persistence.name().into(),
        Cell::optional_name(listed.tablespace.as_deref()),
        relation.fillfactor.into(),
        certainty(relation).into(),
    ]);
    cells
}

/// A row of [`COLUMNS`].
#[must_use]
pub fn column_cells<'a>(relation: &'a Relation, column: &'a ColumnInfo) -> Vec<Cell<'a>> {
    let mut cells = relation::cells(relation);
    cells.extend([
        column.number.into(),
        Cell::name(column.name.as_str()),
        column.type_name.as_deref().into(),
        column.type_oid.into(),
        column.is_dropped.into(),
        column.attribute.len.into(),
        Cell::Unsigned(column.attribute.align.bytes() as u64),
    ]);
    cells
}

fn certainty(relation: &Relation) -> &'static str {
    match relation.certainty {
        Certainty::Certain => "certain",
        Certainty::InDoubt => "in doubt",
        Certainty::Unnamed => "unnamed",
        Certainty::Gone => "gone",
    }
}
