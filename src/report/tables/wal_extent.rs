//! What of the WAL was read: the part of a summary that all answers about it share.

use crate::analysis::wal::Extent;
use crate::cluster::wal::Wal;
use crate::format::wal::{EndKind, WalEnd};
use crate::report::{Cell, Column};

/// How many columns there are.
pub const COUNT: usize = 7;

/// The columns.
pub const COLUMNS: [Column; COUNT] = [
    Column::number("timeline"),
    Column::number("segments").title("segments read"),
    Column::text("start_lsn").title("from"),
    Column::text("end_lsn").title("to"),
    Column::text("stop_lsn").title("records end at").skip_if_null(),
    Column::text("stop_reason").title("because").skip_if_null(),
    Column::text("ledger").title("bytes on disk").skip_if_null(),
];

/// These columns, with [`COLUMNS`] behind them.
pub(super) const fn behind<const OWN: usize, const ALL: usize>(
    own: [Column; OWN],
) -> [Column; ALL] {
    let mut all = [Column::text(""); ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < OWN { own[at] } else { COLUMNS[at - OWN] };
        at += 1;
    }
    all
}

/// The cells of [`COLUMNS`].
#[must_use]
pub fn cells(wal: &Wal, extent: &Extent) -> Vec<Cell<'static>> {
    let stop = extent.stop.as_ref();
    let ledger = extent
        .disk
        .map(|disk| Cell::map(disk.lines().map(|(name, bytes)| (name, Cell::Bytes(bytes)))));
    vec![
        Cell::Unsigned(wal.timeline().id.0.into()),
        Cell::Count(extent.segments),
        extent.start.into(),
        extent.end.into(),
        stop.map(|stop| stop.lsn).into(),
        stop.map(|stop| reason(stop, extent)).into(),
        ledger.unwrap_or_default(),
    ]
}

/// Why records stop, in words that do not sound like damage where there is none.
fn reason(stop: &WalEnd, extent: &Extent) -> String {
    let reason = stop.reason;
    if extent.goes_on.is_some() {
        return reason.to_string();
    }
    match reason.kind() {
        EndKind::Nothing => format!("the WAL ends there: {reason}"),
        EndKind::Leftover => format!(
            "the WAL ends there: what follows is left from an older use of the segment ({reason})"
        ),
        EndKind::Unfinished => {
            format!("the WAL ends there: the last record was not written whole ({reason})")
        }
        EndKind::Trouble => reason.to_string(),
    }
}
