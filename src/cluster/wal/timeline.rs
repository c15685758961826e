//! Which timeline's file counts for each segment.

use super::Wal;
use crate::format::wal::{HistoryEntry, SegmentNumber, WalFileName};
use crate::primitives::{Lsn, TimelineId};

/// A timeline, and those that it grew out of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Its number.
    pub id: TimelineId,
    /// Its ancestors, the oldest first, each with where it was left.
    pub ancestors: Vec<HistoryEntry>,
}

impl Timeline {
    /// A timeline of which nothing else is known.
    #[must_use]
    pub const fn alone(id: TimelineId) -> Self {
        Self { id, ancestors: Vec::new() }
    }

    /// The timelines whose file of that segment may be read, the best first: as the server does,
    /// the newest one that had begun by its end (`XLogFileReadAnyTLI`, access/transam/xlogrecovery.c).
    pub fn files_of(
        &self,
        segment: SegmentNumber,
        segment_size: u32,
    ) -> impl Iterator<Item = TimelineId> {
        let begins = self.ancestors.iter().rev().map(|older| (older.end, older.timeline));
        let mut id = self.id;
        let own = begins.map(move |(begin, older)| (begin, std::mem::replace(&mut id, older)));
        let oldest = self.ancestors.first().map_or(self.id, |oldest| oldest.timeline);
        own.chain([(Lsn::INVALID, oldest)])
            .filter(move |(begin, _)| SegmentNumber::of(*begin, segment_size) <= segment)
            .map(|(_, timeline)| timeline)
    }

    /// Where it was left for the next one, if it is an ancestor.
    #[must_use]
    pub fn end_of(&self, timeline: TimelineId) -> Option<Lsn> {
        self.ancestors.iter().find(|older| older.timeline == timeline).map(|older| older.end)
    }
}

impl Wal {
    /// What is missing before the segment at `next`: the names of the segments, or of the file
    /// before it that is too short.
    #[must_use]
    pub fn missing_before(&self, next: Lsn) -> String {
        let size = self.format.wal_segment_size;
        let name = |number: SegmentNumber| {
            let timeline = self.timeline.files_of(number, size).next();
            WalFileName::Segment(timeline.unwrap_or(self.timeline.id), number).name(size)
        };
        let place = self.segment_at(next).checked_sub(1);
        let before = place.and_then(|place| self.segments.get(place));
        let last = SegmentNumber(SegmentNumber::of(next, size).0.saturating_sub(1));
        let first = match before {
            Some(before) if before.number == last => return self.file_of(before).name.clone(),
            Some(before) => SegmentNumber(before.number.0.saturating_add(1)),
            None => last,
        };
        match last.0.saturating_sub(first.0) {
            0 => name(first),
            more => format!("{} to {} ({} segments)", name(first), name(last), more + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u32 = 1 << 20;

    fn files(timeline: &Timeline, segment: u64) -> Vec<u32> {
        timeline.files_of(SegmentNumber(segment), MB).map(|id| id.0).collect()
    }

    #[test]
    fn the_newest_timeline_that_had_begun_comes_first() {
        let older = |id, segment: u64| HistoryEntry {
            timeline: TimelineId(id),
            end: Lsn(segment * u64::from(MB) + 40),
            reason: String::new(),
        };
        let timeline = Timeline { id: TimelineId(4), ancestors: vec![older(1, 3), older(3, 7)] };
        assert_eq!(files(&timeline, 2), [1]);
        assert_eq!(files(&timeline, 3), [3, 1]);
        assert_eq!(files(&timeline, 6), [3, 1]);
        assert_eq!(files(&timeline, 7), [4, 3, 1]);
        assert_eq!(files(&Timeline::alone(TimelineId(2)), 9), [2]);
        assert_eq!(timeline.end_of(TimelineId(3)), Some(Lsn(7 * u64::from(MB) + 40)));
        assert_eq!(timeline.end_of(TimelineId(4)), None);
    }
}
