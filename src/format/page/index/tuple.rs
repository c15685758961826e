use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::page::item_pointer::ItemPointerData;
use crate::format::{Bytes, Format, FormatError};

/// What every index tuple begins with (`IndexTupleData`, access/itup.h).
///
/// ```text
///  0  t_tid    the heap tuple; or what the index type keeps in its place
///  6  t_info   bit 15: has nulls; 14: has attributes of variable width; 13: the index type's own;
///              12–0: the tuple's size
///  8           null bitmap of 4 bytes, where bit 15 is set; the values follow, aligned
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct IndexTupleHeader {
    t_tid: ItemPointerData,
    t_info: U16,
}

const _: () = assert!(size_of::<IndexTupleHeader>() == 8);

pub(in crate::format::page) const INDEX_SIZE_MASK: u16 = 0x1FFF;
pub(in crate::format::page) const INDEX_AM_RESERVED_BIT: u16 = 0x2000;
const INDEX_VAR_MASK: u16 = 0x4000;
const INDEX_NULL_MASK: u16 = 0x8000;
/// One bit for each of `INDEX_MAX_KEYS` (32) attributes, however many there are.
const NULL_BITMAP: usize = 4;

impl IndexTupleHeader {
    /// `t_tid`, as it is stored.
    #[inline]
    #[must_use]
    pub fn t_tid(&self) -> ItemPointerData {
        self.t_tid
    }

    /// The flags and the size, as they are packed.
    #[must_use]
    pub fn t_info(&self) -> u16 {
        self.t_info.get()
    }

    /// The tuple's size in bytes, header included (`IndexTupleSize`).
    #[inline]
    #[must_use]
    pub fn size(&self) -> u16 {
        self.t_info.get() & INDEX_SIZE_MASK
    }

    /// Whether some attribute is null (`IndexTupleHasNulls`).
    #[inline]
    #[must_use]
    pub fn has_nulls(&self) -> bool {
        self.t_info.get() & INDEX_NULL_MASK != 0
    }

    /// Whether some attribute has variable width (`IndexTupleHasVarwidths`).
    #[must_use]
    pub fn has_varwidths(&self) -> bool {
        self.t_info.get() & INDEX_VAR_MASK != 0
    }

    /// The bit that each index type uses as it likes: `INDEX_ALT_TID_MASK` in B-trees,
    /// `INDEX_MOVED_BY_SPLIT_MASK` in hash indexes.
    #[inline]
    #[must_use]
    pub fn has_reserved_bit(&self) -> bool {
        self.t_info.get() & INDEX_AM_RESERVED_BIT != 0
    }
}

/// A whole index tuple, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct IndexTuple<'a> {
    /// The fixed part.
    pub header: &'a IndexTupleHeader,
    bytes: &'a [u8],
    data_offset: usize,
}

impl<'a> IndexTuple<'a> {
    /// Takes the beginning of `bytes` for an index tuple: as much as its size says, which must be
    /// there.
    #[inline]
    pub fn parse(bytes: &'a [u8], format: Format) -> Result<Self, FormatError> {
        let header: &IndexTupleHeader = Bytes(bytes).view("index tuple header", 0)?;
        let size = usize::from(header.size());
        if size < size_of::<IndexTupleHeader>() {
            return Err(FormatError::Invalid {
                what: "index tuple size",
                offset: 6,
                expected: format!("{} to {}", size_of::<IndexTupleHeader>(), bytes.len()),
                found: size.to_string(),
            });
        }
        let bitmap = if header.has_nulls() { NULL_BITMAP } else { 0 };
        let data_offset = (size_of::<IndexTupleHeader>() + bitmap)
            .next_multiple_of((format.max_align as usize).max(1));
        Ok(Self { header, bytes: Bytes(bytes).slice("index tuple", 0, size)?, data_offset })
    }

    /// All bytes of the tuple, header included.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where the values begin (`IndexInfoFindDataOffset`).
    #[inline]
    #[must_use]
    pub const fn data_offset(&self) -> usize {
        self.data_offset
    }

    /// One bit an attribute, 1 where it is *not* null; `None` where no attribute is.
    #[must_use]
    pub fn null_bitmap(&self) -> Option<&'a [u8]> {
        let start = size_of::<IndexTupleHeader>();
        let bits = self.bytes.get(start..start + NULL_BITMAP)?;
        self.header.has_nulls().then_some(bits)
    }

    /// The values, and what an index type keeps behind them; to be cut by
    /// [`Attributes::of`](crate::format::datum::Attributes::of).
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.bytes.get(self.data_offset..).unwrap_or_default()
    }
}
