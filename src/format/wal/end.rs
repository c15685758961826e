use crate::format::wal::page::magic_version;
use crate::primitives::{Lsn, TimelineId};

/// Where records stop, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} (found at {found_at}; the WAL can be read up to {lsn})")]
pub struct WalEnd {
    /// The end of the last record that is whole: what comes here can't be read.
    pub lsn: Lsn,
    /// Where the trouble was seen: there, or on a later page of the same record.
    pub found_at: Lsn,
    /// What was wrong.
    pub reason: EndReason,
}

/// Why a record, or the page that it should stand on, can't be read.
///
/// The first ones, up to [`WrongTimeline`](Self::WrongTimeline), are about a page's header; the
/// rest about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndReason {
    /// The bytes stop within a page.
    #[error("the file ends within a page, {had} bytes into it")]
    ShortPage {
        /// How much of the page is there.
        had: usize,
    },
    /// The file can't be read there: it is said apart why.
    #[error("the file can't be read there")]
    Unreadable,
    /// Nothing was ever written to the page.
    #[error("the page is zero: nothing was written there yet")]
    ZeroPage,
    /// The page is not one of this version's WAL.
    #[error("xlp_magic is {found:#06X}{}, expected {expected:#06X}", of_version(*.found))]
    WrongMagic {
        /// What it says.
        found: u16,
        /// What this version writes.
        expected: u16,
    },
    /// A flag of the page is not known.
    #[error("xlp_info {found:#06X} has bits that this version does not set")]
    UnknownPageFlags {
        /// The flags.
        found: u16,
    },
    /// The first page of a segment has a short header.
    #[error("xlp_info {found:#06X}: the first page of a segment needs a long header")]
    NoLongHeader {
        /// The flags.
        found: u16,
    },
    /// The segment is another cluster's.
    #[error("the segment is of the cluster with system identifier {found}, expected {expected}")]
    WrongSystem {
        /// The cluster that it is of.
        found: u64,
        /// The cluster that it should be of.
        expected: u64,
    },
    /// The segment is cut to another size.
    #[error("the segment says that it has {found} bytes, expected {expected}")]
    WrongSegmentSize {
        /// What it says.
        found: u32,
        /// What `pg_control` says.
        expected: u32,
    },
    /// The segment has pages of another size.
    #[error("the segment says that its pages have {found} bytes, expected {expected}")]
    WrongPageSize {
        /// What it says.
        found: u32,
        /// What `pg_control` says.
        expected: u32,
    },
    /// The page is an old one: its segment was recycled, and not yet written to up to here.
    #[error("the page says that it stands at {found}: a recycled segment not yet overwritten here")]
    WrongPageAddress {
        /// Where it stood.
        found: Lsn,
    },
    /// The page is of a younger timeline than its segment, or of an older one than the page
    /// before.
    #[error("the page is of timeline {found}, where {newest} was expected")]
    WrongTimeline {
        /// The page's timeline.
        found: TimelineId,
        /// The timeline of the segment, or of the page before.
        newest: TimelineId,
    },
    /// Between this segment and the one before, some are missing.
    #[error("the WAL goes on only at {found}: what is between is missing")]
    Gap {
        /// Where the next segment starts.
        found: Lsn,
    },
    /// A record should begin here, and the page says that one goes on.
    #[error("the page goes on with {rem_len} bytes of a record, where none was begun")]
    UnexpectedContinuation {
        /// How much the page says is to come.
        rem_len: u32,
    },
    /// A record should go on here, and the page does not say so.
    #[error("the page does not go on with the record that was begun")]
    NoContinuation,
    /// A record goes on with another length than it has.
    #[error("the page goes on with {found} bytes of a record, expected {expected}")]
    WrongContinuation {
        /// How much the page says is to come.
        found: u32,
        /// How much of the record is missing.
        expected: u32,
    },
    /// Nothing was ever written where the next record should stand.
    #[error("no record was written there yet")]
    ZeroLength,
    /// `xl_tot_len` is less than a header takes, or more than the server can read.
    #[error("xl_tot_len is {found}, expected 24 to {MAX_RECORD_LEN}")]
    WrongLength {
        /// The length.
        found: u32,
    },
    /// No resource manager has that number.
    #[error("xl_rmid {found} is no resource manager's")]
    WrongResourceManager {
        /// The number.
        found: u8,
    },
    /// `xl_prev` is not the record before: a leftover of an older use of the segment.
    #[error("xl_prev is {found}, {}", expected_prev(*.expected))]
    WrongPrev {
        /// What it says.
        found: Lsn,
        /// The record before, where it is known.
        expected: Option<Lsn>,
    },
    /// `xl_crc` does not fit the record.
    #[error("xl_crc is {stored:#010x}, and the record has {computed:#010x}")]
    WrongChecksum {
        /// What it says.
        stored: u32,
        /// What the bytes have.
        computed: u32,
    },
}

/// What an [`EndReason`] means where nothing that was written later follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndKind {
    /// Nothing was ever written there.
    Nothing,
    /// What stands there is of an older use of the segment: the usual end in one that was recycled.
    Leftover,
    /// A record was begun, and not written whole.
    Unfinished,
    /// It is no end: something is missing, or does not belong there.
    Trouble,
}

impl EndReason {
    /// What it means at the end of the WAL.
    #[must_use]
    pub const fn kind(self) -> EndKind {
        match self {
            Self::ZeroPage | Self::ZeroLength => EndKind::Nothing,
            Self::WrongPageAddress { .. }
            | Self::UnexpectedContinuation { .. }
            | Self::WrongLength { .. }
            | Self::WrongResourceManager { .. }
            | Self::WrongPrev { .. } => EndKind::Leftover,
            Self::NoContinuation | Self::WrongContinuation { .. } | Self::WrongChecksum { .. } => {
                EndKind::Unfinished
            }
            Self::ShortPage { .. }
            | Self::Unreadable
            | Self::WrongMagic { .. }
            | Self::UnknownPageFlags { .. }
            | Self::NoLongHeader { .. }
            | Self::WrongSystem { .. }
            | Self::WrongSegmentSize { .. }
            | Self::WrongPageSize { .. }
            | Self::WrongTimeline { .. }
            | Self::Gap { .. } => EndKind::Trouble,
        }
    }

    /// Whether the segment as a whole is not what it should be: another cluster's, or cut another
    /// way. Then none of its pages is to be believed.
    #[must_use]
    pub const fn concerns_segment(self) -> bool {
        matches!(
            self,
            Self::WrongSystem { .. } | Self::WrongSegmentSize { .. } | Self::WrongPageSize { .. }
        )
    }
}

/// A record that is longer can't be read by the server, since it takes one allocation
/// (`MaxAllocSize`, utils/memutils.h; 16 and later write none beyond 1020 MB).
pub const MAX_RECORD_LEN: u32 = 0x3FFF_FFFF;

fn of_version(magic: u16) -> String {
    magic_version(magic).map_or_else(String::new, |version| format!(" (PostgreSQL {version})"))
}

fn expected_prev(expected: Option<Lsn>) -> String {
    match expected {
        Some(lsn) => format!("and the record before is {lsn}"),
        None => "which is not before the record".to_owned(),
    }
}
