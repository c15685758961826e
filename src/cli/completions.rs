use std::io::{self, Write};

use clap_complete::Shell;

use super::Error;

/// Print what makes a shell complete pgautopsy's arguments
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  pgautopsy completions bash > ~/.local/share/bash-completion/completions/pgautopsy")]
pub(super) struct Args {
    /// Which shell
    shell: Shell,
}

impl Args {
    pub(super) fn run(&self, command: &mut clap::Command) -> Result<(), Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "pgautopsy", &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}

/// Print the manual page of pgautopsy, or of one of its commands
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy man | man -l -
  pgautopsy man bloat > pgautopsy-bloat.1")]
pub(super) struct ManArgs {
    /// The command; all together where none is named
    command: Option<String>,
}

impl ManArgs {
    pub(super) fn run(&self, program: &clap::Command) -> Result<(), Error> {
        let mut page = Vec::new();
        let command = match &self.command {
            None => program.clone(),
            Some(name) => program
                .find_subcommand(name)
                .ok_or_else(|| format!("there is no command {name:?}"))?
                .clone()
                .name(format!("pgautopsy-{name}")),
        };
        clap_mangen::Man::new(command).render(&mut page)?;
        Ok(io::stdout().write_all(&page)?)
    }
}
