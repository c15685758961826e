use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::rmgr::RmgrId;
use super::{EndReason, MAX_RECORD_LEN};
use crate::format::PgVersion;
use crate::primitives::{Lsn, TransactionId};

/// The first 24 bytes of every record (`XLogRecord`, access/xlogrecord.h).
///
/// ```text
///  0  xl_tot_len   of the record, with this header
///  4  xl_xid       who wrote it, or 0
///  8  xl_prev      where the record before starts
/// 16  xl_info      high four bits: the resource manager's, what the record is; low four: flags
/// 17  xl_rmid      which resource manager knows what it means
/// 18  two unused bytes
/// 20  xl_crc       CRC-32C of what follows the header, then of the header up to here
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct XLogRecord {
    xl_tot_len: U32,
    xl_xid: U32,
    xl_prev: U64,
    xl_info: u8,
    xl_rmid: u8,
    padding: [u8; 2],
    xl_crc: U32,
}

/// Bytes in a record's header (`SizeOfXLogRecord`).
pub const RECORD_HEADER_LEN: usize = size_of::<XLogRecord>();
const _: () = assert!(RECORD_HEADER_LEN == 24);
const CRC_OFFSET: usize = 20;

/// `XLR_SPECIAL_REL_UPDATE`: it changes files of a relation that no block reference names.
pub const XLR_SPECIAL_REL_UPDATE: u8 = 0x01;
/// `XLR_CHECK_CONSISTENCY`: its images are there to check replay with.
pub const XLR_CHECK_CONSISTENCY: u8 = 0x02;
/// `XLR_INFO_MASK`: the bits of `xl_info` that are no resource manager's.
pub const XLR_INFO_MASK: u8 = 0x0F;

/// `XLOG_SWITCH` (catalog/pg_control.h): the rest of the segment stays empty.
const XLOG_SWITCH: u8 = 0x40;

impl XLogRecord {
    /// Length of the record in bytes, with its header.
    #[inline]
    #[must_use]
    pub fn xl_tot_len(&self) -> u32 {
        self.xl_tot_len.get()
    }

    /// The transaction that wrote it; invalid where none did.
    #[inline]
    #[must_use]
    pub fn xl_xid(&self) -> TransactionId {
        TransactionId(self.xl_xid.get())
    }

    /// Where the record before starts.
    #[inline]
    #[must_use]
    pub fn xl_prev(&self) -> Lsn {
        Lsn(self.xl_prev.get())
    }

    /// What the record is, and flags.
    #[inline]
    #[must_use]
    pub fn xl_info(&self) -> u8 {
        self.xl_info
    }

    /// The resource manager that knows what the record means.
    #[inline]
    #[must_use]
    pub fn xl_rmid(&self) -> RmgrId {
        RmgrId(self.xl_rmid)
    }

    /// The stored checksum.
    #[must_use]
    pub fn xl_crc(&self) -> u32 {
        self.xl_crc.get()
    }

    /// Whether it ends its segment (`XLOG_SWITCH`).
    #[inline]
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.xl_rmid == RmgrId::XLOG.0 && self.xl_info & !XLR_INFO_MASK == XLOG_SWITCH
    }

    /// What the server demands of a header before it believes it (`ValidXLogRecordHeader`):
    /// `prev` is the record before, where that is known.
    #[inline]
    pub(super) fn check(
        &self,
        start: Lsn,
        prev: Option<Lsn>,
        version: PgVersion,
    ) -> Result<(), EndReason> {
        check_len(self.xl_tot_len())?;
        if !self.xl_rmid().is_valid(version) {
            return Err(EndReason::WrongResourceManager { found: self.xl_rmid });
        }
        let found = self.xl_prev();
        let fits = prev.map_or(found < start, |prev| found == prev);
        if fits { Ok(()) } else { Err(EndReason::WrongPrev { found, expected: prev }) }
    }
}

/// Whether a record can have that length.
#[inline]
pub(super) fn check_len(xl_tot_len: u32) -> Result<(), EndReason> {
    match xl_tot_len {
        0 => Err(EndReason::ZeroLength),
        24..=MAX_RECORD_LEN => Ok(()),
        found => Err(EndReason::WrongLength { found }),
    }
}

/// The header of a record's bytes; `None` where they are fewer than it takes.
#[inline]
#[must_use]
pub fn record_header(record: &[u8]) -> Option<&XLogRecord> {
    XLogRecord::ref_from_prefix(record).ok().map(|(header, _)| header)
}

/// Compares `xl_crc` with the bytes of a whole record.
#[inline]
pub(super) fn check_crc(record: &[u8], header: &XLogRecord) -> Result<(), EndReason> {
    let covered_last = record.get(..CRC_OFFSET).unwrap_or_default();
    let covered_first = record.get(RECORD_HEADER_LEN..).unwrap_or_default();
    let computed = crate::format::crc32c_append(crate::format::crc32c(covered_first), covered_last);
    let stored = header.xl_crc();
    if stored == computed { Ok(()) } else { Err(EndReason::WrongChecksum { stored, computed }) }
}

/// A whole record whose checksum fits, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// Where it starts.
    pub start_lsn: Lsn,
    /// Where the server's reader stands after it: aligned, and after a SWITCH the end of the
    /// segment.
    pub end_lsn: Lsn,
    /// The record: `xl_tot_len` bytes, without the page headers between.
    pub bytes: &'a [u8],
    /// Its header.
    pub header: &'a XLogRecord,
}
