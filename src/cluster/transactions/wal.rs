use std::collections::HashMap;

use super::XidStatus;
use crate::primitives::TransactionId;

/// How the WAL says that a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    pub outcomes: HashMap<TransactionId, WalOutcome>,
    /// Whether the WAL of a primary was read from its last checkpoint to its end: then what has
    /// no outcome can never get one.
    pub complete: bool,
}

impl WalOutcomes {
    pub(super) fn status(&self, xid: TransactionId) -> Option<XidStatus> {
        Some(match self.outcomes.get(&xid)? {
            WalOutcome::Committed => XidStatus::Committed,
            WalOutcome::Aborted => XidStatus::Aborted,
            WalOutcome::Prepared => XidStatus::InDoubt,
        })
    }
}
