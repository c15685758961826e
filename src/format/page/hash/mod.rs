//! Hash index pages (access/hash.h): a meta page, buckets with their overflow pages, and bitmaps of
//! which overflow pages are free.
//!
//! ```text
//! bucket, overflow   header │ line pointers … → free ← … items │ HashPageOpaqueData
//! bitmap             header │ a bit for each overflow page      │ HashPageOpaqueData
//! ```
//!
//! An item is an index tuple whose key is the 32-bit hash of the value, in order of the hashes.

mod bitmap;
mod meta;

pub use bitmap::HashBitmap;
pub use meta::{HashMeta, buckets_for, fold, splitpoint_of, total_buckets};

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::index::{IndexPageKind, IndexTuple, check_page_id, special};
use super::{ItemId, Page};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, OffsetNumber};

/// The special space of a hash index page (`HashPageOpaqueData`, access/hash.h).
///
/// ```text
///  0  hasho_prevblkno   overflow page: the page before; bucket: hashm_maxbucket at its last split
///  4  hasho_nextblkno   the bucket's next page, or invalid
///  8  hasho_bucket      the bucket
/// 12  hasho_flag        see `HashFlags`
/// 14  hasho_page_id     0xFF80
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct HashOpaque {
    hasho_prevblkno: U32,
    hasho_nextblkno: U32,
    hasho_bucket: U32,
    hasho_flag: U16,
    hasho_page_id: U16,
}

const _: () = assert!(size_of::<HashOpaque>() == 16);

/// The last two bytes of every hash index page.
pub const HASHO_PAGE_ID: u16 = 0xFF80;

bitflags::bitflags! {
    /// `hasho_flag` (access/hash.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct HashFlags: u16 {
        /// A further page of a bucket.
        const LH_OVERFLOW_PAGE = 1 << 0;
        /// The first page of a bucket.
        const LH_BUCKET_PAGE = 1 << 1;
        /// A bitmap of overflow pages.
        const LH_BITMAP_PAGE = 1 << 2;
        /// The meta page.
        const LH_META_PAGE = 1 << 3;
        /// The new half of a split that is under way.
        const LH_BUCKET_BEING_POPULATED = 1 << 4;
        /// The old half of a split that is under way.
        const LH_BUCKET_BEING_SPLIT = 1 << 5;
        /// Items that a split moved away are still here.
        const LH_BUCKET_NEEDS_SPLIT_CLEANUP = 1 << 6;
        /// Some items are `LP_DEAD`: a hint.
        const LH_PAGE_HAS_DEAD_TUPLES = 1 << 7;
        const _ = !0;
    }
}

impl HashOpaque {
    /// Overflow page: the bucket's page before this; bucket: its `hashm_maxbucket` at the last
    /// split.
    #[must_use]
    pub fn hasho_prevblkno(&self) -> BlockNumber {
        BlockNumber(self.hasho_prevblkno.get())
    }

    /// The bucket's next page; invalid on the last.
    #[must_use]
    pub fn hasho_nextblkno(&self) -> BlockNumber {
        BlockNumber(self.hasho_nextblkno.get())
    }

    /// The number of the bucket.
    #[must_use]
    pub fn hasho_bucket(&self) -> u32 {
        self.hasho_bucket.get()
    }

    /// What the page is for, and flags.
    #[must_use]
    pub fn hasho_flag(&self) -> HashFlags {
        HashFlags::from_bits_retain(self.hasho_flag.get())
    }

    /// 0xFF80.
    #[must_use]
    pub fn hasho_page_id(&self) -> u16 {
        self.hasho_page_id.get()
    }
}

/// A page of a hash index, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct HashPage<'a> {
    page: Page<'a>,
    opaque: &'a HashOpaque,
    kind: IndexPageKind,
}

impl<'a> HashPage<'a> {
    /// Takes an initialised page for one of a hash index: the special space must say so, and that
    /// the page is of one kind.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        let opaque: &HashOpaque = special(&page, "hash special space")?;
        check_page_id(&page, "hasho_page_id", HASHO_PAGE_ID, opaque.hasho_page_id())?;
        let types = HashFlags::LH_OVERFLOW_PAGE
            | HashFlags::LH_BUCKET_PAGE
            | HashFlags::LH_BITMAP_PAGE
            | HashFlags::LH_META_PAGE;
        let kind = match opaque.hasho_flag().intersection(types) {
            HashFlags::LH_OVERFLOW_PAGE => IndexPageKind::Overflow,
            HashFlags::LH_BUCKET_PAGE => IndexPageKind::Bucket,
            HashFlags::LH_BITMAP_PAGE => IndexPageKind::Bitmap,
            HashFlags::LH_META_PAGE => IndexPageKind::Meta,
            none if none.is_empty() => IndexPageKind::Unused,
            several => {
                return Err(FormatError::Invalid {
                    what: "hasho_flag",
                    offset: page.bytes().len().saturating_sub(4),
                    expected: "at most one page type of 1, 2, 4 and 8".to_owned(),
                    found: format!("{:#06x}", several.bits()),
                });
            }
        };
        Ok(Self { page, opaque, kind })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the special space says.
    #[must_use]
    pub const fn opaque(&self) -> &'a HashOpaque {
        self.opaque
    }

    /// What the page is for.
    #[must_use]
    pub const fn kind(&self) -> IndexPageKind {
        self.kind
    }

    /// The word that `hash_page_type()` has for it.
    #[must_use]
    pub const fn page_type(&self) -> &'static str {
        match self.kind {
            IndexPageKind::Meta => "metapage",
            kind => kind.name(),
        }
    }

    /// Whether the page holds items: a bucket's first page, or a further one.
    #[must_use]
    pub const fn has_items(&self) -> bool {
        matches!(self.kind, IndexPageKind::Bucket | IndexPageKind::Overflow)
    }

    /// How many line pointers are items; none where the page holds no items.
    #[inline]
    #[must_use]
    pub fn item_count(&self) -> u16 {
        if self.has_items() { self.page.item_count() } else { 0 }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        self.page.item_ids().take(self.item_count().into())
    }

    /// The item that a line pointer points to.
    pub fn tuple(&self, item: ItemId) -> Result<HashTuple<'a>, FormatError> {
        let tuple = IndexTuple::parse(self.page.item_bytes(item)?, self.page.format())?;
        let hash = Bytes(tuple.bytes()).u32("hash key", tuple.data_offset())?;
        Ok(HashTuple { tuple, hash })
    }

    /// What holds for the index as a whole, on its meta page.
    pub fn meta(&self) -> Result<HashMeta<'a>, FormatError> {
        HashMeta::of(&self.page)
    }

    /// The bits of a bitmap page; `None` on any other.
    #[must_use]
    pub fn bitmap(&self) -> Option<HashBitmap<'a>> {
        (self.kind == IndexPageKind::Bitmap).then(|| HashBitmap::of(&self.page))
    }
}

/// An item of a hash index.
#[derive(Debug, Clone, Copy)]
pub struct HashTuple<'a> {
    /// The index tuple: its `t_tid` is the heap tuple. Its reserved bit says that a split moved it
    /// (`INDEX_MOVED_BY_SPLIT_MASK`).
    pub tuple: IndexTuple<'a>,
    /// The hash of the value: what `hash_page_items()` has in `data`.
    pub hash: u32,
}

#[cfg(test)]
mod tests;
