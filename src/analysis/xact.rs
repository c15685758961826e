//! What became of single transactions: the answer of the `xact` command.

use std::str::FromStr;

use crate::cluster::transactions::{Reason, Transactions, XidStatus};
use crate::primitives::{Timestamp, TransactionId};

/// What is known of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xact {
    /// The transaction.
    pub xid: TransactionId,
    /// How it ended; `None` where that can't be known, which [`why`](Self::why) explains.
    pub status: Option<XactStatus>,
    /// The transaction that it is a subtransaction of, where that is still known.
    pub parent: Option<TransactionId>,
    /// When it committed, where `track_commit_timestamp` was on.
    pub commit_time: Option<Timestamp>,
    /// The name that it, or its parent, is prepared under.
    pub gid: Option<String>,
    /// What the status rests on, or why there is none, in words.
    pub why: &'static str,
}

/// How a transaction ended, as `pg_xact_status()` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum XactStatus {
    /// It committed.
    Committed,
    /// It was rolled back, or ended with the server.
    Aborted,
    /// It is prepared.
    InProgress,
}

impl XactStatus {
    /// The word of `pg_xact_status()`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Aborted => "aborted",
            Self::InProgress => "in progress",
        }
    }
}

/// What is known of a transaction.
#[must_use]
pub fn xact(transactions: &Transactions, xid: TransactionId) -> Xact {
    let resolution = transactions.resolve(xid);
    let status = match (resolution.status, resolution.reason) {
        _ if !xid.is_valid() => None,
        (XidStatus::Committed, _) => Some(XactStatus::Committed),
        (XidStatus::Aborted, _) => Some(XactStatus::Aborted),
        (XidStatus::InDoubt, Reason::Prepared | Reason::Wal) => Some(XactStatus::InProgress),
        (XidStatus::InDoubt | XidStatus::Unknown, _) => None,
    };
    let known = resolution.status != XidStatus::Unknown;
    let prepared = transactions.prepared_as(xid);
    let prepared_parent = prepared.map(|prepared| prepared.xid).filter(|parent| *parent != xid);
    let committed = status == Some(XactStatus::Committed);
    Xact {
        xid,
        status,
        parent: prepared_parent.or_else(|| transactions.parent(xid).filter(|_| known)),
        commit_time: transactions.commit_time(xid).filter(|_| committed),
        gid: prepared.and_then(|prepared| prepared.gid.clone()),
        why: why(xid, resolution.reason),
    }
}

fn why(xid: TransactionId, reason: Reason) -> &'static str {
    match reason {
        Reason::Permanent if !xid.is_valid() => "0 stands for no transaction",
        Reason::Permanent => "reserved: always committed",
        Reason::Clog => "pg_xact says so",
        Reason::Parent(_) => "a subtransaction: it ended as its parent did",
        Reason::Wal => "the WAL says so",
        Reason::Prepared => "prepared: it waits for COMMIT PREPARED or ROLLBACK PREPARED",
        Reason::ShutDown => "unfinished when the server was shut down, so it never committed",
        Reason::InProgress => {
            "unfinished when the evidence was taken; WAL that was not read may tell"
        }
        Reason::BeforeOldestXid => {
            "older than oldestXid: its status was thrown away, only hint bits on rows can tell"
        }
        Reason::NotAssigned => "not given out yet: it is nextXid or later",
        Reason::PageMissing => "its page of pg_xact is missing",
        Reason::PageUnreadable => "its page of pg_xact can't be read",
    }
}

/// Transactions as a person names them: one, or a range with both ends (`730-740`).
///
/// ```
/// use pgautopsy::analysis::xact::XidRange;
/// use pgautopsy::primitives::TransactionId;
/// let range: XidRange = "730-732".parse().unwrap();
/// assert_eq!(range.iter().map(|xid| xid.0).collect::<Vec<_>>(), [730, 731, 732]);
/// assert!("732-730".parse::<XidRange>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XidRange {
    /// The first.
    pub first: TransactionId,
    /// The last.
    pub last: TransactionId,
}

impl XidRange {
    /// Each transaction of the range.
    pub fn iter(self) -> impl Iterator<Item = TransactionId> {
        (self.first.0..=self.last.0).map(TransactionId)
    }
}

/// The text names no transactions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no transactions: expected an xid (730), or a range from low to high (730-740)"
)]
pub struct ParseXidRangeError(String);

impl FromStr for XidRange {
    type Err = ParseXidRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let xid = |digits: &str| digits.trim().parse().ok().map(TransactionId);
        match (xid(first), xid(last)) {
            (Some(first), Some(last)) if first.0 <= last.0 => Ok(Self { first, last }),
            _ => Err(ParseXidRangeError(text.to_owned())),
        }
    }
}
