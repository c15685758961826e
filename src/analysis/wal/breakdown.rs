//! WAL by minute, and by checkpoint cycle.

use std::collections::BTreeMap;

use super::bound::{Bound, room, too_many};
use super::checkpoints::{Cycle, cycle_of, cycles};
use super::fold::{Extent, Tally, WalScan, fold, pages};
use super::range::ended_at;
use super::stats::RecordCount;
use crate::analysis::scan::{Announced, Progress};
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;
use crate::primitives::Timestamp;

/// Records by something, and all of them.
#[derive(Debug)]
pub(super) struct Breakdown<K> {
    /// A row for each, in their order.
    pub(super) rows: Vec<(K, RecordCount)>,
    /// All records.
    pub(super) total: RecordCount,
    /// What was read.
    pub(super) extent: Extent,
}

/// So many minutes are told apart: three months in all, eleven days in a segment; 10 MB of them, and
/// 1 MB.
const MINUTES: Bound = Bound { segment: 1 << 14, all: 1 << 17 };

/// Counts records by minute: that in which the last transaction before them ended, or which they
/// themselves are the end of. The minutes that come first in the WAL are told apart, as long as
/// there is room.
pub(super) fn wal_by_minute(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
) -> Breakdown<Minute> {
    wal_by_so_many_minutes(wal, scan, MINUTES, progress)
}

fn wal_by_so_many_minutes(
    wal: &Wal,
    scan: WalScan,
    bound: Bound,
    progress: &dyn Progress,
) -> Breakdown<Minute> {
    let format = wal.format();
    let tally = |most| {
        let others = RecordCount::default();
        ByMinute { format, most, current: None, rows: BTreeMap::new(), others }
    };
    let mut counts = tally(bound.all);
    let mut extent = fold(wal, scan, progress, || tally(bound.segment), &mut counts);
    let others = Some((Minute::Others, counts.others)).filter(|(_, count)| count.count > 0);
    extent.findings.extend(others.map(|(_, RecordCount { count, .. })| {
        let Bound { segment, all } = bound;
        too_many(format!(
            "at most {all} minutes are told apart, {segment} of one segment: {count} records are of \
             others"
        ))
    }));
    let rows = counts.rows.into_iter().map(|(minute, count)| (Minute::Of(minute), count));
    Breakdown::new(rows.chain(others).collect(), extent)
}

/// What a row of minutes is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Minute {
    /// A minute; `None` is what comes before the first end of a transaction.
    Of(Option<Timestamp>),
    /// Those that there was no room for.
    Others,
}

/// Counts records by checkpoint cycle; the WAL is read once before that, to find the redo points.
pub(super) fn wal_by_checkpoint(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
) -> Breakdown<Cycle> {
    progress.begin(2 * pages(wal, scan.range));
    let progress = &Announced(progress);
    let (cycles, too_many) = cycles(wal, scan, progress);
    let fresh = || ByCheckpoint {
        format: wal.format(),
        cycles: &cycles,
        counts: vec![RecordCount::default(); cycles.len()],
    };
    let mut counts = fresh();
    let mut extent = fold(wal, scan, progress, fresh, &mut counts);
    extent.findings.extend(too_many);
    let counts = counts.counts;
    let rows = cycles.iter().copied().zip(counts).filter(|(_, count)| count.count > 0);
    Breakdown::new(rows.collect(), extent)
}

impl<K> Breakdown<K> {
    pub(super) fn new(rows: Vec<(K, RecordCount)>, extent: Extent) -> Self {
        let mut total = RecordCount::default();
        for (_, count) in &rows {
            total += *count;
        }
        Self { rows, total, extent }
    }
}

struct ByMinute {
    format: Format,
    /// How many minutes there is room for.
    most: usize,
    /// The minute of the last end of a transaction.
    current: Option<Timestamp>,
    /// Under `None`: what comes before the first.
    rows: BTreeMap<Option<Timestamp>, RecordCount>,
    /// What is of minutes that there was no room for.
    others: RecordCount,
}

impl ByMinute {
    fn row(&mut self, minute: Option<Timestamp>) -> &mut RecordCount {
        room(&mut self.rows, minute, self.most).unwrap_or(&mut self.others)
    }
}

const MINUTE: i64 = 60_000_000;

impl Tally for ByMinute {
    fn add(&mut self, record: &RawRecord<'_>) {
        if let Some(time) = ended_at(record, self.format) {
            self.current = Some(Timestamp(time.0 - time.0.rem_euclid(MINUTE)));
        }
        let format = self.format;
        self.row(self.current).add(record, format);
    }

    fn append(&mut self, later: Self) {
        for (minute, count) in later.rows {
            *self.row(minute.or(self.current)) += count;
        }
        self.others += later.others;
        self.current = later.current.or(self.current);
    }
}

struct ByCheckpoint<'a> {
    format: Format,
    cycles: &'a [Cycle],
    counts: Vec<RecordCount>,
}

impl Tally for ByCheckpoint<'_> {
    fn add(&mut self, record: &RawRecord<'_>) {
        let at = cycle_of(self.cycles, record.start_lsn);
        if let Some(count) = self.counts.get_mut(at) {
            count.add(record, self.format);
        }
    }

    fn append(&mut self, later: Self) {
        for (count, later) in self.counts.iter_mut().zip(later.counts) {
            *count += later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::stored;

    #[test]
    fn minutes_that_there_is_no_room_for_are_one_row() {
        let cluster = stored("pg17-wal");
        let counted = |bound, threads| {
            let scan = WalScan { threads: Some(threads), ..WalScan::default() };
            wal_by_so_many_minutes(cluster.wal(), scan, bound, &())
        };
        let whole = counted(MINUTES, 1);
        assert!(whole.rows.len() > 1 && whole.extent.findings.is_empty());
        for (segment, all) in [(1, 1), (1000, 1)] {
            for threads in [1, 3] {
                let few = counted(Bound { segment, all }, threads);
                assert_eq!(few.total, whole.total);
                assert_eq!(few.rows.len(), 2);
                assert_eq!(few.rows[0], whole.rows[0]);
                let (minute, others) = few.rows[1];
                assert_eq!(minute, Minute::Others);
                let found = &few.extent.findings[0].found;
                assert!(found.contains(&format!(": {} records", others.count)), "{found}");
            }
        }
    }
}
