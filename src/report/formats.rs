use std::io::Write;

use super::only::Only;
use super::{CsvOutput, JsonOutput, NdjsonOutput, Output, TableOutput};

/// A way to show an answer: one row of [`FORMATS`].
#[derive(Debug)]
pub struct OutputFormat {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// The endings of file names that ask for it.
    pub extensions: &'static [&'static str],
    /// Whether it says what was read and how certain that is.
    pub shows_head: bool,
    /// Makes one that writes to a writer.
    make: fn(Box<dyn Write>, &OutputOptions) -> Box<dyn Output>,
}

/// Every format, the usual one first.
pub static FORMATS: [OutputFormat; 4] = [
    OutputFormat {
        name: "table",
        about: "for people: fitted to the terminal",
        extensions: &["txt"],
        shows_head: true,
        make: |writer, options| Box::new(TableOutput::new(writer, options)),
    },
    OutputFormat {
        name: "json",
        about: "one document",
        extensions: &["json"],
        shows_head: true,
        make: |writer, _| Box::new(JsonOutput::new(writer)),
    },
    OutputFormat {
        name: "ndjson",
        about: "an object a line, streamed",
        extensions: &["ndjson", "jsonl"],
        shows_head: true,
        make: |writer, _| Box::new(NdjsonOutput::new(writer)),
    },
    OutputFormat {
        name: "csv",
        about: "one table, for spreadsheets",
        extensions: &["csv"],
        shows_head: false,
        make: |writer, options| Box::new(CsvOutput::new(writer, options.table.as_deref())),
    },
];

/// What a person asked of the output; each format takes from it what concerns it.
#[derive(Debug, Clone, Default)]
pub struct OutputOptions {
    /// The only table that is wanted; the main one where a format has room for one alone.
    pub table: Option<String>,
    /// How many columns a line can have; `None` where nothing limits it.
    pub width: Option<usize>,
    /// Whether colours may be used.
    pub color: bool,
    /// Whether everything is wanted: every column, every finding.
    pub verbose: bool,
    /// Whether the answer alone is wanted.
    pub quiet: bool,
}

impl OutputFormat {
    /// An output of this format that writes to `writer`.
    #[must_use]
    pub fn open(&self, writer: Box<dyn Write>, options: &OutputOptions) -> Box<dyn Output> {
        let output = (self.make)(writer, options);
        match &options.table {
            Some(table) => Box::new(Only::new(output, table.clone())),
            None => output,
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// The format that a file of that name asks for with its ending.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.extensions.contains(&extension))
    }
}
