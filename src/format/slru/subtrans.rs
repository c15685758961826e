//! `pg_subtrans`: the parent of each subtransaction, four bytes a transaction
//! (access/subtrans.h).
//!
//! It serves running transactions only: the server zeroes it when it starts, and truncates it at
//! checkpoints. A parent of 0 says that the transaction is none of another, or that this is not
//! known any more.

use super::{entries_per_page, entry_offset};
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::TransactionId;

const ENTRY: u32 = 4;

/// The page that holds a transaction's parent.
#[must_use]
pub fn page_of(xid: TransactionId, format: Format) -> u64 {
    u64::from(xid.0 / entries_per_page(format, ENTRY))
}

/// The parent of a transaction whose entry is on `page`.
pub fn parent(
    page: &[u8],
    xid: TransactionId,
    format: Format,
) -> Result<Option<TransactionId>, FormatError> {
    let offset = entry_offset(u64::from(xid.0), ENTRY, format);
    let parent = TransactionId(Bytes(page).u32("parent transaction", offset)?);
    Ok(parent.is_valid().then_some(parent))
}
