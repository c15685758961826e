//! The header of each page of WAL (access/xlog_internal.h).
//!
//! ```text
//!  0  xlp_magic        which version wrote it
//!  2  xlp_info         see `PageInfo`
//!  4  xlp_tli          the timeline of the first record on the page
//!  8  xlp_pageaddr     the position of the page in the WAL
//! 16  xlp_rem_len      bytes still to come of the record that the page before began
//! 20  padding; the short header ends at 24. The long one, on the first page of a segment, goes on:
//! 24  xlp_sysid        system identifier, as in pg_control
//! 32  xlp_seg_size     bytes in a segment
//! 36  xlp_xlog_blcksz  bytes in a page
//! ```

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::EndReason;
use crate::format::{Bytes, Format, FormatError, PgVersion};
use crate::primitives::{Lsn, TimelineId};

/// What stands at the start of every page (`XLogPageHeaderData`).
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct WalPageHeader {
    xlp_magic: U16,
    xlp_info: U16,
    xlp_tli: U32,
    xlp_pageaddr: U64,
    xlp_rem_len: U32,
    padding: U32,
}

/// What stands at the start of a segment (`XLogLongPageHeaderData`).
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct WalLongPageHeader {
    /// What every page has.
    pub std: WalPageHeader,
    xlp_sysid: U64,
    xlp_seg_size: U32,
    xlp_xlog_blcksz: U32,
}

const _: () = assert!(size_of::<WalPageHeader>() == 24 && size_of::<WalLongPageHeader>() == 40);

bitflags::bitflags! {
    /// `xlp_info` (access/xlog_internal.h), with the bits that version 19 gives them. Bits without
    /// a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct PageInfo: u16 {
        /// The page begins with the rest of a record.
        const XLP_FIRST_IS_CONTRECORD = 0x0001;
        /// The header is a long one.
        const XLP_LONG_HEADER = 0x0002;
        /// The rest of a record was lost in a crash, and something else stands in its place.
        const XLP_FIRST_IS_OVERWRITE_CONTRECORD = 0x0004;
        const _ = !0;
    }
}

/// `XLP_BKP_REMOVABLE`, gone in 19; and where the flag after it stood before that.
const XLP_BKP_REMOVABLE: u16 = 0x0004;
const XLP_FIRST_IS_OVERWRITE_CONTRECORD_WAS: u16 = 0x0008;

/// `xlp_magic` of each version.
const MAGICS: &[(u16, PgVersion)] = &[
    (0xD101, PgVersion::V12),
    (0xD106, PgVersion::V13),
    (0xD10D, PgVersion::V14),
    (0xD110, PgVersion::V15),
    (0xD113, PgVersion::V16),
    (0xD116, PgVersion::V17),
    (0xD118, PgVersion::V18),
    (0xD122, PgVersion::V19),
];

/// The version that writes pages with that `xlp_magic`.
#[must_use]
pub fn magic_version(xlp_magic: u16) -> Option<PgVersion> {
    MAGICS.iter().find(|(magic, _)| *magic == xlp_magic).map(|(_, version)| *version)
}

/// The `xlp_magic` of that version.
#[must_use]
pub fn version_magic(version: PgVersion) -> u16 {
    MAGICS.iter().find(|(_, of)| *of == version).map_or(0, |(magic, _)| *magic)
}

impl WalPageHeader {
    /// The header at the start of a page's bytes, whatever it says.
    pub fn parse(bytes: &[u8]) -> Result<&Self, FormatError> {
        Bytes(bytes).view("page header of WAL", 0)
    }

    /// Which version wrote the page; see [`magic_version`].
    #[must_use]
    pub fn xlp_magic(&self) -> u16 {
        self.xlp_magic.get()
    }

    /// The flags as they stand there.
    #[must_use]
    pub fn xlp_info(&self) -> u16 {
        self.xlp_info.get()
    }

    /// The timeline of the first record on the page.
    #[must_use]
    pub fn xlp_tli(&self) -> TimelineId {
        TimelineId(self.xlp_tli.get())
    }

    /// Where the page says that it stands.
    #[must_use]
    pub fn xlp_pageaddr(&self) -> Lsn {
        Lsn(self.xlp_pageaddr.get())
    }

    /// Bytes still to come of the record that was begun before.
    #[must_use]
    pub fn xlp_rem_len(&self) -> u32 {
        self.xlp_rem_len.get()
    }

    /// The flags, with their bits as 19 has them; `None` where a bit is set that the version does
    /// not know.
    #[must_use]
    pub fn info(&self, version: PgVersion) -> Option<PageInfo> {
        let mut bits = self.xlp_info();
        if !version.wal_page_flags_are_dense() {
            let overwrite = bits & XLP_FIRST_IS_OVERWRITE_CONTRECORD_WAS != 0;
            bits &= !(XLP_BKP_REMOVABLE | XLP_FIRST_IS_OVERWRITE_CONTRECORD_WAS);
            if overwrite {
                bits |= PageInfo::XLP_FIRST_IS_OVERWRITE_CONTRECORD.bits();
            }
        }
        (bits & !0x0007 == 0).then(|| PageInfo::from_bits_retain(bits))
    }

    /// Whether all 24 bytes are 0.
    fn is_zero(&self) -> bool {
        self.xlp_magic.get() == 0
            && self.xlp_info.get() == 0
            && self.xlp_tli.get() == 0
            && self.xlp_pageaddr.get() == 0
            && self.xlp_rem_len.get() == 0
    }
}

impl WalLongPageHeader {
    /// Reads the header of a segment's first page.
    ///
    /// This is all that is needed to know whose a single segment file is, and how it is cut.
    pub fn parse(bytes: &[u8]) -> Result<&Self, FormatError> {
        let header = Bytes(bytes).view::<Self>("header of a WAL segment", 0)?;
        if magic_version(header.std.xlp_magic()).is_none() {
            return Err(FormatError::Invalid {
                what: "xlp_magic of a WAL segment",
                offset: 0,
                expected: "that of a version from 12 to 19 (0xD101 to 0xD122)".to_owned(),
                found: format!("{:#06X}", header.std.xlp_magic()),
            });
        }
        if header.std.xlp_info() & PageInfo::XLP_LONG_HEADER.bits() == 0 {
            return Err(FormatError::Invalid {
                what: "xlp_info of a WAL segment",
                offset: 2,
                expected: "a long header".to_owned(),
                found: format!("{:#06X}", header.std.xlp_info()),
            });
        }
        Ok(header)
    }

    /// The version that wrote the segment.
    #[must_use]
    pub fn version(&self) -> Option<PgVersion> {
        magic_version(self.std.xlp_magic())
    }

    /// The cluster that the segment is of.
    #[must_use]
    pub fn xlp_sysid(&self) -> u64 {
        self.xlp_sysid.get()
    }

    /// Bytes in one of its segments.
    #[must_use]
    pub fn xlp_seg_size(&self) -> u32 {
        self.xlp_seg_size.get()
    }

    /// Bytes in one of its pages of WAL.
    #[must_use]
    pub fn xlp_xlog_blcksz(&self) -> u32 {
        self.xlp_xlog_blcksz.get()
    }
}

/// What is known beforehand of the pages to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRules {
    /// The sizes and the version.
    pub format: Format,
    /// Whose WAL it has to be; `None` takes any.
    pub system_identifier: Option<u64>,
    /// The timeline that the segment's name says: pages may be of an older one, which this one
    /// grew out of, never of a younger. `None` takes any.
    pub timeline: Option<TimelineId>,
}

/// A page header that passed.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedPage {
    pub(super) info: PageInfo,
    pub(super) timeline: TimelineId,
    pub(super) rem_len: u32,
    /// How many bytes the header takes.
    pub(super) header_len: usize,
}

impl CheckedPage {
    /// How long the record is that goes on on the page; `None` where none does.
    pub(super) fn continues(&self) -> Option<u32> {
        self.info.contains(PageInfo::XLP_FIRST_IS_CONTRECORD).then_some(self.rem_len)
    }
}

impl PageRules {
    /// Checks the header of the page at `lsn`, as the server does
    /// (`XLogReaderValidatePageHeader`, access/transam/xlogreader.c).
    pub(super) fn check(self, page: &[u8], lsn: Lsn) -> Result<CheckedPage, EndReason> {
        let short = |_| EndReason::ShortPage { had: page.len() };
        let header = Bytes(page).view::<WalPageHeader>("page header", 0).map_err(short)?;
        let version = self.format.version;
        if header.xlp_magic() != version_magic(version) {
            return Err(if header.is_zero() {
                EndReason::ZeroPage
            } else {
                EndReason::WrongMagic {
                    found: header.xlp_magic(),
                    expected: version_magic(version),
                }
            });
        }
        let info =
            header.info(version).ok_or(EndReason::UnknownPageFlags { found: header.xlp_info() })?;
        let mut header_len = size_of::<WalPageHeader>();
        if info.contains(PageInfo::XLP_LONG_HEADER) {
            header_len = size_of::<WalLongPageHeader>();
            let long = Bytes(page).view("long page header", 0).map_err(short)?;
            self.check_long(long)?;
        } else if lsn.0.is_multiple_of(u64::from(self.format.wal_segment_size.max(1))) {
            return Err(EndReason::NoLongHeader { found: header.xlp_info() });
        }
        if header.xlp_pageaddr() != lsn {
            return Err(EndReason::WrongPageAddress { found: header.xlp_pageaddr() });
        }
        let timeline = header.xlp_tli();
        match self.timeline {
            Some(newest) if timeline > newest => {
                Err(EndReason::WrongTimeline { found: timeline, newest })
            }
            _ => Ok(CheckedPage { info, timeline, rem_len: header.xlp_rem_len(), header_len }),
        }
    }

    fn check_long(self, header: &WalLongPageHeader) -> Result<(), EndReason> {
        match self.system_identifier {
            Some(expected) if header.xlp_sysid() != expected => {
                return Err(EndReason::WrongSystem { found: header.xlp_sysid(), expected });
            }
            _ => {}
        }
        let expected = self.format.wal_segment_size;
        if header.xlp_seg_size() != expected {
            return Err(EndReason::WrongSegmentSize { found: header.xlp_seg_size(), expected });
        }
        let expected = self.format.wal_block_size;
        if header.xlp_xlog_blcksz() != expected {
            return Err(EndReason::WrongPageSize { found: header.xlp_xlog_blcksz(), expected });
        }
        Ok(())
    }
}
