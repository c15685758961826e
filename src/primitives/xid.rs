use std::cmp::Ordering;
use std::fmt;

/// A transaction id as tuples carry it: 32 bits, compared modulo 2³² (`TransactionId`,
/// access/transam.h).
///
/// ```
/// use pgautopsy::primitives::TransactionId;
/// assert!(TransactionId(4_000_000_000).precedes(TransactionId(100)));
/// assert!(TransactionId::FROZEN.precedes(TransactionId(3)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TransactionId(pub u32);

impl TransactionId {
    /// `InvalidTransactionId`: no transaction.
    pub const INVALID: Self = Self(0);
    /// `BootstrapTransactionId`: the one that `initdb` worked under.
    pub const BOOTSTRAP: Self = Self(1);
    /// `FrozenTransactionId`: older than every other.
    pub const FROZEN: Self = Self(2);
    /// `FirstNormalTransactionId`: the first that a session can get.
    pub const FIRST_NORMAL: Self = Self(3);

    /// Whether it names a transaction (`TransactionIdIsValid`).
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }

    /// Whether a session got it, and it therefore wraps around (`TransactionIdIsNormal`).
    #[must_use]
    pub const fn is_normal(self) -> bool {
        self.0 >= Self::FIRST_NORMAL.0
    }

    /// Whether it is older than `other` (`TransactionIdPrecedes`): normal ids modulo 2³², the
    /// permanent ones before all of these.
    #[must_use]
    pub const fn precedes(self, other: Self) -> bool {
        if !self.is_normal() || !other.is_normal() {
            return self.0 < other.0;
        }
        self.0.wrapping_sub(other.0).cast_signed() < 0
    }

    /// Whether it is older than `other`, or is `other` (`TransactionIdPrecedesOrEquals`).
    #[must_use]
    pub const fn precedes_or_equals(self, other: Self) -> bool {
        self.0 == other.0 || self.precedes(other)
    }

    /// The one that is given out after it (`TransactionIdAdvance`).
    #[must_use]
    pub const fn next(self) -> Self {
        match self.0.wrapping_add(1) {
            0..3 => Self::FIRST_NORMAL,
            next => Self(next),
        }
    }

    /// The order of [`precedes`](Self::precedes); total only among ids that lie within 2³¹.
    #[must_use]
    pub fn age_order(self, other: Self) -> Ordering {
        if self == other {
            Ordering::Equal
        } else if self.precedes(other) {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A transaction id with its epoch: 64 bits that never wrap (`FullTransactionId`,
/// access/transam.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FullTransactionId(pub u64);

impl FullTransactionId {
    /// The id without its epoch, as tuples carry it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
    pub const fn xid(self) -> TransactionId {
        TransactionId(self.0 as u32)
    }

    /// How often the 32-bit counter had wrapped.
    #[must_use]
    pub const fn epoch(self) -> u64 {
        self.0 >> 32
    }

    /// The 64-bit form of `xid`, which is taken to lie at most 2³¹ before this one. `None` where
    /// that would be before the first epoch, or `xid` is not normal.
    #[must_use]
    pub const fn widen(self, xid: TransactionId) -> Option<Self> {
        if !xid.is_normal() {
            return None;
        }
        let back = self.xid().0.wrapping_sub(xid.0).cast_signed();
        match self.0.checked_add_signed(-(back as i64)) {
            Some(full) => Some(Self(full)),
            None => None,
        }
    }
}

impl fmt::Display for FullTransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of a set of transactions that hold one tuple together (`MultiXactId`,
/// access/multixact.h). It stands in `t_xmax` where `HEAP_XMAX_IS_MULTI` is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MultiXactId(pub u32);

impl MultiXactId {
    /// `InvalidMultiXactId`.
    pub const INVALID: Self = Self(0);

    /// Whether it names a multixact.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }

    /// Whether it is older than `other`, modulo 2³² (`MultiXactIdPrecedes`).
    #[must_use]
    pub const fn precedes(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() < 0
    }
}

impl fmt::Display for MultiXactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a multixact's members begin in `pg_multixact/members` (`MultiXactOffset`,
/// access/multixact.h). 32 bits on disk before version 19, 64 from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MultiXactOffset(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widen_finds_the_epoch_of_an_older_id() {
        let next = FullTransactionId(5 << 32 | 10);
        assert_eq!(next.widen(TransactionId(9)), Some(FullTransactionId(5 << 32 | 9)));
        assert_eq!(
            next.widen(TransactionId(u32::MAX)),
            Some(FullTransactionId(4 << 32 | 0xFFFF_FFFF))
        );
        assert_eq!(FullTransactionId(10).widen(TransactionId(u32::MAX)), None);
        assert_eq!(next.widen(TransactionId::FROZEN), None);
    }
}
