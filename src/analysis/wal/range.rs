use std::str::FromStr;

use super::fold::{Tally, WalScan, fold};
use crate::analysis::scan::Progress;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::rmgr::RmgrId;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::format::wal::{RawRecord, WalEnd};
use crate::primitives::{Lsn, Timestamp};

/// The records that are asked for: those that start at `start` or later, and end at `end` or
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalRange {
    /// Where it starts.
    pub start: Lsn,
    /// Where it ends.
    pub end: Lsn,
}

impl WalRange {
    /// All there is.
    pub const ALL: Self = Self { start: Lsn(0), end: Lsn(u64::MAX) };

    pub(super) fn contains(self, record: &RawRecord<'_>) -> bool {
        record.start_lsn >= self.start && record.end_lsn <= self.end
    }
}

impl Default for WalRange {
    fn default() -> Self {
        Self::ALL
    }
}

/// A place in the WAL as a person names it.
///
/// ```
/// use pgautopsy::analysis::wal::WalPlace;
/// use pgautopsy::primitives::{Lsn, Timestamp};
/// assert_eq!("16/B374D848".parse(), Ok(WalPlace::Lsn(Lsn(0x16_B374_D848))));
/// let time = WalPlace::Time(Timestamp(90_000_000));
/// assert_eq!("2000-01-01 00:01:30".parse(), Ok(time));
/// assert_eq!("2000-01-01T02:01:30+02".parse(), Ok(time));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalPlace {
    /// A position.
    Lsn(Lsn),
    /// A moment: where the transactions end that ended by then.
    Time(Timestamp),
}

/// The text names no place in the WAL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no place in the WAL: expected an LSN (16/B374D848), or a time (2026-11-26 08:21:30, \
     in UTC unless it says another zone)"
)]
pub struct ParseWalPlaceError(String);

impl FromStr for WalPlace {
    type Err = ParseWalPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lsn = text.parse().map(Self::Lsn).ok();
        let place = lsn.or_else(|| text.parse().map(Self::Time).ok());
        place.ok_or_else(|| ParseWalPlaceError(text.to_owned()))
    }
}

/// The range holds no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalRangeError {
    /// It ends before it starts.
    #[error("the range ends at {end}, before it starts at {start}")]
    Reversed {
        /// Its start.
        start: Lsn,
        /// Its end.
        end: Lsn,
    },
    /// No transaction ended then or later.
    #[error("no transaction in this WAL ended at {time} or later{}", unread(stop.as_ref()))]
    NothingSince {
        /// The moment.
        time: Timestamp,
        /// Where records stop, where more was written behind.
        stop: Option<WalEnd>,
    },
    /// None ended by then.
    #[error("no transaction in this WAL ended by {time}{}", unread(stop.as_ref()))]
    NothingUntil {
        /// The moment.
        time: Timestamp,
        /// Where records stop, where more was written behind.
        stop: Option<WalEnd>,
    },
}

fn unread(stop: Option<&WalEnd>) -> String {
    stop.map_or_else(String::new, |stop| {
        format!(
            ", as far as it can be read: up to {} ({}); --resync goes on behind that",
            stop.lsn, stop.reason
        )
    })
}

/// The scan with that range: where no start is named, from the oldest segment of the timeline
/// itself on. A time as `start` stands for the end of the last transaction before
/// it, as `end` for that of the last one by then: to find these, the WAL is read once.
pub fn resolve(
    wal: &Wal,
    scan: WalScan,
    start: Option<WalPlace>,
    end: Option<WalPlace>,
    progress: &dyn Progress,
) -> Result<WalScan, WalRangeError> {
    let time = |place| match place {
        Some(WalPlace::Time(time)) => Some(time),
        _ => None,
    };
    let position = |place, other| match place {
        Some(WalPlace::Lsn(lsn)) => lsn,
        _ => other,
    };
    let end_lsn = position(end, WalRange::ALL.end);
    // What ends before the timeline's own segments begin is in those of older ones.
    let usual = Some(own_start(wal)).filter(|own| start.is_none() && *own < end_lsn);
    let mut range =
        WalRange { start: position(start, usual.unwrap_or(WalRange::ALL.start)), end: end_lsn };
    if time(start).is_some() || time(end).is_some() {
        let fresh = || Moments {
            format: wal.format(),
            start: time(start),
            end: time(end),
            before_start: None,
            has_start: false,
            until_end: None,
        };
        let mut moments = fresh();
        let read = fold(wal, scan, progress, fresh, &mut moments);
        let stop = || read.goes_on.as_ref().and(read.stop.clone());
        if let Some(time) = time(start) {
            if !moments.has_start {
                return Err(WalRangeError::NothingSince { time, stop: stop() });
            }
            range.start = moments.before_start.unwrap_or(range.start);
        }
        if let Some(time) = time(end) {
            let until = moments.until_end;
            range.end = until.ok_or_else(|| WalRangeError::NothingUntil { time, stop: stop() })?;
        }
    }
    if range.start > range.end {
        return Err(WalRangeError::Reversed { start: range.start, end: range.end });
    }
    Ok(WalScan { range, ..scan })
}

/// Where the timeline's own segments start: what older ones hold counts where it is asked for.
fn own_start(wal: &Wal) -> Lsn {
    let own = wal.segments().iter().position(|segment| segment.timeline == wal.timeline().id);
    match own {
        None | Some(0) => WalRange::ALL.start,
        Some(at) => {
            wal.segments().get(at).map_or(WalRange::ALL.start, |own| wal.start_of(own.number))
        }
    }
}

/// Looks for the places where moments are.
struct Moments {
    format: Format,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    /// The end of the last transaction's end before the first that counts.
    before_start: Option<Lsn>,
    has_start: bool,
    until_end: Option<Lsn>,
}

/// When a transaction ended, by the record of that.
pub(super) fn ended_at(record: &RawRecord<'_>, format: Format) -> Option<Timestamp> {
    if record.header.xl_rmid() != RmgrId::XACT {
        return None;
    }
    let record = record.decode(format).ok()?;
    match TransactionRecord::parse(&record, format.version).ok()?? {
        TransactionRecord::Commit(end) | TransactionRecord::Abort(end) => Some(end.xact_time),
        TransactionRecord::Prepare(_) | TransactionRecord::Assignment(_) => None,
    }
}

impl Tally for Moments {
    fn add(&mut self, record: &RawRecord<'_>) {
        let Some(time) = ended_at(record, self.format) else { return };
        if !self.has_start {
            if self.start.is_some_and(|start| time >= start) {
                self.has_start = true;
            } else {
                self.before_start = Some(record.end_lsn);
            }
        }
        if self.end.is_some_and(|end| time <= end) {
            self.until_end = Some(record.end_lsn);
        }
    }

    fn append(&mut self, later: Self) {
        if !self.has_start {
            self.before_start = later.before_start.or(self.before_start);
            self.has_start = later.has_start;
        }
        self.until_end = later.until_end.or(self.until_end);
    }
}
