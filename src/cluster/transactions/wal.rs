use std::collections::HashMap;

use super::{PreparedTransaction, XidStatus};
use crate::primitives::TransactionId;

/// How the WAL says that a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalOutcome {
    /// It committed, also by `COMMIT PREPARED`.
    Committed,
    /// It was rolled back, also by `ROLLBACK PREPARED`.
    Aborted,
    /// It was prepared, and nothing came after.
    Prepared,
}

/// What the WAL says about transactions; asked where `pg_xact` leaves it open.
#[derive(Debug, Clone, Default)]
pub struct WalOutcomes {
    /// Each transaction and subtransaction whose end the WAL holds.
    pub outcomes: OutcomeMap,
    /// The transactions that it says were prepared.
    pub prepared: Vec<PreparedTransaction>,
    /// The xid that follows the highest in it.
    pub next_xid: Option<TransactionId>,
    /// Whether the WAL of a primary was read from its last checkpoint to its end: then what has
    /// no outcome can never get one.
    pub complete: bool,
}

impl WalOutcomes {
    pub(super) fn status(&self, xid: TransactionId) -> Option<XidStatus> {
        Some(match self.outcomes.get(xid)? {
            WalOutcome::Committed => XidStatus::Committed,
            WalOutcome::Aborted => XidStatus::Aborted,
            WalOutcome::Prepared => XidStatus::InDoubt,
        })
    }
}

/// Outcomes by xid: two bits each, as in `pg_xact`, so that those of a long WAL need little room.
#[derive(Debug, Clone, Default)]
pub struct OutcomeMap {
    pages: HashMap<u32, Box<[u8; PAGE_BYTES]>>,
}

const PAGE_BYTES: usize = 1024;
const XIDS_PER_BYTE: u32 = 4;
const XIDS_PER_PAGE: u32 = 4096;

impl OutcomeMap {
    /// Notes how a transaction ended; what came last counts.
    pub fn insert(&mut self, xid: TransactionId, outcome: WalOutcome) {
        let page = self.pages.entry(xid.0 / XIDS_PER_PAGE);
        let page = page.or_insert_with(|| Box::new([0; PAGE_BYTES]));
        let (at, shift) = place(xid);
        if let Some(byte) = page.get_mut(at) {
            *byte = *byte & !(0b11 << shift) | code(outcome) << shift;
        }
    }

    /// How it ended, if that was noted.
    #[must_use]
    pub fn get(&self, xid: TransactionId) -> Option<WalOutcome> {
        let (at, shift) = place(xid);
        let byte = self.pages.get(&(xid.0 / XIDS_PER_PAGE))?.get(at)?;
        let all = [WalOutcome::Committed, WalOutcome::Aborted, WalOutcome::Prepared];
        all.into_iter().find(|outcome| code(*outcome) == byte >> shift & 0b11)
    }
}

impl FromIterator<(TransactionId, WalOutcome)> for OutcomeMap {
    fn from_iter<I: IntoIterator<Item = (TransactionId, WalOutcome)>>(outcomes: I) -> Self {
        let mut map = Self::default();
        for (xid, outcome) in outcomes {
            map.insert(xid, outcome);
        }
        map
    }
}

const fn place(xid: TransactionId) -> (usize, u32) {
    let within = xid.0 % XIDS_PER_PAGE;
    ((within / XIDS_PER_BYTE) as usize, within % XIDS_PER_BYTE * 2)
}

const fn code(outcome: WalOutcome) -> u8 {
    match outcome {
        WalOutcome::Committed => 1,
        WalOutcome::Aborted => 2,
        WalOutcome::Prepared => 3,
    }
}
