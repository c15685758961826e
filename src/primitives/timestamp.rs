use std::fmt;
use std::str::FromStr;

/// Microseconds since 2000-01-01 00:00:00 UTC (`TimestampTz`, datatype/timestamp.h).
///
/// ```
/// use pgautopsy::primitives::Timestamp;
/// assert_eq!(Timestamp(1_500_000).to_string(), "2000-01-01T00:00:01.5Z");
/// assert_eq!(Timestamp::from_unix_seconds(0).to_string(), "1970-01-01T00:00:00Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// Seconds from the Unix epoch to PostgreSQL's.
const UNIX_TO_POSTGRES_SECONDS: i64 = 946_684_800;

impl Timestamp {
    /// A `pg_time_t` (seconds since 1970), as `pg_control` holds them.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_sub(UNIX_TO_POSTGRES_SECONDS).saturating_mul(1_000_000))
    }
}

/// The text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time: expected one as 2026-11-26 08:21:30, with or without a zone (+02)")]
pub struct ParseTimestampError(String);

/// As RFC 3339 or PostgreSQL write it; in UTC where no zone is named.
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zoned = text.parse::<jiff::Timestamp>().ok();
        let civil = || {
            let civil: jiff::civil::DateTime = text.parse().ok()?;
            jiff::tz::Offset::UTC.to_timestamp(civil).ok()
        };
        let micros = zoned.or_else(civil).map(jiff::Timestamp::as_microsecond);
        micros
            .and_then(|micros| micros.checked_sub(UNIX_TO_POSTGRES_SECONDS * 1_000_000))
            .map(Self)
            .ok_or_else(|| ParseTimestampError(text.to_owned()))
    }
}

/// RFC 3339 in UTC; a moment beyond what that can say prints as its raw number.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unix = self.0.checked_add(UNIX_TO_POSTGRES_SECONDS * 1_000_000);
        match unix.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok()) {
            Some(moment) => moment.fmt(f),
            None => write!(f, "{} us", self.0),
        }
    }
}
