use super::end::{EndReason, WalEnd};
use super::record::{check_crc, record_header};
use crate::format::PgVersion;
use crate::primitives::{Lsn, TimelineId};

/// What a reader found in its pages beside whole records: the loose ends that
/// [`Chain`](super::Chain) joins, and what must fit what comes before and after.
#[derive(Debug, Clone)]
pub struct SegmentScan {
    /// Where it started.
    pub start: Lsn,
    /// Where it stopped: at the end of its last page, as long as [`end`](Self::end) is `None`.
    pub position: Lsn,
    /// The rest of a record that began before the first page.
    pub(super) continuation: Option<Continuation>,
    /// Whether the first page says that the rest of such a record was lost.
    pub(super) overwrites: bool,
    /// The first record, and what its `xl_prev` says.
    pub(super) first: Option<(Lsn, Lsn)>,
    /// The last record.
    pub(super) last: Option<Lsn>,
    /// The start of a record that goes on behind the last page.
    pub(super) tail: Option<Fragment>,
    /// The timelines of the first and the last page.
    pub timelines: Option<(TimelineId, TimelineId)>,
    /// How the bytes are used.
    pub space: WalSpace,
    /// Where and why the WAL ends within these pages.
    pub end: Option<WalEnd>,
}

impl SegmentScan {
    /// Where the first record starts that began in these pages.
    #[must_use]
    pub fn first_record(&self) -> Option<Lsn> {
        self.first.map(|(start, _)| start)
    }

    /// Where the record starts that goes on behind the last page.
    #[must_use]
    pub fn unfinished(&self) -> Option<Lsn> {
        self.tail.as_ref().map(|tail| tail.start)
    }

    /// Bytes of a record that began before the first page.
    #[must_use]
    pub fn continued(&self) -> u64 {
        let begun = self.continuation.as_ref();
        begun.map_or(0, |begun| u64::try_from(begun.bytes.len()).unwrap_or(u64::MAX))
    }
}

/// What the bytes of WAL files are used for. They add up to the bytes that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WalSpace {
    /// Records, or parts of them.
    pub records: u64,
    /// Headers of pages.
    pub page_headers: u64,
    /// Between records, so that each starts at a multiple of 8.
    pub alignment: u64,
    /// After a SWITCH, up to the end of the segment.
    pub after_switch: u64,
    /// Parts of records whose rest was never written.
    pub abandoned: u64,
}

impl WalSpace {
    /// So many bytes of a record turned out to be of none.
    pub(super) fn abandon(&mut self, bytes: u64) {
        let bytes = bytes.min(self.records);
        self.records -= bytes;
        self.abandoned += bytes;
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.records + self.page_headers + self.alignment + self.after_switch + self.abandoned
    }
}

impl std::ops::AddAssign for WalSpace {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.page_headers += other.page_headers;
        self.alignment += other.alignment;
        self.after_switch += other.after_switch;
        self.abandoned += other.abandoned;
    }
}

/// The start of a record, as long as its end is missing.
#[derive(Debug, Clone, Default)]
pub(super) struct Fragment {
    pub(super) start: Lsn,
    /// `xl_tot_len`.
    len: u32,
    /// What is there of it. It grows with what was read, never ahead of it.
    pub(super) bytes: Vec<u8>,
    header_checked: bool,
}

impl Fragment {
    /// Begins with a record that the page holds `bytes` of. Its header was checked if it is whole.
    pub(super) fn begin(&mut self, start: Lsn, len: u32, bytes: &[u8]) {
        self.start = start;
        self.len = len;
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.header_checked = record_header(bytes).is_some();
    }

    /// Whether a page that goes on with `rem_len` bytes goes on with this record.
    pub(super) fn check_rest(&self, rem_len: Option<u32>) -> Result<(), EndReason> {
        check_rest(self.missing(), rem_len)
    }

    /// Checks the header as soon as it is whole, and the checksum once all is.
    pub(super) fn check(&mut self, prev: Option<Lsn>, version: PgVersion) -> Result<(), EndReason> {
        let Some(header) = record_header(&self.bytes) else { return Ok(()) };
        if !self.header_checked {
            header.check(self.start, prev, version)?;
            self.header_checked = true;
        }
        if self.is_whole() { check_crc(&self.bytes, header) } else { Ok(()) }
    }

    /// Checks the header again, if it is whole, now that the record before is known.
    pub(super) fn check_header(
        &self,
        prev: Option<Lsn>,
        version: PgVersion,
    ) -> Result<(), EndReason> {
        record_header(&self.bytes).map_or(Ok(()), |header| header.check(self.start, prev, version))
    }

    pub(super) fn is_whole(&self) -> bool {
        self.missing() == 0
    }

    fn missing(&self) -> u32 {
        self.len.saturating_sub(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX))
    }
}

/// The rest of a record, whose start is in an earlier segment.
#[derive(Debug, Clone)]
pub(super) struct Continuation {
    /// How long the first page says that it is.
    pub(super) rem_len: u32,
    /// What is there of it.
    pub(super) bytes: Vec<u8>,
    /// Where the record ends, if it ends in this segment.
    pub(super) end: Option<Lsn>,
}

impl Continuation {
    pub(super) fn new(rem_len: u32) -> Self {
        Self { rem_len, bytes: Vec::new(), end: None }
    }

    /// Whether a later page goes on with the same record.
    pub(super) fn check_rest(&self, rem_len: Option<u32>) -> Result<(), EndReason> {
        let had = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        check_rest(self.rem_len.saturating_sub(had), rem_len)
    }
}

/// Whether a page goes on with the `missing` bytes of a record: `rem_len` is `None` where it says
/// that it begins with none.
pub(super) fn check_rest(missing: u32, rem_len: Option<u32>) -> Result<(), EndReason> {
    match rem_len {
        None => Err(EndReason::NoContinuation),
        Some(found) if found == 0 || found != missing => {
            Err(EndReason::WrongContinuation { found, expected: missing })
        }
        Some(_) => Ok(()),
    }
}
