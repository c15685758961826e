//! A row as lines: the title of each cell, and the cell.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::report::human::HumanText;
use crate::report::{Cell, Column, Shown, TableSchema};

pub(super) fn write(
    writer: &mut impl Write,
    schema: &TableSchema,
    cells: &[Cell<'_>],
    verbose: bool,
) -> io::Result<()> {
    let is_shown = |column: &Column, cell: &Cell<'_>| {
        (verbose || column.shown != Shown::Verbose)
            && !(column.skip_absent && matches!(cell, Cell::Null))
    };
    let shown = || schema.columns.iter().zip(cells).filter(|(column, cell)| is_shown(column, cell));
    let width = shown().map(|(column, _)| column.title.width()).max().unwrap_or(0);
    for (column, cell) in shown() {
        let pad = width - column.title.width();
        writeln!(writer, "{}:{:pad$} {}", column.title, "", HumanText::new(column, cell).text)?;
    }
    Ok(())
}
