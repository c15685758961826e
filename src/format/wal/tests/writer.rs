//! A small server: it writes pages of WAL, as small as can be.

use crate::format::wal::{PageInfo, PageRules, version_magic};
use crate::format::{Format, PgVersion};
use crate::primitives::{Lsn, TimelineId};

pub(super) const SYSTEM: u64 = 0x1234_5678_9ABC_DEF0;
pub(super) const PAGE: usize = 128;
pub(super) const SEGMENT: usize = 512;
/// Where the tests' WAL starts: at the second segment.
pub(super) const START: Lsn = Lsn(SEGMENT as u64);

pub(super) fn format() -> Format {
    let mut format = Format::usual(PgVersion::V17);
    format.wal_block_size = u32::try_from(PAGE).unwrap();
    format.wal_segment_size = u32::try_from(SEGMENT).unwrap();
    format
}

pub(super) fn rules() -> PageRules {
    PageRules { format: format(), system_identifier: Some(SYSTEM), timeline: Some(TimelineId(1)) }
}

/// A record of that resource manager, with that main data.
pub(in crate::format::wal) fn record(rmid: u8, info: u8, prev: Lsn, main: &[u8]) -> Vec<u8> {
    let mut body = match u8::try_from(main.len()) {
        Ok(0) => Vec::new(),
        Ok(len) => vec![255, len],
        Err(_) => [&[254][..], &u32::try_from(main.len()).unwrap().to_le_bytes()].concat(),
    };
    body.extend(main);
    sealed(rmid, info, prev, &body)
}

/// A record with that behind its header, and the checksum that it needs.
pub(super) fn sealed(rmid: u8, info: u8, prev: Lsn, body: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(24 + body.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(700_u32.to_le_bytes());
    bytes.extend(prev.0.to_le_bytes());
    bytes.extend([info, rmid, 0, 0, 0, 0, 0, 0]);
    bytes.extend(body);
    seal(&mut bytes);
    bytes
}

pub(super) fn seal(record: &mut [u8]) {
    let crc = crate::format::crc32c_append(crate::format::crc32c(&record[24..]), &record[..20]);
    record[20..24].copy_from_slice(&crc.to_le_bytes());
}

/// WAL that grows by records.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    prev: Lsn,
    /// Start and end of each record.
    pub(super) records: Vec<(Lsn, Lsn)>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), prev: Lsn(24), records: Vec::new() }
    }

    /// Such a WAL, with a record for each length of main data.
    pub(super) fn of(lens: &[usize]) -> Self {
        let mut writer = Self::new();
        for &len in lens {
            writer.push(10, 0x00, &vec![0xAB; len]);
        }
        writer
    }

    pub(super) fn push(&mut self, rmid: u8, info: u8, main: &[u8]) {
        if self.bytes.len().is_multiple_of(PAGE) {
            self.header(0, PageInfo::empty());
        }
        let (start, prev) = (self.lsn(), self.prev);
        let record = record(rmid, info, prev, main);
        let mut left = &record[..];
        loop {
            let room = (PAGE - self.bytes.len() % PAGE).min(left.len());
            self.bytes.extend(&left[..room]);
            left = &left[room..];
            if left.is_empty() {
                break;
            }
            self.header(left.len(), PageInfo::XLP_FIRST_IS_CONTRECORD);
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        if (rmid, info) == (0, 0x40) {
            // As the server does: pages with nothing but their header.
            while !self.bytes.len().is_multiple_of(SEGMENT) {
                if self.bytes.len().is_multiple_of(PAGE) {
                    self.header(0, PageInfo::empty());
                }
                self.bytes.resize(self.bytes.len().next_multiple_of(PAGE), 0);
            }
        }
        self.prev = start;
        self.records.push((start, self.lsn()));
    }

    /// Begins a page.
    pub(super) fn header(&mut self, rem_len: usize, info: PageInfo) {
        let long = self.bytes.len().is_multiple_of(SEGMENT);
        let mut info = info.bits();
        if info & 4 != 0 {
            info = 8; // where version 17 has the flag
        }
        let address = self.lsn();
        self.bytes.extend(version_magic(PgVersion::V17).to_le_bytes());
        self.bytes.extend((info | if long { 2 } else { 0 }).to_le_bytes());
        self.bytes.extend(1_u32.to_le_bytes());
        self.bytes.extend(address.0.to_le_bytes());
        self.bytes.extend(u64::try_from(rem_len).unwrap().to_le_bytes());
        if long {
            self.bytes.extend(SYSTEM.to_le_bytes());
            self.bytes.extend(format().wal_segment_size.to_le_bytes());
            self.bytes.extend(format().wal_block_size.to_le_bytes());
        }
    }

    /// The next record's `xl_prev`.
    pub(super) fn prev_is(&mut self, prev: Lsn) {
        self.prev = prev;
    }

    /// Where the next record goes.
    pub(super) fn lsn(&self) -> Lsn {
        Lsn(START.0 + u64::try_from(self.bytes.len()).unwrap())
    }

    /// Where in the bytes that position is.
    pub(super) fn at(lsn: Lsn) -> usize {
        usize::try_from(lsn.0 - START.0).unwrap()
    }

    /// The bytes, filled up with zeros to whole segments.
    pub(super) fn segments(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(bytes.len().next_multiple_of(SEGMENT), 0);
        bytes
    }
}
