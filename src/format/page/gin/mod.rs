//! GIN pages (access/ginblock.h): a meta page; the entry tree, whose leaves hold each key with the
//! heap tuples that contain it; a posting tree for each key that has too many of them; and the
//! pending list, where inserts wait to be sorted in.
//!
//! ```text
//! entry tree, pending   header │ line pointers … → free ← … items            │ GinPageOpaqueData
//! posting tree          header │ right bound, 8 bytes │ lists … or children … │ GinPageOpaqueData
//! ```

mod entry;
mod meta;
mod posting;

pub use entry::{GinEntry, GinPointers, GinTids};
pub use meta::GinMeta;
pub(in crate::format::page) use posting::broken_list;
pub use posting::{GinPostingList, GinPostingLists, GinTidIter, PostingItem};

use zerocopy::FromBytes;
use zerocopy::little_endian::{U16, U32};
use zerocopy::{Immutable, KnownLayout, Unaligned};

use super::index::{CONTENTS, IndexPageKind, IndexTuple, contents, flag_words, special};
use super::item_pointer::{self, ItemPointerData};
use super::{ItemId, Page};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, ItemPointer, OffsetNumber, TransactionId};

/// The special space of a GIN page (`GinPageOpaqueData`, access/ginblock.h).
///
/// ```text
///  0  rightlink   right sibling, next page of the pending list, or invalid
///  4  maxoff      posting tree, not compressed: items; pending list: heap tuples
///  6  flags       see `GinFlags`
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct GinOpaque {
    rightlink: U32,
    maxoff: U16,
    flags: U16,
}

const _: () = assert!(size_of::<GinOpaque>() == 8);

bitflags::bitflags! {
    /// `flags` (access/ginblock.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct GinFlags: u16 {
        /// A page of a posting tree.
        const GIN_DATA = 1 << 0;
        /// A leaf.
        const GIN_LEAF = 1 << 1;
        /// Deleted from its tree or list.
        const GIN_DELETED = 1 << 2;
        /// The meta page.
        const GIN_META = 1 << 3;
        /// A page of the pending list.
        const GIN_LIST = 1 << 4;
        /// A pending page whose heap tuples have all their items here.
        const GIN_LIST_FULLROW = 1 << 5;
        /// The parent does not yet know of the right sibling.
        const GIN_INCOMPLETE_SPLIT = 1 << 6;
        /// A leaf of a posting tree that holds compressed lists; not so before 9.4.
        const GIN_COMPRESSED = 1 << 7;
        const _ = !0;
    }
}

/// The words that `gin_page_opaque_info()` has for the flags, in its order.
pub const GIN_FLAG_NAMES: [(GinFlags, &str); 8] = [
    (GinFlags::GIN_DATA, "data"),
    (GinFlags::GIN_LEAF, "leaf"),
    (GinFlags::GIN_DELETED, "deleted"),
    (GinFlags::GIN_META, "meta"),
    (GinFlags::GIN_LIST, "list"),
    (GinFlags::GIN_LIST_FULLROW, "list_fullrow"),
    (GinFlags::GIN_INCOMPLETE_SPLIT, "incomplete_split"),
    (GinFlags::GIN_COMPRESSED, "compressed"),
];

impl GinFlags {
    /// The words for what is set; what has none as a number in hexadecimal digits.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        flag_words(self, &GIN_FLAG_NAMES)
    }
}

impl GinOpaque {
    /// The right sibling, or the pending list's next page; invalid where there is none.
    #[must_use]
    pub fn rightlink(&self) -> BlockNumber {
        BlockNumber(self.rightlink.get())
    }

    /// Items of a posting tree's page that is not compressed; heap tuples of a pending page.
    #[must_use]
    pub fn maxoff(&self) -> u16 {
        self.maxoff.get()
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> GinFlags {
        GinFlags::from_bits_retain(self.flags.get())
    }
}

/// A page of a GIN index, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct GinPage<'a> {
    page: Page<'a>,
    opaque: &'a GinOpaque,
}

/// Where the root of the entry tree is (`GIN_ROOT_BLKNO`).
pub const GIN_ROOT: BlockNumber = BlockNumber(1);
/// Where the items of a posting tree's page begin: behind the right bound, aligned.
const POSTING_DATA: usize = CONTENTS + 8;

impl<'a> GinPage<'a> {
    /// Takes an initialised page for one of a GIN index, by the size of its special space.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        Ok(Self { page, opaque: special(&page, "GIN special space")? })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the special space says.
    #[must_use]
    pub const fn opaque(&self) -> &'a GinOpaque {
        self.opaque
    }

    /// What the page is for; the page does not know that it is the root: see [`GIN_ROOT`].
    #[must_use]
    pub fn kind(&self) -> IndexPageKind {
        let flags = self.opaque.flags();
        let leaf = flags.contains(GinFlags::GIN_LEAF);
        if flags.contains(GinFlags::GIN_META) {
            IndexPageKind::Meta
        } else if flags.contains(GinFlags::GIN_DELETED) {
            IndexPageKind::Deleted
        } else if flags.contains(GinFlags::GIN_LIST) {
            IndexPageKind::Pending
        } else if flags.contains(GinFlags::GIN_DATA) {
            if leaf { IndexPageKind::PostingLeaf } else { IndexPageKind::PostingInternal }
        } else if leaf {
            IndexPageKind::Leaf
        } else {
            IndexPageKind::Internal
        }
    }

    /// When the page was deleted, where it was: kept in `pd_prune_xid`; invalid if nobody noted it.
    #[must_use]
    pub fn delete_xid(&self) -> Option<TransactionId> {
        (self.kind() == IndexPageKind::Deleted).then(|| self.page.header().pd_prune_xid())
    }

    /// What holds for the index as a whole, on its meta page.
    pub fn meta(&self) -> Result<&'a GinMeta, FormatError> {
        Bytes(self.page.bytes()).view("GIN meta page", CONTENTS)
    }

    /// How many line pointers are items: of the entry tree and the pending list; no other page
    /// has any.
    #[inline]
    #[must_use]
    pub fn item_count(&self) -> u16 {
        let has_items = matches!(
            self.kind(),
            IndexPageKind::Internal | IndexPageKind::Leaf | IndexPageKind::Pending
        );
        if has_items { self.page.item_count() } else { 0 }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        self.page.item_ids().take(self.item_count().into())
    }

    /// The entry that a line pointer of the entry tree's leaf points to.
    pub fn entry(&self, item: ItemId) -> Result<GinEntry<'a>, FormatError> {
        GinEntry::parse(self.tuple(item)?)
    }

    /// The index tuple that a line pointer points to. In an internal page its `t_tid` is the page
    /// below, in the pending list the heap tuple.
    pub fn tuple(&self, item: ItemId) -> Result<IndexTuple<'a>, FormatError> {
        IndexTuple::parse(self.page.item_bytes(item)?, self.page.format())
    }

    /// The highest heap address that a posting tree's page may hold; none on the rightmost.
    pub fn right_bound(&self) -> Result<ItemPointer, FormatError> {
        Ok(Bytes(self.page.bytes()).view::<ItemPointerData>("right bound", CONTENTS)?.get())
    }

    /// The compressed lists of a posting tree's leaf; none on any other page.
    #[must_use]
    pub fn posting_lists(&self) -> GinPostingLists<'a> {
        let compressed = self.kind() == IndexPageKind::PostingLeaf
            && self.opaque.flags().contains(GinFlags::GIN_COMPRESSED);
        let bytes = contents(&self.page).get(POSTING_DATA - CONTENTS..).unwrap_or_default();
        GinPostingLists::new(if compressed { bytes } else { &[] })
    }

    /// The heap tuples of a posting tree's leaf that a server before 9.4 wrote; none on any other
    /// page.
    pub fn uncompressed_tids(&self) -> Result<&'a [ItemPointerData], FormatError> {
        let uncompressed = self.kind() == IndexPageKind::PostingLeaf
            && !self.opaque.flags().contains(GinFlags::GIN_COMPRESSED);
        let count = if uncompressed { usize::from(self.opaque.maxoff()) } else { 0 };
        self.posting_array("posting tree items", count, size_of::<ItemPointerData>())
            .map(item_pointer::array)
    }

    /// The children of an internal page of a posting tree; none on any other page.
    pub fn posting_items(&self) -> Result<&'a [PostingItem], FormatError> {
        let internal = self.kind() == IndexPageKind::PostingInternal;
        let count = if internal { usize::from(self.opaque.maxoff()) } else { 0 };
        let bytes = self.posting_array("posting items", count, size_of::<PostingItem>())?;
        Ok(<[PostingItem]>::ref_from_bytes(bytes).unwrap_or_default())
    }

    /// Pages from before 9.4 have no `pd_lower` to go by, so the special space is the border.
    fn posting_array(
        &self,
        what: &'static str,
        count: usize,
        size: usize,
    ) -> Result<&'a [u8], FormatError> {
        let end = usize::from(self.page.header().pd_special());
        let bytes = self.page.bytes().get(..end).unwrap_or_default();
        Bytes(bytes).slice(what, POSTING_DATA, count.saturating_mul(size))
    }
}

#[cfg(test)]
mod tests;
