use clap::ValueEnum;

use super::super::global::Global;
use super::super::progress::Bar;
use super::super::{Error, answer};
use super::source::SourceArgs;
use crate::analysis::wal::{CountBy, CountOptions, wal_count};
use crate::report::tables::{wal_breakdown as breakdown, wal_stats as tables};
use crate::report::{Summary, Tail};

/// Count the WAL by type of record, as pg_waldump --stats=record does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy wal stats /var/lib/postgresql/17/main
  pgautopsy wal stats /mnt/archive --start '2026-11-26 02:00' --by minute
  pgautopsy wal stats 000000010000000A000000F3 -f json | jq '.tables.records[]'")]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// What a row is: a resource manager, a type of record, a transaction, a minute, a cycle
    /// from one checkpoint's redo point to the next
    #[arg(long, value_name = "WHAT", default_value = "record")]
    by: By,

    /// How many rows are shown; 0 for all (default: 20 transactions in a table, else all)
    #[arg(long, value_name = "N")]
    top: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Rmgr,
    Record,
    Xid,
    Minute,
    Checkpoint,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let source = self.source.open(global)?;
        let scan = self.source.scan(&source, global)?;
        let wal = source.wal();
        let bar = Bar::new(global, wal.format());
        let counted = wal_count(wal, scan, self.options(global), &bar);
        let (evidence, head) = (source.evidence(), source.head());
        let schema = breakdown::schema(self.by.into());
        let mut output = answer::begin(global, "wal stats", evidence, &head, &[schema])?;
        output.table(schema)?;
        counted.each(&bar, |row| output.row(&breakdown::cells(row, counted.total)))?;
        drop(bar);
        let cells = tables::summary_cells(wal, counted.total, &counted.extent);
        let summary = Summary { schema: &tables::SUMMARY, cells };
        let mut findings = source.findings();
        findings.extend(counted.extent.findings);
        Ok(output.finish(&Tail { findings: &findings, summary: Some(summary) })?)
    }

    fn options(&self, global: &Global) -> CountOptions {
        let by = CountBy::from(self.by);
        let most = if by.has_many() { global.top(self.top) } else { self.top.unwrap_or(0) };
        CountOptions {
            by,
            most: Some(most).filter(|most| !matches!(most, 0 | &usize::MAX)),
            largest_first: global.is_for_people(),
        }
    }
}

impl From<By> for CountBy {
    fn from(by: By) -> Self {
        match by {
            By::Rmgr => Self::Rmgr,
            By::Record => Self::Record,
            By::Xid => Self::Xid,
            By::Minute => Self::Minute,
            By::Checkpoint => Self::Checkpoint,
        }
    }
}
