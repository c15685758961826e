//! `pg_commit_ts`: when each transaction committed, and where it came from
//! (access/commit_ts.h).
//!
//! ```text
//!  0  time     TimestampTz, 8 bytes; 0 where nothing was recorded
//!  8  nodeid   RepOriginId, 2 bytes; 0 for this cluster itself
//! 10
//! ```
//!
//! The entries are packed; a page of 8 kB holds 819, and two bytes of it stay unused.

use super::{entries_per_page, entry_offset};
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::{Timestamp, TransactionId};

const ENTRY: u32 = 10;

/// What was recorded of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitTimestamp {
    /// When.
    pub time: Timestamp,
    /// The replication origin that it was replayed from (`roident` in `pg_replication_origin`);
    /// 0 for none.
    pub origin: u16,
}

/// The page that holds a transaction's entry.
#[must_use]
pub fn page_of(xid: TransactionId, format: Format) -> u64 {
    u64::from(xid.0 / entries_per_page(format, ENTRY))
}

/// What `page` recorded of the commit of a transaction whose entry it holds.
pub fn commit_timestamp(
    page: &[u8],
    xid: TransactionId,
    format: Format,
) -> Result<Option<CommitTimestamp>, FormatError> {
    let offset = entry_offset(u64::from(xid.0), ENTRY, format);
    let entry = Bytes(Bytes(page).slice("commit timestamp", offset, 10)?);
    let time = Timestamp(entry.u64("commit time", 0)?.cast_signed());
    let origin = entry.u16("replication origin", 8)?;
    Ok((time != Timestamp(0)).then_some(CommitTimestamp { time, origin }))
}
