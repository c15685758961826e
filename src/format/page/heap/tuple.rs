use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::{Infomask, Infomask2};
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::{BlockNumber, ItemPointer, OffsetNumber, TransactionId};

/// The fixed part of a heap tuple (`HeapTupleHeaderData`, access/htup_details.h).
///
/// ```text
///  0  t_xmin        who inserted it
///  4  t_xmax        who deleted, updated or locked it, or a multixact of these
///  8  t_field3      command id, or the xid of a pre-9.0 VACUUM FULL (t_xvac)
/// 12  t_ctid        itself, or its newer version (block high, block low, line pointer)
/// 18  t_infomask2   number of attributes, and flags
/// 20  t_infomask    flags
/// 22  t_hoff        where the data begins, counted from the header's start
/// 23  t_bits        null bitmap, where HEAP_HASNULL
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct HeapTupleHeader {
    t_xmin: U32,
    t_xmax: U32,
    t_field3: U32,
    t_ctid_block_high: U16,
    t_ctid_block_low: U16,
    t_ctid_offset: U16,
    t_infomask2: U16,
    t_infomask: U16,
    t_hoff: u8,
}

const _: () = assert!(size_of::<HeapTupleHeader>() == 23);

impl HeapTupleHeader {
    /// Who inserted the tuple, as stored (frozen tuples keep it).
    #[inline]
    #[must_use]
    pub fn t_xmin(&self) -> TransactionId {
        TransactionId(self.t_xmin.get())
    }

    /// Who deleted or locked it, as stored: a multixact where `HEAP_XMAX_IS_MULTI` is set.
    #[inline]
    #[must_use]
    pub fn t_xmax(&self) -> TransactionId {
        TransactionId(self.t_xmax.get())
    }

    /// Command id or `t_xvac`, as stored.
    #[must_use]
    pub fn t_field3(&self) -> u32 {
        self.t_field3.get()
    }

    /// The address of the row's newer version, or its own.
    #[must_use]
    pub fn t_ctid(&self) -> ItemPointer {
        let (high, low) = (self.t_ctid_block_high.get(), self.t_ctid_block_low.get());
        ItemPointer {
            block: BlockNumber(u32::from(high) << 16 | u32::from(low)),
            offset: OffsetNumber(self.t_ctid_offset.get()),
        }
    }

    /// What the tuple holds, and what is known of its xids.
    #[inline]
    #[must_use]
    pub fn t_infomask(&self) -> Infomask {
        Infomask::from_bits_retain(self.t_infomask.get())
    }

    /// Number of attributes and flags.
    #[inline]
    #[must_use]
    pub fn t_infomask2(&self) -> Infomask2 {
        Infomask2::from_bits_retain(self.t_infomask2.get())
    }

    /// Where the data begins, counted from the header's start.
    #[inline]
    #[must_use]
    pub fn t_hoff(&self) -> u8 {
        self.t_hoff
    }

    /// How many attributes the tuple has (`HeapTupleHeaderGetNatts`).
    #[must_use]
    pub fn natts(&self) -> u16 {
        self.t_infomask2.get() & Infomask2::HEAP_NATTS_MASK
    }

    /// Whether a newer version of the row follows on this page (`HeapTupleHeaderIsHotUpdated`):
    /// the flag counts only while neither xid is known to be invalid.
    #[inline]
    #[must_use]
    pub fn is_hot_updated(&self) -> bool {
        let info = self.t_infomask();
        self.t_infomask2().contains(Infomask2::HEAP_HOT_UPDATED)
            && !info.contains(Infomask::HEAP_XMAX_INVALID)
            && (info.xmin_is_frozen() || !info.contains(Infomask::HEAP_XMIN_INVALID))
    }

    /// Whether some xid of the tuple has to be frozen some day (`heap_tuple_needs_eventual_freeze`,
    /// access/heap/heapam.c).
    #[must_use]
    pub fn needs_eventual_freeze(&self) -> bool {
        let info = self.t_infomask();
        let xmin = !info.xmin_is_frozen() && self.t_xmin().is_normal();
        let xmax = if info.contains(Infomask::HEAP_XMAX_IS_MULTI) {
            self.t_xmax().is_valid()
        } else {
            self.t_xmax().is_normal()
        };
        let mover = || TransactionId(self.t_field3()).is_normal();
        xmin || xmax || (info.intersects(Infomask::HEAP_MOVED) && mover())
    }

    /// Whether no index points to the tuple (`HeapTupleHeaderIsHeapOnly`).
    #[inline]
    #[must_use]
    pub fn is_heap_only(&self) -> bool {
        self.t_infomask2().contains(Infomask2::HEAP_ONLY_TUPLE)
    }
}

/// A whole heap tuple, borrowed: header, null bitmap, data.
#[derive(Debug, Clone, Copy)]
pub struct HeapTuple<'a> {
    /// The fixed part.
    pub header: &'a HeapTupleHeader,
    bytes: &'a [u8],
    null_bitmap: Option<&'a [u8]>,
    data: &'a [u8],
}

impl<'a> HeapTuple<'a> {
    /// Takes `bytes`, all of an item, for a heap tuple.
    ///
    /// An error where the header does not fit, or `t_hoff` lies before the header's end, past
    /// the item's, or off alignment.
    pub fn parse(bytes: &'a [u8], format: Format) -> Result<Self, FormatError> {
        let header: &HeapTupleHeader = Bytes(bytes).view("heap tuple header", 0)?;
        let has_nulls = header.t_infomask().contains(Infomask::HEAP_HASNULL);
        let bitmap_len = if has_nulls { usize::from(header.natts()).div_ceil(8) } else { 0 };
        let hoff = usize::from(header.t_hoff());
        let needed = size_of::<HeapTupleHeader>() + bitmap_len;
        if hoff < needed
            || hoff > bytes.len()
            || !u32::from(header.t_hoff()).is_multiple_of(format.max_align)
        {
            return Err(FormatError::Invalid {
                what: "t_hoff",
                offset: 22,
                expected: format!(
                    "a multiple of {} from {needed} to {}",
                    format.max_align,
                    bytes.len()
                ),
                found: hoff.to_string(),
            });
        }
        let bits = Bytes(bytes).slice("null bitmap", size_of::<HeapTupleHeader>(), bitmap_len)?;
        let data = Bytes(bytes).slice("tuple data", hoff, bytes.len() - hoff)?;
        Ok(Self { header, bytes, null_bitmap: has_nulls.then_some(bits), data })
    }

    /// All bytes of the item.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// One bit an attribute, 1 where it is *not* null; `None` where no attribute is.
    #[must_use]
    pub const fn null_bitmap(&self) -> Option<&'a [u8]> {
        self.null_bitmap
    }

    /// The attributes' bytes, from `t_hoff` on.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The OID that stands before the data of tuples from before 12 (`HeapTupleHeaderGetOidOld`).
    #[must_use]
    pub fn oid_old(&self) -> Option<u32> {
        let at = usize::from(self.header.t_hoff()).checked_sub(4)?;
        let present = self.header.t_infomask().contains(Infomask::HEAP_HASOID_OLD);
        present.then(|| Bytes(self.bytes).u32("tuple oid", at).ok()).flatten()
    }
}
