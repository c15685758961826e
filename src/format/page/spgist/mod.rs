//! SP-GiST pages (access/spgist_private.h): a meta page; the root of what is not null, block 1, and
//! of nulls, block 2; pages of inner tuples and pages of leaf tuples, in no order.
//!
//! ```text
//! header │ line pointers … → free ← … tuples │ SpGistPageOpaqueData
//! ```
//!
//! Tuples are not index tuples, and point at each other by block and line pointer: see
//! [`SpGistTuple`].

mod meta;
mod tuple;

pub use meta::{SpGistLastUsedPage, SpGistMeta};
pub use tuple::{SpGistDead, SpGistInner, SpGistLeaf, SpGistTuple, TupState};

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::index::{IndexPageKind, check_page_id, flag_words, special};
use super::{ItemId, Page};
use crate::format::FormatError;
use crate::primitives::{BlockNumber, OffsetNumber};

/// The special space of an SP-GiST page (`SpGistPageOpaqueData`, access/spgist_private.h).
///
/// ```text
///  0  flags            see `SpGistFlags`
///  2  nRedirection     redirect tuples on the page
///  4  nPlaceholder     placeholders on the page
///  6  spgist_page_id   0xFF82
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct SpGistOpaque {
    flags: U16,
    n_redirection: U16,
    n_placeholder: U16,
    spgist_page_id: U16,
}

const _: () = assert!(size_of::<SpGistOpaque>() == 8);

/// The last two bytes of every SP-GiST page.
pub const SPGIST_PAGE_ID: u16 = 0xFF82;
/// Where the root of the values is (`SPGIST_ROOT_BLKNO`).
pub const SPGIST_ROOT: BlockNumber = BlockNumber(1);
/// Where the root of the nulls is (`SPGIST_NULL_BLKNO`).
pub const SPGIST_NULL_ROOT: BlockNumber = BlockNumber(2);

bitflags::bitflags! {
    /// `flags` (access/spgist_private.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct SpGistFlags: u16 {
        /// The meta page.
        const SPGIST_META = 1 << 0;
        /// Deleted; no server sets it any more.
        const SPGIST_DELETED = 1 << 1;
        /// A page of leaf tuples.
        const SPGIST_LEAF = 1 << 2;
        /// A page of the tree of nulls.
        const SPGIST_NULLS = 1 << 3;
        const _ = !0;
    }
}

/// Words for the flags, in the manner of `gist_page_opaque_info()`.
const SPGIST_FLAG_NAMES: [(SpGistFlags, &str); 4] = [
    (SpGistFlags::SPGIST_META, "meta"),
    (SpGistFlags::SPGIST_DELETED, "deleted"),
    (SpGistFlags::SPGIST_LEAF, "leaf"),
    (SpGistFlags::SPGIST_NULLS, "nulls"),
];

impl SpGistFlags {
    /// The words for what is set; what has none as a number in hexadecimal digits.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        flag_words(self, &SPGIST_FLAG_NAMES)
    }
}

impl SpGistOpaque {
    /// The flags.
    #[must_use]
    pub fn flags(&self) -> SpGistFlags {
        SpGistFlags::from_bits_retain(self.flags.get())
    }

    /// Redirect tuples on the page (`nRedirection`).
    #[must_use]
    pub fn n_redirection(&self) -> u16 {
        self.n_redirection.get()
    }

    /// Placeholders on the page (`nPlaceholder`).
    #[must_use]
    pub fn n_placeholder(&self) -> u16 {
        self.n_placeholder.get()
    }

    /// 0xFF82.
    #[must_use]
    pub fn spgist_page_id(&self) -> u16 {
        self.spgist_page_id.get()
    }
}

/// A page of an SP-GiST index, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct SpGistPage<'a> {
    page: Page<'a>,
    opaque: &'a SpGistOpaque,
}

impl<'a> SpGistPage<'a> {
    /// Takes an initialised page for one of an SP-GiST index: the special space must say so.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        let opaque: &SpGistOpaque = special(&page, "SP-GiST special space")?;
        check_page_id(&page, "spgist_page_id", SPGIST_PAGE_ID, opaque.spgist_page_id())?;
        Ok(Self { page, opaque })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the special space says.
    #[must_use]
    pub const fn opaque(&self) -> &'a SpGistOpaque {
        self.opaque
    }

    /// What the page is for. The page does not know that it is a root: see [`SPGIST_ROOT`].
    #[must_use]
    pub fn kind(&self) -> IndexPageKind {
        let flags = self.opaque.flags();
        if flags.contains(SpGistFlags::SPGIST_META) {
            IndexPageKind::Meta
        } else if flags.contains(SpGistFlags::SPGIST_DELETED) {
            IndexPageKind::Deleted
        } else if flags.contains(SpGistFlags::SPGIST_LEAF) {
            IndexPageKind::Leaf
        } else {
            IndexPageKind::Internal
        }
    }

    /// What holds for the index as a whole, on its meta page.
    pub fn meta(&self) -> Result<&'a SpGistMeta, FormatError> {
        SpGistMeta::of(&self.page)
    }

    /// How many line pointers are items; none on the meta page.
    #[inline]
    #[must_use]
    pub fn item_count(&self) -> u16 {
        let has_items = matches!(self.kind(), IndexPageKind::Internal | IndexPageKind::Leaf);
        if has_items { self.page.item_count() } else { 0 }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        self.page.item_ids().take(self.item_count().into())
    }

    /// The tuple that a line pointer points to: a leaf tuple or an inner one by the page's kind,
    /// where it is live.
    #[inline]
    pub fn tuple(&self, item: ItemId) -> Result<SpGistTuple<'a>, FormatError> {
        let is_leaf = self.kind() == IndexPageKind::Leaf;
        SpGistTuple::parse(self.page.item_bytes(item)?, is_leaf, self.page.format())
    }
}

#[cfg(test)]
mod tests;
