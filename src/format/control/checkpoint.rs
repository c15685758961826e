//! The body of a checkpoint record, of which `pg_control` keeps the latest.

use super::layout::{CheckPoint12, CheckPoint19, CheckPointBegin, CheckPointEnd, CheckPointOldest};
use super::state::WalLevel;
use crate::format::{Bytes, FormatError, PgVersion};
use crate::primitives::{
    FullTransactionId, Lsn, MultiXactId, MultiXactOffset, Oid, TimelineId, Timestamp, TransactionId,
};

/// A checkpoint: where redo starts, and the counters of the cluster at that moment (`CheckPoint`,
/// catalog/pg_control.h).
///
/// It stands in `pg_control`, and is the main data of a checkpoint's WAL record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPoint {
    /// Where redo starts.
    pub redo: Lsn,
    /// The timeline (`ThisTimeLineID`).
    pub timeline: TimelineId,
    /// The timeline before, if this checkpoint begins a new one, else the same
    /// (`PrevTimeLineID`).
    pub prev_timeline: TimelineId,
    /// `full_page_writes` at that moment.
    pub full_page_writes: bool,
    /// `wal_level` at that moment; 17 and later.
    pub wal_level: Option<WalLevel>,
    /// Whether logical decoding was enabled at that moment; 19 and later.
    pub logical_decoding_enabled: Option<bool>,
    /// The next transaction id.
    pub next_xid: FullTransactionId,
    /// The next OID.
    pub next_oid: Oid,
    /// The next multixact.
    pub next_multi: MultiXactId,
    /// Where the next multixact's members go.
    pub next_multi_offset: MultiXactOffset,
    /// The smallest `datfrozenxid` of all databases.
    pub oldest_xid: TransactionId,
    /// The database that has it (`oldestXidDB`).
    pub oldest_xid_database: Oid,
    /// The smallest `datminmxid` of all databases.
    pub oldest_multi: MultiXactId,
    /// The database that has it (`oldestMultiDB`).
    pub oldest_multi_database: Oid,
    /// When the checkpoint began.
    pub time: Timestamp,
    /// The oldest transaction with a commit timestamp, or 0.
    pub oldest_commit_ts_xid: TransactionId,
    /// The newest transaction with a commit timestamp, or 0.
    pub newest_commit_ts_xid: TransactionId,
    /// The oldest transaction that was running; 0 at a shutdown, and where `wal_level` is
    /// `minimal`.
    pub oldest_active_xid: TransactionId,
}

impl CheckPoint {
    /// Bytes that the structure takes in `version`.
    #[must_use]
    pub fn len(version: PgVersion) -> usize {
        if version.multixact_offsets_are_64_bit() {
            size_of::<CheckPoint19>()
        } else {
            size_of::<CheckPoint12>()
        }
    }

    /// Reads the structure from the beginning of `bytes`.
    pub fn parse(bytes: &[u8], version: PgVersion) -> Result<Self, FormatError> {
        let bytes = Bytes(bytes);
        if version.multixact_offsets_are_64_bit() {
            let raw: &CheckPoint19 = bytes.view("CheckPoint", 0)?;
            let counters = Counters {
                next_xid: FullTransactionId(raw.next_xid.get()),
                next_oid: Oid(raw.next_oid.get()),
                next_multi: MultiXactId(raw.next_multi.get()),
                next_multi_offset: MultiXactOffset(raw.next_multi_offset.get()),
            };
            let mut checkpoint = Self::from_parts(&raw.begin, &counters, &raw.oldest, &raw.end);
            if version.checkpoints_have_logical_decoding() {
                checkpoint.logical_decoding_enabled = Some(raw.logical_decoding_enabled != 0);
            }
            return Ok(checkpoint);
        }
        let raw: &CheckPoint12 = bytes.view("CheckPoint", 0)?;
        let counters = Counters {
            next_xid: FullTransactionId(raw.next_xid.get()),
            next_oid: Oid(raw.next_oid.get()),
            next_multi: MultiXactId(raw.next_multi.get()),
            next_multi_offset: MultiXactOffset(raw.next_multi_offset.get().into()),
        };
        let mut checkpoint = Self::from_parts(&raw.begin, &counters, &raw.oldest, &raw.end);
        if !version.checkpoints_have_wal_level() {
            checkpoint.wal_level = None;
        }
        Ok(checkpoint)
    }

    fn from_parts(
        begin: &CheckPointBegin,
        counters: &Counters,
        oldest: &CheckPointOldest,
        end: &CheckPointEnd,
    ) -> Self {
        Self {
            redo: Lsn(begin.redo.get()),
            timeline: TimelineId(begin.this_timeline.get()),
            prev_timeline: TimelineId(begin.prev_timeline.get()),
            full_page_writes: begin.full_page_writes != 0,
            wal_level: Some(WalLevel::from_code(begin.wal_level.get())),
            logical_decoding_enabled: None,
            next_xid: counters.next_xid,
            next_oid: counters.next_oid,
            next_multi: counters.next_multi,
            next_multi_offset: counters.next_multi_offset,
            oldest_xid: TransactionId(oldest.xid.get()),
            oldest_xid_database: Oid(oldest.xid_database.get()),
            oldest_multi: MultiXactId(oldest.multi.get()),
            oldest_multi_database: Oid(oldest.multi_database.get()),
            time: Timestamp::from_unix_seconds(end.time.get()),
            oldest_commit_ts_xid: TransactionId(end.oldest_commit_ts_xid.get()),
            newest_commit_ts_xid: TransactionId(end.newest_commit_ts_xid.get()),
            oldest_active_xid: TransactionId(end.oldest_active_xid.get()),
        }
    }
}

/// What comes next, as both layouts have it.
struct Counters {
    next_xid: FullTransactionId,
    next_oid: Oid,
    next_multi: MultiXactId,
    next_multi_offset: MultiXactOffset,
}
