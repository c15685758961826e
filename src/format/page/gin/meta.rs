use zerocopy::little_endian::{I32, I64, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::primitives::BlockNumber;

/// What stands on a GIN index's first page (`GinMetaPageData`, access/ginblock.h).
///
/// ```text
///  0  head                 first page of the pending list, or invalid
///  4  tail                 its last page
///  8  tailFreeSize         free bytes on that
/// 12  nPendingPages        its pages
/// 16  nPendingHeapTuples   its heap tuples
/// 24  nTotalPages          the index's pages, as of the last VACUUM
/// 28  nEntryPages          pages of the entry tree
/// 32  nDataPages           pages of posting trees
/// 36                       padding
/// 40  nEntries             keys
/// 48  ginVersion           2; 0 and 1 where a server before 9.4 made the index
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct GinMeta {
    head: U32,
    tail: U32,
    tail_free_size: U32,
    n_pending_pages: U32,
    n_pending_heap_tuples: I64,
    n_total_pages: U32,
    n_entry_pages: U32,
    n_data_pages: U32,
    _padding: U32,
    n_entries: I64,
    gin_version: I32,
}

const _: () = assert!(size_of::<GinMeta>() == 52);

impl GinMeta {
    /// `head`: the first page of the pending list; invalid where it is empty.
    #[must_use]
    pub fn pending_head(&self) -> BlockNumber {
        BlockNumber(self.head.get())
    }

    /// `tail`: its last page.
    #[must_use]
    pub fn pending_tail(&self) -> BlockNumber {
        BlockNumber(self.tail.get())
    }

    /// `tailFreeSize`: free bytes on its last page.
    #[must_use]
    pub fn tail_free_size(&self) -> u32 {
        self.tail_free_size.get()
    }

    /// `nPendingPages`: pages of the pending list.
    #[must_use]
    pub fn n_pending_pages(&self) -> u32 {
        self.n_pending_pages.get()
    }

    /// `nPendingHeapTuples`: heap tuples in the pending list.
    #[must_use]
    pub fn n_pending_tuples(&self) -> i64 {
        self.n_pending_heap_tuples.get()
    }

    /// `nTotalPages`: the index's pages, as of the last VACUUM.
    #[must_use]
    pub fn n_total_pages(&self) -> u32 {
        self.n_total_pages.get()
    }

    /// `nEntryPages`: pages of the entry tree, as of then.
    #[must_use]
    pub fn n_entry_pages(&self) -> u32 {
        self.n_entry_pages.get()
    }

    /// `nDataPages`: pages of posting trees, as of then.
    #[must_use]
    pub fn n_data_pages(&self) -> u32 {
        self.n_data_pages.get()
    }

    /// `nEntries`: keys, as of then.
    #[must_use]
    pub fn n_entries(&self) -> i64 {
        self.n_entries.get()
    }

    /// `ginVersion`: the version of the index's own layout.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.gin_version.get()
    }
}
