//! The columns that every row about a relation starts with.

use crate::cluster::relation::Relation;
use crate::report::{Cell, Column};

/// How many there are.
pub const COUNT: usize = 8;

/// Which relation it is.
pub const COLUMNS: [Column; COUNT] = [
    Column::name("database").verbose(),
    Column::name("schema").verbose(),
    Column::name("relation").title("name").verbose(),
    Column::text("kind").optional(4),
    Column::number("oid").verbose(),
    Column::number("relfilenode").verbose(),
    Column::name("path").optional(7),
    Column::name("qualified_name").title("relation"),
];

/// The cells of [`COLUMNS`].
#[must_use]
pub fn cells(relation: &Relation) -> Vec<Cell<'_>> {
    let database = relation.database.as_ref();
    vec![
        database.map_or(Cell::Null, |database| Cell::name(database.to_string())),
        Cell::optional_name(relation.schema.as_deref()),
        Cell::optional_name(relation.name.as_deref()),
        relation.kind.name().into(),
        relation.oid.into(),
        relation.relfilenode().into(),
        Cell::optional_name(relation.path.as_deref()),
        Cell::name(relation.qualified_name()),
    ]
}

/// A list of columns with these in front.
macro_rules! relation_columns {
    ($($column:expr),* $(,)?) => {{
        const OWN: &[$crate::report::Column] = &[$($column),*];
        const ALL: [$crate::report::Column; $crate::report::tables::relation::COUNT + OWN.len()] = {
            let mut all = [$crate::report::Column::text(""); $crate::report::tables::relation::COUNT + OWN.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = if at < $crate::report::tables::relation::COUNT {
                    $crate::report::tables::relation::COLUMNS[at]
                } else {
                    OWN[at - $crate::report::tables::relation::COUNT]
                };
                at += 1;
            }
            all
        };
        &ALL
    }};
}
pub(crate) use relation_columns;
