use std::borrow::Cow;

use crate::primitives::{
    BlockNumber, FullTransactionId, ItemPointer, Lsn, MultiXactId, OffsetNumber, Oid,
    RelFileLocator, TimelineId, Timestamp, TransactionId,
};

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Field<'a> {
    /// What PostgreSQL's structure calls it.
    pub name: &'static str,
    /// What it holds.
    pub value: Value<'a>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A count, a length, a level, a bucket.
    U64(u64),
    /// A number that may be negative.
    I64(i64),
    /// A count that the server estimates.
    F64(f64),
    /// Yes or no.
    Bool(bool),
    /// A transaction.
    Xid(TransactionId),
    /// A transaction with its epoch.
    FullXid(FullTransactionId),
    /// A multixact.
    MultiXact(MultiXactId),
    /// An object, a database, a tablespace, a type.
    Oid(Oid),
    /// A position in the WAL.
    Lsn(Lsn),
    /// A timeline.
    Timeline(TimelineId),
    /// A page of a relation.
    Block(BlockNumber),
    /// A line pointer on a page.
    Offset(OffsetNumber),
    /// A tuple's address.
    Tid(ItemPointer),
    /// A moment.
    Time(Timestamp),
    /// The files of a relation.
    Locator(RelFileLocator),
    /// Text, or the name of a code.
    Text(Cow<'a, str>),
    /// Flags.
    Flags(Flags),
    /// Bytes that are not looked into.
    Bytes(&'a [u8]),
    /// Several of a kind.
    List(Vec<Value<'a>>),
    /// A structure within the structure.
    Struct(Vec<Field<'a>>),
}

/// A field of flags, and the names of those that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// The bits.
    pub bits: u32,
    table: &'static [(u32, &'static str)],
}

impl Flags {
    pub(super) const fn new(bits: u32, table: &'static [(u32, &'static str)]) -> Self {
        Self { bits, table }
    }

    /// The names of the flags that are set, in PostgreSQL's own words.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.table.iter().filter(move |(bit, _)| self.bits & bit != 0).map(|(_, name)| *name)
    }

    /// The bits that have no name.
    #[must_use]
    pub fn unnamed(self) -> u32 {
        self.table.iter().fold(self.bits, |bits, (bit, _)| bits & !bit)
    }
}
