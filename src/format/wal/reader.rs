//! Cuts pages of WAL into records (`XLogDecodeNextRecord`, access/transam/xlogreader.c).
//!
//! ```text
//! page │ header │ rest of a record │ pad │ record │ pad │ record │ pad │ start of a record │
//! page │ header │ rest of it       │ pad │ …
//! ```
//!
//! A record starts at a multiple of 8 and goes on behind the header of the next page, of the next
//! segment if need be.

use super::end::{EndReason, WalEnd};
use super::fragment::{Continuation, Fragment, SegmentScan, WalSpace};
use super::page::{CheckedPage, PageInfo, PageRules};
use super::record::{RawRecord, check_crc, check_len, record_header};
use crate::format::Bytes;
use crate::primitives::{Lsn, TimelineId};

/// Reads the records of consecutive pages, handed over a run at a time.
///
/// It may start at any page. What that page holds of a record that began before is kept apart, to
/// be joined with its beginning ([`Chain`](super::Chain)): so segments can be read in parallel.
/// Read on from segment to segment, the same reader gives the records that cross them, too.
///
/// A record that lies within a page is borrowed from it; one that crosses pages is put together
/// in a buffer that is used again.
///
/// ```
/// # use pgautopsy::format::{Format, PgVersion};
/// # use pgautopsy::format::wal::{EndReason, PageRules, RecordReader};
/// # use pgautopsy::primitives::Lsn;
/// let format = Format::usual(PgVersion::V17);
/// let rules = PageRules { format, system_identifier: None, timeline: None };
/// let mut reader = RecordReader::new(rules, Lsn(0x100_0000));
/// let pages = [0; 16_384];
/// let mut records = reader.read(&pages);
/// assert!(records.next().is_none());
/// assert_eq!(reader.end().unwrap().reason, EndReason::ZeroPage);
/// ```
#[derive(Debug)]
pub struct RecordReader {
    rules: PageRules,
    start: Lsn,
    /// Where the next run of pages starts.
    position: Lsn,
    phase: Phase,
    /// The start of a record whose end is yet to come.
    fragment: Fragment,
    continuation: Option<Continuation>,
    overwrites: bool,
    first: Option<(Lsn, Lsn)>,
    last: Option<Lsn>,
    timelines: Option<(TimelineId, TimelineId)>,
    space: WalSpace,
    end: Option<WalEnd>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was read yet, or only the rest of a record that began before.
    Start,
    /// The next record starts here.
    Record,
    /// A record goes on on the next page.
    Within,
    /// After a SWITCH: up to there nothing comes.
    Switched(Lsn),
}

impl RecordReader {
    /// A reader of the pages from `start` on, which is where a page starts.
    #[must_use]
    pub fn new(rules: PageRules, start: Lsn) -> Self {
        Self {
            rules,
            start,
            position: start,
            phase: Phase::Start,
            fragment: Fragment::default(),
            continuation: None,
            overwrites: false,
            first: None,
            last: None,
            timelines: None,
            space: WalSpace::default(),
            end: None,
        }
    }

    /// The records that end in `pages`, which go on where the last ones stopped. All runs but the
    /// last must consist of whole pages. Each must be read to its end before the next is given.
    pub fn read<'r>(&'r mut self, pages: &'r [u8]) -> Records<'r> {
        Records { base: self.position, reader: self, pages, at: 0, page_end: 0 }
    }

    /// The page that it started with.
    #[must_use]
    pub fn start(&self) -> Lsn {
        self.start
    }

    /// Ends the WAL where the next run of pages should have come: it can't be had.
    pub fn give_up(&mut self, reason: EndReason) {
        if self.end.is_none() {
            let (lsn, found_at) = (self.readable_to(self.position), self.position);
            if self.phase == Phase::Within {
                self.space.abandon(bytes_len(&self.fragment.bytes));
            }
            self.end = Some(WalEnd { lsn, found_at, reason });
        }
    }

    /// Up to where all was well when the page at `lsn` turned out to be none.
    fn readable_to(&self, lsn: Lsn) -> Lsn {
        match self.phase {
            Phase::Within => self.fragment.start,
            Phase::Start => self.start,
            Phase::Record | Phase::Switched(_) => lsn,
        }
    }

    /// Where the WAL stops being readable; `None` as long as it goes on.
    #[must_use]
    pub fn end(&self) -> Option<&WalEnd> {
        self.end.as_ref()
    }

    /// How the bytes that were read are used.
    #[must_use]
    pub fn space(&self) -> WalSpace {
        self.space
    }

    /// What was read, to be joined with what comes before and after.
    #[must_use]
    pub fn finish(self) -> SegmentScan {
        SegmentScan {
            start: self.start,
            position: self.position,
            continuation: self.continuation,
            overwrites: self.overwrites,
            first: self.first,
            last: self.last,
            tail: (self.phase == Phase::Within && self.end.is_none()).then_some(self.fragment),
            timelines: self.timelines,
            space: self.space,
            end: self.end,
        }
    }
}

/// The records of a run of pages. Not an `Iterator`: a record may borrow from the reader.
#[derive(Debug)]
pub struct Records<'r> {
    reader: &'r mut RecordReader,
    pages: &'r [u8],
    base: Lsn,
    /// Where reading goes on, and where the page ends on which it does; equal between pages.
    at: usize,
    page_end: usize,
}

/// Where the bytes of a record are that was found; the reader knows the rest of it. As little as
/// that is handed over in registers, several times as fast as through memory.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// At that offset in the pages.
    Page(usize),
    /// In the reader's buffer, since it crosses pages.
    Buffer,
}

/// What one step came to.
enum Step {
    Found(Place),
    GoOn,
    Stop,
}

impl<'r> Records<'r> {
    /// The next record; `None` where these pages are used up, or the WAL ends
    /// ([`RecordReader::end`]).
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "what it gives may borrow from it")]
    pub fn next(&mut self) -> Option<RawRecord<'_>> {
        let place = self.advance()?;
        let start_lsn = self.reader.last?;
        let end_lsn = match self.reader.phase {
            Phase::Switched(until) => until,
            _ => self.lsn(),
        };
        let bytes = self.bytes_from(place);
        let header = record_header(bytes)?;
        let bytes = bytes.get(..usize::try_from(header.xl_tot_len()).ok()?)?;
        Some(RawRecord { start_lsn, end_lsn, bytes, header })
    }

    /// The bytes from there on, those of the record first.
    #[inline]
    fn bytes_from(&self, place: Place) -> &[u8] {
        match place {
            Place::Page(at) => self.pages.get(at..).unwrap_or_default(),
            Place::Buffer => &self.reader.fragment.bytes,
        }
    }

    #[inline]
    fn advance(&mut self) -> Option<Place> {
        while self.reader.end.is_none() {
            let step = if let Phase::Switched(until) = self.reader.phase {
                self.skip(until)
            } else if self.at == self.page_end {
                self.open_page()
            } else {
                self.record()
            };
            match step {
                Step::Found(place) => return Some(place),
                Step::GoOn => {}
                Step::Stop => return None,
            }
        }
        None
    }

    /// Reads the record that starts here, or what the page holds of it.
    #[inline]
    fn record(&mut self) -> Step {
        let start = self.lsn();
        let rest = self.pages.get(self.at..self.page_end).unwrap_or_default();
        let len = Bytes(rest).u32("xl_tot_len", 0).unwrap_or_default();
        let total = usize::try_from(len).unwrap_or(usize::MAX);
        let version = self.reader.rules.format.version;
        let checked = match record_header(rest) {
            None => check_len(len),
            Some(header) => header.check(start, self.reader.last, version).and_then(|()| {
                rest.get(..total).map_or(Ok(()), |record| check_crc(record, header))
            }),
        };
        if let Err(reason) = checked {
            return self.stop(start, start, reason);
        }
        let at = self.at;
        if total > rest.len() {
            self.reader.space.records += bytes_len(rest);
            self.reader.fragment.begin(start, len, rest);
            self.reader.phase = Phase::Within;
            self.at = self.page_end;
            return Step::GoOn;
        }
        self.reader.space.records += u64::from(len);
        self.at += total;
        self.align();
        self.finish_record(start, Place::Page(at))
    }

    /// Checks the header of the next page, and takes what it holds of a record begun before.
    fn open_page(&mut self) -> Step {
        let rest = self.pages.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Step::Stop;
        }
        let lsn = self.lsn();
        let size = self.reader.rules.format.wal_block_size;
        let page = rest.get(..usize::try_from(size).unwrap_or(usize::MAX));
        let checked = page
            .ok_or(EndReason::ShortPage { had: rest.len() })
            .and_then(|page| Ok((page.len(), self.reader.rules.check(page, lsn)?)))
            .and_then(|(len, page)| Ok((len, self.check_timeline(page)?)));
        let (len, page) = match checked {
            Ok(page) => page,
            Err(reason) => {
                let readable_to = self.reader.readable_to(lsn);
                return self.stop(readable_to, lsn, reason);
            }
        };
        self.page_end = self.at + len;
        self.at += page.header_len;
        self.reader.position = Lsn(lsn.0.saturating_add(u64::from(size)));
        self.reader.space.page_headers += u64::try_from(page.header_len).unwrap_or_default();
        match self.reader.phase {
            Phase::Within => self.go_on(lsn, page),
            Phase::Start => self.start_on(lsn, page),
            Phase::Record | Phase::Switched(_) => self.begin(lsn, page),
        }
    }

    /// A timeline never goes back from page to page.
    fn check_timeline(&mut self, page: CheckedPage) -> Result<CheckedPage, EndReason> {
        let found = page.timeline;
        let (first, newest) = self.reader.timelines.unwrap_or((found, found));
        if found < newest {
            return Err(EndReason::WrongTimeline { found, newest });
        }
        self.reader.timelines = Some((first, found));
        Ok(page)
    }

    /// The record that was begun goes on on this page.
    fn go_on(&mut self, lsn: Lsn, page: CheckedPage) -> Step {
        let start = self.reader.fragment.start;
        if page.info.contains(PageInfo::XLP_FIRST_IS_OVERWRITE_CONTRECORD) {
            self.reader.space.abandon(bytes_len(&self.reader.fragment.bytes));
            return self.begin(lsn, page);
        }
        if let Err(reason) = self.reader.fragment.check_rest(page.continues()) {
            return self.stop(start, lsn, reason);
        }
        let taken = self.take(page.rem_len);
        let reader = &mut *self.reader;
        reader.fragment.bytes.extend_from_slice(taken);
        if let Err(reason) = reader.fragment.check(reader.last, reader.rules.format.version) {
            return self.stop(start, lsn, reason);
        }
        if !reader.fragment.is_whole() {
            return Step::GoOn;
        }
        self.align();
        self.finish_record(start, Place::Buffer)
    }

    /// The first page, or the next one that begins with a record begun before the first.
    fn start_on(&mut self, lsn: Lsn, page: CheckedPage) -> Step {
        let overwrites = page.info.contains(PageInfo::XLP_FIRST_IS_OVERWRITE_CONTRECORD);
        let begun = match &mut self.reader.continuation {
            _ if overwrites => None,
            Some(begun) => Some(begun),
            None => page
                .continues()
                .map(|rem_len| self.reader.continuation.insert(Continuation::new(rem_len))),
        };
        let Some(begun) = begun else {
            let lost = self.reader.continuation.take();
            self.reader.space.abandon(lost.map_or(0, |lost| bytes_len(&lost.bytes)));
            self.reader.overwrites = overwrites;
            return self.begin(lsn, page);
        };
        if let Err(reason) = begun.check_rest(page.continues()) {
            return self.stop(self.reader.start, lsn, reason);
        }
        let taken = self.take(page.rem_len);
        let ends = usize::try_from(page.rem_len).is_ok_and(|len| len == taken.len());
        if ends {
            self.align();
            self.reader.phase = Phase::Record;
        }
        let end = ends.then(|| self.lsn());
        if let Some(begun) = &mut self.reader.continuation {
            begun.bytes.extend_from_slice(taken);
            begun.end = end;
        }
        Step::GoOn
    }

    /// A record starts after the header of this page.
    fn begin(&mut self, lsn: Lsn, page: CheckedPage) -> Step {
        self.reader.phase = Phase::Record;
        match page.continues() {
            None => Step::GoOn,
            Some(rem_len) => self.stop(lsn, lsn, EndReason::UnexpectedContinuation { rem_len }),
        }
    }

    /// A record was found that starts there, and ends here.
    #[inline]
    fn finish_record(&mut self, start: Lsn, place: Place) -> Step {
        let end = self.lsn();
        let header = record_header(self.bytes_from(place)).copied();
        let reader = &mut *self.reader;
        reader.last = Some(start);
        reader.phase = Phase::Record;
        if let Some(header) = header {
            reader.first.get_or_insert((start, header.xl_prev()));
            if header.is_switch() {
                let segment_size = reader.rules.format.wal_segment_size;
                reader.phase = Phase::Switched(segment_end(end, segment_size));
            }
        }
        Step::Found(place)
    }

    /// Takes what this page holds of the `rem_len` bytes that are to come.
    fn take(&mut self, rem_len: u32) -> &'r [u8] {
        let pages = self.pages;
        let rest = pages.get(self.at..self.page_end).unwrap_or_default();
        let len = usize::try_from(rem_len).unwrap_or(usize::MAX).min(rest.len());
        let taken = rest.get(..len).unwrap_or_default();
        self.at += len;
        self.reader.space.records += bytes_len(taken);
        taken
    }

    /// The next record starts at a multiple of 8.
    #[inline]
    fn align(&mut self) {
        // A power of two: a division for each record would be a third of this reader's time.
        let mask = usize::try_from(self.reader.rules.format.max_align.max(1) - 1).unwrap_or(0);
        let aligned = (self.at.saturating_add(mask) & !mask).min(self.page_end);
        self.reader.space.alignment += u64::try_from(aligned - self.at).unwrap_or_default();
        self.at = aligned;
    }

    /// Passes over what is left of a segment after a SWITCH.
    fn skip(&mut self, until: Lsn) -> Step {
        let left = usize::try_from(until.0.saturating_sub(self.lsn().0)).unwrap_or(usize::MAX);
        let rest = self.pages.len() - self.at;
        let skipped = left.min(rest);
        self.reader.space.after_switch += u64::try_from(skipped).unwrap_or_default();
        self.at += skipped;
        self.page_end = self.at;
        self.reader.position = self.lsn();
        if skipped == left {
            self.reader.phase = Phase::Record;
            return Step::GoOn;
        }
        Step::Stop
    }

    /// The WAL ends: what comes from `lsn` on can't be read.
    fn stop(&mut self, lsn: Lsn, found_at: Lsn, reason: EndReason) -> Step {
        let reader = &mut *self.reader;
        if reader.phase == Phase::Within {
            reader.space.abandon(bytes_len(&reader.fragment.bytes));
        }
        reader.end = Some(WalEnd { lsn, found_at, reason });
        Step::Stop
    }

    #[inline]
    fn lsn(&self) -> Lsn {
        Lsn(self.base.0.saturating_add(u64::try_from(self.at).unwrap_or(u64::MAX)))
    }
}

/// Where the segment ends that holds the byte before `lsn`.
pub(super) fn segment_end(lsn: Lsn, segment_size: u32) -> Lsn {
    Lsn(lsn.0.checked_next_multiple_of(u64::from(segment_size)).unwrap_or(lsn.0))
}

fn bytes_len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
