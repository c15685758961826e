//! B-tree pages (access/nbtree.h): a meta page, then pages that are linked to their siblings, each
//! with its level in the special space.
//!
//! ```text
//! header │ line pointers … → free ← … items │ BTPageOpaqueData
//! ```
//!
//! Items are index tuples in key order. Where a page has a right sibling, the first is its high
//! key, which bounds the keys and points nowhere.

mod meta;
mod opaque;
mod sound;
mod tuple;

pub use meta::BtreeMeta;
pub use opaque::{BtreeFlags, BtreeOpaque};
pub use tuple::BtreeTuple;

use super::index::{CONTENTS, IndexPageKind, IndexTupleHeader, ItemStats, special};
use super::{ItemId, Page};
use crate::format::{Bytes, FormatError};
use crate::primitives::{FullTransactionId, OffsetNumber, TransactionId};

/// When a page was deleted: it may be used again once nobody runs who is as old as this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteXid {
    /// `safexid`, with its epoch.
    Full(FullTransactionId),
    /// `btpo.xact` of a page that a server before 14 deleted.
    Short(TransactionId),
}

/// A page of a B-tree, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct BtreePage<'a> {
    page: Page<'a>,
    opaque: &'a BtreeOpaque,
}

impl<'a> BtreePage<'a> {
    /// Takes an initialised page for one of a B-tree, by the size of its special space.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        Ok(Self { page, opaque: special(&page, "B-tree special space")? })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the special space says.
    #[must_use]
    pub const fn opaque(&self) -> &'a BtreeOpaque {
        self.opaque
    }

    /// What the page is for.
    #[must_use]
    pub fn kind(&self) -> IndexPageKind {
        let flags = self.opaque.btpo_flags();
        if flags.contains(BtreeFlags::BTP_META) {
            IndexPageKind::Meta
        } else if flags.contains(BtreeFlags::BTP_DELETED) {
            IndexPageKind::Deleted
        } else if flags.contains(BtreeFlags::BTP_HALF_DEAD) {
            IndexPageKind::HalfDead
        } else if flags.contains(BtreeFlags::BTP_LEAF) {
            IndexPageKind::Leaf
        } else if flags.contains(BtreeFlags::BTP_ROOT) {
            IndexPageKind::Root
        } else {
            IndexPageKind::Internal
        }
    }

    /// The letter that `bt_page_stats()` has for it: `l`eaf, `r`oot, `i`nternal, `e`mpty (half
    /// dead), `d`eleted leaf, `D`eleted internal page.
    #[must_use]
    pub fn page_type(&self) -> char {
        let flags = self.opaque.btpo_flags();
        if flags.contains(BtreeFlags::BTP_DELETED) {
            let internal = flags.contains(BtreeFlags::BTP_HAS_FULLXID)
                && !flags.contains(BtreeFlags::BTP_LEAF);
            return if internal { 'D' } else { 'd' };
        }
        match self.kind() {
            IndexPageKind::HalfDead => 'e',
            _ if flags.contains(BtreeFlags::BTP_LEAF) => 'l',
            _ if flags.contains(BtreeFlags::BTP_ROOT) => 'r',
            _ => 'i',
        }
    }

    /// The level: 0 for leaves. `None` where the field holds something else.
    #[must_use]
    pub fn level(&self) -> Option<u32> {
        (self.kind() != IndexPageKind::Meta
            && !matches!(self.delete_xid(), Some(DeleteXid::Short(_))))
        .then(|| self.opaque.btpo_level())
    }

    /// When the page was deleted, where it was. Servers from 14 on keep the full xid in the page's
    /// contents, older ones its low half in place of the level. `None` also where the page is too
    /// short for what its flags promise.
    #[must_use]
    pub fn delete_xid(&self) -> Option<DeleteXid> {
        let flags = self.opaque.btpo_flags();
        if !flags.contains(BtreeFlags::BTP_DELETED) {
            return None;
        }
        if flags.contains(BtreeFlags::BTP_HAS_FULLXID) {
            let safexid = Bytes(self.page.bytes()).u64("safexid", CONTENTS).ok()?;
            return Some(DeleteXid::Full(FullTransactionId(safexid)));
        }
        Some(DeleteXid::Short(TransactionId(self.opaque.btpo_level())))
    }

    /// What holds for the index as a whole, on its meta page.
    pub fn meta(&self) -> Result<&'a BtreeMeta, FormatError> {
        BtreeMeta::of(&self.page)
    }

    /// How many line pointers are items. A meta page has none, and neither has a deleted one:
    /// only servers before 14 left a high key on it, and pageinspect shows it there.
    #[inline]
    #[must_use]
    pub fn item_count(&self) -> u16 {
        let flags = self.opaque.btpo_flags();
        let deleted = flags.contains(BtreeFlags::BTP_DELETED)
            && (flags.contains(BtreeFlags::BTP_HAS_FULLXID)
                || self.page.format().version.btree_deletes_with_full_xid());
        let none = deleted || flags.contains(BtreeFlags::BTP_META);
        if none { 0 } else { self.page.item_count() }
    }

    /// The items' line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        self.page.item_ids().take(self.item_count().into())
    }

    /// The tuple of line pointer `number`.
    #[inline]
    pub fn tuple(&self, number: OffsetNumber, item: ItemId) -> Result<BtreeTuple<'a>, FormatError> {
        BtreeTuple::parse(
            self.page.item_bytes(item)?,
            item,
            self.is_pivot(number),
            self.page.format(),
        )
    }

    /// Whether all items that point at the heap are plain tuples, or such with a posting list, of a
    /// size that fits: a look at the header of each, for those who would else parse each.
    #[must_use]
    pub fn looks_sound(&self) -> bool {
        let pivots = usize::from(!self.opaque.is_rightmost());
        let items = self.page.line_pointers().get(..self.item_count().into()).unwrap_or_default();
        sound::are_sound(self.page.bytes(), items.get(pivots..).unwrap_or_default())
    }

    /// Whether the item points at a page, or nowhere, instead of at the heap: all of an internal
    /// page do, and the high key.
    #[inline]
    #[must_use]
    pub fn is_pivot(&self, number: OffsetNumber) -> bool {
        !self.opaque.btpo_flags().contains(BtreeFlags::BTP_LEAF)
            || (number == OffsetNumber::FIRST && !self.opaque.is_rightmost())
    }

    /// Whether the items point at the heap: a leaf that is part of the tree.
    #[must_use]
    pub fn points_to_heap(&self) -> bool {
        self.kind() == IndexPageKind::Leaf
    }

    /// Live and dead items; a deleted page has none, whatever is left on it.
    #[must_use]
    pub fn item_stats(&self) -> ItemStats {
        ItemStats::of(self.counted().map(|(_, item)| item))
    }

    /// The mean of the items' sizes, rounded down, as `bt_page_stats()` has it: by the size that
    /// each tuple says, readable or not. 0 where there are none.
    #[must_use]
    pub fn avg_item_size(&self) -> u32 {
        let sizes = self.counted().map(|(_, item)| {
            let bytes = self.page.item_on_page(item).unwrap_or_default();
            let header = Bytes(bytes).view::<IndexTupleHeader>("index tuple", 0);
            header.map_or(0, |header| u32::from(header.size()))
        });
        let (sum, count) = sizes.fold((0, 0), |(sum, count), size| (sum + size, count + 1));
        u32::checked_div(sum, count).unwrap_or(0)
    }

    fn counted(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        let count = if self.kind() == IndexPageKind::Deleted { 0 } else { self.item_count() };
        self.item_ids().take(count.into())
    }
}

#[cfg(test)]
mod tests;
