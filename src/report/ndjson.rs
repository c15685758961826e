use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::json_row::RowText;
use super::serialize::evidence_entries;
use super::tables::findings;
use super::{Cell, Head, Output, RowEncoder, SCHEMA, TableSchema, Tail};

/// A JSON object a line, each with its `table` first.
///
/// The first line is that of table `evidence`; findings and summary come last, as rows of tables
/// of these names.
#[derive(Debug)]
pub struct NdjsonOutput<W> {
    writer: W,
    current: Option<(&'static TableSchema, RowText)>,
    line: Vec<u8>,
}

impl<W: Write> NdjsonOutput<W> {
    /// Lines that go to `writer`.
    pub const fn new(writer: W) -> Self {
        Self { writer, current: None, line: Vec::new() }
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)?;
        self.line.push(b'\n');
        self.writer.write_all(&self.line)
    }

    fn object(&mut self, row: &RowText, cells: &[Cell<'_>]) -> io::Result<()> {
        self.line.clear();
        row.write(cells, &mut self.line);
        self.line.push(b'\n');
        self.writer.write_all(&self.line)
    }
}

impl<W: Write> Output for NdjsonOutput<W> {
    fn start(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.line(&HeadLine(head))
    }

    fn table(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.current = Some((schema, RowText::new(schema, Some(schema.name))));
        Ok(())
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

    fn encoder(&self) -> Option<RowEncoder> {
        let (schema, _) = self.current.as_ref()?;
        let row = RowText::new(schema, Some(schema.name));
        Some(RowEncoder { row, before: b"", behind: b"\n" })
    }

    fn encoded(&mut self, rows: &[u8]) -> io::Result<()> {
        self.writer.write_all(rows)
    }

    fn finish(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        let row = RowText::new(&findings::FINDINGS, Some("findings"));
        for finding in tail.findings {
            self.object(&row, &findings::cells(finding))?;
        }
        if let Some(summary) = &tail.summary {
            let row = RowText::new(summary.schema, Some("summary"));
            self.object(&row, &summary.cells)?;
        }
        self.writer.flush()
    }
}

struct HeadLine<'a>(&'a Head<'a>);

impl Serialize for HeadLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("table", "evidence")?;
        map.serialize_entry("schema", SCHEMA)?;
        map.serialize_entry("command", self.0.command)?;
        if let Some(evidence) = self.0.evidence {
            evidence_entries(evidence, &mut map)?;
        }
        map.end()
    }
}
