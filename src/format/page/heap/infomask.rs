bitflags::bitflags! {
    /// `t_infomask` (access/htup_details.h): what the tuple holds, and what is known of the fate
    /// of its xids.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Infomask: u16 {
        /// Some attribute is null: there is a null bitmap.
        const HEAP_HASNULL = 0x0001;
        /// Some attribute has variable width.
        const HEAP_HASVARWIDTH = 0x0002;
        /// Some attribute is stored out of line.
        const HEAP_HASEXTERNAL = 0x0004;
        /// An OID stands before the data; not since 12.
        const HEAP_HASOID_OLD = 0x0008;
        /// xmax is a key-share locker.
        const HEAP_XMAX_KEYSHR_LOCK = 0x0010;
        /// `t_field3` is a combo command id.
        const HEAP_COMBOCID = 0x0020;
        /// xmax is an exclusive locker.
        const HEAP_XMAX_EXCL_LOCK = 0x0040;
        /// xmax, where valid, only locks.
        const HEAP_XMAX_LOCK_ONLY = 0x0080;
        /// xmin committed.
        const HEAP_XMIN_COMMITTED = 0x0100;
        /// xmin aborted; with `HEAP_XMIN_COMMITTED`: frozen.
        const HEAP_XMIN_INVALID = 0x0200;
        /// xmax committed.
        const HEAP_XMAX_COMMITTED = 0x0400;
        /// xmax aborted, or there is none.
        const HEAP_XMAX_INVALID = 0x0800;
        /// xmax is a multixact.
        const HEAP_XMAX_IS_MULTI = 0x1000;
        /// This is the new version of an updated row.
        const HEAP_UPDATED = 0x2000;
        /// Moved away by a VACUUM FULL before 9.0.
        const HEAP_MOVED_OFF = 0x4000;
        /// Moved here by a VACUUM FULL before 9.0.
        const HEAP_MOVED_IN = 0x8000;
    }
}

impl Infomask {
    /// Both bits on xmin: it committed so long ago that it is not looked up.
    pub const HEAP_XMIN_FROZEN: Self = Self::HEAP_XMIN_COMMITTED.union(Self::HEAP_XMIN_INVALID);
    /// A share locker.
    pub const HEAP_XMAX_SHR_LOCK: Self =
        Self::HEAP_XMAX_EXCL_LOCK.union(Self::HEAP_XMAX_KEYSHR_LOCK);
    /// Every bit that says how xmax locks.
    pub const HEAP_LOCK_MASK: Self = Self::HEAP_XMAX_SHR_LOCK;
    /// All that tells of the fate of the tuple's xids.
    pub const ON_XIDS: Self = Self::HEAP_XMIN_COMMITTED
        .union(Self::HEAP_XMAX_COMMITTED)
        .union(Self::HEAP_XMAX_INVALID)
        .union(Self::HEAP_XMAX_IS_MULTI)
        .union(Self::HEAP_XMAX_LOCK_ONLY)
        .union(Self::HEAP_LOCK_MASK);
    /// What a tuple has whose inserter is known to have committed, and that nobody deleted.
    pub const PLAINLY_LIVE: Self = Self::HEAP_XMIN_COMMITTED.union(Self::HEAP_XMAX_INVALID);
    /// Of the bits on xids, what a tuple has that one transaction inserted and one deleted, both of
    /// which are known to have committed.
    pub const PLAINLY_DELETED: Self = Self::HEAP_XMIN_COMMITTED.union(Self::HEAP_XMAX_COMMITTED);
    /// Either form of a pre-9.0 move.
    pub const HEAP_MOVED: Self = Self::HEAP_MOVED_OFF.union(Self::HEAP_MOVED_IN);

    /// Whether xmin is frozen (`HeapTupleHeaderXminFrozen`).
    #[inline]
    #[must_use]
    pub const fn xmin_is_frozen(self) -> bool {
        self.contains(Self::HEAP_XMIN_FROZEN)
    }

    /// Whether xmax only locks (`HEAP_XMAX_IS_LOCKED_ONLY`): by its bit, or in the form that
    /// releases before 9.3 left, an exclusive lock that is no multixact.
    #[inline]
    #[must_use]
    pub const fn xmax_is_locked_only(self) -> bool {
        let form = Self::HEAP_XMAX_IS_MULTI.union(Self::HEAP_LOCK_MASK);
        self.contains(Self::HEAP_XMAX_LOCK_ONLY)
            || self.intersection(form).bits() == Self::HEAP_XMAX_EXCL_LOCK.bits()
    }

    /// Whether xmax is a multixact from before 9.3 that a `pg_upgrade` carried over
    /// (`HEAP_LOCKED_UPGRADED`): its members are gone, and they only locked.
    #[inline]
    #[must_use]
    pub const fn is_locked_upgraded(self) -> bool {
        self.contains(Self::HEAP_XMAX_IS_MULTI.union(Self::HEAP_XMAX_LOCK_ONLY))
            && !self.intersects(Self::HEAP_LOCK_MASK)
    }
}

bitflags::bitflags! {
    /// `t_infomask2` (access/htup_details.h): the number of attributes in the low 11 bits, and
    /// these flags.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Infomask2: u16 {
        /// The row was deleted, or updated in its key columns.
        const HEAP_KEYS_UPDATED = 0x2000;
        /// The next version of this row is on the same page and no index points to it.
        const HEAP_HOT_UPDATED = 0x4000;
        /// No index points to this tuple.
        const HEAP_ONLY_TUPLE = 0x8000;
        const _ = !0;
    }
}

impl Infomask2 {
    /// The bits that count attributes (`HEAP_NATTS_MASK`).
    pub const HEAP_NATTS_MASK: u16 = 0x07FF;

    /// Every flag that has a name.
    #[must_use]
    pub const fn all_named() -> Self {
        Self::HEAP_KEYS_UPDATED.union(Self::HEAP_HOT_UPDATED).union(Self::HEAP_ONLY_TUPLE)
    }
}
