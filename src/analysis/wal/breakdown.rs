//! WAL by minute, and by checkpoint cycle.

use std::collections::BTreeMap;

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

/// Counts records by minute: that in which the last transaction before them ended, or which they
/// themselves are the end of. `None` comes before the first such record.
pub(super) fn wal_by_minute(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
) -> Breakdown<Option<Timestamp>> {
    let fresh = || ByMinute { format: wal.format(), current: None, rows: BTreeMap::new() };
    let mut counts = fresh();
    let extent = fold(wal, scan, progress, fresh, &mut counts);
    Breakdown::new(counts.rows.into_iter().collect(), extent)
}

/// Counts records by checkpoint cycle; the WAL is read once before that, to find the redo points.
pub(super) fn wal_by_checkpoint(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
) -> Breakdown<Cycle> {
    progress.begin(2 * pages(wal, scan.range));
    let progress = &Announced(progress);
    let cycles = cycles(wal, scan, progress);
    let fresh = || ByCheckpoint {
        format: wal.format(),
        cycles: &cycles,
        counts: vec![RecordCount::default(); cycles.len()],
    };
    let mut counts = fresh();
    let extent = fold(wal, scan, progress, fresh, &mut counts);
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
    /// The minute of the last end of a transaction.
    current: Option<Timestamp>,
    /// Under `None`: what comes before the first.
    rows: BTreeMap<Option<Timestamp>, RecordCount>,
}

const MINUTE: i64 = 60_000_000;

impl Tally for ByMinute {
    fn add(&mut self, record: &RawRecord<'_>) {
        if let Some(time) = ended_at(record, self.format) {
            self.current = Some(Timestamp(time.0 - time.0.rem_euclid(MINUTE)));
        }
        self.rows.entry(self.current).or_default().add(record, self.format);
    }

    fn append(&mut self, later: Self) {
        for (minute, count) in later.rows {
            *self.rows.entry(minute.or(self.current)).or_default() += count;
        }
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
