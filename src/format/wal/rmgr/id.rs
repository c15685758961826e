use crate::format::PgVersion;

/// The number of a resource manager: who knows what a record means (`RmgrId`, access/rmgr.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RmgrId(pub u8);

impl RmgrId {
    /// The WAL itself: checkpoints, switches, images.
    pub const XLOG: Self = Self(0);
    /// Transactions.
    pub const XACT: Self = Self(1);
    /// Files of relations.
    pub const SMGR: Self = Self(2);
    /// Databases.
    pub const DBASE: Self = Self(4);
    /// `pg_filenode.map`.
    pub const RELMAP: Self = Self(7);
    /// Logical messages: the last that every version has.
    pub const LOGICALMSG: Self = Self(21);
    /// `RM_MIN_CUSTOM_ID`: this and what comes after belong to extensions.
    pub const MIN_CUSTOM: Self = Self(128);

    /// Whether a record can have that number (`RmgrIdIsValid`).
    #[inline]
    #[must_use]
    pub fn is_valid(self, version: PgVersion) -> bool {
        self <= Self::LOGICALMSG || (self.is_custom() && version.has_custom_resource_managers())
    }

    /// Whether it is an extension's (`RmgrIdIsCustom`).
    #[inline]
    #[must_use]
    pub const fn is_custom(self) -> bool {
        self.0 >= Self::MIN_CUSTOM.0
    }
}
