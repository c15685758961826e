//! What became of a tuple.

use super::transactions::{Transactions, XidStatus};
use crate::format::page::heap::{HeapTupleHeader, Infomask};
use crate::primitives::{MultiXactId, TransactionId};

/// What became of a tuple, judged by its inserter and then by its deleter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TupleFate {
    /// Its inserter committed, and nobody deleted it.
    Live,
    /// Its inserter committed, and so did who deleted or updated it.
    Deleted {
        /// Who deleted it: the updating member, where xmax is a multixact.
        xmax: TransactionId,
    },
    /// Its inserter was rolled back, or can never commit.
    Aborted,
    /// Its inserter or its deleter can still go either way.
    InDoubt,
    /// What would tell is missing.
    Unknown,
}

impl TupleFate {
    /// The word that output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Deleted { .. } => "deleted",
            Self::Aborted => "aborted",
            Self::InDoubt => "in_doubt",
            Self::Unknown => "unknown",
        }
    }
}

impl Transactions {
    /// What became of a tuple: its hint bits decide, and where they are silent the logs of
    /// transactions do (`HeapTupleSatisfiesDirty`, access/heap/heapam_visibility.c, with no
    /// transaction running but those in doubt).
    #[inline]
    #[must_use]
    pub fn tuple_fate(&self, tuple: &HeapTupleHeader) -> TupleFate {
        let info = tuple.t_infomask();
        if info.contains(Infomask::PLAINLY_LIVE) {
            return TupleFate::Live;
        }
        if info.intersection(Infomask::ON_XIDS) == Infomask::PLAINLY_DELETED {
            return TupleFate::Deleted { xmax: tuple.t_xmax() };
        }
        self.tuple_fate_by_parts(tuple, info)
    }

    #[inline(never)]
    fn tuple_fate_by_parts(&self, tuple: &HeapTupleHeader, info: Infomask) -> TupleFate {
        match self.inserter(tuple, info) {
            XidStatus::Committed => self.deleter(tuple, info),
            XidStatus::Aborted => TupleFate::Aborted,
            XidStatus::InDoubt => TupleFate::InDoubt,
            XidStatus::Unknown => TupleFate::Unknown,
        }
    }

    fn inserter(&self, tuple: &HeapTupleHeader, info: Infomask) -> XidStatus {
        if info.contains(Infomask::HEAP_XMIN_COMMITTED) {
            return XidStatus::Committed;
        }
        if info.contains(Infomask::HEAP_XMIN_INVALID) {
            return XidStatus::Aborted;
        }
        // A VACUUM FULL before 9.0 moved the tuple: gone from here if that committed, come to
        // here only if it did. Its row's own inserter had committed before.
        let mover = || self.status(TransactionId(tuple.t_field3()));
        if info.contains(Infomask::HEAP_MOVED_OFF) {
            return match mover() {
                XidStatus::Committed => XidStatus::Aborted,
                XidStatus::Aborted | XidStatus::InDoubt => XidStatus::Committed,
                XidStatus::Unknown => XidStatus::Unknown,
            };
        }
        if info.contains(Infomask::HEAP_MOVED_IN) {
            return mover();
        }
        self.status(tuple.t_xmin())
    }

    fn deleter(&self, tuple: &HeapTupleHeader, info: Infomask) -> TupleFate {
        if info.contains(Infomask::HEAP_XMAX_INVALID) || info.xmax_is_locked_only() {
            return TupleFate::Live;
        }
        let xmax = if info.contains(Infomask::HEAP_XMAX_IS_MULTI) {
            match self.update_xid(MultiXactId(tuple.t_xmax().0)) {
                Ok(Some(updater)) => updater,
                Ok(None) => return TupleFate::Live,
                Err(_) => return TupleFate::Unknown,
            }
        } else {
            tuple.t_xmax()
        };
        if info.contains(Infomask::HEAP_XMAX_COMMITTED) {
            return TupleFate::Deleted { xmax };
        }
        match self.status(xmax) {
            XidStatus::Committed => TupleFate::Deleted { xmax },
            XidStatus::Aborted => TupleFate::Live,
            XidStatus::InDoubt => TupleFate::InDoubt,
            XidStatus::Unknown => TupleFate::Unknown,
        }
    }
}
