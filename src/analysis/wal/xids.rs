//! WAL by transaction.
//!
//! There may be any number of them. So the WAL is read once to see how they lie, and then for each
//! run of xids that memory has room for, from the first record that is about one of them to the
//! last. Transactions live next to those with like xids: all in all, most WAL is read twice.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::ops::Range;

use foldhash::HashMap;

use super::fold::{Extent, Tally, WalScan, fold, pages};
use super::range::WalRange;
use super::stats::RecordCount;
use crate::analysis::scan::{Announced, Progress};
use crate::cluster::transactions::WalOutcome;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;
use crate::format::wal::rmgr::RmgrId;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::primitives::{Timestamp, TransactionId};

/// A transaction, by its own xid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct XidKey {
    /// The xid; `None` for records that no transaction wrote.
    pub xid: Option<TransactionId>,
    /// How it ended, if the WAL says so, and when.
    pub end: Option<(WalOutcome, Timestamp)>,
}

/// Transactions, as they lie in the WAL.
#[derive(Debug)]
pub(super) struct Transactions<'a> {
    wal: &'a Wal,
    scan: WalScan,
    runs: Vec<Run>,
}

/// How transactions are divided, so that memory has room for some of them at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Where they lie is known for so many xids in a row, or more where xids are all over the place.
    pub(super) bucket: u32,
    /// For so many such buckets at most; 2 MB of them.
    pub(super) buckets: usize,
    /// How many are counted in one go, at most: some 10 MB of them.
    pub(super) at_once: u64,
}

impl Default for Room {
    fn default() -> Self {
        Self { bucket: 1 << 14, buckets: 1 << 14, at_once: 1 << 16 }
    }
}

impl<'a> Transactions<'a> {
    /// Reads the WAL to see how they lie, and says how much is to be read to count them. With them
    /// come all records that were seen.
    pub(super) fn find(
        wal: &'a Wal,
        scan: WalScan,
        room: Room,
        progress: &dyn Progress,
    ) -> (Self, RecordCount, Extent) {
        let fresh = || Buckets {
            format: wal.format(),
            size: room.bucket,
            most: room.buckets,
            buckets: BTreeMap::new(),
        };
        let mut buckets = fresh();
        let extent = fold(wal, scan, progress, fresh, &mut buckets);
        let mut total = RecordCount::default();
        for bucket in buckets.buckets.values() {
            total += bucket.count;
        }
        let runs = buckets.runs(room.at_once);
        progress.begin(runs.iter().map(|run| pages(wal, run.lsns)).sum());
        (Self { wal, scan, runs }, total, extent)
    }

    /// Shows the records of each, by rising xid.
    pub(super) fn each(
        &self,
        progress: &dyn Progress,
        mut each: impl FnMut(XidKey, RecordCount) -> io::Result<()>,
    ) -> io::Result<()> {
        let progress = &Announced(progress);
        for run in &self.runs {
            let format = self.wal.format();
            let fresh = || ByXid { format, run: run.xids.clone(), rows: HashMap::default() };
            let mut counts = fresh();
            let scan = WalScan { range: run.lsns, ..self.scan };
            fold(self.wal, scan, progress, fresh, &mut counts);
            let mut rows: Vec<_> = counts.rows.into_iter().collect();
            // A subtransaction, or a prepared transaction, may have written nothing itself.
            rows.retain(|(_, row)| row.count.count > 0);
            rows.sort_unstable_by_key(|(xid, _)| *xid);
            for (xid, row) in rows {
                let key = XidKey { xid: xid.is_valid().then_some(xid), end: row.end };
                each(key, row.count)?;
            }
        }
        Ok(())
    }

    /// Those that wrote most, at most so many; the most first.
    pub(super) fn largest(
        &self,
        most: usize,
        progress: &dyn Progress,
    ) -> Vec<(XidKey, RecordCount)> {
        let mut heap = BinaryHeap::new();
        // What is kept in memory can't fail.
        let _ = self.each(progress, |key, count| {
            let sizes = (count.count, count.record_size, count.fpi_size);
            heap.push(Reverse((count.combined_size(), Reverse(key), sizes)));
            if heap.len() > most {
                heap.pop();
            }
            Ok(())
        });
        let rows = heap.into_sorted_vec().into_iter().map(|Reverse((_, Reverse(key), sizes))| {
            let (count, record_size, fpi_size) = sizes;
            (key, RecordCount { count, record_size, fpi_size })
        });
        rows.collect()
    }
}

/// Transactions that are counted in one go.
#[derive(Debug)]
struct Run {
    xids: Range<u64>,
    /// Holds every record that is about one of them.
    lsns: WalRange,
}

/// Two of these have all xids.
const WIDEST: u32 = 1 << 31;

/// Records by buckets of xids.
struct Buckets {
    format: Format,
    /// How many xids a bucket has.
    size: u32,
    most: usize,
    buckets: BTreeMap<u32, Bucket>,
}

struct Bucket {
    count: RecordCount,
    /// How many ends of its transactions records tell of.
    ends: u64,
    /// From the first record that is about one of its transactions to the last.
    lsns: WalRange,
}

impl Buckets {
    /// Runs of xids that hold few enough transactions.
    fn runs(&self, at_once: u64) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut expected = 0;
        let size = u64::from(self.size);
        for (number, bucket) in &self.buckets {
            // As many as it may have: one for each record, and for each end.
            let xids = (bucket.count.count + bucket.ends).min(size);
            let start = u64::from(*number) * size;
            let end = start + size;
            expected += xids;
            match runs.last_mut() {
                Some(run) if expected <= at_once => {
                    run.xids.end = end;
                    run.lsns = around(run.lsns, bucket.lsns);
                }
                _ => {
                    // A bucket that may have more is counted piece by piece.
                    let step = if xids > at_once { at_once.max(1) } else { size };
                    let mut pieces = start;
                    while pieces < end {
                        let xids = pieces..end.min(pieces + step);
                        pieces = xids.end;
                        runs.push(Run { xids, lsns: bucket.lsns });
                    }
                    expected = xids;
                }
            }
        }
        runs
    }

    /// The bucket of a transaction that the record is about.
    fn bucket(&mut self, xid: TransactionId, record: &RawRecord<'_>) -> &mut Bucket {
        let lsns = WalRange { start: record.start_lsn, end: record.end_lsn };
        if self.buckets.len() >= self.most && !self.buckets.contains_key(&(xid.0 / self.size)) {
            self.widen();
        }
        let bucket = self.buckets.entry(xid.0 / self.size);
        let count = RecordCount::default();
        let bucket = bucket.or_insert_with(|| Bucket { count, ends: 0, lsns });
        bucket.lsns = around(bucket.lsns, lsns);
        bucket
    }

    /// Makes them wider until there is room for one more.
    fn widen(&mut self) {
        while self.buckets.len() >= self.most && self.size < WIDEST {
            self.resize(self.size * 2);
        }
    }

    /// Makes them as wide as that: as they are, or some times as wide.
    fn resize(&mut self, size: u32) {
        let times = size / self.size.max(1);
        if times > 1 {
            self.size = size;
            for (number, bucket) in std::mem::take(&mut self.buckets) {
                self.take(number / times, bucket);
            }
        }
    }

    fn take(&mut self, number: u32, later: Bucket) {
        match self.buckets.entry(number) {
            Entry::Vacant(entry) => {
                entry.insert(later);
            }
            Entry::Occupied(mut entry) => {
                let bucket = entry.get_mut();
                bucket.count += later.count;
                bucket.ends += later.ends;
                bucket.lsns = around(bucket.lsns, later.lsns);
            }
        }
    }
}

/// The smallest range that holds both.
fn around(one: WalRange, other: WalRange) -> WalRange {
    WalRange { start: one.start.min(other.start), end: one.end.max(other.end) }
}

impl Tally for Buckets {
    fn add(&mut self, record: &RawRecord<'_>) {
        let format = self.format;
        self.bucket(record.header.xl_xid(), record).count.add(record, format);
        if let Some(end) = End::of(record, format) {
            for xid in end.xids {
                self.bucket(xid, record).ends += 1;
            }
        }
    }

    fn append(&mut self, mut later: Self) {
        let size = self.size.max(later.size);
        self.resize(size);
        later.resize(size);
        for (number, bucket) in later.buckets {
            self.take(number, bucket);
        }
        self.widen();
    }
}

/// What a record says about how transactions ended.
struct End {
    xids: Vec<TransactionId>,
    outcome: WalOutcome,
    time: Timestamp,
}

impl End {
    fn of(raw: &RawRecord<'_>, format: Format) -> Option<Self> {
        if raw.header.xl_rmid() != RmgrId::XACT {
            return None;
        }
        let record = raw.decode(format).ok()?;
        let (mut xids, xid, outcome, time) =
            match TransactionRecord::parse(&record, format.version).ok()?? {
                TransactionRecord::Commit(end) => {
                    (end.subxacts, end.xid, WalOutcome::Committed, end.xact_time)
                }
                TransactionRecord::Abort(end) => {
                    (end.subxacts, end.xid, WalOutcome::Aborted, end.xact_time)
                }
                TransactionRecord::Prepare(prepare) => {
                    (prepare.subxacts, prepare.xid, WalOutcome::Prepared, prepare.prepared_at)
                }
                TransactionRecord::Assignment(_) => return None,
            };
        xids.push(xid);
        Some(Self { xids, outcome, time })
    }
}

struct ByXid {
    format: Format,
    run: Range<u64>,
    rows: HashMap<TransactionId, Row>,
}

#[derive(Default)]
struct Row {
    count: RecordCount,
    end: Option<(WalOutcome, Timestamp)>,
}

impl Tally for ByXid {
    fn add(&mut self, record: &RawRecord<'_>) {
        let xid = record.header.xl_xid();
        if self.run.contains(&xid.0.into()) {
            self.rows.entry(xid).or_default().count.add(record, self.format);
        }
        if let Some(end) = End::of(record, self.format) {
            for xid in end.xids {
                if self.run.contains(&xid.0.into()) {
                    self.rows.entry(xid).or_default().end = Some((end.outcome, end.time));
                }
            }
        }
    }

    fn append(&mut self, later: Self) {
        for (xid, later) in later.rows {
            let row = self.rows.entry(xid).or_default();
            row.count += later.count;
            row.end = later.end.or(row.end);
        }
    }
}

/// The word of `pg_xact_status()` for how a transaction ended.
#[must_use]
pub const fn outcome_name(outcome: WalOutcome) -> &'static str {
    match outcome {
        WalOutcome::Committed => "committed",
        WalOutcome::Aborted => "aborted",
        WalOutcome::Prepared => "in progress",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::analysis::testing::stored;

    #[derive(Default)]
    struct Pages {
        announced: AtomicU64,
        read: AtomicU64,
    }

    impl Progress for Pages {
        fn begin(&self, pages: u64) {
            self.announced.fetch_add(pages, Ordering::Relaxed);
        }

        fn advance(&self, pages: u64) {
            self.read.fetch_add(pages, Ordering::Relaxed);
        }
    }

    #[test]
    fn however_few_are_counted_at_once_the_answer_is_the_same() {
        let cluster = stored("pg17-wal");
        let (wal, scan) = (cluster.wal(), WalScan::default());
        let counted = |room| {
            let progress = Pages::default();
            let (found, ..) = Transactions::find(wal, scan, room, &progress);
            let mut rows = Vec::new();
            let shown = found.each(&progress, |key, count| {
                rows.push((key, count));
                Ok(())
            });
            shown.unwrap();
            assert_eq!(progress.announced.into_inner(), progress.read.load(Ordering::Relaxed));
            (rows, found.runs.len() as u64, progress.read.into_inner())
        };
        let (expected, runs, once) = counted(Room::default());
        assert!(runs == 1 && expected.len() > 100);
        // Those that were prepared ended in a record that another transaction wrote.
        for outcome in [WalOutcome::Committed, WalOutcome::Aborted] {
            let is = |(key, _): &(XidKey, _)| key.end.is_some_and(|(end, _)| end == outcome);
            assert!(expected.iter().any(is), "{outcome:?}");
        }
        let whole = once / 2;
        for (bucket, at_once) in [(1, 1), (2, 7), (16, 1), (1 << 14, 1 << 10)] {
            let (rows, runs, read) = counted(Room { bucket, at_once, ..Room::default() });
            assert_eq!(rows, expected, "{bucket} {at_once}");
            // Each on its own, most are read within a segment or two; those of no transaction lie
            // everywhere.
            assert!(bucket > 1 || read < whole * runs / 4, "{read} {whole} {runs}");
        }
        // With few buckets these become wide, and those with more than are counted at once are cut.
        for (buckets, at_once) in [(1, 1 << 30), (2, 1 << 30), (5, 1 << 29), (40, 1 << 16)] {
            let (rows, ..) = counted(Room { bucket: 1, buckets, at_once });
            assert_eq!(rows, expected, "{buckets}");
        }
    }
}
