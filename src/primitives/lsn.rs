use std::fmt;
use std::str::FromStr;

/// A position in the write-ahead log: bytes since the cluster's first record (`XLogRecPtr`,
/// access/xlogdefs.h).
///
/// ```
/// use pgautopsy::primitives::Lsn;
/// let lsn: Lsn = "1A/2B3C".parse().unwrap();
/// assert_eq!(lsn, Lsn(0x1A_0000_2B3C));
/// assert_eq!(lsn.to_string(), "1A/2B3C");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// `InvalidXLogRecPtr`: no position. A page that was never logged carries it.
    pub const INVALID: Self = Self(0);

    /// Whether this is a position at all (`XLogRecPtrIsValid`).
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

/// One history of the cluster: every recovery that ends begins a new one (`TimeLineID`,
/// access/xlogdefs.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimelineId(pub u32);

impl TimelineId {
    /// No timeline.
    pub const INVALID: Self = Self(0);

    /// Whether it names a timeline.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for TimelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no LSN: two hexadecimal numbers of up to 32 bits, with a slash between them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no LSN: expected two hexadecimal numbers with a slash between, as 16/B374D848")]
pub struct ParseLsnError(String);

impl FromStr for Lsn {
    type Err = ParseLsnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let half = |digits: &str| {
            let hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten().map(u64::from)
        };
        text.split_once('/')
            .and_then(|(high, low)| Some(Self(half(high)? << 32 | half(low)?)))
            .ok_or_else(|| ParseLsnError(text.to_owned()))
    }
}
