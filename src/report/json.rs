use std::io::{self, Write};

use serde::Serialize;

use super::json_row::RowText;
use super::tables::findings;
use super::{Cell, Head, Output, RowEncoder, SCHEMA, TableSchema, Tail};

/// One JSON document, written as it comes: a row a line.
#[derive(Debug)]
pub struct JsonOutput<W> {
    writer: W,
    /// The tables that the answer can have and that have not begun yet.
    pending: Vec<&'static TableSchema>,
    current: Option<(&'static TableSchema, RowText)>,
    tables: usize,
    rows: u64,
    line: Vec<u8>,
}

impl<W: Write> JsonOutput<W> {
    /// A document that goes to `writer`.
    pub const fn new(writer: W) -> Self {
        Self { writer, pending: Vec::new(), current: None, tables: 0, rows: 0, line: Vec::new() }
    }

    fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)?;
        self.writer.write_all(&self.line)
    }

    fn open_table(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.close_table()?;
        self.pending.retain(|pending| pending.name != schema.name);
        self.writer.write_all(if self.tables == 0 { b"\n" } else { b",\n" })?;
        self.value(&schema.name)?;
        self.writer.write_all(b":[")?;
        self.current = Some((schema, RowText::new(schema, None)));
        self.tables += 1;
        self.rows = 0;
        Ok(())
    }

    fn close_table(&mut self) -> io::Result<()> {
        if self.current.take().is_some() {
            self.writer.write_all(if self.rows == 0 { b"]" } else { b"\n]" })?;
        }
        Ok(())
    }

    fn object(&mut self, row: &RowText, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(if self.rows == 0 { b"\n" } else { b",\n" });
        self.rows += 1;
        row.write(cells, &mut self.line);
        self.writer.write_all(&self.line)
    }
}

impl<W: Write> Output for JsonOutput<W> {
    fn start(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.pending = head.tables.to_vec();
        self.writer.write_all(b"{\"schema\":")?;
        self.value(&SCHEMA)?;
        self.writer.write_all(b",\"command\":")?;
        self.value(&head.command)?;
        self.writer.write_all(b",\n\"evidence\":")?;
        self.value(&head.evidence)?;
        self.writer.write_all(b",\n\"tables\":{")
    }

    fn table(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.open_table(schema)
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let current = self.current.take();
        let written = match &current {
            Some((_, row)) => self.object(row, cells),
            None => Err(io::Error::other("a row came before its table")),
        };
        self.current = current;
        written
    }

    /// Each row has a comma before it.
    fn encoder(&self) -> Option<RowEncoder> {
        let (schema, _) = self.current.as_ref()?;
        Some(RowEncoder { row: RowText::new(schema, None), before: b",\n", behind: b"" })
    }

    fn encoded(&mut self, rows: &[u8]) -> io::Result<()> {
        // The first one of a table has nothing before it.
        let first = usize::from(self.rows == 0);
        self.rows += 1;
        self.writer.write_all(rows.get(first..).unwrap_or_default())
    }

    fn finish(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        // A table that got no rows is an empty array, not a missing key.
        for schema in std::mem::take(&mut self.pending) {
            self.open_table(schema)?;
        }
        self.close_table()?;
        self.writer.write_all(b"},\n\"findings\":[")?;
        self.rows = 0;
        let row = RowText::new(&findings::FINDINGS, None);
        for finding in tail.findings {
            self.object(&row, &findings::cells(finding))?;
        }
        self.writer.write_all(if self.rows == 0 { b"],\n" } else { b"\n],\n" })?;
        self.writer.write_all(b"\"summary\":")?;
        match &tail.summary {
            Some(summary) => {
                self.line.clear();
                RowText::new(summary.schema, None).write(&summary.cells, &mut self.line);
                self.writer.write_all(&self.line)?;
            }
            None => self.writer.write_all(b"{}")?,
        }
        self.writer.write_all(b"}\n")?;
        self.writer.flush()
    }
}
