//! Full-page images: a page with its hole cut out, compressed or not (access/xlogrecord.h;
//! `RestoreBlockImage`, access/transam/xlogreader.c).
//!
//! ```text
//! the page   │ before the hole │ hole: only zeros │ after the hole │
//! stored     │ before the hole │ after the hole │      compressed as one, where it is
//! ```

use crate::format::datum::{Compression, decompress};
use crate::format::{FormatError, PgVersion};

bitflags::bitflags! {
    /// `bimg_info` (access/xlogrecord.h), with the bits that version 15 and later give them. Bits
    /// without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ImageFlags: u8 {
        /// `BKPIMAGE_HAS_HOLE`: zeros were cut out.
        const HAS_HOLE = 0x01;
        /// `BKPIMAGE_APPLY`: replay puts the image in place; without it, it is there to compare.
        const APPLY = 0x02;
        /// `BKPIMAGE_COMPRESS_PGLZ`.
        const COMPRESS_PGLZ = 0x04;
        /// `BKPIMAGE_COMPRESS_LZ4`.
        const COMPRESS_LZ4 = 0x08;
        /// `BKPIMAGE_COMPRESS_ZSTD`.
        const COMPRESS_ZSTD = 0x10;
        const _ = !0;
    }
}

/// Before 15: `BKPIMAGE_IS_COMPRESSED` (by pglz), and where `BKPIMAGE_APPLY` stood.
const IS_COMPRESSED_WAS: u8 = 0x02;
const APPLY_WAS: u8 = 0x04;

impl ImageFlags {
    /// Reads `bimg_info` of a record of that version.
    #[inline]
    #[must_use]
    pub fn from_raw(bimg_info: u8, version: PgVersion) -> Self {
        if version.wal_images_name_their_compression() {
            return Self::from_bits_retain(bimg_info);
        }
        let mut flags = Self::from_bits_retain(bimg_info & !(IS_COMPRESSED_WAS | APPLY_WAS));
        flags.set(Self::COMPRESS_PGLZ, bimg_info & IS_COMPRESSED_WAS != 0);
        flags.set(Self::APPLY, bimg_info & APPLY_WAS != 0);
        flags
    }

    /// Whether it is compressed, by whatever method.
    #[inline]
    #[must_use]
    pub fn is_compressed(self) -> bool {
        self.intersects(Self::COMPRESS_PGLZ | Self::COMPRESS_LZ4 | Self::COMPRESS_ZSTD)
    }

    /// The names of the flags that are set, as `pg_get_wal_block_info()` lists them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(ImageFlags, &str); 5] = [
            (ImageFlags::HAS_HOLE, "HAS_HOLE"),
            (ImageFlags::APPLY, "APPLY"),
            (ImageFlags::COMPRESS_PGLZ, "COMPRESS_PGLZ"),
            (ImageFlags::COMPRESS_LZ4, "COMPRESS_LZ4"),
            (ImageFlags::COMPRESS_ZSTD, "COMPRESS_ZSTD"),
        ];
        NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

/// A page's image, as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Image<'a> {
    /// Bytes that are stored of it (`bimg_len`), which is what counts as FPI.
    pub stored: u16,
    /// Where the hole starts on the page.
    pub hole_offset: u16,
    /// How many bytes were cut out; 0 where there is no hole.
    pub hole_length: u16,
    /// How it is stored, and what for.
    pub flags: ImageFlags,
    /// What is stored; `None` in a record that was copied without its images.
    pub data: Option<&'a [u8]>,
}

/// Rebuilds pages from images. It keeps what it needs from one to the next.
#[derive(Default)]
pub struct ImageRestorer {
    without_hole: Vec<u8>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
}

impl std::fmt::Debug for ImageRestorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageRestorer").finish_non_exhaustive()
    }
}

impl ImageRestorer {
    /// Rebuilds the page into `page`, which it replaces. It gives `block_size` bytes, or an error:
    /// where the image is not the whole page without its hole, or can't be decompressed.
    pub fn restore(
        &mut self,
        image: &Image<'_>,
        block_size: u32,
        page: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        page.clear();
        let stored_len = block_size
            .checked_sub(u32::from(image.hole_length))
            .ok_or_else(|| wrong(block_size, format!("a hole of {}", image.hole_length)))?;
        let data = image.data.ok_or_else(|| wrong(block_size, "no bytes of it".to_owned()))?;
        let bytes = if image.flags.is_compressed() {
            self.decompress(image.flags, data, stored_len)?;
            &self.without_hole
        } else {
            data
        };
        let hole = usize::from(image.hole_length);
        let parts = bytes.split_at_checked(usize::from(image.hole_offset));
        let whole = u32::try_from(bytes.len()) == Ok(stored_len);
        let (before, after) = parts.filter(|_| whole).ok_or_else(|| {
            let hole = format!("hole at {}, {} long", image.hole_offset, image.hole_length);
            wrong(block_size, format!("{} bytes and a {hole}", bytes.len()))
        })?;
        page.reserve(bytes.len() + hole);
        page.extend_from_slice(before);
        page.resize(before.len() + hole, 0);
        page.extend_from_slice(after);
        Ok(())
    }

    /// The methods are looked for in the server's order.
    fn decompress(
        &mut self,
        flags: ImageFlags,
        data: &[u8],
        raw_len: u32,
    ) -> Result<(), FormatError> {
        let out = &mut self.without_hole;
        if flags.contains(ImageFlags::COMPRESS_PGLZ) {
            decompress(Compression::Pglz, data, raw_len, out)
        } else if flags.contains(ImageFlags::COMPRESS_LZ4) {
            decompress(Compression::Lz4, data, raw_len, out)
        } else {
            self.zstd(data, raw_len)
        }
    }

    fn zstd(&mut self, data: &[u8], raw_len: u32) -> Result<(), FormatError> {
        let failed = |error: std::io::Error| FormatError::Invalid {
            what: "Zstandard data of a full-page image",
            offset: 0,
            expected: format!("{raw_len} bytes when decompressed"),
            found: error.to_string(),
        };
        let zstd = match &mut self.zstd {
            Some(zstd) => zstd,
            none => none.insert(zstd::bulk::Decompressor::new().map_err(failed)?),
        };
        self.without_hole.clear();
        self.without_hole.resize(usize::try_from(raw_len).unwrap_or(0), 0);
        let len = zstd.decompress_to_buffer(data, self.without_hole.as_mut_slice());
        self.without_hole.truncate(len.map_err(failed)?);
        Ok(())
    }
}

fn wrong(block_size: u32, found: String) -> FormatError {
    FormatError::Invalid {
        what: "full-page image",
        offset: 0,
        expected: format!("a page of {block_size} bytes"),
        found,
    }
}
