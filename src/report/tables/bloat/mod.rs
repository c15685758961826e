//! The space of relations: a row each, who holds what, and where in a table it is.

mod heap;
mod index;
mod relations;
mod totals;

pub use relations::{RELATIONS, cells};
pub use totals::{TOTALS, total_cells};

use super::relation::{self, relation_columns};
use crate::analysis::bloat::{HolderTotal, Ledger, LedgerLine, Strip, Totals, Tuples, percent};
use crate::cluster::relation::Relation;
use crate::report::{Cell, Column, TableSchema};

/// The table `holders`.
pub static HOLDERS: TableSchema = TableSchema::grid(
    "holders",
    "Who holds dead rows back",
    &[
        Column::name("name").title("holder"),
        Column::text("kind"),
        Column::number("xid").title("since xid").optional(2),
        Column::number("relations").title("tables"),
        Column::number("held_count").verbose(),
        Column::number("held_len").title("held"),
        Column::number("freed_count").verbose(),
        Column::number("freed_len").title("frees alone").optional(1),
        Column::text("action").title("what helps").verbose(),
    ],
);

/// The table `blocks`.
pub static BLOCKS: TableSchema = TableSchema::grid(
    "blocks",
    "Dead rows by block",
    relation_columns![
        Column::number("first_block").title("from block"),
        Column::number("blocks"),
        Column::number("live_len").title("live"),
        Column::number("dead_len").title("dead"),
        Column::number("free_len").title("free"),
        Column::number("dead_percent").title("dead %"),
        Column::text("picture").title("live █ dead ▒ free ·"),
    ],
);

/// The summary of `bloat`.
pub static SUMMARY: TableSchema = TableSchema::record(
    "summary",
    "Summary",
    &[
        Column::number("relations"),
        Column::number("relations_shown").title("shown"),
        Column::number("table_len").title("size"),
        Column::number("heap_len").title("of that, tables"),
        Column::number("index_len").title("and indexes"),
        // Of tables.
        Column::number("tuple_count").title("live rows").verbose().skip_if_null(),
        Column::number("tuple_len").title("live").skip_if_null(),
        Column::number("dead_tuple_count").verbose().skip_if_null(),
        Column::number("dead_tuple_len").title("dead").skip_if_null(),
        Column::number("removable_len").title("VACUUM can remove").skip_if_null(),
        Column::number("held_len").title("something holds").skip_if_null(),
        Column::number("unknown_len").title("of unknown fate").verbose().skip_if_null(),
        Column::number("free_space").title("free within tables").skip_if_null(),
        Column::number("rewrite_gain_len").title("rewrites would free").skip_if_null(),
        // Of indexes.
        Column::number("reindex_gain_len").title("REINDEX would free").skip_if_null(),
        // Of tables, and of indexes.
        Column::text("ledger").verbose().skip_if_null(),
        Column::text("index_ledger").verbose().skip_if_null(),
    ],
);

/// A row of [`HOLDERS`].
#[must_use]
pub fn holder_cells(total: &HolderTotal) -> Vec<Cell<'_>> {
    let mut cells = vec![
        Cell::name(total.holder.name.as_str()),
        total.holder.kind.name().into(),
        Cell::Xid(total.holder.xid),
        Cell::Count(total.relations),
    ];
    cells.extend(counted(total.held));
    cells.extend(counted(total.freed));
    cells.push(total.holder.release().into());
    cells
}

/// How many characters a picture has.
const PICTURE: u64 = 20;

/// A row of [`BLOCKS`]: the strip that starts at `first_block`.
#[must_use]
pub fn strip_cells<'a>(
    relation: &'a Relation,
    first_block: u64,
    strip: &Strip,
    block_size: u32,
) -> Vec<Cell<'a>> {
    let whole = strip.blocks * u64::from(block_size);
    let width =
        |len: u64| usize::try_from((len * PICTURE + whole / 2) / whole.max(1)).unwrap_or_default();
    let picture = ["█".repeat(width(strip.live_len)), "▒".repeat(width(strip.dead_len))].concat()
        + &"·".repeat(width(strip.free_len));
    let mut cells = relation::cells(relation);
    cells.extend([
        Cell::Unsigned(first_block),
        Cell::Count(strip.blocks),
        Cell::Bytes(strip.live_len),
        Cell::Bytes(strip.dead_len),
        Cell::Bytes(strip.free_len),
        Cell::Percent(percent(strip.dead_len, whole)),
        picture.into(),
    ]);
    cells
}

/// The row of [`SUMMARY`]; what is about tables is null where none were asked for, and so with
/// indexes.
#[must_use]
pub fn summary_cells(totals: &Totals, shown: u64) -> Vec<Cell<'static>> {
    let of_heaps = |cell| if totals.heaps > 0 { cell } else { Cell::Null };
    let of_indexes = |cell| if totals.indexes > 0 { cell } else { Cell::Null };
    vec![
        Cell::Count(totals.relations),
        Cell::Count(shown),
        Cell::Bytes(totals.table_len),
        Cell::Bytes(totals.heap_len),
        Cell::Bytes(totals.index_len),
        of_heaps(Cell::Count(totals.present.count)),
        of_heaps(Cell::Bytes(totals.present.len)),
        of_heaps(Cell::Count(totals.dead.count)),
        of_heaps(Cell::Bytes(totals.dead.len)),
        of_heaps(Cell::Bytes(totals.removable.len)),
        of_heaps(Cell::Bytes(totals.held.len)),
        of_heaps(Cell::Bytes(totals.unknown.len)),
        of_heaps(Cell::Bytes(totals.free_space)),
        of_heaps(Cell::Bytes(totals.rewrite_gain_len)),
        of_indexes(Cell::Bytes(totals.reindex_gain_len)),
        of_heaps(ledger(&totals.ledger)),
        of_indexes(ledger(&totals.index_ledger)),
    ]
}

/// A number of tuples, and their length.
fn counted(tuples: Tuples) -> [Cell<'static>; 2] {
    [Cell::Count(tuples.count), Cell::Bytes(tuples.len)]
}

fn ledger<L: LedgerLine>(ledger: &Ledger<L>) -> Cell<'static> {
    Cell::map(ledger.lines().map(|(name, len)| (name, Cell::Bytes(len))))
}
