//! The write-ahead log of a cluster: the files that hold it, in `pg_wal` and in archives, and the
//! records in them.
//!
//! [`Wal`] is found with a [`Cluster`](super::Cluster), or opened on its own
//! ([`Wal::open`]): an archive, a `pg_wal` that was saved, a single segment.

pub mod codes;
mod copies;
mod end;
mod files;
mod find;
mod open;
mod opened;
mod outcomes;
mod scan;
mod serial;
mod timeline;

pub use end::WalGoesOn;
pub use files::WalFile;
pub use open::{EXPECTED, WalError, WalOptions, looks_like_wal};
pub use outcomes::UnappliedWal;
pub use scan::{SegmentRead, SegmentStart};
pub use serial::{WalReading, WalStop};
pub use timeline::Timeline;

use super::finding::Finding;
use crate::format::Format;
use crate::format::wal::{PageRules, SegmentNumber};
use crate::primitives::{Lsn, TimelineId};

/// The WAL of one cluster, on one timeline.
#[derive(Debug)]
pub struct Wal {
    format: Format,
    system_identifier: Option<u64>,
    timeline: Timeline,
    /// The file of each segment that there is, by number.
    segments: Vec<WalFile>,
    /// Segments of timelines that this one did not grow out of, and copies that are not read.
    unread: Vec<WalFile>,
    findings: Vec<Finding>,
}

impl Wal {
    /// The version that wrote it, and the sizes that it is cut by.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The cluster that it is of, where that is known.
    #[must_use]
    pub const fn system_identifier(&self) -> Option<u64> {
        self.system_identifier
    }

    /// The timeline that is read.
    #[must_use]
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The segments, by number; one that is left out is missing. Where there are several files of
    /// one, [`file_of`](Self::file_of) tells which is read.
    #[must_use]
    pub fn segments(&self) -> &[WalFile] {
        &self.segments
    }

    /// The files that are no part of it: of other timelines, or other copies.
    #[must_use]
    pub fn unread(&self) -> &[WalFile] {
        &self.unread
    }

    /// What is wrong with its files, as far as their names and sizes tell.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Where a segment starts.
    #[must_use]
    pub fn start_of(&self, segment: SegmentNumber) -> Lsn {
        segment.start(self.format.wal_segment_size)
    }

    /// Where the next one starts.
    fn end_of(&self, segment: SegmentNumber) -> Lsn {
        self.start_of(SegmentNumber(segment.0.saturating_add(1)))
    }

    /// The place in [`segments`](Self::segments) of the first that holds `lsn`, or comes after it.
    #[must_use]
    pub fn segment_at(&self, lsn: Lsn) -> usize {
        let number = SegmentNumber::of(lsn, self.format.wal_segment_size);
        self.segments.partition_point(|segment| segment.number < number)
    }

    /// What pages of that timeline must be like.
    fn rules(&self, timeline: TimelineId) -> PageRules {
        PageRules {
            format: self.format,
            system_identifier: self.system_identifier,
            timeline: Some(timeline),
        }
    }

    /// Where the page starts that holds `lsn`.
    fn page_of(&self, lsn: Lsn) -> Lsn {
        Lsn(lsn.0 - lsn.0 % u64::from(self.format.wal_block_size.max(1)))
    }

    /// Where in its segment's file `lsn` is.
    fn offset(&self, lsn: Lsn) -> u64 {
        lsn.0 % u64::from(self.format.wal_segment_size.max(1))
    }
}
