use std::io;

use super::{Cell, Head, Output, RowEncoder, TableSchema, Tail};

/// An output that shows one table of the answer and nothing behind it.
pub(super) struct Only {
    output: Box<dyn Output>,
    table: String,
    /// Whether the rows that come now are the chosen table's.
    chosen: bool,
}

impl Only {
    pub(super) fn new(output: Box<dyn Output>, table: String) -> Self {
        Self { output, table, chosen: false }
    }
}

impl Output for Only {
    fn start(&mut self, head: &Head<'_>) -> io::Result<()> {
        let mut tables = head.tables.to_vec();
        tables.retain(|schema| schema.name == self.table);
        self.output.start(&Head { tables: &tables, ..*head })
    }

    fn table(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.chosen = schema.name == self.table;
        if self.chosen { self.output.table(schema) } else { Ok(()) }
    }

    fn wants(&self, schema: &TableSchema) -> bool {
        schema.name == self.table && self.output.wants(schema)
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if self.chosen { self.output.row(cells) } else { Ok(()) }
    }

    fn encoder(&self) -> Option<RowEncoder> {
        self.output.encoder().filter(|_| self.chosen)
    }

    fn encoded(&mut self, rows: &[u8]) -> io::Result<()> {
        self.output.encoded(rows)
    }

    fn finish(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        let findings = if self.table == "findings" { tail.findings } else { &[] };
        let summary = tail.summary.clone().filter(|_| self.table == "summary");
        self.output.finish(&Tail { findings, summary })
    }
}
