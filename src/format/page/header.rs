use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::{Format, FormatError};
use crate::primitives::{Lsn, TransactionId};

/// The first 24 bytes of every page (`PageHeaderData`, storage/bufpage.h).
///
/// ```text
///  0  pd_lsn                the WAL record that changed the page last (high half, low half)
///  8  pd_checksum           16 bits
/// 10  pd_flags              see `PageFlags`
/// 12  pd_lower              where the free space begins: the end of the line pointers
/// 14  pd_upper              where it ends: the start of the items
/// 16  pd_special            where the special space begins
/// 18  pd_pagesize_version   page size, and 4 in the low byte
/// 20  pd_prune_xid          the oldest xid whose tuples pruning could remove, or 0
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct PageHeader {
    pd_lsn_high: U32,
    pd_lsn_low: U32,
    pd_checksum: U16,
    pd_flags: U16,
    pd_lower: U16,
    pd_upper: U16,
    pd_special: U16,
    pd_pagesize_version: U16,
    pd_prune_xid: U32,
}

const _: () = assert!(size_of::<PageHeader>() == 24);

/// The layout that every version since 8.3 writes (`PG_PAGE_LAYOUT_VERSION`).
pub const PAGE_LAYOUT_VERSION: u16 = 4;

bitflags::bitflags! {
    /// `pd_flags` (storage/bufpage.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct PageFlags: u16 {
        /// There are unused line pointers before `pd_lower`: a hint.
        const PD_HAS_FREE_LINES = 0x0001;
        /// An update found no room here: a hint that pruning would help.
        const PD_PAGE_FULL = 0x0002;
        /// Every tuple is visible to everyone.
        const PD_ALL_VISIBLE = 0x0004;
        const _ = !0;
    }
}

impl PageHeader {
    /// The end of the WAL record that changed the page last.
    #[must_use]
    pub fn pd_lsn(&self) -> Lsn {
        Lsn(u64::from(self.pd_lsn_high.get()) << 32 | u64::from(self.pd_lsn_low.get()))
    }

    /// The stored checksum; 0 where the cluster has none.
    #[must_use]
    pub fn pd_checksum(&self) -> u16 {
        self.pd_checksum.get()
    }

    /// The flags.
    #[must_use]
    pub fn pd_flags(&self) -> PageFlags {
        PageFlags::from_bits_retain(self.pd_flags.get())
    }

    /// Where the free space begins.
    #[inline]
    #[must_use]
    pub fn pd_lower(&self) -> u16 {
        self.pd_lower.get()
    }

    /// Where the free space ends.
    #[inline]
    #[must_use]
    pub fn pd_upper(&self) -> u16 {
        self.pd_upper.get()
    }

    /// Where the special space begins.
    #[inline]
    #[must_use]
    pub fn pd_special(&self) -> u16 {
        self.pd_special.get()
    }

    /// Page size and layout version, as they are packed.
    #[must_use]
    pub fn pd_pagesize_version(&self) -> u16 {
        self.pd_pagesize_version.get()
    }

    /// The page's size in bytes, as it says itself.
    #[must_use]
    pub fn page_size(&self) -> u16 {
        self.pd_pagesize_version() & 0xFF00
    }

    /// The page's layout version.
    #[must_use]
    pub fn layout_version(&self) -> u16 {
        self.pd_pagesize_version() & 0x00FF
    }

    /// The oldest xid whose tuples pruning could remove; invalid where there is none.
    #[must_use]
    pub fn pd_prune_xid(&self) -> TransactionId {
        TransactionId(self.pd_prune_xid.get())
    }

    /// Whether the page was never initialised (`PageIsNew`).
    #[inline]
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.pd_upper.get() == 0
    }

    /// What the server demands before it touches a page (`PageIsVerified`, bufpage.c): the
    /// bounds in their order, the special space aligned; and whole line pointers.
    #[inline]
    pub(super) fn check(&self, format: Format) -> Result<(), FormatError> {
        let (lower, upper, special) = (self.pd_lower(), self.pd_upper(), self.pd_special());
        let in_order = size_of::<Self>() <= usize::from(lower)
            && lower <= upper
            && upper <= special
            && u32::from(special) <= format.block_size;
        if !in_order {
            return Err(FormatError::Invalid {
                what: "page header",
                offset: 12,
                expected: format!(
                    "24 <= pd_lower <= pd_upper <= pd_special <= {}",
                    format.block_size
                ),
                found: format!("pd_lower {lower}, pd_upper {upper}, pd_special {special}"),
            });
        }
        if !u32::from(special).is_multiple_of(format.max_align) {
            return Err(FormatError::Invalid {
                what: "pd_special",
                offset: 16,
                expected: format!("a multiple of {}", format.max_align),
                found: special.to_string(),
            });
        }
        Ok(())
    }
}
