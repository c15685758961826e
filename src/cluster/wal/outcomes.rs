//! What the WAL behind the last checkpoint says: how transactions ended, and how much of it there
//! is that the pages may lack.

use std::ops::ControlFlow;

use super::{Wal, WalStop};
use crate::cluster::finding::Finding;
use crate::cluster::transactions::{PreparedTransaction, WalOutcome, WalOutcomes};
use crate::format::wal::rmgr::RmgrId;
use crate::format::wal::rmgr::transaction::{TransactionPrepare, TransactionRecord};
use crate::format::wal::{RawRecord, SegmentNumber, WalEnd};
use crate::primitives::{Lsn, TransactionId};

/// The WAL that recovery would apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnappliedWal {
    /// Where recovery would start.
    pub from: Lsn,
    /// The end of its last record.
    pub to: Lsn,
    /// Where and why its records stop; `None` where the files end.
    pub end: Option<WalEnd>,
    /// Whether nothing follows there that was written later.
    pub is_whole: bool,
}

impl UnappliedWal {
    /// Its length in bytes; it is never empty.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is no empty one")]
    pub const fn len(&self) -> u64 {
        self.to.0.saturating_sub(self.from.0)
    }
}

impl Wal {
    /// Reads on from the redo point of the last checkpoint; `None` where no record of it is
    /// there. `by_primary` says whether a primary wrote all of it itself, and nobody can write
    /// more. What is wrong with the files is added to `findings`.
    pub fn recover(
        &self,
        redo: Lsn,
        by_primary: bool,
        findings: &mut Vec<Finding>,
    ) -> Option<(UnappliedWal, WalOutcomes)> {
        let number = SegmentNumber::of(redo, self.format().wal_segment_size);
        self.segments().iter().find(|segment| segment.number == number)?;
        let mut outcomes = WalOutcomes::default();
        let mut to = redo;
        let reading = self.read_on(redo, false, |record| {
            to = record.end_lsn;
            self.note(&record, &mut outcomes);
            ControlFlow::Continue(())
        });
        findings.extend(reading.findings.finish());
        let end = match reading.stop {
            WalStop::NoStart => return None,
            WalStop::End(end) => Some(end),
            WalStop::OutOfFiles(_) | WalStop::Asked => None,
        };
        // At the least the checkpoint's own record follows its redo point.
        if to == redo {
            return None;
        }
        let is_whole = end.as_ref().is_none_or(|end| self.goes_on_after(end).is_none());
        outcomes.complete = by_primary && is_whole;
        let ended = |xid| outcomes.outcomes.get(xid) != Some(WalOutcome::Prepared);
        let mut prepared = std::mem::take(&mut outcomes.prepared);
        prepared.retain(|prepared| !ended(prepared.xid));
        outcomes.prepared = prepared;
        Some((UnappliedWal { from: redo, to, end, is_whole }, outcomes))
    }

    fn note(&self, record: &RawRecord<'_>, outcomes: &mut WalOutcomes) {
        let xid = record.header.xl_xid();
        if xid.is_normal() {
            outcomes.saw(xid);
        }
        if record.header.xl_rmid() != RmgrId::XACT {
            return;
        }
        let version = self.format().version;
        let parsed = record.decode(self.format()).ok();
        let parsed = parsed.and_then(|record| TransactionRecord::parse(&record, version).ok());
        match parsed.flatten() {
            Some(TransactionRecord::Commit(end)) => {
                outcomes.note(end.xid, &end.subxacts, WalOutcome::Committed);
            }
            Some(TransactionRecord::Abort(end)) => {
                outcomes.note(end.xid, &end.subxacts, WalOutcome::Aborted);
            }
            Some(TransactionRecord::Prepare(prepare)) => {
                outcomes.note(prepare.xid, &prepare.subxacts, WalOutcome::Prepared);
                outcomes.prepared.push(PreparedTransaction::of_record(prepare));
            }
            Some(TransactionRecord::Assignment(_)) | None => {}
        }
    }
}

impl WalOutcomes {
    fn saw(&mut self, xid: TransactionId) {
        let next = xid.next();
        if self.next_xid.is_none_or(|known| known.precedes(next)) {
            self.next_xid = Some(next);
        }
    }

    fn note(&mut self, xid: TransactionId, subxacts: &[TransactionId], outcome: WalOutcome) {
        for xid in subxacts.iter().chain([&xid]) {
            self.outcomes.insert(*xid, outcome);
            self.saw(*xid);
        }
    }
}

impl PreparedTransaction {
    fn of_record(prepare: TransactionPrepare<'_>) -> Self {
        Self {
            xid: prepare.xid,
            gid: Some(String::from_utf8_lossy(prepare.gid).into_owned()),
            database: Some(prepare.database),
            subxids: prepare.subxacts,
            prepared_at: Some(prepare.prepared_at),
            owner: Some(prepare.owner),
        }
    }
}
