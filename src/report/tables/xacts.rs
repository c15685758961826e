//! What became of transactions: a row each.

use crate::analysis::xact::{Xact, XactStatus};
use crate::report::{Cell, Column, TableSchema};

/// The table `xacts`.
pub static XACTS: TableSchema = TableSchema::grid(
    "xacts",
    "Transactions",
    &[
        Column::number("xid"),
        Column::text("status").unknown_if_null(),
        Column::number("parent"),
        Column::text("commit_time").title("committed at").optional(2),
        Column::name("gid").optional(1),
        Column::text("why"),
    ],
);

/// A row of [`XACTS`].
#[must_use]
pub fn cells(xact: &Xact) -> Vec<Cell<'_>> {
    vec![
        Cell::Xid(xact.xid),
        xact.status.map(XactStatus::name).into(),
        xact.parent.into(),
        xact.commit_time.into(),
        Cell::optional_name(xact.gid.as_deref()),
        xact.why.into(),
    ]
}
