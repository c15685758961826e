use std::fmt;

use crate::format::Format;
use crate::primitives::{Lsn, TimelineId};

/// The name of a segment file: its timeline and its number (`XLogFileName`,
/// access/xlog_internal.h).
///
/// ```
/// use pgautopsy::format::wal::SegmentName;
/// use pgautopsy::format::{Format, PgVersion};
/// use pgautopsy::primitives::{Lsn, TimelineId};
/// let format = Format::usual(PgVersion::V17);
/// let name = SegmentName::of(TimelineId(1), Lsn(0x1_0200_0028), format);
/// assert_eq!(name.to_string(), "000000010000000100000002");
/// assert_eq!(SegmentName::parse("000000010000000100000002", format), Some(name));
/// assert_eq!(name.start(), Lsn(0x1_0200_0000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentName {
    /// The timeline that it was written on.
    pub timeline: TimelineId,
    /// Its number from the beginning of the WAL.
    pub number: u64,
    /// Bytes in a segment.
    size: u64,
}

impl SegmentName {
    /// The segment that holds `place`.
    #[must_use]
    pub fn of(timeline: TimelineId, place: Lsn, format: Format) -> Self {
        let size = u64::from(format.wal_segment_size.max(1));
        Self { timeline, number: place.0 / size, size }
    }

    /// Takes the name of a segment file apart; `None` where it is none of this segment size.
    #[must_use]
    pub fn parse(name: &str, format: Format) -> Option<Self> {
        let digits = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        if name.len() != 24 || !name.bytes().all(digits) {
            return None;
        }
        let field = |range: std::ops::Range<usize>| {
            name.get(range).and_then(|digits| u32::from_str_radix(digits, 16).ok())
        };
        let size = u64::from(format.wal_segment_size.max(1));
        let (log, segment) = (u64::from(field(8..16)?), u64::from(field(16..24)?));
        let in_log = (1 << 32) / size;
        (segment < in_log).then_some(Self {
            timeline: TimelineId(field(0..8)?),
            number: log.checked_mul(in_log)?.checked_add(segment)?,
            size,
        })
    }

    /// Where it starts.
    #[must_use]
    pub const fn start(self) -> Lsn {
        Lsn(self.number.saturating_mul(self.size))
    }

    /// The one behind it, on the same timeline.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { number: self.number.saturating_add(1), ..self }
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_log = ((1_u64 << 32) / self.size.max(1)).max(1);
        let (log, segment) = (self.number / in_log, self.number % in_log);
        write!(f, "{:08X}{log:08X}{segment:08X}", self.timeline.0)
    }
}
