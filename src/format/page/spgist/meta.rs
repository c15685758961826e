use zerocopy::little_endian::{I32, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::page::Page;
use crate::format::page::index::CONTENTS;
use crate::format::{Bytes, FormatError};
use crate::primitives::BlockNumber;

/// What stands on an SP-GiST index's first page (`SpGistMetaPageData`, access/spgist_private.h).
///
/// ```text
///  0  magicNumber        0xBA0BABEE
///  4  lastUsedPages[8]   pages that had room when they were used last
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct SpGistMeta {
    magic_number: U32,
    last_used_pages: [SpGistLastUsedPage; 8],
}

const _: () = assert!(size_of::<SpGistMeta>() == 68);

/// A page that had room (`SpGistLastUsedPage`, access/spgist_private.h).
///
/// ```text
///  0  blkno       the page, or invalid
///  4  freeSpace   its room in bytes, as of then
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct SpGistLastUsedPage {
    blkno: U32,
    free_space: I32,
}

/// `magicNumber` of every SP-GiST index (`SPGIST_MAGIC_NUMBER`).
const SPGIST_MAGIC_NUMBER: u32 = 0xBA0B_ABEE;

impl SpGistMeta {
    pub(super) fn of<'a>(page: &Page<'a>) -> Result<&'a Self, FormatError> {
        let meta: &Self = Bytes(page.bytes()).view("SP-GiST meta page", CONTENTS)?;
        if meta.magic_number.get() != SPGIST_MAGIC_NUMBER {
            return Err(FormatError::Invalid {
                what: "magicNumber",
                offset: CONTENTS,
                expected: format!("{SPGIST_MAGIC_NUMBER:#x}"),
                found: format!("{:#x}", meta.magic_number.get()),
            });
        }
        Ok(meta)
    }

    /// The magic number.
    #[must_use]
    pub fn magic_number(&self) -> u32 {
        self.magic_number.get()
    }

    /// The pages that had room (`lastUsedPages`): inner pages of three groups and leaf pages, then
    /// the same for nulls.
    #[must_use]
    pub const fn last_used_pages(&self) -> &[SpGistLastUsedPage; 8] {
        &self.last_used_pages
    }
}

impl SpGistLastUsedPage {
    /// The page; invalid where none is remembered.
    #[must_use]
    pub fn blkno(&self) -> BlockNumber {
        BlockNumber(self.blkno.get())
    }

    /// Its room in bytes, as of then (`freeSpace`).
    #[must_use]
    pub fn free_space(&self) -> i32 {
        self.free_space.get()
    }
}
