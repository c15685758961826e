use std::borrow::Cow;

use super::field::{Field, Flags, Value};
use crate::format::wal::Record;
use crate::format::{Bytes, FormatError, PgVersion};
use crate::primitives::{
    BlockNumber, FullTransactionId, ItemPointer, Lsn, MultiXactId, OffsetNumber, Oid,
    RelFileLocator, RelFileNumber, TimelineId, Timestamp, TransactionId,
};

/// Names of bits.
pub(super) type FlagTable = &'static [(u32, &'static str)];

/// Reads the fields of a structure one after the other, and keeps them with their names.
///
/// It begins with the main data. A field that is not aligned by the ones before it needs
/// [`align`](Self::align) where C would pad.
pub(super) struct FieldReader<'a, 'f> {
    pub(super) version: PgVersion,
    record: Record<'a>,
    bytes: Bytes<'a>,
    at: usize,
    fields: &'f mut Vec<Field<'a>>,
}

type Done = Result<(), FormatError>;

impl<'a, 'f> FieldReader<'a, 'f> {
    pub(super) fn new(
        record: &Record<'a>,
        version: PgVersion,
        fields: &'f mut Vec<Field<'a>>,
    ) -> Self {
        Self { version, record: *record, bytes: Bytes(record.main_data), at: 0, fields }
    }

    /// `xl_info`.
    pub(super) fn info(&self) -> u8 {
        self.record.header.xl_info()
    }

    pub(super) fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// Passes over all, which was read in another way.
    pub(super) fn pass_all(&mut self) {
        self.at = self.bytes.0.len();
    }

    /// Whether the bytes go on.
    pub(super) fn has_more(&self) -> bool {
        self.at < self.bytes.0.len()
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.0.len().saturating_sub(self.at)
    }

    /// What was not read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.0.get(self.at..).unwrap_or_default()
    }

    /// Reads the data of a block, where that is there: with an image of the page, it often is not.
    pub(super) fn in_block(
        &mut self,
        id: u8,
        read: impl FnOnce(&mut FieldReader<'a, '_>) -> Done,
    ) -> Done {
        let data = self.record.block(id).map(|block| block.data).unwrap_or_default();
        if data.is_empty() { Ok(()) } else { self.elsewhere(data, read) }
    }

    /// Reads fields from other bytes.
    pub(super) fn elsewhere(
        &mut self,
        bytes: &'a [u8],
        read: impl FnOnce(&mut FieldReader<'a, '_>) -> Done,
    ) -> Done {
        read(&mut FieldReader {
            version: self.version,
            record: self.record,
            bytes: Bytes(bytes),
            at: 0,
            fields: self.fields,
        })
    }

    /// Reads a structure within the structure.
    pub(super) fn within(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut FieldReader<'a, '_>) -> Done,
    ) -> Done {
        let mut fields = Vec::new();
        let mut inner = FieldReader {
            version: self.version,
            record: self.record,
            bytes: self.bytes,
            at: self.at,
            fields: &mut fields,
        };
        read(&mut inner)?;
        self.at = inner.at;
        self.keep(name, Value::Struct(fields));
        Ok(())
    }

    /// Reads `count` structures of `size` bytes.
    pub(super) fn list_of(
        &mut self,
        name: &'static str,
        count: usize,
        size: usize,
        read: impl Fn(&mut FieldReader<'a, '_>) -> Done,
    ) -> Done {
        let bytes = Bytes(self.take(name, count.saturating_mul(size))?);
        let mut list = Vec::with_capacity(count);
        for index in 0..count {
            let mut fields = Vec::new();
            let mut inner = FieldReader {
                version: self.version,
                record: self.record,
                bytes: Bytes(bytes.slice(name, index * size, size)?),
                at: 0,
                fields: &mut fields,
            };
            read(&mut inner)?;
            list.push(Value::Struct(fields));
        }
        self.keep(name, Value::List(list));
        Ok(())
    }

    pub(super) fn keep(&mut self, name: &'static str, value: Value<'a>) {
        self.fields.push(Field { name, value });
    }

    /// Passes over what was read in another way.
    pub(super) fn pass(&mut self, name: &'static str, len: usize) -> Done {
        self.take(name, len).map(drop)
    }

    /// Passes over padding. It is not always there at a structure's end, so nothing is demanded.
    pub(super) fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to).min(self.bytes.0.len());
    }

    fn take(&mut self, name: &'static str, len: usize) -> Result<&'a [u8], FormatError> {
        let taken = self.bytes.slice(name, self.at, len)?;
        self.at += len;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], FormatError> {
        let bytes = self.take(name, N)?;
        Ok(bytes.first_chunk().copied().unwrap_or([0; N]))
    }
}

/// Raw numbers, which are not kept.
impl FieldReader<'_, '_> {
    pub(super) fn take_u8(&mut self, name: &'static str) -> Result<u8, FormatError> {
        Ok(u8::from_le_bytes(self.array(name)?))
    }

    pub(super) fn take_u16(&mut self, name: &'static str) -> Result<u16, FormatError> {
        Ok(u16::from_le_bytes(self.array(name)?))
    }

    pub(super) fn take_u32(&mut self, name: &'static str) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array(name)?))
    }

    pub(super) fn take_u64(&mut self, name: &'static str) -> Result<u64, FormatError> {
        Ok(u64::from_le_bytes(self.array(name)?))
    }
}

/// Fields of one kind each.
impl<'a> FieldReader<'a, '_> {
    pub(super) fn u8(&mut self, name: &'static str) -> Done {
        let value = self.take_u8(name)?;
        self.keep(name, Value::U64(value.into()));
        Ok(())
    }

    /// A count of 16 bits, kept and returned.
    pub(super) fn u16(&mut self, name: &'static str) -> Result<usize, FormatError> {
        let value = self.take_u16(name)?;
        self.keep(name, Value::U64(value.into()));
        Ok(value.into())
    }

    /// A count of 32 bits, kept and returned.
    pub(super) fn u32(&mut self, name: &'static str) -> Result<usize, FormatError> {
        let value = self.take_u32(name)?;
        self.keep(name, Value::U64(value.into()));
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }

    /// A length of 64 bits, kept and returned.
    pub(super) fn u64(&mut self, name: &'static str) -> Result<usize, FormatError> {
        let value = self.take_u64(name)?;
        self.keep(name, Value::U64(value));
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }

    pub(super) fn i8(&mut self, name: &'static str) -> Done {
        let value = self.take_u8(name)?.cast_signed();
        self.keep(name, Value::I64(value.into()));
        Ok(())
    }

    pub(super) fn i32(&mut self, name: &'static str) -> Done {
        let value = self.take_u32(name)?.cast_signed();
        self.keep(name, Value::I64(value.into()));
        Ok(())
    }

    pub(super) fn i64(&mut self, name: &'static str) -> Done {
        let value = self.take_u64(name)?.cast_signed();
        self.keep(name, Value::I64(value));
        Ok(())
    }

    pub(super) fn f64(&mut self, name: &'static str) -> Done {
        let value = f64::from_bits(self.take_u64(name)?);
        self.keep(name, Value::F64(value));
        Ok(())
    }

    pub(super) fn bool(&mut self, name: &'static str) -> Done {
        let value = self.take_u8(name)? != 0;
        self.keep(name, Value::Bool(value));
        Ok(())
    }

    pub(super) fn xid(&mut self, name: &'static str) -> Done {
        let value = self.take_u32(name)?;
        self.keep(name, Value::Xid(TransactionId(value)));
        Ok(())
    }

    pub(super) fn full_xid(&mut self, name: &'static str) -> Done {
        let value = self.take_u64(name)?;
        self.keep(name, Value::FullXid(FullTransactionId(value)));
        Ok(())
    }

    pub(super) fn multi(&mut self, name: &'static str) -> Done {
        let value = self.take_u32(name)?;
        self.keep(name, Value::MultiXact(MultiXactId(value)));
        Ok(())
    }

    pub(super) fn oid(&mut self, name: &'static str) -> Done {
        let value = self.take_u32(name)?;
        self.keep(name, Value::Oid(Oid(value)));
        Ok(())
    }

    pub(super) fn lsn(&mut self, name: &'static str) -> Done {
        let value = self.take_u64(name)?;
        self.keep(name, Value::Lsn(Lsn(value)));
        Ok(())
    }

    pub(super) fn timeline(&mut self, name: &'static str) -> Done {
        let value = self.take_u32(name)?;
        self.keep(name, Value::Timeline(TimelineId(value)));
        Ok(())
    }

    pub(super) fn block(&mut self, name: &'static str) -> Done {
        let value = self.take_u32(name)?;
        self.keep(name, Value::Block(BlockNumber(value)));
        Ok(())
    }

    pub(super) fn offset(&mut self, name: &'static str) -> Done {
        let value = self.take_u16(name)?;
        self.keep(name, Value::Offset(OffsetNumber(value)));
        Ok(())
    }

    pub(super) fn time(&mut self, name: &'static str) -> Done {
        let value = self.take_u64(name)?.cast_signed();
        self.keep(name, Value::Time(Timestamp(value)));
        Ok(())
    }

    pub(super) fn locator(&mut self, name: &'static str) -> Done {
        let tablespace = Oid(self.take_u32(name)?);
        let database = Oid(self.take_u32(name)?);
        let number = RelFileNumber(self.take_u32(name)?);
        self.keep(name, Value::Locator(RelFileLocator { tablespace, database, number }));
        Ok(())
    }

    /// `ItemPointerData`: the block number in two halves, the high one first.
    pub(super) fn tid(&mut self, name: &'static str) -> Done {
        let block = self.take_block_id(name)?;
        let offset = OffsetNumber(self.take_u16(name)?);
        self.keep(name, Value::Tid(ItemPointer { block, offset }));
        Ok(())
    }

    /// `BlockIdData`: a block number in two halves, the high one first.
    pub(super) fn block_id(&mut self, name: &'static str) -> Done {
        let block = self.take_block_id(name)?;
        self.keep(name, Value::Block(block));
        Ok(())
    }

    fn take_block_id(&mut self, name: &'static str) -> Result<BlockNumber, FormatError> {
        let high = u32::from(self.take_u16(name)?);
        Ok(BlockNumber(high << 16 | u32::from(self.take_u16(name)?)))
    }

    pub(super) fn flags_u8(
        &mut self,
        name: &'static str,
        table: FlagTable,
    ) -> Result<u32, FormatError> {
        let bits = self.take_u8(name)?.into();
        self.keep(name, Value::Flags(Flags::new(bits, table)));
        Ok(bits)
    }

    pub(super) fn flags_u16(
        &mut self,
        name: &'static str,
        table: FlagTable,
    ) -> Result<u32, FormatError> {
        let bits = self.take_u16(name)?.into();
        self.keep(name, Value::Flags(Flags::new(bits, table)));
        Ok(bits)
    }

    /// A code of 32 bits: its name, or its number where it has none.
    pub(super) fn code(
        &mut self,
        name: &'static str,
        named: impl FnOnce(u32) -> Option<&'static str>,
    ) -> Done {
        let code = self.take_u32(name)?;
        let value =
            named(code).map_or(Value::U64(code.into()), |text| Value::Text(Cow::Borrowed(text)));
        self.keep(name, value);
        Ok(())
    }

    /// `len` bytes that are not looked into.
    pub(super) fn bytes(&mut self, name: &'static str, len: usize) -> Done {
        let bytes = self.take(name, len)?;
        self.keep(name, Value::Bytes(bytes));
        Ok(())
    }

    /// All that is left, if anything is.
    pub(super) fn remainder(&mut self, name: &'static str) -> Done {
        match self.left() {
            0 => Ok(()),
            left => self.bytes(name, left),
        }
    }

    /// `len` bytes of text, up to the first NUL.
    pub(super) fn text(&mut self, name: &'static str, len: usize) -> Done {
        let bytes = self.take(name, len)?;
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        self.keep(name, Value::Text(String::from_utf8_lossy(text)));
        Ok(())
    }

    /// `count` line pointers.
    pub(super) fn offsets(&mut self, name: &'static str, count: usize) -> Done {
        let (offsets, _) = self.take(name, count.saturating_mul(2))?.as_chunks::<2>();
        let list =
            offsets.iter().map(|bytes| Value::Offset(OffsetNumber(u16::from_le_bytes(*bytes))));
        self.keep(name, Value::List(list.collect()));
        Ok(())
    }

    /// As many line pointers as the bytes that are left hold.
    pub(super) fn offsets_to_end(&mut self, name: &'static str) -> Done {
        self.offsets(name, self.left() / 2)
    }

    /// `count` transactions.
    pub(super) fn xids(&mut self, name: &'static str, count: usize) -> Done {
        let xids = self.numbers(name, count)?;
        self.keep(name, Value::List(xids.map(|xid| Value::Xid(TransactionId(xid))).collect()));
        Ok(())
    }

    /// `count` objects.
    pub(super) fn oids(&mut self, name: &'static str, count: usize) -> Done {
        let oids = self.numbers(name, count)?;
        self.keep(name, Value::List(oids.map(|oid| Value::Oid(Oid(oid))).collect()));
        Ok(())
    }

    fn numbers(
        &mut self,
        name: &'static str,
        count: usize,
    ) -> Result<impl Iterator<Item = u32> + use<'a>, FormatError> {
        let (numbers, _) = self.take(name, count.saturating_mul(4))?.as_chunks::<4>();
        Ok(numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)))
    }
}

/// Fields that several structures have.
impl FieldReader<'_, '_> {
    /// Up to which transaction a standby's snapshots must be done with these rows.
    pub(super) fn conflict_horizon(&mut self) -> Done {
        let named = self.version.wal_conflicts_name_their_horizon();
        self.xid(if named { "snapshotConflictHorizon" } else { "latestRemovedXid" })
    }

    /// Whether it is about a catalog, where the version says so.
    pub(super) fn catalog_flag(&mut self) -> Done {
        if self.version.wal_conflicts_name_their_horizon() {
            self.bool("isCatalogRel")
        } else {
            Ok(())
        }
    }

    /// A page of an index that is used again (`xl_btree_reuse_page`, `gistxlogPageReuse`).
    pub(super) fn reused_page(&mut self, full: bool) -> Done {
        self.locator("locator")?;
        self.block("block")?;
        let named = self.version.wal_conflicts_name_their_horizon();
        match (full, named) {
            (false, _) => self.conflict_horizon()?,
            (true, false) => self.full_xid("latestRemovedFullXid")?,
            (true, true) => self.full_xid("snapshotConflictHorizon")?,
        }
        self.catalog_flag()
    }

    /// The number of a page of an SLRU.
    pub(super) fn slru_page(&mut self, name: &'static str) -> Done {
        if self.version.slru_pages_are_64_bit() { self.i64(name) } else { self.i32(name) }
    }

    /// Places in a posting list, from 0.
    pub(super) fn tid_indexes(&mut self, name: &'static str, count: usize) -> Done {
        let (places, _) = self.take(name, count.saturating_mul(2))?.as_chunks::<2>();
        let list = places.iter().map(|bytes| Value::U64(u16::from_le_bytes(*bytes).into()));
        self.keep(name, Value::List(list.collect()));
        Ok(())
    }
}
