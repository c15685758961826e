//! GiST pages (access/gist.h): a tree whose root is block 0; there is no meta page.
//!
//! ```text
//! header │ line pointers … → free ← … items │ GISTPageOpaqueData
//! ```
//!
//! Items are index tuples, in no order; in an internal page `t_tid` is the page below.

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::index::{CONTENTS, IndexPageKind, IndexTuple, check_page_id, flag_words, special};
use super::{ItemId, Page};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, FullTransactionId, Lsn, OffsetNumber};

/// The special space of a GiST page (`GISTPageOpaqueData`, access/gist.h).
///
/// ```text
///  0  nsn            the split that made this page's right sibling: an LSN (high half, low half)
///  8  rightlink      the right sibling, or invalid
/// 12  flags          see `GistFlags`
/// 14  gist_page_id   0xFF81
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct GistOpaque {
    nsn_high: U32,
    nsn_low: U32,
    rightlink: U32,
    flags: U16,
    gist_page_id: U16,
}

const _: () = assert!(size_of::<GistOpaque>() == 16);

/// The last two bytes of every GiST page.
pub const GIST_PAGE_ID: u16 = 0xFF81;
/// Where the root is (`GIST_ROOT_BLKNO`).
pub const GIST_ROOT: BlockNumber = BlockNumber(0);

bitflags::bitflags! {
    /// `flags` (access/gist.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct GistFlags: u16 {
        /// A leaf.
        const F_LEAF = 1 << 0;
        /// Deleted from the tree.
        const F_DELETED = 1 << 1;
        /// An old VACUUM FULL took tuples away.
        const F_TUPLES_DELETED = 1 << 2;
        /// The right sibling has no parent yet.
        const F_FOLLOW_RIGHT = 1 << 3;
        /// Some items are `LP_DEAD`: a hint.
        const F_HAS_GARBAGE = 1 << 4;
        const _ = !0;
    }
}

/// The words that `gist_page_opaque_info()` has for the flags, in its order.
pub const GIST_FLAG_NAMES: [(GistFlags, &str); 5] = [
    (GistFlags::F_LEAF, "leaf"),
    (GistFlags::F_DELETED, "deleted"),
    (GistFlags::F_TUPLES_DELETED, "tuples_deleted"),
    (GistFlags::F_FOLLOW_RIGHT, "follow_right"),
    (GistFlags::F_HAS_GARBAGE, "has_garbage"),
];

impl GistFlags {
    /// The words for what is set; what has none as a number in hexadecimal digits.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        flag_words(self, &GIST_FLAG_NAMES)
    }
}

impl GistOpaque {
    /// The split that made this page's right sibling; `0/1` where the index was being built.
    #[must_use]
    pub fn nsn(&self) -> Lsn {
        Lsn(u64::from(self.nsn_high.get()) << 32 | u64::from(self.nsn_low.get()))
    }

    /// The right sibling; invalid where there is none.
    #[must_use]
    pub fn rightlink(&self) -> BlockNumber {
        BlockNumber(self.rightlink.get())
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> GistFlags {
        GistFlags::from_bits_retain(self.flags.get())
    }

    /// 0xFF81.
    #[must_use]
    pub fn gist_page_id(&self) -> u16 {
        self.gist_page_id.get()
    }
}

/// A page of a GiST index, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct GistPage<'a> {
    page: Page<'a>,
    opaque: &'a GistOpaque,
}

impl<'a> GistPage<'a> {
    /// Takes an initialised page for one of a GiST index: the special space must say so.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        let opaque: &GistOpaque = special(&page, "GiST special space")?;
        check_page_id(&page, "gist_page_id", GIST_PAGE_ID, opaque.gist_page_id())?;
        Ok(Self { page, opaque })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the special space says.
    #[must_use]
    pub const fn opaque(&self) -> &'a GistOpaque {
        self.opaque
    }

    /// What the page is for. The page does not know that it is the root: see [`GIST_ROOT`].
    #[must_use]
    pub fn kind(&self) -> IndexPageKind {
        let flags = self.opaque.flags();
        if flags.contains(GistFlags::F_DELETED) {
            IndexPageKind::Deleted
        } else if flags.contains(GistFlags::F_LEAF) {
            IndexPageKind::Leaf
        } else {
            IndexPageKind::Internal
        }
    }

    /// When the page was deleted, where it was: the first eight bytes of its contents. `None` also
    /// where a server from before that change deleted it (a release of 11 or older).
    #[must_use]
    pub fn delete_xid(&self) -> Option<FullTransactionId> {
        let lower = usize::from(self.page.header().pd_lower());
        let has_xid = self.kind() == IndexPageKind::Deleted && lower >= CONTENTS + 8;
        let xid = || Bytes(self.page.bytes()).u64("deleteXid", CONTENTS).ok();
        has_xid.then(xid).flatten().map(FullTransactionId)
    }

    /// How many line pointers are items; a deleted page has none.
    #[inline]
    #[must_use]
    pub fn item_count(&self) -> u16 {
        let deleted = self.kind() == IndexPageKind::Deleted;
        if deleted { 0 } else { self.page.item_count() }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        self.page.item_ids().take(self.item_count().into())
    }

    /// The tuple that a line pointer points to: `t_tid` is the heap tuple, or the page below with
    /// the number 0xFFFF (0xFFFE where a split before 9.1 never came to its end). All its bytes are
    /// what `gist_page_items_bytea()` has in `key_data`.
    #[inline]
    pub fn tuple(&self, item: ItemId) -> Result<IndexTuple<'a>, FormatError> {
        IndexTuple::parse(self.page.item_bytes(item)?, self.page.format())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::page::LpFlags;
    use crate::format::page::index::testing::{page, seed};

    #[test]
    fn a_leaf_knows_its_sibling_and_its_dead_items() {
        let bytes = seed("index/gist-leaf");
        let leaf = GistPage::new(page(&bytes)).unwrap();
        assert_eq!((leaf.kind(), leaf.opaque().nsn()), (IndexPageKind::Leaf, Lsn(1)));
        assert_eq!(leaf.opaque().rightlink(), BlockNumber(3));
        assert_eq!(leaf.opaque().flags(), GistFlags::F_LEAF | GistFlags::F_HAS_GARBAGE);
        let dead = leaf.item_ids().filter(|(_, item)| item.lp_flags() == LpFlags::Dead);
        let dead: Vec<_> = dead.map(|(_, item)| leaf.tuple(item).unwrap().header).collect();
        assert_eq!((dead.len(), dead[0].size()), (1, 832));
        assert_eq!(dead[0].t_tid().get().to_string(), "(0,5)");
    }

    #[test]
    fn the_root_leads_down() {
        let bytes = seed("index/gist-root");
        let root = GistPage::new(page(&bytes)).unwrap();
        assert_eq!(root.kind(), IndexPageKind::Internal);
        let tid = |item| root.tuple(item).unwrap().header.t_tid();
        let down: Vec<_> = root.item_ids().map(|(_, item)| tid(item).block().0).collect();
        // Which of the leaves between were deleted depends on how they were filled, by chance.
        assert_eq!(down[..3], [1, 2, 3]);
        assert!(down.iter().all(|block| (1..15).contains(block)));
    }

    #[test]
    fn a_deleted_page_says_when() {
        let mut bytes = seed("index/gist-deleted");
        let deleted = GistPage::new(page(&bytes)).unwrap();
        assert_eq!((deleted.kind(), deleted.item_count()), (IndexPageKind::Deleted, 0));
        assert!(deleted.delete_xid().is_some_and(|xid| xid.xid().is_normal()));
        bytes[12] = 24;
        assert_eq!(GistPage::new(page(&bytes)).unwrap().delete_xid(), None, "it has none");
    }
}
