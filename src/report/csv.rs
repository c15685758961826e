use std::borrow::Cow;
use std::io::{self, Write};

use super::tables::findings;
use super::{Cell, Head, Output, TableSchema, Tail, escape_for_spreadsheet, human, json_text};

/// One table as comma-separated values (RFC 4180), with a line of column names.
///
/// Null is an empty field, a nested value JSON text. Text that a spreadsheet would run as a
/// formula gets an apostrophe before it.
pub struct CsvOutput<W: Write> {
    writer: ::csv::Writer<W>,
    /// The table to show; until the head comes, that may be “the main one”.
    table: Option<String>,
    current: Option<&'static TableSchema>,
    started: bool,
}

impl<W: Write> CsvOutput<W> {
    /// The table of that name, or the main one; it goes to `writer`.
    pub fn new(writer: W, table: Option<&str>) -> Self {
        Self {
            writer: ::csv::Writer::from_writer(writer),
            table: table.map(str::to_owned),
            current: None,
            started: false,
        }
    }

    fn is_chosen(&self, name: &str) -> bool {
        self.table.as_deref() == Some(name)
    }

    fn header(&mut self, schema: &TableSchema) -> io::Result<()> {
        self.started = true;
        self.writer.write_record(schema.columns.iter().map(|column| column.name)).map_err(io_error)
    }

    fn record(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            self.writer.write_field(field(cell)?.as_bytes()).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }
}

impl<W: Write> Output for CsvOutput<W> {
    fn start(&mut self, head: &Head<'_>) -> io::Result<()> {
        if self.table.is_none() {
            self.table = head.tables.first().map(|schema| schema.name.to_owned());
        }
        Ok(())
    }

    fn table(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.current = Some(schema);
        if self.is_chosen(schema.name) { self.header(schema) } else { Ok(()) }
    }

    fn wants(&self, schema: &TableSchema) -> bool {
        self.is_chosen(schema.name)
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        match self.current {
            Some(schema) if self.is_chosen(schema.name) => self.record(cells),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        if !self.started && self.is_chosen(findings::FINDINGS.name) {
            self.header(&findings::FINDINGS)?;
            for finding in tail.findings {
                self.record(&findings::cells(finding))?;
            }
        }
        if let Some(summary) = tail.summary.as_ref().filter(|_| self.is_chosen("summary")) {
            self.header(summary.schema)?;
            self.record(&summary.cells)?;
        }
        self.writer.flush()
    }
}

/// What failed below the csv crate, as itself: a pipe that was closed must be known for one.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn field<'a>(cell: &'a Cell<'_>) -> io::Result<Cow<'a, str>> {
    Ok(match cell {
        Cell::Null => Cow::Borrowed(""),
        Cell::Text(text) | Cell::Name(text) => escape_for_spreadsheet(text),
        Cell::Lsn(lsn) => Cow::Owned(lsn.to_string()),
        Cell::Time(time) => Cow::Owned(time.to_string()),
        Cell::Hex(bytes) => Cow::Owned(human::hex(bytes)),
        Cell::Float(value) | Cell::Percent(value) | Cell::Ratio(value) if !value.is_finite() => {
            Cow::Borrowed("")
        }
        _ => {
            let mut text = Vec::new();
            json_text::cell(cell, &mut text);
            Cow::Owned(String::from_utf8(text).map_err(io::Error::other)?)
        }
    })
}
