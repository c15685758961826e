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
    /// assignments, and where records name it beside their own. At most 262,144 of them, beside itself; that
    /// there are more is a finding.
    pub members: BTreeSet<TransactionId>,
    /// How it ended, where and when; `None` where the WAL does not say.
    pub end: Option<(WalOutcome, Lsn, Timestamp)>,
    /// Up to where the WAL was searched for that in vain; and that there are too many.
    pub findings: Vec<Finding>,
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
    follow_so_many(wal, scan, xid, MEMBERS, progress)
}

/// So many members are kept, 2 MB of them.
const MEMBERS: usize = 1 << 18;

fn follow_so_many(
    wal: &Wal,
    scan: WalScan,
    xid: TransactionId,
    most: usize,
    progress: &dyn Progress,
) -> Family {
    let fresh = || Kin {
        format: wal.format(),
        xid,
        top: None,
        most,
        members: BTreeSet::new(),
        is_full: false,
        end: None,
    };
    let mut kin = fresh();
    let extent = fold(wal, scan, progress, fresh, &mut kin);
    let top = kin.top.unwrap_or(xid);
    kin.members.extend([top, xid]);
    let mut findings: Vec<_> = kin.end.is_none().then(|| open(top, &extent)).into_iter().collect();
    if kin.is_full {
        findings.push(Finding {
            code: &codes::WAL_FAMILY_CUT,
            location: Location::default(),
            expected: String::new(),
            found: format!(
                "transaction {top}: more subtransactions than the {most} that are followed"
            ),
        });
    }
    Family { top, members: kin.members, end: kin.end, findings }
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
    /// How many members there is room for.
    most: usize,
    members: BTreeSet<TransactionId>,
    /// Whether there are more.
    is_full: bool,
    end: Option<(WalOutcome, Lsn, Timestamp)>,
}

impl Kin {
    fn include(&mut self, subs: impl IntoIterator<Item = TransactionId>) {
        for sub in subs {
            if self.members.len() < self.most {
                self.members.insert(sub);
            } else if !self.members.contains(&sub) {
                self.is_full = true;
            }
        }
    }

    /// `subs` are subtransactions of `parent`.
    fn related(&mut self, parent: TransactionId, subs: &[TransactionId]) {
        if parent == self.xid {
            self.include(subs.iter().copied());
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
        self.is_full |= later.is_full;
        self.include(later.members);
        self.end = later.end.or(self.end);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::analysis::testing::stored;
    use crate::analysis::wal::{RecordFilter, RecordWork, each_record};

    #[test]
    fn subtransactions_that_there_is_no_room_for_are_said_to_be_left_out() {
        let cluster = stored("pg17-wal");
        let wal = cluster.wal();
        // Any transaction that has several.
        let mut tops = BTreeMap::new();
        let filter = RecordFilter::default();
        each_record(wal, None, WalScan::default(), &filter, RecordWork::default(), |view| {
            let record = view.record.as_ref();
            let parsed = record
                .and_then(|record| TransactionRecord::parse(record, wal.format().version).ok());
            if let Some(Some(TransactionRecord::Commit(end))) = parsed
                && view.header.xl_rmid() == RmgrId::XACT
            {
                tops.insert(end.subxacts.len(), end.xid);
            }
            Ok(())
        });
        let (subs, top) = tops.pop_last().unwrap();
        assert!(subs > 2, "{subs}");
        let followed = |most, threads| {
            let scan = WalScan { threads: Some(threads), ..WalScan::default() };
            follow_so_many(wal, scan, top, most, &())
        };
        let whole = followed(MEMBERS, 1);
        assert!(whole.findings.is_empty() && whole.members.len() > subs);
        let few = followed(2, 1);
        assert!(few.members.len() <= 3 && few.members.is_subset(&whole.members));
        assert_eq!(few.end, whole.end);
        assert_eq!(few.findings[0].code, &codes::WAL_FAMILY_CUT);
        assert_eq!(followed(2, 3), few);
    }
}
