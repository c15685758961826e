use crate::primitives::{MultiXactId, MultiXactOffset, TransactionId};

/// What `pg_control` says about xids and multixacts, as of its last checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whether the server was shut down as a primary (`DB_SHUTDOWNED`, and no `backup_label`), so
    /// that nothing is in progress any more and the rest is exact. Otherwise there may have been
    /// more transactions since.
    pub shut_down: bool,
    /// The next xid that would be given out.
    pub next_xid: TransactionId,
    /// The oldest xid of which `pg_xact` still tells.
    pub oldest_xid: TransactionId,
    /// The next multixact that would be made.
    pub next_multi: MultiXactId,
    /// The oldest multixact of which `pg_multixact` still tells.
    pub oldest_multi: MultiXactId,
    /// Where the members of `next_multi` would begin.
    pub next_multi_offset: MultiXactOffset,
    /// The oldest xid with a commit timestamp; invalid where none are kept.
    pub oldest_commit_ts_xid: TransactionId,
    /// The newest xid with a commit timestamp.
    pub newest_commit_ts_xid: TransactionId,
}
