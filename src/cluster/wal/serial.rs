use std::ops::ControlFlow;

use super::{Wal, WalFile};
use crate::cluster::READ_BYTES;
use crate::cluster::kept::{FirstOf, ScanFindings};
use crate::format::wal::{EndReason, RawRecord, RecordReader, SegmentNumber, WalEnd};
use crate::primitives::Lsn;

/// Where reading record by record came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalStop {
    /// The records stop there, for that reason.
    End(WalEnd),
    /// The last file was read to its end, up to there.
    OutOfFiles(Lsn),
    /// There is no file that holds the start.
    NoStart,
    /// The receiver of the records asked to stop.
    Asked,
}

/// What reading record by record came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalReading {
    /// Where it ended.
    pub stop: WalStop,
    /// What was passed over: where records stopped, and where they go on.
    pub skipped: FirstOf<(WalEnd, Lsn)>,
    /// What is wrong with the files.
    pub findings: ScanFindings,
    /// How many files were read.
    pub segments: u64,
}

impl Wal {
    /// Hands out the records that start at `from` or later, one after the other, to the end of the
    /// WAL; with `resync`, also those behind what can't be read.
    pub fn read_on(
        &self,
        from: Lsn,
        resync: bool,
        each: impl FnMut(RawRecord<'_>) -> ControlFlow<()>,
    ) -> WalReading {
        let mut reading = WalReading {
            stop: WalStop::NoStart,
            skipped: FirstOf::default(),
            findings: ScanFindings::default(),
            segments: 0,
        };
        let first = self.segment_at(from);
        let Some(segment) = self.segments.get(first) else { return reading };
        let mut position = self.page_of(from);
        if segment.number != SegmentNumber::of(from, self.format.wal_segment_size) {
            position = self.start_of(segment.number);
        }
        let reader = RecordReader::new(self.rules(self.timeline.id), position);
        let mut serial = Serial { wal: self, from, resync, reader, position, stop: None, each };
        for segment in self.segments.iter().skip(first) {
            reading.segments += 1;
            let outcome = serial.segment(segment, &mut reading);
            if outcome.is_break() {
                reading.stop = WalStop::Asked;
                return reading;
            }
            if !resync && serial.reader.end().is_some() {
                break;
            }
        }
        let end = serial.stop.or_else(|| serial.reader.end().cloned());
        reading.stop = end.map_or(WalStop::OutOfFiles(serial.position), WalStop::End);
        reading
    }
}

struct Serial<'a, F> {
    wal: &'a Wal,
    from: Lsn,
    resync: bool,
    reader: RecordReader,
    /// Where the next read starts.
    position: Lsn,
    /// Where records stopped, as long as they have not gone on.
    stop: Option<WalEnd>,
    each: F,
}

impl<F: FnMut(RawRecord<'_>) -> ControlFlow<()>> Serial<'_, F> {
    fn segment(&mut self, segment: &WalFile, reading: &mut WalReading) -> ControlFlow<()> {
        let wal = self.wal;
        let start = wal.start_of(segment.number);
        if self.position < start {
            self.reader.give_up(EndReason::Gap { found: start });
            self.go_on_at(start);
        }
        let opened = wal.open_segment(segment);
        opened.findings.into_iter().for_each(|finding| reading.findings.add(finding));
        let Some(file) = opened.file else {
            self.reader.give_up(EndReason::Unreadable);
            self.go_on_at(wal.end_of(segment.number));
            return ControlFlow::Continue(());
        };
        let end = wal.end_of(segment.number);
        let mut buffer = Vec::new();
        while self.position < end && self.reader.end().is_none() {
            let left = usize::try_from(end.0 - self.position.0).unwrap_or(READ_BYTES);
            let len = left.min(READ_BYTES);
            let pages = match file.read_at(wal.offset(self.position), len, &mut buffer) {
                // Shorter than a segment: the next one shows it as a gap.
                Ok([]) => break,
                Ok(pages) => pages,
                Err(error) => {
                    let file = wal.file_of(segment);
                    reading.findings.add(wal.unreadable(file, error.to_string()));
                    self.reader.give_up(EndReason::Unreadable);
                    self.go_on_at(Lsn(self.position.0.saturating_add(len as u64)));
                    continue;
                }
            };
            let mut records = self.reader.read(pages);
            while let Some(record) = records.next() {
                if let Some(stop) = self.stop.take() {
                    reading.skipped.push((stop, record.start_lsn));
                }
                if record.start_lsn >= self.from {
                    (self.each)(record)?;
                }
            }
            match self.reader.end() {
                None => self.position = Lsn(self.position.0.saturating_add(pages.len() as u64)),
                Some(end) => {
                    let next = wal.page_to_try(self.reader.start(), end);
                    self.go_on_at(next);
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// With resync, begins anew at that page.
    fn go_on_at(&mut self, page: Lsn) {
        if self.resync {
            if let Some(end) = self.reader.end() {
                self.stop.get_or_insert(end.clone());
            }
            self.reader = RecordReader::new(self.wal.rules(self.wal.timeline.id), page);
            self.position = page;
        }
    }
}
