//! WAL by transaction, by minute, by checkpoint cycle.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::checkpoints::{Cycle, cycle_of, cycles};
use super::fold::{Extent, Tally, WalScan, fold};
use super::range::ended_at;
use super::stats::RecordCount;
use crate::analysis::scan::Progress;
use crate::cluster::transactions::WalOutcome;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;
use crate::format::wal::rmgr::RmgrId;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::primitives::{Lsn, Timestamp, TransactionId};

/// Records by something, and all of them.
#[derive(Debug)]
pub struct Breakdown<K> {
    /// A row for each, in their order.
    pub rows: Vec<(K, RecordCount)>,
    /// All records.
    pub total: RecordCount,
    /// What was read.
    pub extent: Extent,
}

/// A transaction, by its own xid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XidKey {
    /// The xid; `None` for records that no transaction wrote.
    pub xid: Option<TransactionId>,
    /// How it ended, if the WAL says so.
    pub outcome: Option<WalOutcome>,
    /// When.
    pub ended_at: Option<Timestamp>,
}

/// Counts records by the transaction that wrote them.
pub fn wal_by_xid(wal: &Wal, scan: WalScan, progress: &dyn Progress) -> Breakdown<XidKey> {
    let fresh = || ByXid { format: wal.format(), rows: HashMap::default() };
    let mut counts = fresh();
    let extent = fold(wal, scan, progress, fresh, &mut counts);
    let mut rows: Vec<_> = counts
        .rows
        .into_iter()
        .map(|(xid, row)| {
            let xid = xid.is_valid().then_some(xid);
            (XidKey { xid, outcome: row.outcome, ended_at: row.ended_at }, row.count)
        })
        .collect();
    rows.sort_by_key(|(key, _)| key.xid);
    // A subtransaction, or a prepared transaction, may have written nothing itself.
    rows.retain(|(_, count)| count.count > 0);
    Breakdown::new(rows, extent)
}

/// Counts records by minute: that in which the last transaction before them ended, or which they
/// themselves are the end of. `None` comes before the first such record.
pub fn wal_by_minute(
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
pub fn wal_by_checkpoint(wal: &Wal, scan: WalScan, progress: &dyn Progress) -> Breakdown<Cycle> {
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
    fn new(rows: Vec<(K, RecordCount)>, extent: Extent) -> Self {
        let mut total = RecordCount::default();
        for (_, count) in &rows {
            total += *count;
        }
        Self { rows, total, extent }
    }

    /// The rows with most bytes first.
    pub fn largest_first(&mut self) {
        self.rows.sort_by_key(|(_, count)| std::cmp::Reverse(count.combined_size()));
    }
}

struct ByXid {
    format: Format,
    rows: HashMap<TransactionId, XidRow>,
}

#[derive(Default)]
struct XidRow {
    count: RecordCount,
    outcome: Option<WalOutcome>,
    ended_at: Option<Timestamp>,
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
            let row = self.rows.entry(xid).or_default();
            (row.outcome, row.ended_at) = (Some(outcome), Some(time));
        }
    }
}

impl Tally for ByXid {
    fn add(&mut self, record: &RawRecord<'_>) {
        let xid = record.header.xl_xid();
        self.rows.entry(xid).or_default().count.add(record, self.format);
        if record.header.xl_rmid() == RmgrId::XACT {
            self.ended(record);
        }
    }

    fn append(&mut self, later: Self) {
        for (xid, later) in later.rows {
            let row = self.rows.entry(xid).or_default();
            row.count += later.count;
            row.outcome = later.outcome.or(row.outcome);
            row.ended_at = later.ended_at.or(row.ended_at);
        }
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

/// The word of `pg_xact_status()` for how a transaction ended.
#[must_use]
pub const fn outcome_name(outcome: WalOutcome) -> &'static str {
    match outcome {
        WalOutcome::Committed => "committed",
        WalOutcome::Aborted => "aborted",
        WalOutcome::Prepared => "in progress",
    }
}

/// Where a row of cycles begins.
impl Cycle {
    /// The redo point; the start of all for what comes before the first.
    #[must_use]
    pub fn begins_at(&self) -> Lsn {
        self.redo.unwrap_or_default()
    }
}
