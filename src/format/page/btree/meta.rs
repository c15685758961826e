use zerocopy::little_endian::{F64, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::page::Page;
use crate::format::page::index::CONTENTS;
use crate::format::{Bytes, FormatError};
use crate::primitives::BlockNumber;

/// What stands on a B-tree's first page (`BTMetaPageData`, access/nbtree.h).
///
/// ```text
///  0  btm_magic        0x053162
///  4  btm_version      2 to 4
///  8  btm_root         the root page, 0 while the index is empty
/// 12  btm_level        its level
/// 16  btm_fastroot     the lowest page that is alone on its level
/// 20  btm_fastlevel    its level
/// 24  btm_last_cleanup_num_delpages      before 14: btm_oldest_btpo_xact
/// 28                   padding
/// 32  btm_last_cleanup_num_heap_tuples   double
/// 40  btm_allequalimage                  from 13 on; 0 before
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BtreeMeta {
    btm_magic: U32,
    btm_version: U32,
    btm_root: U32,
    btm_level: U32,
    btm_fastroot: U32,
    btm_fastlevel: U32,
    btm_last_cleanup_num_delpages: U32,
    _padding: U32,
    btm_last_cleanup_num_heap_tuples: F64,
    btm_allequalimage: u8,
}

const _: () = assert!(size_of::<BtreeMeta>() == 41);

/// `btm_magic` of every B-tree (`BTREE_MAGIC`).
const BTREE_MAGIC: u32 = 0x0005_3162;
/// The first `btm_version` whose meta page has all fields (`BTREE_NOVAC_VERSION`).
const BTREE_NOVAC_VERSION: u32 = 3;
/// The first whose heap addresses are part of the key (`BTREE_VERSION`).
const BTREE_HEAPKEYSPACE_VERSION: u32 = 4;

impl BtreeMeta {
    pub(super) fn of<'a>(page: &Page<'a>) -> Result<&'a Self, FormatError> {
        let meta: &Self = Bytes(page.bytes()).view("B-tree meta page", CONTENTS)?;
        if meta.btm_magic() != BTREE_MAGIC {
            return Err(FormatError::Invalid {
                what: "btm_magic",
                offset: CONTENTS,
                expected: format!("{BTREE_MAGIC:#08x}"),
                found: format!("{:#08x}", meta.btm_magic()),
            });
        }
        Ok(meta)
    }

    /// The magic number.
    #[must_use]
    pub fn btm_magic(&self) -> u32 {
        self.btm_magic.get()
    }

    /// The version of the index's own layout.
    #[must_use]
    pub fn btm_version(&self) -> u32 {
        self.btm_version.get()
    }

    /// The root page, as stored: 0 while the index is empty.
    #[must_use]
    pub fn btm_root(&self) -> BlockNumber {
        BlockNumber(self.btm_root.get())
    }

    /// The root's level.
    #[must_use]
    pub fn btm_level(&self) -> u32 {
        self.btm_level.get()
    }

    /// Where searches start, as stored.
    #[must_use]
    pub fn btm_fastroot(&self) -> BlockNumber {
        BlockNumber(self.btm_fastroot.get())
    }

    /// The level of that page.
    #[must_use]
    pub fn btm_fastlevel(&self) -> u32 {
        self.btm_fastlevel.get()
    }

    /// Deleted pages that could not yet be used again at the last cleanup; before 14 the oldest
    /// xid of a deleted page (`btm_oldest_btpo_xact`). 0 where the index is older than the field.
    #[must_use]
    pub fn btm_last_cleanup_num_delpages(&self) -> u32 {
        if self.has_all_fields() { self.btm_last_cleanup_num_delpages.get() } else { 0 }
    }

    /// Heap tuples at the last cleanup; -1 where there was none.
    #[must_use]
    pub fn btm_last_cleanup_num_heap_tuples(&self) -> f64 {
        if self.has_all_fields() { self.btm_last_cleanup_num_heap_tuples.get() } else { -1.0 }
    }

    /// Whether keys that are equal are equal to the bit, so that they can share a posting list.
    #[must_use]
    pub fn btm_allequalimage(&self) -> bool {
        self.has_all_fields() && self.btm_allequalimage != 0
    }

    /// Whether the heap address is the last part of every key.
    #[must_use]
    pub fn is_heapkeyspace(&self) -> bool {
        self.btm_version() >= BTREE_HEAPKEYSPACE_VERSION
    }

    fn has_all_fields(&self) -> bool {
        self.btm_version() >= BTREE_NOVAC_VERSION
    }
}
