use super::super::global::Global;
use super::super::progress::Bar;
use super::super::{Error, answer};
use super::source::SourceArgs;
use crate::analysis::wal::{StatsBy, wal_stats};
use crate::report::tables::wal_stats as tables;
use crate::report::{Summary, Tail};

/// Count the WAL by resource manager and type of record, as pg_waldump --stats=record does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy wal stats /var/lib/postgresql/17/main
  pgautopsy wal stats /mnt/archive --start '2026-11-26 02:00' --end '2026-11-26 03:00'
  pgautopsy wal stats 000000010000000A000000F3 -f json | jq '.tables.records[]'")]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let source = self.source.open(global)?;
        let scan = self.source.scan(&source, global)?;
        let wal = source.wal();
        let stats = {
            let bar = Bar::new(global, wal.format());
            wal_stats(wal, scan, StatsBy::Record, &bar)
        };
        let schemas = [&tables::RECORDS];
        let mut output =
            answer::begin(global, "wal stats", source.evidence(), &source.head(), &schemas)?;
        output.table(&tables::RECORDS)?;
        for row in &stats.rows {
            output.row(&tables::cells(row, stats.total))?;
        }
        let cells = tables::summary_cells(wal, &stats);
        let summary = Summary { schema: &tables::SUMMARY, cells };
        let mut findings = source.findings();
        findings.extend(stats.extent.findings);
        Ok(output.finish(&Tail { findings: &findings, summary: Some(summary) })?)
    }
}
