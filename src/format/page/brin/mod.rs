//! BRIN pages (access/brin_page.h): a meta page, the revmap, which says where the summary of each
//! range of heap blocks is, and regular pages of summaries.
//!
//! ```text
//! revmap    header │ an address of 6 bytes for each range        │ BrinSpecialSpace
//! regular   header │ line pointers … → free ← … summaries        │ BrinSpecialSpace
//! ```
//!
//! A summary stands for blocks, not for rows: no item points to a heap tuple.

mod tuple;

pub use tuple::{BrinNulls, BrinTuple};

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::index::{CONTENTS, IndexPageKind, special};
use super::item_pointer::{self, ItemPointerData};
use super::{ItemId, LpFlags, Page};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, OffsetNumber};

/// The special space of a BRIN page (`BrinSpecialSpace`, access/brin_page.h).
///
/// ```text
///  0          unused
///  4  flags   see `BrinFlags`
///  6  type    0xF091 meta, 0xF092 revmap, 0xF093 regular
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BrinSpecial {
    _unused: [U16; 2],
    flags: U16,
    page_type: U16,
}

const _: () = assert!(size_of::<BrinSpecial>() == 8);

bitflags::bitflags! {
    /// `flags` (access/brin_page.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct BrinFlags: u16 {
        /// The page is to become one of the revmap; nothing is added to it.
        const BRIN_EVACUATE_PAGE = 1 << 0;
        const _ = !0;
    }
}

/// What stands on a BRIN index's first page (`BrinMetaPageData`, access/brin_page.h).
///
/// ```text
///  0  brinMagic        0xA8109CFA
///  4  brinVersion      1
///  8  pagesPerRange    heap blocks that share a summary
/// 12  lastRevmapPage   the revmap is block 1 to this
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BrinMeta {
    brin_magic: U32,
    brin_version: U32,
    pages_per_range: U32,
    last_revmap_page: U32,
}

const _: () = assert!(size_of::<BrinMeta>() == 16);

/// `brinMagic` of every BRIN index (`BRIN_META_MAGIC`).
pub const BRIN_META_MAGIC: u32 = 0xA810_9CFA;

impl BrinMeta {
    /// The magic number.
    #[must_use]
    pub fn magic(&self) -> u32 {
        self.brin_magic.get()
    }

    /// The version of the index's own layout.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.brin_version.get()
    }

    /// Heap blocks that share a summary.
    #[must_use]
    pub fn pages_per_range(&self) -> u32 {
        self.pages_per_range.get()
    }

    /// The last page of the revmap; its first is block 1.
    #[must_use]
    pub fn last_revmap_page(&self) -> BlockNumber {
        BlockNumber(self.last_revmap_page.get())
    }
}

/// A page of a BRIN index, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct BrinPage<'a> {
    page: Page<'a>,
    special: &'a BrinSpecial,
    kind: IndexPageKind,
}

impl<'a> BrinPage<'a> {
    /// Takes an initialised page for one of a BRIN index: the special space must say so.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        let special: &BrinSpecial = special(&page, "BRIN special space")?;
        let kind = match special.page_type.get() {
            0xF091 => IndexPageKind::Meta,
            0xF092 => IndexPageKind::Revmap,
            0xF093 => IndexPageKind::Regular,
            other => {
                return Err(FormatError::Invalid {
                    what: "BRIN page type",
                    offset: page.bytes().len().saturating_sub(2),
                    expected: "0xf091, 0xf092 or 0xf093".to_owned(),
                    found: format!("{other:#06x}"),
                });
            }
        };
        Ok(Self { page, special, kind })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the page is for; its [`name`](IndexPageKind::name) is what `brin_page_type()` returns.
    #[must_use]
    pub const fn kind(&self) -> IndexPageKind {
        self.kind
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> BrinFlags {
        BrinFlags::from_bits_retain(self.special.flags.get())
    }

    /// Whether the page is to become one of the revmap (`BRIN_EVACUATE_PAGE`).
    #[must_use]
    pub fn is_evacuated(&self) -> bool {
        self.flags().contains(BrinFlags::BRIN_EVACUATE_PAGE)
    }

    /// What holds for the index as a whole, on its meta page.
    pub fn meta(&self) -> Result<&'a BrinMeta, FormatError> {
        let meta: &BrinMeta = Bytes(self.page.bytes()).view("BRIN meta page", CONTENTS)?;
        if meta.magic() != BRIN_META_MAGIC {
            return Err(FormatError::Invalid {
                what: "brinMagic",
                offset: CONTENTS,
                expected: format!("{BRIN_META_MAGIC:#x}"),
                found: format!("{:#x}", meta.magic()),
            });
        }
        Ok(meta)
    }

    /// Where the summaries are of as many ranges as fit a page, range by range; an invalid address
    /// (block 0, number 0) where a range has none. Empty on any other page than the revmap's.
    #[must_use]
    pub fn revmap(&self) -> &'a [ItemPointerData] {
        if self.kind != IndexPageKind::Revmap {
            return &[];
        }
        let end = usize::from(self.page.header().pd_special());
        item_pointer::array(self.page.bytes().get(CONTENTS..end).unwrap_or_default())
    }

    /// How many line pointers are items; of regular pages alone.
    #[inline]
    #[must_use]
    pub fn item_count(&self) -> u16 {
        let regular = self.kind == IndexPageKind::Regular;
        if regular { self.page.item_count() } else { 0 }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        self.page.item_ids().take(self.item_count().into())
    }

    /// The summary that a line pointer points to; `None` where the line pointer is unused.
    pub fn tuple(&self, item: ItemId) -> Result<Option<BrinTuple<'a>>, FormatError> {
        if item.lp_flags() == LpFlags::Unused {
            return Ok(None);
        }
        BrinTuple::parse(self.page.item_bytes(item)?).map(Some)
    }
}

#[cfg(test)]
mod tests;
