//! The command line: one file a command, with its arguments and the call, and nothing more.

mod answer;
mod bloat;
mod completions;
mod control;
mod global;
mod page;
mod progress;
mod relations;
mod wal;
mod xact;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::global::Global;

/// A PostgreSQL data directory, read without PostgreSQL.
///
/// EVIDENCE is a stopped or cloned data directory, or a base backup: a .tar (also .gz, .lz4 or
/// .zst), or the folder of tars that pg_basebackup -Ft writes. It is only ever read.
#[derive(Debug, Parser)]
#[command(name = "pgautopsy", version, max_term_width = 100)]
#[command(after_help = "Start with: pgautopsy bloat /path/to/data")]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bloat(bloat::Args),
    Relations(relations::Args),
    Page(page::Args),
    Wal(wal::Args),
    Xact(xact::Args),
    Control(control::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
}

/// Why a command was not done: what was being done, and what stood in the way.
type Error = Box<dyn std::error::Error>;

/// Runs the program with `arguments`, its own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = match Cli::command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        // Help and version are errors to clap; a pipe that closes on them is nobody's business.
        Err(message) => {
            let _ = message.print();
            return ExitCode::from(u8::from(message.use_stderr()) * NOT_DONE);
        }
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::from(NOT_DONE)
        }
    }
}

/// Bad usage, no such file, not a data directory.
const NOT_DONE: u8 = 2;

impl Cli {
    fn dispatch(&self) -> Result<(), Error> {
        let global = &self.global;
        match &self.command {
            Command::Bloat(args) => args.run(global),
            Command::Relations(args) => args.run(global),
            Command::Page(args) => args.run(global),
            Command::Wal(args) => args.run(global),
            Command::Xact(args) => args.run(global),
            Command::Control(args) => args.run(global),
            Command::Completions(args) => args.run(&mut Self::command()),
            Command::Man(args) => args.run(&Self::command()),
        }
    }
}

fn is_closed_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The error with its causes, as far as it does not name them itself.
fn report(error: &(dyn std::error::Error + 'static)) {
    use std::fmt::Write as _;
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if !text.contains(&error.to_string()) {
            let _ = write!(text, ": {error}");
        }
        cause = error.source();
    }
    anstream::eprintln!("pgautopsy: {}", crate::report::escape_for_terminal(&text));
}
