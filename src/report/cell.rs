use std::borrow::Cow;

use crate::primitives::{
    BlockNumber, ForkNumber, FullTransactionId, ItemPointer, Lsn, MultiXactId, OffsetNumber, Oid,
    RelFileNumber, Timestamp, TransactionId,
};

/// One value of a row, typed by what it is, so that each format can show it its own way.
///
/// Cells borrow where they can: a row of numbers and names costs no allocation.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell<'a> {
    /// Not known, or there is none. Never shown as 0.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number that identifies: a block, an OID, a raw field.
    Unsigned(u64),
    /// The same, where it can be negative.
    Signed(i64),
    /// A number with a fraction.
    Float(f64),
    /// A share in percent, 0 to 100.
    Percent(f64),
    /// A share, 0 to 1; people see percent.
    Ratio(f64),
    /// A size in bytes; people see binary units.
    Bytes(u64),
    /// How many; people see digits in groups.
    Count(u64),
    /// Text of this program's own, or of the server's.
    Text(Cow<'a, str>),
    /// A name from the evidence: where it is too long for people, its middle is left out.
    Name(Cow<'a, str>),
    /// A place in the WAL.
    Lsn(Lsn),
    /// A transaction.
    Xid(TransactionId),
    /// A moment.
    Time(Timestamp),
    /// Raw bytes, shown as hexadecimal digits.
    Hex(Cow<'a, [u8]>),
    /// Values in their order.
    List(Vec<Self>),
    /// Values by name, in their order; the names are this program's own, or the server's.
    Map(Vec<(&'static str, Self)>),
}

impl<'a> Cell<'a> {
    /// A name from the evidence.
    pub fn name(name: impl Into<Cow<'a, str>>) -> Self {
        Self::Name(name.into())
    }

    /// A name from the evidence, where it is known.
    pub fn optional_name<T: Into<Cow<'a, str>>>(name: Option<T>) -> Self {
        name.map_or(Self::Null, Self::name)
    }

    /// Text, written as its type does it.
    pub fn display(value: impl std::fmt::Display) -> Self {
        Self::Text(Cow::Owned(value.to_string()))
    }

    /// A size in bytes, where it is known.
    #[must_use]
    pub fn bytes(len: Option<u64>) -> Self {
        len.map_or(Self::Null, Self::Bytes)
    }

    /// A number of things, where it is known.
    #[must_use]
    pub fn count(count: Option<u64>) -> Self {
        count.map_or(Self::Null, Self::Count)
    }

    /// Raw bytes.
    pub fn hex(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::Hex(bytes.into())
    }

    /// A transaction; null for the invalid id, which is none.
    #[must_use]
    pub fn xid(xid: TransactionId) -> Self {
        if xid.is_valid() { Self::Xid(xid) } else { Self::Null }
    }

    /// A place in the WAL; null for the invalid one, which is none.
    #[must_use]
    pub fn lsn(lsn: Lsn) -> Self {
        if lsn.is_valid() { Self::Lsn(lsn) } else { Self::Null }
    }

    /// A list of texts.
    pub fn texts<T: Into<Cow<'a, str>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.into())).collect())
    }

    /// Values by name.
    pub fn map(entries: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// `From` for the types that become one variant.
macro_rules! from {
    ($($type:ty => |$value:ident| $cell:expr;)*) => {$(
        impl<'a> From<$type> for Cell<'a> {
            fn from($value: $type) -> Self {
                $cell
            }
        }
    )*};
}

from! {
    bool => |value| Self::Bool(value);
    u8 => |value| Self::Unsigned(value.into());
    u16 => |value| Self::Unsigned(value.into());
    u32 => |value| Self::Unsigned(value.into());
    u64 => |value| Self::Unsigned(value);
    i16 => |value| Self::Signed(value.into());
    i32 => |value| Self::Signed(value.into());
    i64 => |value| Self::Signed(value);
    f64 => |value| Self::Float(value);
    &'a str => |value| Self::Text(Cow::Borrowed(value));
    String => |value| Self::Text(Cow::Owned(value));
    Oid => |value| Self::Unsigned(value.0.into());
    RelFileNumber => |value| Self::Unsigned(value.0.into());
    BlockNumber => |value| Self::Unsigned(value.0.into());
    OffsetNumber => |value| Self::Unsigned(value.0.into());
    ItemPointer => |value| Self::display(value);
    ForkNumber => |value| Self::Text(Cow::Borrowed(value.name()));
    MultiXactId => |value| Self::Unsigned(value.0.into());
    FullTransactionId => |value| Self::Unsigned(value.0);
    TransactionId => |value| Self::Xid(value);
    Lsn => |value| Self::Lsn(value);
    Timestamp => |value| Self::Time(value);
}
