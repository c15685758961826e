use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use crate::cluster::ClusterOptions;
use crate::evidence::{self, Evidence, EvidenceError, OpenOptions};
use crate::format::PgVersion;
use crate::primitives::Oid;
use crate::report::{FORMATS, OutputFormat, OutputOptions};

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Global {
    /// How the answer is shown; by default as the ending of --output says, else as a table
    #[arg(short, long, global = true, value_name = "FORMAT")]
    #[arg(value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)))]
    format: Option<String>,

    /// Write the answer to a file, which must not lie in the evidence
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Show this table alone; csv shows one, by default the main one
    #[arg(long, global = true, value_name = "NAME")]
    table: Option<String>,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorWhen,

    /// Show the answer alone
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Show every column, finding and note
    #[arg(short, long, global = true)]
    verbose: bool,

    /// How many threads read (default: one a core)
    #[arg(short = 'j', long, global = true, value_name = "N", help_heading = "Reading")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Read a tablespace from a folder (or tar) of its own; repeatable
    #[arg(long, global = true, value_name = "OID=DIR", help_heading = "Reading")]
    #[arg(value_parser = tablespace)]
    tablespace: Vec<(Oid, PathBuf)>,

    /// Read WAL from this folder (or tar), too, before pg_wal: an archive, plain or compressed;
    /// repeatable
    #[arg(long, global = true, value_name = "DIR", help_heading = "Reading")]
    wal: Vec<PathBuf>,

    /// Map files into memory; a failing disk, or a file that shrinks, then ends the program
    #[arg(long, global = true, help_heading = "Reading")]
    mmap: bool,

    /// Take the cluster for one of this major version, whatever it says itself
    #[arg(long, global = true, value_name = "VERSION", help_heading = "Reading")]
    pg_version: Option<PgVersion>,

    /// Take pages for this long, whatever pg_control says
    #[arg(long, global = true, value_name = "BYTES", help_heading = "Reading")]
    block_size: Option<u32>,
}

/// How many rows a person sees unless she asks for more.
const SCREEN: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ColorWhen {
    /// On a terminal
    Auto,
    Always,
    Never,
}

impl Global {
    pub(super) fn open_options(&self) -> OpenOptions {
        OpenOptions { tablespaces: self.tablespace.clone(), mmap: self.mmap }
    }

    pub(super) fn cluster_options(&self) -> ClusterOptions {
        ClusterOptions {
            version: self.pg_version,
            block_size: self.block_size,
            ..ClusterOptions::default()
        }
    }

    /// The folders that `--wal` names.
    pub(super) fn archives(&self) -> Result<Vec<Arc<dyn Evidence>>, EvidenceError> {
        let options = self.open_options();
        self.wal.iter().map(|folder| evidence::open_tree(folder, &options)).collect()
    }

    pub(super) fn threads(&self) -> Option<usize> {
        self.threads.map(usize::from)
    }

    /// The format that was asked for, by name or by the ending of the output file.
    pub(super) fn output_format(&self) -> &'static OutputFormat {
        let by_name = self.format.as_deref().and_then(OutputFormat::named);
        let extension = || self.output.as_ref()?.extension()?.to_str();
        by_name.or_else(|| OutputFormat::of_extension(extension()?)).unwrap_or(&FORMATS[0])
    }

    /// Whether a person reads the answer on a terminal, or would if it were one.
    pub(super) fn is_for_people(&self) -> bool {
        self.output_format().name == FORMATS[0].name
    }

    /// How many rows are shown: `asked`, where 0 stands for all; by default a screen of them to a
    /// person, all to a program.
    pub(super) fn top(&self, asked: Option<usize>) -> usize {
        match asked {
            Some(0) => usize::MAX,
            Some(top) => top,
            None if self.is_for_people() => SCREEN,
            None => usize::MAX,
        }
    }

    pub(super) fn output_options(&self) -> OutputOptions {
        let to_terminal = self.output.is_none() && std::io::stdout().is_terminal();
        OutputOptions {
            table: self.table.clone(),
            width: if self.output.is_none() { width(to_terminal) } else { None },
            color: match self.color {
                ColorWhen::Always => true,
                ColorWhen::Never => false,
                ColorWhen::Auto => {
                    let choice = anstream::AutoStream::choice(&std::io::stdout());
                    self.output.is_none() && choice != anstream::ColorChoice::Never
                }
            },
            verbose: self.verbose,
            quiet: self.quiet,
        }
    }
}

/// The terminal's width; `COLUMNS` says another.
fn width(to_terminal: bool) -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.filter(|&columns| columns > 0).or_else(|| {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok().filter(|_| to_terminal)?;
        Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
    })
}

fn tablespace(text: &str) -> Result<(Oid, PathBuf), String> {
    let (oid, folder) = text.split_once('=').ok_or("expected OID=DIR")?;
    let oid = oid.trim().parse().map_err(|_| format!("{oid:?} is no OID: expected OID=DIR"))?;
    Ok((Oid(oid), PathBuf::from(folder)))
}
