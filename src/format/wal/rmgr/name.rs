use std::fmt;

use super::RmgrId;

/// How a resource manager is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RmgrName {
    /// By its name in access/rmgrlist.h.
    Known(&'static str),
    /// By its number; an extension's as `custom128`, as `pg_waldump` does.
    Other(RmgrId),
}

impl fmt::Display for RmgrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(name) => f.pad(name),
            Self::Other(id) if id.is_custom() => write!(f, "custom{:03}", id.0),
            Self::Other(id) => write!(f, "UNKNOWN ({})", id.0),
        }
    }
}

/// How a type of records is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordTypeName {
    /// As the resource manager calls it (`rm_identify`).
    Known(&'static str),
    /// The bits of `xl_info`, printed as the server does: `UNKNOWN (f0)`.
    Unknown(u8),
}

impl fmt::Display for RecordTypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(name) => f.pad(name),
            Self::Unknown(info) => write!(f, "UNKNOWN ({info:x})"),
        }
    }
}
