//! Values of fixed width: `bool`, `"char"`, `int2`, `int4`, `int8`, `oid`, `xid`.

use super::FromDatum;
use crate::format::{Bytes, FormatError};
use crate::primitives::{Oid, TransactionId};

/// `bool`: any byte but 0 is true, as the server takes it.
impl FromDatum<'_> for bool {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        u8::from_datum(bytes).map(|byte| byte != 0)
    }
}

/// `"char"`.
impl FromDatum<'_> for u8 {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Ok(Bytes(bytes).slice("char", 0, 1)?.first().copied().unwrap_or_default())
    }
}

/// `int2`.
impl FromDatum<'_> for i16 {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Bytes(bytes).u16("int2", 0).map(u16::cast_signed)
    }
}

/// `int4`.
impl FromDatum<'_> for i32 {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Bytes(bytes).u32("int4", 0).map(u32::cast_signed)
    }
}

/// `int8`.
impl FromDatum<'_> for i64 {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Bytes(bytes).u64("int8", 0).map(u64::cast_signed)
    }
}

/// `oid`, `regclass` and their like.
impl FromDatum<'_> for Oid {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Bytes(bytes).u32("oid", 0).map(Self)
    }
}

/// `xid`.
impl FromDatum<'_> for TransactionId {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Bytes(bytes).u32("xid", 0).map(Self)
    }
}
