use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::{Bytes, FormatError, PgVersion};
use crate::primitives::{Lsn, TimelineId};

/// What every page of WAL starts with (`XLogPageHeaderData`, access/xlog_internal.h).
///
/// ```text
///  0  xlp_magic      tells the version that wrote it
///  2  xlp_info       flags
///  4  xlp_tli        timeline of the first record that starts on the page
///  8  xlp_pageaddr   where in the WAL the page is
/// 16  xlp_rem_len    bytes that are left of a record from the page before
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct WalPageHeader {
    xlp_magic: U16,
    xlp_info: U16,
    xlp_tli: U32,
    xlp_pageaddr: U64,
    xlp_rem_len: U32,
}

const _: () = assert!(size_of::<WalPageHeader>() == 20);

/// `XLOG_PAGE_MAGIC` of each version.
const MAGICS: [(PgVersion, u16); 8] = [
    (PgVersion::V12, 0xD101),
    (PgVersion::V13, 0xD106),
    (PgVersion::V14, 0xD10D),
    (PgVersion::V15, 0xD110),
    (PgVersion::V16, 0xD113),
    (PgVersion::V17, 0xD116),
    (PgVersion::V18, 0xD118),
    (PgVersion::V19, 0xD122),
];

impl WalPageHeader {
    /// The header at the start of `bytes`, a page of WAL.
    pub fn parse(bytes: &[u8]) -> Result<&Self, FormatError> {
        Bytes(bytes).view("WAL page header", 0)
    }

    /// The number that tells the version.
    #[must_use]
    pub fn xlp_magic(&self) -> u16 {
        self.xlp_magic.get()
    }

    /// The flags.
    #[must_use]
    pub fn xlp_info(&self) -> u16 {
        self.xlp_info.get()
    }

    /// The timeline.
    #[must_use]
    pub fn xlp_tli(&self) -> TimelineId {
        TimelineId(self.xlp_tli.get())
    }

    /// Where in the WAL the page is. A segment that was recycled still holds the pages of the
    /// place where it was before.
    #[must_use]
    pub fn xlp_pageaddr(&self) -> Lsn {
        Lsn(self.xlp_pageaddr.get())
    }

    /// How many bytes of a record from the page before stand here first.
    #[must_use]
    pub fn xlp_rem_len(&self) -> u32 {
        self.xlp_rem_len.get()
    }

    /// Whether `version` wrote the page for this place in the WAL.
    #[must_use]
    pub fn is_of(&self, version: PgVersion, place: Lsn) -> bool {
        let magic = MAGICS.iter().find(|(of, _)| *of == version).map(|&(_, magic)| magic);
        magic == Some(self.xlp_magic()) && self.xlp_pageaddr() == place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_of_the_version_and_the_place_that_it_says() {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&[0x16, 0xD1, 7, 0, 1, 0, 0, 0]);
        bytes[8..16].copy_from_slice(&0x0120_0000_u64.to_le_bytes());
        let header = WalPageHeader::parse(&bytes).unwrap();
        assert_eq!((header.xlp_info(), header.xlp_tli()), (7, TimelineId(1)));
        assert!(header.is_of(PgVersion::V17, Lsn(0x0120_0000)));
        assert!(!header.is_of(PgVersion::V18, Lsn(0x0120_0000)));
        assert!(!header.is_of(PgVersion::V17, Lsn(0x0110_0000)));
        assert!(WalPageHeader::parse(&bytes[..19]).is_err());
    }
}
