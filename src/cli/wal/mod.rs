mod records;
mod relations;
mod source;
mod stats;

use clap::Subcommand;

use super::Error;
use super::global::Global;

/// Show what the WAL spent itself on, and its records
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Stats(stats::Args),
    Relations(relations::Args),
    Records(Box<records::Args>),
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        match &self.command {
            Command::Stats(args) => args.run(global),
            Command::Relations(args) => args.run(global),
            Command::Records(args) => args.run(global),
        }
    }
}
