//! Bloom pages (contrib/bloom, bloom.h): a meta page, then signatures, in no order.
//!
//! ```text
//! header │ tuples of one size, without line pointers … → free │ BloomPageOpaqueData
//! ```

use zerocopy::little_endian::{I32, U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::Page;
use super::index::{CONTENTS, IndexPageKind, check_page_id, contents, flag_words, special};
use super::item_pointer::ItemPointerData;
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, ItemPointer};

/// The special space of a bloom page (`BloomPageOpaqueData`, bloom.h).
///
/// ```text
///  0  maxoff          tuples on the page
///  2  flags           see `BloomFlags`
///  4                  unused
///  6  bloom_page_id   0xFF83
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BloomOpaque {
    maxoff: U16,
    flags: U16,
    _unused: U16,
    bloom_page_id: U16,
}

const _: () = assert!(size_of::<BloomOpaque>() == 8);

/// The last two bytes of every bloom page.
pub const BLOOM_PAGE_ID: u16 = 0xFF83;

bitflags::bitflags! {
    /// `flags` (bloom.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct BloomFlags: u16 {
        /// The meta page.
        const BLOOM_META = 1 << 0;
        /// All tuples are gone.
        const BLOOM_DELETED = 1 << 1;
        const _ = !0;
    }
}

/// Words for the flags, in the manner of `gin_page_opaque_info()`.
const BLOOM_FLAG_NAMES: [(BloomFlags, &str); 2] =
    [(BloomFlags::BLOOM_META, "meta"), (BloomFlags::BLOOM_DELETED, "deleted")];

impl BloomFlags {
    /// The words for what is set; what has none as a number in hexadecimal digits.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        flag_words(self, &BLOOM_FLAG_NAMES)
    }
}

impl BloomOpaque {
    /// Tuples on the page.
    #[must_use]
    pub fn maxoff(&self) -> u16 {
        self.maxoff.get()
    }

    /// The flags.
    #[must_use]
    pub fn flags(&self) -> BloomFlags {
        BloomFlags::from_bits_retain(self.flags.get())
    }

    /// 0xFF83.
    #[must_use]
    pub fn bloom_page_id(&self) -> u16 {
        self.bloom_page_id.get()
    }
}

/// The fixed part of a bloom index's first page (`BloomMetaPageData`, bloom.h).
///
/// ```text
///   0  magickNumber    0xDBAC0DED
///   4  nStart          which of notFullPage are in use:
///   6  nEnd            from nStart to before nEnd
///   8                  the options' own length
///  12  bloomLength     words of 16 bits in a signature
///  16  bitSize[32]     bits that each column sets
/// 144  notFullPage[…]  pages with room, as of the last VACUUM
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct BloomMeta {
    magick_number: U32,
    n_start: U16,
    n_end: U16,
    _vl_len: I32,
    bloom_length: I32,
    bit_size: [I32; 32],
}

const _: () = assert!(size_of::<BloomMeta>() == 144);

/// `magickNumber` of every bloom index (`BLOOM_MAGICK_NUMBER`).
pub const BLOOM_MAGICK_NUMBER: u32 = 0xDBAC_0DED;

impl BloomMeta {
    /// The magic number.
    #[must_use]
    pub fn magick_number(&self) -> u32 {
        self.magick_number.get()
    }

    /// The first place of `notFullPage` that is in use (`nStart`).
    #[must_use]
    pub fn n_start(&self) -> u16 {
        self.n_start.get()
    }

    /// The place behind the last (`nEnd`).
    #[must_use]
    pub fn n_end(&self) -> u16 {
        self.n_end.get()
    }

    /// Words of 16 bits in a signature (`bloomLength`).
    #[must_use]
    pub fn bloom_length(&self) -> i32 {
        self.bloom_length.get()
    }

    /// Bits that each of 32 columns sets in a signature (`bitSize`).
    pub fn bit_sizes(&self) -> impl Iterator<Item = i32> + '_ {
        self.bit_size.iter().map(|bits| bits.get())
    }
}

/// A page of a bloom index, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct BloomPage<'a> {
    page: Page<'a>,
    opaque: &'a BloomOpaque,
}

impl<'a> BloomPage<'a> {
    /// Takes an initialised page for one of a bloom index: the special space must say so.
    pub fn new(page: Page<'a>) -> Result<Self, FormatError> {
        let opaque: &BloomOpaque = special(&page, "bloom special space")?;
        check_page_id(&page, "bloom_page_id", BLOOM_PAGE_ID, opaque.bloom_page_id())?;
        Ok(Self { page, opaque })
    }

    /// The page underneath.
    #[must_use]
    pub const fn page(&self) -> &Page<'a> {
        &self.page
    }

    /// What the special space says.
    #[must_use]
    pub const fn opaque(&self) -> &'a BloomOpaque {
        self.opaque
    }

    /// What the page is for.
    #[must_use]
    pub fn kind(&self) -> IndexPageKind {
        let flags = self.opaque.flags();
        if flags.contains(BloomFlags::BLOOM_META) {
            IndexPageKind::Meta
        } else if flags.contains(BloomFlags::BLOOM_DELETED) {
            IndexPageKind::Deleted
        } else {
            IndexPageKind::Regular
        }
    }

    /// What holds for the index as a whole, on its meta page.
    pub fn meta(&self) -> Result<&'a BloomMeta, FormatError> {
        let meta: &BloomMeta = Bytes(self.page.bytes()).view("bloom meta page", CONTENTS)?;
        if meta.magick_number() != BLOOM_MAGICK_NUMBER {
            return Err(FormatError::Invalid {
                what: "magickNumber",
                offset: CONTENTS,
                expected: format!("{BLOOM_MAGICK_NUMBER:#x}"),
                found: format!("{:#x}", meta.magick_number()),
            });
        }
        Ok(meta)
    }

    /// The pages that had room at the last VACUUM and were not yet filled, on the meta page.
    pub fn not_full_pages(
        &self,
    ) -> Result<impl Iterator<Item = BlockNumber> + use<'a>, FormatError> {
        let meta = self.meta()?;
        let start = CONTENTS + size_of::<BloomMeta>();
        let end = usize::from(self.page.header().pd_special()).max(start);
        let bytes = Bytes(self.page.bytes()).slice("notFullPage", start, end - start)?;
        let (blocks, _) = bytes.as_chunks::<4>();
        let range = usize::from(meta.n_start())..usize::from(meta.n_end());
        let used = blocks.get(range).unwrap_or_default();
        Ok(used.iter().map(|block| BlockNumber(u32::from_le_bytes(*block))))
    }

    /// The tuples of a page of signatures; none on any other page. Only the meta page knows their
    /// size, but they fill the page up to `pd_lower`, and are all alike.
    pub fn tuples(&self) -> Result<impl Iterator<Item = BloomTuple<'a>> + use<'a>, FormatError> {
        let regular = self.kind() == IndexPageKind::Regular;
        let count = if regular { usize::from(self.opaque.maxoff()) } else { 0 };
        let bytes = if count == 0 { &[] } else { contents(&self.page) };
        let size = bytes.len().checked_div(count).unwrap_or(0);
        let tid = size_of::<ItemPointerData>();
        if count > 0 && (size < tid || bytes.len() % count != 0) {
            return Err(FormatError::Invalid {
                what: "maxoff",
                offset: usize::from(self.page.header().pd_special()),
                expected: format!("a count of equal tuples that fill {} bytes", bytes.len()),
                found: count.to_string(),
            });
        }
        Ok(bytes.chunks_exact(size.max(tid)).filter_map(|bytes| {
            let heap_ptr: &ItemPointerData = Bytes(bytes).view("heapPtr", 0).ok()?;
            Some(BloomTuple { heap_ptr: heap_ptr.get(), sign: bytes.get(6..)? })
        }))
    }
}

/// A row's signature (`BloomTuple`, bloom.h).
///
/// ```text
///  0  heapPtr   the heap tuple
///  6  sign      the signature, in words of 16 bits
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BloomTuple<'a> {
    /// The heap tuple.
    pub heap_ptr: ItemPointer,
    /// The signature.
    pub sign: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::page::index::testing::{page, seed};

    #[test]
    fn signatures_fill_a_page() {
        let mut bytes = seed("index/bloom-meta");
        bytes[30] = 1;
        bytes[168] = 7;
        let meta = BloomPage::new(page(&bytes)).unwrap();
        assert_eq!(meta.kind(), IndexPageKind::Meta);
        assert_eq!(meta.meta().unwrap().bloom_length(), 5);
        assert_eq!(meta.meta().unwrap().bit_sizes().take(3).collect::<Vec<_>>(), [2, 2, 2]);
        assert_eq!(meta.not_full_pages().unwrap().collect::<Vec<_>>(), [BlockNumber(7)]);

        let bytes = seed("index/bloom-regular");
        let regular = BloomPage::new(page(&bytes)).unwrap();
        assert_eq!(regular.kind(), IndexPageKind::Regular);
        let tuples: Vec<_> = regular.tuples().unwrap().collect();
        assert_eq!(tuples.len(), 60);
        assert!(tuples.iter().all(|tuple| tuple.sign.len() == 10));
        assert_eq!(tuples[59].heap_ptr.to_string(), "(0,60)");
    }

    #[test]
    fn a_count_that_does_not_fit_the_page_is_refused() {
        let mut bytes = seed("index/bloom-regular");
        bytes[8184] = 59;
        assert!(BloomPage::new(page(&bytes)).unwrap().tuples().is_err());
        bytes[8184..8186].fill(0xFF);
        assert!(BloomPage::new(page(&bytes)).unwrap().tuples().is_err());
        bytes[8184..8186].fill(0);
        assert_eq!(BloomPage::new(page(&bytes)).unwrap().tuples().unwrap().count(), 0);
    }
}
