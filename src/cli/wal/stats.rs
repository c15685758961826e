use clap::ValueEnum;

use super::super::global::Global;
use super::super::progress::Bar;
use super::super::{Error, answer};
use super::source::{Source, SourceArgs};
use crate::analysis::wal::{
    Extent, RecordCount, StatsBy, WalScan, largest_xids, wal_by_checkpoint, wal_by_minute,
    wal_by_xid, wal_stats,
};
use crate::report::tables::{wal_breakdown as breakdown, wal_stats as tables};
use crate::report::{Cell, Summary, TableSchema, Tail};

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

/// Rows of one table, and what is said below it.
struct Answer {
    schema: &'static TableSchema,
    rows: Vec<Vec<Cell<'static>>>,
    total: RecordCount,
    extent: Extent,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let source = self.source.open(global)?;
        let scan = self.source.scan(&source, global)?;
        let wal = source.wal();
        let (evidence, head) = (source.evidence(), source.head());
        // All transactions are more than memory may have room for: they are shown as they come.
        let (total, extent, mut output) = if self.by == By::Xid
            && global.top(self.top) == usize::MAX
        {
            let schema = &breakdown::XIDS;
            let mut output = answer::begin(global, "wal stats", evidence, &head, &[schema])?;
            output.table(schema)?;
            let bar = Bar::new(global, wal.format());
            let (total, extent) = wal_by_xid(wal, scan, &bar, |key, count, total| {
                output.row(&breakdown::xid_cells(&key, count, total))
            })?;
            (total, extent, output)
        } else {
            let answer = self.answer(&source, scan, global);
            let mut output = answer::begin(global, "wal stats", evidence, &head, &[answer.schema])?;
            output.table(answer.schema)?;
            for row in
                answer.rows.iter().take(self.top.filter(|top| *top > 0).unwrap_or(usize::MAX))
            {
                output.row(row)?;
            }
            (answer.total, answer.extent, output)
        };
        let cells = tables::summary_cells(wal, total, &extent);
        let summary = Summary { schema: &tables::SUMMARY, cells };
        let mut findings = source.findings();
        findings.extend(extent.findings);
        Ok(output.finish(&Tail { findings: &findings, summary: Some(summary) })?)
    }

    fn answer(&self, source: &Source, scan: WalScan, global: &Global) -> Answer {
        let wal = source.wal();
        let bar = Bar::new(global, wal.format());
        match self.by {
            By::Rmgr | By::Record => {
                let by = if self.by == By::Rmgr { StatsBy::Rmgr } else { StatsBy::Record };
                let mut stats = wal_stats(wal, scan, by, &bar);
                if global.is_for_people() {
                    stats.largest_first();
                }
                let rows = stats.rows.iter().map(|row| tables::cells(row, stats.total)).collect();
                let (total, extent) = (stats.total, stats.extent);
                Answer { schema: &tables::RECORDS, rows, total, extent }
            }
            By::Xid => {
                let found = largest_xids(wal, scan, global.top(self.top), &bar);
                let (total, extent) = (found.total, found.extent);
                let rows = found.rows.iter();
                let rows = rows.map(|(key, count)| breakdown::xid_cells(key, *count, total));
                Answer { schema: &breakdown::XIDS, rows: rows.collect(), total, extent }
            }
            By::Minute => {
                let found = wal_by_minute(wal, scan, &bar);
                let (total, extent) = (found.total, found.extent);
                let rows = found.rows.iter();
                let rows = rows.map(|(key, count)| breakdown::minute_cells(*key, *count, total));
                Answer { schema: &breakdown::MINUTES, rows: rows.collect(), total, extent }
            }
            By::Checkpoint => {
                let found = wal_by_checkpoint(wal, scan, &bar);
                let (total, extent) = (found.total, found.extent);
                let rows = found.rows.iter();
                let rows = rows.map(|(key, count)| breakdown::checkpoint_cells(key, *count, total));
                Answer { schema: &breakdown::CHECKPOINTS, rows: rows.collect(), total, extent }
            }
        }
    }
}
