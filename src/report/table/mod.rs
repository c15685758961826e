//! Tables for people.

mod findings;
mod grid;
mod record;
mod style;

use std::io::{self, Write};

use self::grid::Grid;
use self::style::Styles;
use super::{
    Cell, EvidenceHead, Head, Layout, Output, OutputOptions, TableSchema, Tail, escape_for_terminal,
};

/// Tables for people: fitted to the terminal, sizes in binary units, the findings in short.
#[derive(Debug)]
pub struct TableOutput<W> {
    writer: W,
    options: OutputOptions,
    styles: Styles,
    /// Whether the answer has several tables, which then need titles.
    titled: bool,
    /// Whether something stands above already, from which the next thing keeps a line's distance.
    begun: bool,
    current: Current,
}

/// The table whose rows come now.
#[derive(Debug)]
enum Current {
    None,
    /// Shown with its first row, if one comes.
    Waiting(&'static TableSchema),
    Grid(Grid),
    Record {
        schema: &'static TableSchema,
        rows: u64,
    },
}

impl<W: Write> TableOutput<W> {
    /// Tables that go to `writer`.
    pub fn new(writer: W, options: &OutputOptions) -> Self {
        Self {
            writer,
            options: options.clone(),
            styles: Styles::new(options.color),
            titled: false,
            begun: false,
            current: Current::None,
        }
    }

    fn evidence(&mut self, evidence: &EvidenceHead) -> io::Result<()> {
        let mut about = vec![escape_for_terminal(&evidence.path)];
        about.extend(evidence.version.map(|version| format!("PostgreSQL {version}").into()));
        about.extend(evidence.state.as_deref().map(escape_for_terminal));
        let dim = self.styles.dim;
        writeln!(self.writer, "{dim}{}{dim:#}", about.join(" · "))?;
        let caution = self.styles.caution;
        for text in &evidence.cautions {
            writeln!(self.writer, "{caution}caution:{caution:#} {}", escape_for_terminal(text))?;
        }
        if self.options.verbose {
            for note in &evidence.notes {
                writeln!(self.writer, "{dim}note: {}{dim:#}", escape_for_terminal(note))?;
            }
        }
        self.begun = true;
        Ok(())
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        let strong = self.styles.strong;
        writeln!(self.writer, "{strong}{title}{strong:#}")
    }

    /// An empty line between things, none before the first.
    fn distance(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) { writeln!(self.writer) } else { Ok(()) }
    }

    fn close(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.current, Current::None) {
            Current::Grid(grid) => grid.finish(&mut self.writer, &self.styles),
            Current::Record { rows: 0, .. } => writeln!(self.writer, "(nothing)"),
            Current::Record { .. } | Current::Waiting(_) | Current::None => Ok(()),
        }
    }

    fn begin(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.distance()?;
        if self.titled {
            self.title(schema.title)?;
        }
        self.current = match schema.layout {
            Layout::Grid => Current::Grid(Grid::new(schema, &self.options)),
            Layout::Record => Current::Record { schema, rows: 0 },
        };
        Ok(())
    }
}

impl<W: Write> Output for TableOutput<W> {
    fn start(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.titled = head.tables.len() > 1 && self.options.table.is_none();
        match head.evidence {
            Some(evidence) if !self.options.quiet => self.evidence(evidence),
            _ => Ok(()),
        }
    }

    fn table(&mut self, schema: &'static TableSchema) -> io::Result<()> {
        self.close()?;
        // One that was asked for alone says that there are no rows.
        if schema.shown_empty || !self.titled {
            return self.begin(schema);
        }
        self.current = Current::Waiting(schema);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if let Current::Waiting(schema) = self.current {
            self.begin(schema)?;
        }
        match &mut self.current {
            Current::Grid(grid) => grid.row(cells, &mut self.writer, &self.styles),
            Current::Record { schema, rows } => {
                if *rows > 0 {
                    writeln!(self.writer)?;
                }
                *rows += 1;
                record::write(&mut self.writer, schema, cells, self.options.verbose)
            }
            Current::None | Current::Waiting(_) => {
                Err(io::Error::other("a row came before its table"))
            }
        }
    }

    fn finish(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        self.close()?;
        if let Some(summary) = &tail.summary {
            self.distance()?;
            record::write(&mut self.writer, summary.schema, &summary.cells, self.options.verbose)?;
        }
        if !tail.findings.is_empty() {
            self.distance()?;
            self.title("Findings")?;
            findings::write(&mut self.writer, tail.findings, &self.styles, self.options.verbose)?;
        }
        self.writer.flush()
    }
}
