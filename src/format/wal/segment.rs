//! The files of `pg_wal` and of an archive, by name (`XLogFileName` and its kin,
//! access/xlog_internal.h).
//!
//! ```text
//! 00000001 0000002A 000000F3            a segment: timeline, high half of the LSN, segment within it
//! 00000001 0000002A 000000F3.partial    one that its timeline never filled
//! 00000001 0000002A 000000F3.00000028.backup    where a base backup began: offset in the segment
//! 00000002.history                      where timeline 2 left its parent
//! ```

use crate::primitives::{Lsn, TimelineId};

/// The number of a segment: its place in the WAL, in segments (`XLogSegNo`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentNumber(pub u64);

impl SegmentNumber {
    /// The segment that holds that position, in a cluster whose segments have `segment_size`
    /// bytes.
    #[must_use]
    pub fn of(lsn: Lsn, segment_size: u32) -> Self {
        Self(lsn.0 / u64::from(segment_size.max(1)))
    }

    /// The position of its first byte.
    #[must_use]
    pub fn start(self, segment_size: u32) -> Lsn {
        Lsn(self.0.saturating_mul(u64::from(segment_size)))
    }
}

/// What the name of a file says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalFileName {
    /// A whole segment.
    Segment(TimelineId, SegmentNumber),
    /// A segment that was still being filled when its timeline ended, or when it was copied.
    Partial(TimelineId, SegmentNumber),
    /// A note in the archive of where a base backup began: offset in that segment, in bytes.
    Backup(TimelineId, SegmentNumber, u32),
    /// The history of that timeline.
    History(TimelineId),
}

impl WalFileName {
    /// Reads a file's name, in a cluster whose segments have `segment_size` bytes. `None` for any
    /// other file, and for a segment that can't be with segments of that size.
    ///
    /// ```
    /// use pgautopsy::format::wal::{SegmentNumber, WalFileName};
    /// use pgautopsy::primitives::TimelineId;
    /// let name = WalFileName::parse("00000003000000010000000F", 16 << 20).unwrap();
    /// assert_eq!(name, WalFileName::Segment(TimelineId(3), SegmentNumber(0x10F)));
    /// assert_eq!(name.name(16 << 20), "00000003000000010000000F");
    /// assert_eq!(WalFileName::parse("00000003000000010000010F", 16 << 20), None);
    /// ```
    #[must_use]
    pub fn parse(name: &str, segment_size: u32) -> Option<Self> {
        let timeline = TimelineId(hex(name.get(..8)?)?);
        let rest = name.get(8..)?;
        if rest == ".history" {
            return Some(Self::History(timeline));
        }
        let per_id = segments_per_id(segment_size);
        let (high, low) = (u64::from(hex(rest.get(..8)?)?), u64::from(hex(rest.get(8..16)?)?));
        if low >= per_id {
            return None;
        }
        let segment = SegmentNumber(high * per_id + low);
        // The very last has no end that can be written down; no server comes there.
        segment.0.checked_add(1)?.checked_mul(segment_size.into())?;
        let suffix = rest.get(16..)?;
        if suffix.is_empty() {
            return Some(Self::Segment(timeline, segment));
        }
        if suffix == ".partial" {
            return Some(Self::Partial(timeline, segment));
        }
        let offset = suffix.strip_prefix('.')?.strip_suffix(".backup")?;
        Some(Self::Backup(timeline, segment, hex(offset)?))
    }

    /// The name, as the server writes it.
    #[must_use]
    pub fn name(self, segment_size: u32) -> String {
        let per_id = segments_per_id(segment_size);
        let segment = |timeline: TimelineId, number: SegmentNumber| {
            format!("{:08X}{:08X}{:08X}", timeline.0, number.0 / per_id, number.0 % per_id)
        };
        match self {
            Self::Segment(timeline, number) => segment(timeline, number),
            Self::Partial(timeline, number) => segment(timeline, number) + ".partial",
            Self::Backup(timeline, number, offset) => {
                format!("{}.{offset:08X}.backup", segment(timeline, number))
            }
            Self::History(timeline) => format!("{:08X}.history", timeline.0),
        }
    }
}

/// Whether the server can have segments of that size (`IsValidWalSegSize`): a power of two from
/// 1 MB to 1 GB.
#[must_use]
pub const fn is_segment_size(bytes: u32) -> bool {
    bytes.is_power_of_two() && bytes >= 1 << 20 && bytes <= 1 << 30
}

/// Segments in 4 GB (`XLogSegmentsPerXLogId`).
fn segments_per_id(segment_size: u32) -> u64 {
    (1 << 32) / u64::from(segment_size.max(1))
}

/// Eight digits, as the server prints them: upper case.
fn hex(digits: &str) -> Option<u32> {
    let fits =
        digits.len() == 8 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    fits.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u32 = 1 << 20;

    #[test]
    fn every_kind_of_name_is_read_and_written() {
        let (one, seven) = (TimelineId(1), TimelineId(7));
        let cases = [
            ("000000010000000000000001", MB, WalFileName::Segment(one, SegmentNumber(1))),
            (
                "0000000700000002000000FF",
                16 * MB,
                WalFileName::Segment(seven, SegmentNumber(0x2FF)),
            ),
            ("000000010000000200000FFF", MB, WalFileName::Segment(one, SegmentNumber(0x2FFF))),
            ("000000010000000200000003", 1024 * MB, WalFileName::Segment(one, SegmentNumber(11))),
            (
                "000000070000000200000003.partial",
                64 * MB,
                WalFileName::Partial(seven, SegmentNumber(0x83)),
            ),
            (
                "000000010000000000000002.00000028.backup",
                16 * MB,
                WalFileName::Backup(one, SegmentNumber(2), 0x28),
            ),
            ("00000007.history", MB, WalFileName::History(seven)),
        ];
        for (name, size, expected) in cases {
            assert_eq!(WalFileName::parse(name, size), Some(expected), "{name}");
            assert_eq!(expected.name(size), name);
        }
        for other in [
            "",
            "0",
            "archive_status",
            "00000001000000000000000",
            "00000001000000000000000a",
            "0000000100000000000000010",
            "000000010000000000000001.gz",
            "00000001.histor",
            "000000010000000000000001.28.backup",
            "+0000001000000000000000000",
            "0000000é.history",
        ] {
            assert_eq!(WalFileName::parse(other, MB), None, "{other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_name_that_is_read_is_written_the_same(name in "[0-9A-F]{8}([0-9A-F]{16}|.history)(.partial)?", shift in 20_u32..31) {
            if let Some(read) = WalFileName::parse(&name, 1 << shift) {
                assert_eq!(read.name(1 << shift), name);
            }
        }
    }

    #[test]
    fn a_position_is_in_one_segment() {
        assert_eq!(SegmentNumber::of(Lsn(0x2FF_FFFF), 16 * MB), SegmentNumber(2));
        assert_eq!(SegmentNumber(2).start(16 * MB), Lsn(0x200_0000));
        assert!(is_segment_size(MB) && is_segment_size(1 << 30));
        assert!(![0, MB / 2, 3 * MB, 1 << 31].into_iter().any(is_segment_size));
    }
}
