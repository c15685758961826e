//! `pg_xact`: how each transaction ended, in two bits (access/clog.h).
//!
//! ```text
//! byte   0           1           2     …
//! xid    3 2 1 0     7 6 5 4           the low bits belong to the lower xid
//! ```

use crate::format::{Format, FormatError};
use crate::primitives::TransactionId;

/// What the two bits of a transaction say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClogStatus {
    /// `TRANSACTION_STATUS_IN_PROGRESS`: it has not ended, or did not live to say so.
    InProgress,
    /// `TRANSACTION_STATUS_COMMITTED`.
    Committed,
    /// `TRANSACTION_STATUS_ABORTED`.
    Aborted,
    /// `TRANSACTION_STATUS_SUB_COMMITTED`: it ends as its parent does.
    SubCommitted,
}

/// The page that holds a transaction's bits.
#[inline]
#[must_use]
pub fn page_of(xid: TransactionId, format: Format) -> u64 {
    u64::from(xid.0 / transactions_per_page(format))
}

/// How many transactions a page tells of.
#[inline]
#[must_use]
pub fn transactions_per_page(format: Format) -> u32 {
    format.block_size.saturating_mul(4).max(1)
}

/// What a page says of a transaction that is on it.
#[inline]
pub fn status(page: &[u8], xid: TransactionId, format: Format) -> Result<ClogStatus, FormatError> {
    let within = xid.0 % transactions_per_page(format);
    let offset = usize::try_from(within / 4).unwrap_or(usize::MAX);
    let Some(byte) = page.get(offset) else {
        let what = "transaction status";
        return Err(FormatError::Truncated { what, offset, needed: 1, had: 0 });
    };
    Ok(match byte >> (within % 4 * 2) & 3 {
        0 => ClogStatus::InProgress,
        1 => ClogStatus::Committed,
        2 => ClogStatus::Aborted,
        _ => ClogStatus::SubCommitted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::PgVersion;

    #[test]
    fn four_transactions_share_a_byte_from_its_low_bits_on() {
        let format = Format::usual(PgVersion::V17);
        let page = [0b11_10_01_00, 0b01];
        let at = |xid: u32| status(&page, TransactionId(32_768 + xid), format);
        assert_eq!(page_of(TransactionId(32_768), format), 1);
        assert_eq!(at(0), Ok(ClogStatus::InProgress));
        assert_eq!(at(1), Ok(ClogStatus::Committed));
        assert_eq!(at(2), Ok(ClogStatus::Aborted));
        assert_eq!(at(3), Ok(ClogStatus::SubCommitted));
        assert_eq!(at(4), Ok(ClogStatus::Committed));
        assert!(at(8).is_err(), "the page ends before");
    }
}
