use std::ops::ControlFlow;

use super::opened::Opened;
use super::{Wal, WalFile};
use crate::cluster::READ_BYTES;
use crate::cluster::kept::ScanFindings;
use crate::format::wal::{EndReason, RawRecord, RecordReader, SegmentNumber, SegmentScan, WalEnd};
use crate::primitives::Lsn;

/// Where the reading of a segment starts, and what happens where its records stop.
#[derive(Debug, Clone, Copy)]
pub struct SegmentStart {
    /// The page to start with: the one that holds this position, or the segment's first.
    pub from: Lsn,
    /// Whether to go on at the next page that starts a record.
    pub resync: bool,
}

/// What was read of a segment.
#[derive(Debug)]
pub struct SegmentRead {
    /// One, or with resync one for each run of records: what
    /// [`Chain`](crate::format::wal::Chain) joins. Their numbers are those that the records were
    /// handed out with.
    pub parts: Vec<SegmentScan>,
    /// The length of the segment's file in bytes, decompressed.
    pub len: u64,
    /// What is wrong with the file.
    pub findings: ScanFindings,
    /// Whether the receiver of records asked to stop.
    pub stopped: bool,
}

impl Wal {
    /// Reads one segment on its own, and hands out its records with the number of the part that
    /// they are in. `buffer` is room to keep between calls.
    pub fn scan_segment(
        &self,
        segment: &WalFile,
        start: SegmentStart,
        buffer: &mut Vec<u8>,
        each: impl FnMut(usize, RawRecord<'_>) -> ControlFlow<()>,
    ) -> SegmentRead {
        self.scan_file(self.file_of(segment), self.open_segment(segment), start, buffer, each)
    }

    /// The same with that file of it.
    pub(super) fn scan_file(
        &self,
        segment: &WalFile,
        opened: Opened,
        start: SegmentStart,
        buffer: &mut Vec<u8>,
        mut each: impl FnMut(usize, RawRecord<'_>) -> ControlFlow<()>,
    ) -> SegmentRead {
        let rules = self.rules(segment.timeline);
        let first = self.start_of(segment.number).max(self.page_of(start.from));
        let findings = ScanFindings::default();
        let mut read = SegmentRead { parts: Vec::new(), len: 0, findings, stopped: false };
        let mut reader = RecordReader::new(rules, first);
        opened.findings.into_iter().for_each(|finding| read.findings.add(finding));
        let Some(file) = opened.file else {
            reader.give_up(EndReason::Unreadable);
            read.parts.push(reader.finish());
            return read;
        };
        let size = u64::from(self.format.wal_segment_size);
        read.len = file.len();
        let mut next = first;
        loop {
            let at = next.0.saturating_sub(self.start_of(segment.number).0);
            let len = usize::try_from(size.saturating_sub(at))
                .map_or(READ_BYTES, |left| left.min(READ_BYTES));
            let pages = match file.read_at(at, len, buffer) {
                Ok([]) => break,
                Ok(pages) => pages,
                Err(error) => {
                    read.findings.add(self.unreadable(segment, error.to_string()));
                    reader.give_up(EndReason::Unreadable);
                    if !start.resync {
                        break;
                    }
                    // What comes behind the piece may be readable again.
                    let behind = Lsn(next.0.saturating_add(len as u64));
                    self.next_part(&mut read, &mut reader, behind, segment);
                    next = behind;
                    continue;
                }
            };
            let base = next;
            next = Lsn(base.0.saturating_add(pages.len() as u64));
            let mut rest = pages;
            while !rest.is_empty() {
                let mut records = reader.read(rest);
                while let Some(record) = records.next() {
                    if each(read.parts.len(), record).is_break() {
                        read.stopped = true;
                        read.parts.push(reader.finish());
                        return read;
                    }
                }
                let Some(end) = reader.end() else { break };
                if !start.resync {
                    read.parts.push(reader.finish());
                    return read;
                }
                let from = self.page_to_try(reader.start(), end);
                self.next_part(&mut read, &mut reader, from, segment);
                let skip = usize::try_from(from.0.saturating_sub(base.0)).unwrap_or(usize::MAX);
                rest = pages.get(skip..).unwrap_or_default();
                next = next.max(from);
            }
        }
        read.parts.push(reader.finish());
        read
    }

    /// The page where a record may start again: the one where a record did not go on as it
    /// should, since that may be all that is wrong with it; else the one behind the trouble. None
    /// of a segment that is of another cluster.
    pub(super) fn page_to_try(&self, start: Lsn, end: &WalEnd) -> Lsn {
        if end.reason.concerns_segment() {
            let segment = SegmentNumber::of(end.found_at, self.format.wal_segment_size);
            return self.end_of(segment);
        }
        let page = self.page_of(end.found_at);
        if page == end.found_at && page > start {
            return page;
        }
        Lsn(page.0.saturating_add(u64::from(self.format.wal_block_size.max(1))))
    }

    /// Keeps what was read, if it came to anything, and begins anew.
    fn next_part(
        &self,
        read: &mut SegmentRead,
        reader: &mut RecordReader,
        from: Lsn,
        segment: &WalFile,
    ) {
        let fresh = RecordReader::new(self.rules(segment.timeline), from);
        let scan = std::mem::replace(reader, fresh).finish();
        // The first part always counts: it says how the segment joins the one before.
        if read.parts.is_empty() || scan.first_record().is_some() {
            read.parts.push(scan);
        }
    }
}
