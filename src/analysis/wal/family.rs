//! A transaction with its subtransactions, and how it ended, as the WAL has it.

use std::collections::BTreeSet;

use super::codes;
use super::fold::{Extent, Tally, WalScan, fold, pages};
use super::range::WalRange;
use crate::analysis::scan::{Announced, Progress};
use crate::cluster::finding::{Finding, Location};
use crate::cluster::transactions::WalOutcome;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;
use crate::format::wal::rmgr::RmgrId;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::primitives::{Lsn, Timestamp, TransactionId};

/// A transaction with its subtransactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The transaction that the others are parts of.
    pub top: TransactionId,
    /// It, and each subtransaction that the WAL tells of: by the records of their end, by their
    /// assignments, and where records name it beside their own.
    pub members: BTreeSet<TransactionId>,
    /// How it ended, where and when; `None` where the WAL does not say.
    pub end: Option<(WalOutcome, Lsn, Timestamp)>,
    /// Up to where the WAL was searched for that in vain.
    pub finding: Option<Finding>,
}

impl Family {
    /// Whether the xid is the transaction's, or one of its subtransactions'.
    #[must_use]
    pub fn contains(&self, xid: TransactionId) -> bool {
        self.members.contains(&xid)
    }
}

/// Finds what belongs to the transaction `xid`, which may be a subtransaction: reads the WAL once,
/// or twice where it is.
#[must_use]
pub fn follow_xid(wal: &Wal, scan: WalScan, xid: TransactionId, progress: &dyn Progress) -> Family {
    let scan = WalScan { range: WalRange::ALL, ..scan };
    let once = pages(wal, scan.range);
    progress.begin(2 * once);
    let passes = &Announced(progress);
    let mut family = follow(wal, scan, xid, passes);
    if family.top == xid {
        // Nothing is left to be read.
        progress.advance(once);
    } else {
        family = follow(wal, scan, family.top, passes);
    }
    progress.end();
    family
}

fn follow(wal: &Wal, scan: WalScan, xid: TransactionId, progress: &dyn Progress) -> Family {
    let fresh =
        || Kin { format: wal.format(), xid, top: None, members: BTreeSet::new(), end: None };
    let mut kin = fresh();
    let extent = fold(wal, scan, progress, fresh, &mut kin);
    let top = kin.top.unwrap_or(xid);
    kin.members.extend([top, xid]);
    let finding = kin.end.is_none().then(|| open(top, &extent));
    Family { top, members: kin.members, end: kin.end, finding }
}

/// Says that a transaction's outcome is not known, and up to where it was looked for.
fn open(top: TransactionId, extent: &Extent) -> Finding {
    let to = extent
        .end
        .map_or_else(|| "there is no WAL".to_owned(), |end| format!("the WAL ends at {end}"));
    let found = match (&extent.stop, &extent.goes_on) {
        (Some(stop), Some(_)) => format!(
            "transaction {top}: the WAL stops at {}, and what was written later was not read",
            stop.lsn
        ),
        _ if !extent.skipped.is_empty() => {
            format!("transaction {top}: {to}, and parts of it were passed over")
        }
        _ => format!("transaction {top}: {to}"),
    };
    let location = Location { lsn: extent.end, ..Location::default() };
    Finding { code: &codes::WAL_OUTCOME_UNKNOWN, location, expected: String::new(), found }
}

struct Kin {
    format: Format,
    xid: TransactionId,
    top: Option<TransactionId>,
    members: BTreeSet<TransactionId>,
    end: Option<(WalOutcome, Lsn, Timestamp)>,
}

impl Kin {
    /// `subs` are subtransactions of `parent`.
    fn related(&mut self, parent: TransactionId, subs: &[TransactionId]) {
        if parent == self.xid {
            self.members.extend(subs);
        } else if subs.contains(&self.xid) {
            self.is_below(parent);
        }
    }

    /// Parents are older than their children: of several, the oldest is at the top.
    fn is_below(&mut self, parent: TransactionId) {
        if self.top.is_none_or(|known| parent.precedes(known)) {
            self.top = Some(parent);
        }
    }
}

impl Tally for Kin {
    fn add(&mut self, raw: &RawRecord<'_>) {
        let rmid = raw.header.xl_rmid();
        let own = raw.header.xl_xid();
        let Ok(record) = raw.decode(self.format) else { return };
        if let Some(top) = record.toplevel_xid {
            self.related(top, &[own]);
        }
        if rmid != RmgrId::XACT {
            return;
        }
        let (top, subs, end) = match TransactionRecord::parse(&record, self.format.version) {
            Ok(Some(TransactionRecord::Commit(end))) => {
                (end.xid, end.subxacts, Some((WalOutcome::Committed, end.xact_time)))
            }
            Ok(Some(TransactionRecord::Abort(end))) => {
                (end.xid, end.subxacts, Some((WalOutcome::Aborted, end.xact_time)))
            }
            Ok(Some(TransactionRecord::Prepare(prepare))) => {
                let end = (WalOutcome::Prepared, prepare.prepared_at);
                (prepare.xid, prepare.subxacts, Some(end))
            }
            Ok(Some(TransactionRecord::Assignment(assignment))) => {
                (assignment.xtop, assignment.xsub, None)
            }
            _ => return,
        };
        self.related(top, &subs);
        if let Some((outcome, time)) = end.filter(|_| top == self.xid) {
            self.end = Some((outcome, raw.start_lsn, time));
        }
    }

    fn append(&mut self, later: Self) {
        if let Some(top) = later.top {
            self.is_below(top);
        }
        self.members.extend(later.members);
        self.end = later.end.or(self.end);
    }
}
