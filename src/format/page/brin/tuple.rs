use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::{Bytes, FormatError};
use crate::primitives::BlockNumber;

/// What every summary begins with (`BrinTuple`, access/brin_tuple.h).
///
/// ```text
///  0  bt_blkno   the first heap block of the range
///  4  bt_info    bit 7: has nulls; 6: placeholder; 5: the range is empty; 4–0: where the data begins
///  5             where bit 7 is set: a bit each column, all its values are null; then a bit each,
///                some are
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Header {
    bt_blkno: U32,
    bt_info: u8,
}

const _: () = assert!(size_of::<Header>() == 5);

const BRIN_OFFSET_MASK: u8 = 0x1F;
const BRIN_EMPTY_RANGE_MASK: u8 = 0x20;
const BRIN_PLACEHOLDER_MASK: u8 = 0x40;
const BRIN_NULLS_MASK: u8 = 0x80;

/// The summary of a range of heap blocks, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct BrinTuple<'a> {
    header: &'a Header,
    nulls: &'a [u8],
    data: &'a [u8],
}

/// What a summary says of the nulls in one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrinNulls {
    /// All values are null: no summary is stored.
    pub allnulls: bool,
    /// Some are, but not all.
    pub hasnulls: bool,
}

impl<'a> BrinTuple<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let header: &Header = Bytes(bytes).view("BRIN tuple", 0)?;
        let start = usize::from(header.bt_info & BRIN_OFFSET_MASK);
        let len = bytes.len().saturating_sub(start);
        let data = Bytes(bytes).slice("BRIN tuple data", start, len)?;
        let has_nulls = header.bt_info & BRIN_NULLS_MASK != 0;
        let nulls = if has_nulls { bytes.get(size_of::<Header>()..start) } else { None };
        Ok(Self { header, nulls: nulls.unwrap_or_default(), data })
    }

    /// The first heap block of the range.
    #[must_use]
    pub fn bt_blkno(&self) -> BlockNumber {
        BlockNumber(self.header.bt_blkno.get())
    }

    /// Whether it only holds the place for a summary that is being made
    /// (`BrinTupleIsPlaceholder`).
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        self.header.bt_info & BRIN_PLACEHOLDER_MASK != 0
    }

    /// Whether the range held no rows (`BrinTupleIsEmptyRange`); minor releases older than the flag
    /// never set it.
    #[must_use]
    pub fn is_empty_range(&self) -> bool {
        self.header.bt_info & BRIN_EMPTY_RANGE_MASK != 0
    }

    /// What it says of the nulls in column `column`, from 0, of an index of `columns` columns, as
    /// `brin_page_items()` shows it.
    #[must_use]
    pub fn nulls(&self, column: u16, columns: u16) -> BrinNulls {
        let bit = |at: usize| self.nulls.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 != 0);
        let allnulls = bit(usize::from(column));
        // The second bit of a column without values may be set or not, and counts for nothing.
        let hasnulls = !allnulls && bit(usize::from(columns) + usize::from(column));
        BrinNulls { allnulls, hasnulls }
    }

    /// The summaries of the columns that are not all null, as their operator classes store them:
    /// attributes one behind the other, none of them null, to be cut by
    /// [`Attributes::of`](crate::format::datum::Attributes::of).
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }
}
