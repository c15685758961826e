//! What is wrong with the evidence: a row a [`Finding`].

use crate::cluster::finding::Finding;
use crate::report::{Cell, Column, TableSchema};

/// The table `findings`.
pub static FINDINGS: TableSchema = TableSchema::grid(
    "findings",
    "Findings",
    &[
        Column::text("code"),
        Column::text("severity"),
        Column::name("relation"),
        Column::name("path"),
        Column::text("fork").optional(3),
        Column::number("block"),
        Column::number("offset").optional(2),
        Column::text("lsn").optional(2),
        Column::text("expected").optional(1),
        Column::text("found"),
        Column::text("advice").verbose(),
    ],
);

/// The row of a finding.
#[must_use]
pub fn cells(finding: &Finding) -> Vec<Cell<'_>> {
    let at = &finding.location;
    vec![
        finding.code.name.into(),
        finding.code.severity.name().into(),
        Cell::optional_name(at.relation.as_deref()),
        Cell::optional_name(at.path.as_deref()),
        at.fork.into(),
        at.block.into(),
        at.offset.into(),
        at.lsn.into(),
        said(&finding.expected),
        said(&finding.found),
        said(finding.code.advice),
    ]
}

/// Nothing said is null, not an empty text.
fn said(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Null } else { text.into() }
}
