use super::end::{EndReason, WalEnd};
use super::fragment::{Continuation, Fragment, SegmentScan, WalSpace, check_rest};
use super::reader::segment_end;
use super::record::{RawRecord, record_header};
use crate::format::Format;
use crate::primitives::{Lsn, TimelineId};

/// Joins segments that were read on their own, one after the other: the records that cross from
/// one to the next, and the proof that each goes on where the one before stopped.
#[derive(Debug)]
pub struct Chain {
    format: Format,
    /// Where the next scan must start; `None` before the first.
    position: Option<Lsn>,
    tail: Option<Fragment>,
    last: Option<Lsn>,
    timeline: TimelineId,
    space: WalSpace,
}

impl Chain {
    /// A chain of nothing.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            position: None,
            tail: None,
            last: None,
            timeline: TimelineId::INVALID,
            space: WalSpace::default(),
        }
    }

    /// Adds the next segment. Gives the record that began before and ends in it to `joined`: it
    /// comes before those that the segment's own reader gave. An error says where the WAL ends;
    /// [`WalEnd::lsn`] tells which of the reader's records still count.
    ///
    /// What the first segment holds of a record that began before it is passed over.
    pub fn add(
        &mut self,
        scan: SegmentScan,
        joined: impl FnOnce(RawRecord<'_>),
    ) -> Result<(), WalEnd> {
        let start = scan.start;
        let begun = self.tail.as_ref().map_or(start, |tail| tail.start);
        let stop = |reason| WalEnd { lsn: begun, found_at: start, reason };
        self.check_place(&scan).map_err(stop)?;
        self.space += scan.space;
        let is_first = self.position.replace(scan.position).is_none();
        let mut end = scan.end;
        match (self.tail.take(), scan.continuation) {
            (Some(tail), None) if scan.overwrites => self.abandon(&tail),
            (Some(tail), Some(rest)) => {
                if self.join(tail, &rest, joined).map_err(stop)? {
                    // The join found a SWITCH: what the reader saw after it is no record.
                    self.position = Some(segment_end(scan.position, self.format.wal_segment_size));
                    self.space.after_switch +=
                        u64::from(self.format.wal_segment_size).saturating_sub(scan.space.total());
                    return Ok(());
                }
            }
            (Some(tail), None) => {
                self.abandon(&tail);
                // A page that could not be read says more than that the record does not go on.
                let unread = end.take().filter(|end| end.found_at == start).map(|end| end.reason);
                return Err(stop(unread.unwrap_or(EndReason::NoContinuation)));
            }
            (None, Some(rest)) if !is_first => {
                return Err(stop(EndReason::UnexpectedContinuation { rem_len: rest.rem_len }));
            }
            (None, _) => {}
        }
        if let (Some((first, found)), Some(last)) = (scan.first, self.last)
            && found != last
        {
            let reason = EndReason::WrongPrev { found, expected: Some(last) };
            return Err(WalEnd { lsn: first, found_at: first, reason });
        }
        self.last = scan.last.or(self.last);
        if let Some(tail) = &scan.tail
            && let Err(reason) = tail.check_header(self.last, self.format.version)
        {
            self.abandon(tail);
            return Err(WalEnd { lsn: tail.start, found_at: tail.start, reason });
        }
        // A segment that holds nothing but the middle of a record left the tail in place.
        self.tail = self.tail.take().or(scan.tail);
        let Some(mut end) = end else { return Ok(()) };
        if let Some(tail) = self.tail.take() {
            self.abandon(&tail);
            end.lsn = tail.start;
        }
        Err(end)
    }

    /// How the bytes of all segments are used.
    #[must_use]
    pub fn space(&self) -> WalSpace {
        self.space
    }

    /// Where the next segment must start.
    #[must_use]
    pub fn position(&self) -> Option<Lsn> {
        self.position
    }

    /// Where the record starts that is not at its end yet.
    #[must_use]
    pub fn unfinished(&self) -> Option<Lsn> {
        self.tail.as_ref().map(|tail| tail.start)
    }

    /// How many bytes of it are there.
    #[must_use]
    pub fn unfinished_len(&self) -> u64 {
        let tail = self.tail.as_ref();
        tail.map_or(0, |tail| u64::try_from(tail.bytes.len()).unwrap_or(u64::MAX))
    }

    fn check_place(&mut self, scan: &SegmentScan) -> Result<(), EndReason> {
        if self.position.is_some_and(|position| position != scan.start) {
            return Err(EndReason::Gap { found: scan.start });
        }
        if let Some((found, newest)) = scan.timelines {
            if found < self.timeline {
                return Err(EndReason::WrongTimeline { found, newest: self.timeline });
            }
            self.timeline = newest;
        }
        Ok(())
    }

    /// Joins a record's start with its rest. Whether it was a SWITCH.
    fn join(
        &mut self,
        mut tail: Fragment,
        rest: &Continuation,
        joined: impl FnOnce(RawRecord<'_>),
    ) -> Result<bool, EndReason> {
        tail.check_rest(Some(rest.rem_len))?;
        tail.bytes.extend_from_slice(&rest.bytes);
        tail.check(self.last, self.format.version)?;
        let (Some(end), true) = (rest.end, tail.is_whole()) else {
            self.tail = Some(tail);
            return Ok(false);
        };
        let Some(header) = record_header(&tail.bytes) else {
            return check_rest(0, None).map(|()| false);
        };
        self.last = Some(tail.start);
        let switch = header.is_switch();
        let end_lsn = if switch { segment_end(end, self.format.wal_segment_size) } else { end };
        joined(RawRecord { start_lsn: tail.start, end_lsn, bytes: &tail.bytes, header });
        Ok(switch)
    }

    fn abandon(&mut self, tail: &Fragment) {
        self.space.abandon(u64::try_from(tail.bytes.len()).unwrap_or(u64::MAX));
    }
}
