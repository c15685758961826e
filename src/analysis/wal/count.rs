//! WAL counted by whatever was asked for.

use std::io;

use super::breakdown::{Breakdown, Minute, wal_by_checkpoint, wal_by_minute};
use super::checkpoints::Cycle;
use super::fold::{Extent, WalScan};
use super::stats::{RecordCount, StatsBy, StatsRow, wal_stats};
use super::xids::{Room, Transactions, XidKey};
use crate::analysis::scan::Progress;
use crate::cluster::wal::Wal;
use crate::primitives::Timestamp;

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountBy {
    /// A resource manager.
    Rmgr,
    /// A type of record of a resource manager.
    Record,
    /// A transaction.
    Xid,
    /// The minute in which the last transaction before the records ended, or which they themselves
    /// are the end of.
    Minute,
    /// A checkpoint cycle: from one redo point to the next.
    Checkpoint,
}

impl CountBy {
    /// Whether there may be more of them than anyone looks at, or memory has room for.
    #[must_use]
    pub const fn has_many(self) -> bool {
        matches!(self, Self::Xid)
    }
}

/// What is counted, and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub struct CountOptions {
    /// What a row is about.
    pub by: CountBy,
    /// How many rows there are at most; of transactions, those that wrote most. `None` for all.
    pub most: Option<usize>,
    /// Whether managers and types come with the largest first, rather than by their numbers.
    pub largest_first: bool,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountRow {
    /// A manager, or a type of record.
    Type(StatsRow),
    /// A transaction.
    Xid(XidKey, RecordCount),
    /// A minute; `None` is what comes before the first transaction's end.
    Minute(Option<Timestamp>, RecordCount),
    /// All minutes that there was no room for: 131,072 of them are told apart.
    OtherMinutes(RecordCount),
    /// A checkpoint cycle.
    Checkpoint(Cycle, RecordCount),
}

/// WAL that was counted.
#[derive(Debug)]
pub struct WalCount<'a> {
    rows: Rows<'a>,
    /// All records.
    pub total: RecordCount,
    /// What was read.
    pub extent: Extent,
}

#[derive(Debug)]
enum Rows<'a> {
    Kept(Vec<CountRow>),
    /// All transactions are more than memory may have room for: they are counted as they are shown.
    Xids(Transactions<'a>),
}

/// Counts the records of the WAL. By transaction and by checkpoint cycle, it is read twice: first
/// to see how they lie.
pub fn wal_count<'a>(
    wal: &'a Wal,
    scan: WalScan,
    options: CountOptions,
    progress: &dyn Progress,
) -> WalCount<'a> {
    let counted = match options.by {
        CountBy::Rmgr | CountBy::Record => {
            let by = if options.by == CountBy::Rmgr { StatsBy::Rmgr } else { StatsBy::Record };
            let mut stats = wal_stats(wal, scan, by, progress);
            if options.largest_first {
                stats.largest_first();
            }
            let rows = stats.rows.into_iter().map(CountRow::Type).collect();
            WalCount { rows: Rows::Kept(rows), total: stats.total, extent: stats.extent }
        }
        CountBy::Xid => {
            let (found, total, extent) = Transactions::find(wal, scan, Room::default(), progress);
            let Some(most) = options.most else {
                return WalCount { rows: Rows::Xids(found), total, extent };
            };
            let largest = found.largest(most, progress).into_iter();
            let rows = largest.map(|(key, count)| CountRow::Xid(key, count)).collect();
            WalCount { rows: Rows::Kept(rows), total, extent }
        }
        CountBy::Minute => kept(wal_by_minute(wal, scan, progress), |minute, count| match minute {
            Minute::Of(minute) => CountRow::Minute(minute, count),
            Minute::Others => CountRow::OtherMinutes(count),
        }),
        CountBy::Checkpoint => kept(wal_by_checkpoint(wal, scan, progress), CountRow::Checkpoint),
    };
    progress.end();
    counted.at_most(options.most)
}

fn kept<K>(breakdown: Breakdown<K>, row: impl Fn(K, RecordCount) -> CountRow) -> WalCount<'static> {
    let Breakdown { rows, total, extent } = breakdown;
    let rows = rows.into_iter().map(|(key, count)| row(key, count)).collect();
    WalCount { rows: Rows::Kept(rows), total, extent }
}

impl WalCount<'_> {
    fn at_most(mut self, most: Option<usize>) -> Self {
        if let Rows::Kept(rows) = &mut self.rows {
            rows.truncate(most.unwrap_or(usize::MAX));
        }
        self
    }

    /// Hands out the rows in their order; the first error ends it. Where transactions are many, the
    /// WAL is read for it.
    pub fn each(
        &self,
        progress: &dyn Progress,
        mut show: impl FnMut(&CountRow) -> io::Result<()>,
    ) -> io::Result<()> {
        match &self.rows {
            Rows::Kept(rows) => rows.iter().try_for_each(show),
            Rows::Xids(found) => {
                found.each(progress, |key, count| show(&CountRow::Xid(key, count)))
            }
        }
    }
}
