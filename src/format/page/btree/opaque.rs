use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::primitives::BlockNumber;

/// The special space of a B-tree page (`BTPageOpaqueData`, access/nbtree.h).
///
/// ```text
///  0  btpo_prev      left sibling, or 0
///  4  btpo_next      right sibling, or 0
///  8  btpo_level     level, 0 for leaves; on a page deleted before 14 an xid (btpo.xact)
/// 12  btpo_flags     see `BtreeFlags`
/// 14  btpo_cycleid   which VACUUM ran when the page was split last, or 0
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BtreeOpaque {
    btpo_prev: U32,
    btpo_next: U32,
    btpo_level: U32,
    btpo_flags: U16,
    btpo_cycleid: U16,
}

const _: () = assert!(size_of::<BtreeOpaque>() == 16);

bitflags::bitflags! {
    /// `btpo_flags` (access/nbtree.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct BtreeFlags: u16 {
        /// A leaf page.
        const BTP_LEAF = 1 << 0;
        /// The root page.
        const BTP_ROOT = 1 << 1;
        /// Deleted from the tree.
        const BTP_DELETED = 1 << 2;
        /// The meta page.
        const BTP_META = 1 << 3;
        /// Empty, but still in the tree.
        const BTP_HALF_DEAD = 1 << 4;
        /// The rightmost page of a group that one page was split into.
        const BTP_SPLIT_END = 1 << 5;
        /// Some items are `LP_DEAD`: a hint.
        const BTP_HAS_GARBAGE = 1 << 6;
        /// The parent does not yet know of the right sibling.
        const BTP_INCOMPLETE_SPLIT = 1 << 7;
        /// The contents of the deleted page are a full xid; from 14 on.
        const BTP_HAS_FULLXID = 1 << 8;
        const _ = !0;
    }
}

impl BtreeOpaque {
    /// The left sibling, as stored: 0 is none (`P_NONE`).
    #[must_use]
    pub fn btpo_prev(&self) -> BlockNumber {
        BlockNumber(self.btpo_prev.get())
    }

    /// The right sibling, as stored: 0 is none (`P_NONE`).
    #[must_use]
    pub fn btpo_next(&self) -> BlockNumber {
        BlockNumber(self.btpo_next.get())
    }

    /// The level, as stored.
    #[must_use]
    pub fn btpo_level(&self) -> u32 {
        self.btpo_level.get()
    }

    /// The flags.
    #[inline]
    #[must_use]
    pub fn btpo_flags(&self) -> BtreeFlags {
        BtreeFlags::from_bits_retain(self.btpo_flags.get())
    }

    /// The VACUUM that ran when the page was split last.
    #[must_use]
    pub fn btpo_cycleid(&self) -> u16 {
        self.btpo_cycleid.get()
    }

    /// Whether the page is the root (`P_ISROOT`).
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.btpo_flags().contains(BtreeFlags::BTP_ROOT)
    }

    /// Whether there is no page to the left (`P_LEFTMOST`).
    #[must_use]
    pub fn is_leftmost(&self) -> bool {
        self.btpo_prev.get() == 0
    }

    /// Whether there is no page to the right, and therefore no high key (`P_RIGHTMOST`).
    #[inline]
    #[must_use]
    pub fn is_rightmost(&self) -> bool {
        self.btpo_next.get() == 0
    }
}
