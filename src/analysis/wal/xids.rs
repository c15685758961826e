//! WAL by transaction.
//!
//! There may be any number of them. So the WAL is read once to see how they lie, and then once for
//! each run of xids that memory has room for: most WAL, twice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;
use std::ops::Range;

use foldhash::HashMap;

use super::breakdown::Breakdown;
use super::fold::{Extent, Tally, WalScan, fold};
use super::stats::RecordCount;
use crate::analysis::scan::Progress;
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

/// Shows the records of each transaction, by rising xid: with it, all records there are.
pub fn wal_by_xid(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
    mut each: impl FnMut(XidKey, RecordCount, RecordCount) -> io::Result<()>,
) -> io::Result<(RecordCount, Extent)> {
    let format = wal.format();
    let fresh = || Buckets { format, buckets: BTreeMap::new() };
    let mut buckets = fresh();
    let extent = fold(wal, scan, progress, fresh, &mut buckets);
    let mut total = RecordCount::default();
    for count in buckets.buckets.values() {
        total += *count;
    }
    for run in buckets.runs() {
        let fresh = || ByXid { format, run: run.clone(), rows: HashMap::default() };
        let mut counts = fresh();
        fold(wal, scan, progress, fresh, &mut counts);
        let mut rows: Vec<_> = counts.rows.into_iter().collect();
        // A subtransaction, or a prepared transaction, may have written nothing itself.
        rows.retain(|(_, row)| row.count.count > 0);
        rows.sort_unstable_by_key(|(xid, _)| *xid);
        for (xid, row) in rows {
            let key = XidKey { xid: xid.is_valid().then_some(xid), end: row.end };
            each(key, row.count, total)?;
        }
    }
    Ok((total, extent))
}

/// The transactions that wrote most, at most so many; the most first.
pub fn largest_xids(
    wal: &Wal,
    scan: WalScan,
    most: usize,
    progress: &dyn Progress,
) -> Breakdown<XidKey> {
    let mut heap = BinaryHeap::new();
    let counted = wal_by_xid(wal, scan, progress, |key, count, _| {
        let sizes = (count.count, count.record_size, count.fpi_size);
        heap.push(Reverse((count.combined_size(), Reverse(key), sizes)));
        if heap.len() > most {
            heap.pop();
        }
        Ok(())
    });
    let (total, extent) = counted.unwrap_or_default();
    let rows = heap.into_sorted_vec().into_iter().map(|Reverse((_, Reverse(key), sizes))| {
        let (count, record_size, fpi_size) = sizes;
        (key, RecordCount { count, record_size, fpi_size })
    });
    Breakdown { rows: rows.collect(), total, extent }
}

/// Records by runs of xids.
struct Buckets {
    format: Format,
    buckets: BTreeMap<u32, RecordCount>,
}

const BUCKET: u32 = 1 << 14;
/// How many transactions are counted in one go, at most: some 20 MB of them.
const AT_ONCE: u64 = 1 << 18;

impl Buckets {
    /// Runs of xids that hold few enough transactions.
    fn runs(&self) -> Vec<Range<u64>> {
        let mut runs: Vec<Range<u64>> = Vec::new();
        let mut expected = 0;
        for (bucket, count) in &self.buckets {
            let xids = count.count.min(BUCKET.into());
            let start = u64::from(*bucket) * u64::from(BUCKET);
            let end = start + u64::from(BUCKET);
            expected += xids;
            match runs.last_mut() {
                Some(run) if expected <= AT_ONCE => run.end = end,
                _ => {
                    runs.push(start..end);
                    expected = xids;
                }
            }
        }
        runs
    }
}

impl Tally for Buckets {
    fn add(&mut self, record: &RawRecord<'_>) {
        let bucket = record.header.xl_xid().0 / BUCKET;
        self.buckets.entry(bucket).or_default().add(record, self.format);
    }

    fn append(&mut self, later: Self) {
        for (bucket, count) in later.buckets {
            *self.buckets.entry(bucket).or_default() += count;
        }
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

impl ByXid {
    fn ended(&mut self, raw: &RawRecord<'_>) {
        let Ok(record) = raw.decode(self.format) else { return };
        let (xid, subxacts, outcome, time) =
            match TransactionRecord::parse(&record, self.format.version) {
                Ok(Some(TransactionRecord::Commit(end))) => {
                    (end.xid, end.subxacts, WalOutcome::Committed, end.xact_time)
                }
                Ok(Some(TransactionRecord::Abort(end))) => {
                    (end.xid, end.subxacts, WalOutcome::Aborted, end.xact_time)
                }
                Ok(Some(TransactionRecord::Prepare(prepare))) => {
                    (prepare.xid, prepare.subxacts, WalOutcome::Prepared, prepare.prepared_at)
                }
                _ => return,
            };
        for xid in subxacts.into_iter().chain([xid]) {
            if self.run.contains(&xid.0.into()) {
                self.rows.entry(xid).or_default().end = Some((outcome, time));
            }
        }
    }
}

impl Tally for ByXid {
    fn add(&mut self, record: &RawRecord<'_>) {
        let xid = record.header.xl_xid();
        if self.run.contains(&xid.0.into()) {
            self.rows.entry(xid).or_default().count.add(record, self.format);
        }
        if record.header.xl_rmid() == RmgrId::XACT {
            self.ended(record);
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
