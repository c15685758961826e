//! One parallel pass over the WAL: segments are read on their own, and joined in their order.

use std::ops::ControlFlow;

use super::codes;
use super::disk::DiskLedger;
use super::range::WalRange;
use crate::analysis::ordered::ordered;
use crate::analysis::scan::{Progress, ScanFindings};
use crate::cluster::finding::{Code, Finding, Location};
use crate::cluster::kept::FirstOf;
use crate::cluster::wal::{
    SegmentRead, SegmentStart, Wal, WalFile, WalGoesOn, WalReading, WalStop,
};
use crate::format::wal::{Chain, EndReason, RawRecord, SegmentScan, WalEnd};
use crate::primitives::Lsn;

/// What is counted of records.
pub(super) trait Tally: Send {
    /// Counts a record.
    fn add(&mut self, record: &RawRecord<'_>);

    /// Takes in what was counted of the records that follow.
    fn append(&mut self, later: Self);
}

/// How the WAL is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct WalScan {
    /// The records that count.
    pub range: WalRange,
    /// Whether to go on behind what can't be read.
    pub resync: bool,
    /// How many threads read; `None` for one a core.
    pub threads: Option<usize>,
}

/// From where to where the WAL was read, and what stood in the way.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// Where the first record starts that counts.
    pub start: Option<Lsn>,
    /// Where the last one ends.
    pub end: Option<Lsn>,
    /// How many files were read.
    pub segments: u64,
    /// Where and why records stop; `None` where the files end, or the range does.
    pub stop: Option<WalEnd>,
    /// Whether more was written behind that.
    pub goes_on: Option<WalGoesOn>,
    /// What was passed over: where records stopped, and where they go on.
    pub skipped: FirstOf<(WalEnd, Lsn)>,
    /// What the bytes of the files that were read are used for; `None` where only parts were.
    pub disk: Option<DiskLedger>,
    /// What was wrong.
    pub findings: Vec<Finding>,
}

/// How many segments are read before the one that is joined next.
const AHEAD: usize = 8;

/// Counts the records of the WAL into `total`; `fresh` makes an empty count.
pub(super) fn fold<T: Tally>(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
    fresh: impl Fn() -> T + Sync,
    total: &mut T,
) -> Extent {
    let wanted = segments(wal, scan.range);
    progress.begin(pages(wal, scan.range));
    let pages = segment_pages(wal);
    let mut joiner = Joiner::new(wal, scan, total);
    let work = |at: usize, buffer: &mut Vec<u8>| {
        let counted = wanted.get(at).map(|segment| count(wal, scan, segment, buffer, &fresh));
        progress.advance(pages);
        counted
    };
    ordered(wanted.len(), scan.threads, AHEAD, work, |at, counted| {
        match (wanted.get(at), counted) {
            (Some(segment), Some((read, parts))) => joiner.segment(segment, read, parts),
            _ => ControlFlow::Break(()),
        }
    });
    joiner.finish(wanted)
}

/// The segments that hold the records of a range.
fn segments(wal: &Wal, range: WalRange) -> &[WalFile] {
    let segments = wal.segments();
    let first = wal.segment_at(range.start).min(segments.len());
    let last = match range.end {
        Lsn(u64::MAX) => segments.len(),
        end => (wal.segment_at(end) + 1).min(segments.len()).max(first),
    };
    segments.get(first..last).unwrap_or_default()
}

/// How many pages are read to count these records.
pub(super) fn pages(wal: &Wal, range: WalRange) -> u64 {
    segment_pages(wal) * segments(wal, range).len() as u64
}

fn segment_pages(wal: &Wal) -> u64 {
    u64::from(wal.format().wal_segment_size / wal.format().wal_block_size.max(1))
}

/// What was counted of a run of records.
struct Part<T> {
    /// Of all runs of a segment but the first, one holds what was counted of all of them: each
    /// begins anew, so that nothing comes between them, and damage at every page takes no more room
    /// than at one.
    tally: Option<Box<T>>,
    first: Option<Lsn>,
    end: Lsn,
}

fn count<T: Tally>(
    wal: &Wal,
    scan: WalScan,
    segment: &WalFile,
    buffer: &mut Vec<u8>,
    fresh: impl Fn() -> T,
) -> (SegmentRead, Vec<Part<T>>) {
    let start = SegmentStart { from: scan.range.start, resync: scan.resync };
    let mut parts: Vec<Part<T>> = Vec::new();
    let mut behind_first = None;
    let read = wal.scan_segment(segment, start, buffer, |number, record| {
        if record.start_lsn >= scan.range.end {
            return ControlFlow::Break(());
        }
        while parts.len() <= number {
            parts.push(Part { tally: None, first: None, end: Lsn::INVALID });
        }
        if let Some(part) = parts.get_mut(number)
            && scan.range.contains(&record)
        {
            part.first.get_or_insert(record.start_lsn);
            part.end = record.end_lsn;
            let holder = if number == 0 { 0 } else { *behind_first.get_or_insert(number) };
            if let Some(holder) = parts.get_mut(holder) {
                holder.tally.get_or_insert_with(|| Box::new(fresh())).add(&record);
            }
        }
        ControlFlow::Continue(())
    });
    (read, parts)
}

/// Joins segments in their order.
struct Joiner<'a, T> {
    wal: &'a Wal,
    scan: WalScan,
    total: &'a mut T,
    chain: Chain,
    /// Whether the chain came to its end, so that what follows begins a new one.
    is_broken: bool,
    /// Where the records stopped, as long as they have not gone on.
    stop: Option<WalEnd>,
    extent: Extent,
    /// What is wrong with the files.
    files: ScanFindings,
    disk: DiskLedger,
    /// Bytes at the end of the segment before that are not accounted for.
    trailing: u64,
}

impl<'a, T: Tally> Joiner<'a, T> {
    fn new(wal: &'a Wal, scan: WalScan, total: &'a mut T) -> Self {
        Self {
            wal,
            scan,
            total,
            chain: Chain::new(wal.format()),
            is_broken: true,
            stop: None,
            extent: Extent::default(),
            files: ScanFindings::default(),
            disk: DiskLedger::default(),
            trailing: 0,
        }
    }

    fn segment(
        &mut self,
        segment: &WalFile,
        read: SegmentRead,
        parts: Vec<Part<T>>,
    ) -> ControlFlow<()> {
        self.files.merge(read.findings);
        self.extent.segments += 1;
        // What is left over before another segment is not the end of the WAL.
        self.disk.unread += std::mem::take(&mut self.trailing);
        let start = self.wal.start_of(segment.number).0;
        let mut accounted_to = start;
        let mut parts = parts.into_iter();
        for scan in read.parts {
            let own = parts.next();
            // Nothing came of going on there: what is left belongs to no record.
            if self.is_broken && self.stop.is_some() && scan.space.records == 0 {
                continue;
            }
            self.disk.unread += scan.start.0.saturating_sub(accounted_to);
            // A page that was the trouble is tried again.
            self.disk.retract(accounted_to.saturating_sub(scan.start.0));
            accounted_to = scan.start.0;
            accounted_to = accounted_to.saturating_add(self.part(scan, own));
            if self.is_broken && !self.scan.resync {
                break;
            }
        }
        self.trailing = start.saturating_add(read.len).saturating_sub(accounted_to);
        let is_over = read.stopped || (self.is_broken && !self.scan.resync);
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Joins a run of records to those before, and says how many of its bytes count.
    fn part(&mut self, scan: SegmentScan, own: Option<Part<T>>) -> u64 {
        let is_first = std::mem::take(&mut self.is_broken);
        if is_first {
            self.chain = Chain::new(self.wal.format());
        }
        let again = self.scan.resync.then(|| scan.clone());
        let (resumed, continued) = (scan.first_record(), scan.continued());
        let (before, begun) = (self.chain.space(), self.chain.unfinished_len());
        let mut joined = None;
        let (range, total, extent) = (self.scan.range, &mut *self.total, &mut self.extent);
        let outcome = self.chain.add(scan, |record| {
            joined = Some((record.start_lsn, record.header.is_switch()));
            if range.contains(&record) {
                total.add(&record);
                extent.counted(record.start_lsn, record.end_lsn);
            }
        });
        let end = outcome.err();
        let own_count = match (&end, resumed) {
            (Some(end), Some(first)) => first < end.lsn,
            _ => true,
        };
        let mut accounted = 0;
        if own_count {
            accounted = self.disk.change(before, self.chain.space());
            if is_first {
                self.disk.continued += continued;
                self.disk.records -= continued;
            }
            let switched = joined.is_some_and(|(_, switched)| switched);
            if let Some(own) = own.filter(|_| !switched) {
                if let Some(first) = own.first {
                    self.extent.counted(first, own.end);
                }
                if let Some(tally) = own.tally {
                    self.total.append(*tally);
                }
                self.resume(joined.map(|(start, _)| start).or(resumed));
            } else {
                self.resume(joined.map(|(start, _)| start));
            }
            if let Some(end) = end {
                self.stop.get_or_insert(end);
                self.is_broken = true;
            }
            return accounted;
        }
        // Its records are none that follow those before; on their own they are sound.
        self.disk.abandon(begun);
        if let Some(end) = end {
            self.stop.get_or_insert(end);
        }
        self.is_broken = true;
        if let Some(scan) = again {
            accounted = self.part(scan, own);
        }
        accounted
    }

    /// Records go on at `at`.
    fn resume(&mut self, at: Option<Lsn>) {
        if let (Some(at), Some(stop)) = (at, self.stop.take_if(|_| at.is_some())) {
            self.extent.skipped.push((stop, at));
        }
    }

    fn finish(mut self, wanted: &[WalFile]) -> Extent {
        if self.stop.is_none() {
            self.disk.abandon(self.chain.unfinished_len());
        }
        let mut extent = self.extent;
        extent.conclude(self.wal, self.stop, self.files);
        let lens = wanted.iter().skip(usize::try_from(extent.segments).unwrap_or(usize::MAX));
        let left = lens.fold(self.trailing, |left, segment| left.saturating_add(segment.len));
        match &extent.goes_on {
            Some(_) => self.disk.unread += left,
            None => self.disk.unused += left,
        }
        let range = self.scan.range;
        let first = wanted.first().map_or(Lsn::INVALID, |first| self.wal.start_of(first.number));
        let whole = range.end == WalRange::ALL.end && range.start <= first;
        extent.disk = whole.then_some(self.disk);
        extent
    }
}

fn finding(wal: &Wal, code: &'static Code, stop: &WalEnd, found: String) -> Finding {
    let path = if let EndReason::Gap { found } = stop.reason {
        Some(wal.missing_before(found))
    } else {
        let segment = wal.segments().get(wal.segment_at(stop.found_at));
        segment.map(|segment| wal.file_of(segment).name.clone())
    };
    let location = Location { path, lsn: Some(stop.lsn), ..Location::default() };
    Finding { code, location, expected: String::new(), found }
}

impl Extent {
    /// Says what stood in the way; `findings` is what is wrong with the files.
    fn conclude(&mut self, wal: &Wal, stop: Option<WalEnd>, mut findings: ScanFindings) {
        self.goes_on = stop.as_ref().and_then(|stop| wal.goes_on_after(stop));
        for (stop, at) in self.skipped.first() {
            let found = format!("{}; records go on at {at}", stop.reason);
            findings.add(finding(wal, &codes::WAL_SKIPPED, stop, found));
        }
        findings.add_more(&codes::WAL_SKIPPED, self.skipped.more());
        self.findings.extend(findings.finish());
        if let (Some(stop), Some(goes_on)) = (&stop, &self.goes_on) {
            let found =
                format!("{}; what was written later goes on at {}", stop.reason, goes_on.at);
            self.findings.push(finding(wal, &codes::WAL_BROKEN, stop, found));
        }
        self.stop = stop;
    }

    /// The same for what was read record by record; of a reading that was cut off, only what comes
    /// before the end of the last record that counts: how much more had been read by then makes no
    /// difference.
    pub(super) fn conclude_at(&mut self, wal: &Wal, reading: WalReading, cut_off: Option<Lsn>) {
        self.segments = reading.segments;
        self.skipped = reading.skipped;
        let mut files = reading.findings;
        if let Some(last) = cut_off {
            self.end = Some(last);
            let first = self.start.map_or(0, |start| wal.segment_at(start));
            self.segments = wal.segment_at(last).saturating_sub(first) as u64 + 1;
            self.skipped.take_while(|(_, at)| *at < last);
            files.retain_before(last);
            return self.conclude(wal, None, files);
        }
        let stop = match reading.stop {
            WalStop::End(end) => Some(end),
            WalStop::OutOfFiles(_) | WalStop::NoStart | WalStop::Asked => None,
        };
        self.conclude(wal, stop, files);
    }

    pub(super) fn counted(&mut self, start: Lsn, end: Lsn) {
        self.start.get_or_insert(start);
        self.end = Some(end);
    }
}
