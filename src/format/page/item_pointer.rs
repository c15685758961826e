use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::primitives::{BlockNumber, ItemPointer, OffsetNumber};

/// A tuple's address as it is stored (`ItemPointerData`, storage/itemptr.h).
///
/// ```text
///  0  bi_hi      block number, high half
///  2  bi_lo      its low half
///  4  ip_posid   line pointer number
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct ItemPointerData {
    block: BlockIdData,
    ip_posid: U16,
}

const _: () = assert!(size_of::<ItemPointerData>() == 6);

/// A block number that needs no alignment of four bytes (`BlockIdData`, storage/block.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BlockIdData {
    bi_hi: U16,
    bi_lo: U16,
}

const _: () = assert!(size_of::<BlockIdData>() == 4);

impl BlockIdData {
    /// The number.
    #[inline]
    #[must_use]
    pub fn get(self) -> BlockNumber {
        BlockNumber(u32::from(self.bi_hi.get()) << 16 | u32::from(self.bi_lo.get()))
    }
}

impl ItemPointerData {
    /// The address.
    #[inline]
    #[must_use]
    pub fn get(self) -> ItemPointer {
        ItemPointer { block: self.block(), offset: OffsetNumber(self.ip_posid()) }
    }

    /// Its page. Where an access method keeps something else there, see its own accessors.
    #[inline]
    #[must_use]
    pub fn block(self) -> BlockNumber {
        self.block.get()
    }

    /// The other half, whatever it means there.
    #[inline]
    #[must_use]
    pub fn ip_posid(self) -> u16 {
        self.ip_posid.get()
    }
}

/// The addresses in `bytes`; what is left over at the end is no whole one.
#[inline]
pub(super) fn array(bytes: &[u8]) -> &[ItemPointerData] {
    <[ItemPointerData]>::ref_from_prefix_with_elems(
        bytes,
        bytes.len() / size_of::<ItemPointerData>(),
    )
    .map(|(pointers, _)| pointers)
    .unwrap_or_default()
}
