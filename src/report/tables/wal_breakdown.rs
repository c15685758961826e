//! WAL by transaction, by minute, by checkpoint cycle: a table each, with the same counts.

use super::wal_stats::{self, counts};
use crate::analysis::wal::{CountBy, CountRow, RecordCount, outcome_name};
use crate::report::{Cell, Column, TableSchema};

/// The columns that say how much it is.
const COUNTS: [Column; 8] = [
    Column::number("count").title("records"),
    Column::number("count_percent").title("%").optional(3),
    Column::number("record_size").title("record bytes"),
    Column::number("record_size_percent").title("%").optional(2),
    Column::number("fpi_size").title("image bytes"),
    Column::number("fpi_size_percent").title("%").optional(1),
    Column::number("combined_size").title("all"),
    Column::number("combined_size_percent").title("%"),
];

const fn with_counts<const OWN: usize, const ALL: usize>(own: [Column; OWN]) -> [Column; ALL] {
    let mut all = [Column::text(""); ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < OWN { own[at] } else { COUNTS[at - OWN] };
        at += 1;
    }
    all
}

/// The table `xids`.
pub static XIDS: TableSchema = TableSchema::grid("xids", "Transactions", &XID_COLUMNS);
const XID_COLUMNS: [Column; 11] = with_counts([
    Column::number("xid"),
    Column::text("status").unknown_if_null(),
    Column::text("ended_at").title("ended").optional(4),
]);

/// The table `minutes`.
pub static MINUTES: TableSchema = TableSchema::grid("minutes", "Minutes", &MINUTE_COLUMNS);
const MINUTE_COLUMNS: [Column; 9] = with_counts([Column::text("minute").unknown_if_null()]);

/// The table `checkpoints`.
pub static CHECKPOINTS: TableSchema =
    TableSchema::grid("checkpoints", "Checkpoint cycles", &CHECKPOINT_COLUMNS);
const CHECKPOINT_COLUMNS: [Column; 12] = with_counts([
    Column::text("redo_lsn").title("from redo"),
    Column::text("checkpoint_lsn").title("checkpoint at").optional(5),
    Column::text("checkpoint_time").title("begun"),
    Column::text("is_shutdown").title("shutdown").optional(4),
]);

/// The table of what is counted.
#[must_use]
pub fn schema(by: CountBy) -> &'static TableSchema {
    match by {
        CountBy::Rmgr | CountBy::Record => &wal_stats::RECORDS,
        CountBy::Xid => &XIDS,
        CountBy::Minute => &MINUTES,
        CountBy::Checkpoint => &CHECKPOINTS,
    }
}

/// A row of that table.
#[must_use]
pub fn cells(row: &CountRow, total: RecordCount) -> Vec<Cell<'static>> {
    let (own, count) = match row {
        CountRow::Type(row) => return wal_stats::cells(row, total),
        CountRow::Xid(key, count) => {
            let status = key.end.map(|(outcome, _)| outcome_name(outcome));
            let ended = key.end.map(|(_, time)| time);
            (vec![key.xid.into(), status.into(), ended.into()], *count)
        }
        CountRow::Minute(minute, count) => (vec![(*minute).into()], *count),
        CountRow::OtherMinutes(count) => (vec![Cell::name("(other minutes)")], *count),
        CountRow::Checkpoint(cycle, count) => {
            let is_shutdown = cycle.redo.map(|_| cycle.is_shutdown);
            let own = vec![
                cycle.redo.into(),
                cycle.checkpoint.into(),
                cycle.time.into(),
                is_shutdown.into(),
            ];
            (own, *count)
        }
    };
    own.into_iter().chain(counts(count, total)).collect()
}
