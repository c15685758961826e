//! How much WAL there is that the pages do not have yet.

use std::sync::Arc;

use super::identity::Identity;
use crate::evidence::{Evidence, EvidenceFile};
use crate::format::Format;
use crate::format::wal::{SegmentNumber, WalFileName, WalPageHeader, version_magic};
use crate::primitives::{Lsn, TimelineId};

/// WAL from where recovery would start to where pages of WAL end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnappliedWal {
    /// Where recovery would start.
    pub from: Lsn,
    /// The end of the last page of WAL that follows without a gap.
    pub to: Lsn,
}

impl UnappliedWal {
    /// Looks for the pages of WAL that follow `from` in `pg_wal`; `None` where not even the page
    /// that holds it is there.
    #[must_use]
    pub fn find(
        evidence: &dyn Evidence,
        identity: &Identity,
        from: Lsn,
        timeline: TimelineId,
    ) -> Option<Self> {
        let format = identity.format;
        let mut to = None;
        let size = format.wal_segment_size;
        let path = |number| format!("pg_wal/{}", WalFileName::Segment(timeline, number).name(size));
        let mut number = SegmentNumber::of(from, size);
        // Each round needs a file of its own.
        while let Ok(file) = evidence.open(&path(number)) {
            let start = number.start(size);
            let segment = Segment { file: &file, start, format };
            let first = segment.page_of(from.max(start));
            let end = segment.end_of_pages(first);
            if end > first {
                let written = u64::from(end) * u64::from(format.wal_block_size);
                to = Some(Lsn(start.0.saturating_add(written)));
            }
            let Some(next) = number.0.checked_add(1).filter(|_| end == segment.pages()) else {
                break;
            };
            number = SegmentNumber(next);
        }
        to.map(|to| Self { from, to })
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.to.0.saturating_sub(self.from.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

struct Segment<'a> {
    file: &'a Arc<dyn EvidenceFile>,
    start: Lsn,
    format: Format,
}

impl Segment<'_> {
    fn pages(&self) -> u32 {
        self.format.wal_segment_size / self.format.wal_block_size.max(1)
    }

    /// The page of this segment that holds `place`.
    fn page_of(&self, place: Lsn) -> u32 {
        let within = place.0.saturating_sub(self.start.0);
        u32::try_from(within / u64::from(self.format.wal_block_size.max(1))).unwrap_or(u32::MAX)
    }

    /// The number of the first page behind `first` that is none of this place in the WAL. Pages
    /// are written in their order, so that halving finds it.
    fn end_of_pages(&self, first: u32) -> u32 {
        let (mut valid_before, mut end) = (first, self.pages());
        while valid_before < end {
            let middle = valid_before + (end - valid_before) / 2;
            if self.is_written(middle) {
                valid_before = middle + 1;
            } else {
                end = middle;
            }
        }
        end
    }

    fn is_written(&self, page: u32) -> bool {
        let offset = u64::from(page) * u64::from(self.format.wal_block_size);
        let mut buffer = Vec::new();
        let read = self.file.read_at(offset, size_of::<WalPageHeader>(), &mut buffer);
        let place = Lsn(self.start.0.saturating_add(offset));
        let magic = version_magic(self.format.version);
        read.ok()
            .and_then(|bytes| WalPageHeader::parse(bytes).ok())
            .is_some_and(|header| header.xlp_magic() == magic && header.xlp_pageaddr() == place)
    }
}
