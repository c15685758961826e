//! The space of relations: a row each, who holds what, and where in a table it is.

use super::relation::{self, relation_columns};
use crate::analysis::bloat::{
    HeapBloat, HeldBy, HolderTotal, RelationBloat, Remedy, Strip, Totals, Tuples, percent,
};
use crate::cluster::relation::Relation;
use crate::primitives::ForkNumber;
use crate::report::{Cell, Column, TableSchema};

/// The table `relations` of `bloat`.
pub static RELATIONS: TableSchema = TableSchema::grid(
    "relations",
    "Relations",
    relation_columns![
        Column::number("table_len").title("size").unknown_if_null(),
        Column::number("pages").verbose(),
        Column::number("tuple_count").title("rows").optional(8),
        Column::number("tuple_len").title("live").optional(3),
        Column::number("tuple_percent").verbose(),
        Column::number("dead_tuple_count").title("dead rows").verbose(),
        Column::number("dead_tuple_len").title("dead"),
        Column::number("dead_tuple_percent").title("dead %").optional(9),
        Column::number("free_space").title("free"),
        Column::number("free_percent").verbose(),
        Column::number("removable_count").verbose(),
        Column::number("removable_len").title("removable").optional(2),
        Column::number("held_count").verbose(),
        Column::number("held_len").title("held").optional(1),
        Column::text("held_by").verbose(),
        Column::number("in_doubt_count").verbose(),
        Column::number("in_doubt_len").title("in doubt").verbose(),
        Column::number("unknown_count").verbose(),
        Column::number("unknown_len").title("unknown").verbose(),
        Column::number("aborted_count").verbose(),
        Column::number("aborted_len").title("aborted").verbose(),
        Column::number("lp_dead_count").verbose(),
        Column::number("lp_unused_count").verbose(),
        Column::number("lp_redirect_count").verbose(),
        Column::text("ledger").verbose(),
        Column::number("fsm_len").title("fsm").verbose(),
        Column::number("vm_len").title("vm").verbose(),
        Column::number("init_len").title("init").verbose(),
        Column::number("waste_len").title("waste").verbose(),
        Column::number("vacuum_gain_len").title("VACUUM frees").verbose(),
        Column::number("rewritten_len").title("rewritten").verbose(),
        Column::number("rewrite_gain_len").title("rewrite frees").verbose(),
        Column::number("truncatable_pages").verbose(),
        Column::text("dead_density").verbose(),
        Column::text("remedies").verbose(),
        Column::text("advice").title("what helps"),
    ],
);

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
        Column::number("tuple_count").title("live rows").verbose(),
        Column::number("tuple_len").title("live"),
        Column::number("dead_tuple_count").verbose(),
        Column::number("dead_tuple_len").title("dead"),
        Column::number("removable_len").title("VACUUM can remove"),
        Column::number("held_len").title("something holds"),
        Column::number("unknown_len").title("of unknown fate").verbose(),
        Column::number("free_space").title("free within tables"),
        Column::number("rewrite_gain_len").title("rewrites would free"),
        Column::text("ledger").verbose(),
    ],
);

/// A row of [`RELATIONS`].
#[must_use]
pub fn cells<'a>(row: &'a RelationBloat<'_>) -> Vec<Cell<'a>> {
    let mut cells = relation::cells(row.relation);
    let known = |cell| if row.is_missing { Cell::Null } else { cell };
    cells.extend([known(Cell::Bytes(row.table_len)), known(Cell::Count(row.pages))]);
    match &row.heap {
        Some(heap) => cells.extend(heap_cells(row, heap)),
        None => cells.resize(RELATIONS.columns.len(), Cell::Null),
    }
    let forks = [
        ("fsm_len", ForkNumber::FreeSpace),
        ("vm_len", ForkNumber::Visibility),
        ("init_len", ForkNumber::Init),
    ];
    for (name, fork) in forks {
        let at = RELATIONS.columns.iter().position(|column| column.name == name);
        if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
            *cell = known(Cell::Bytes(row.relation.fork_len(fork)));
        }
    }
    cells
}

/// What a heap's pages hold, from `tuple_count` on.
fn heap_cells<'a>(row: &'a RelationBloat<'_>, heap: &'a HeapBloat) -> Vec<Cell<'a>> {
    let tally = &heap.tally;
    let share = |len: u64| Cell::Percent(row.percent(len));
    let [present, dead] = [tally.present(), tally.dead()];
    let mut cells = Vec::new();
    for tuples in [present, dead] {
        cells.extend(counted(tuples));
        cells.push(share(tuples.len));
    }
    cells.extend([Cell::Bytes(tally.free_space), share(tally.free_space)]);
    cells.extend(counted(tally.removable));
    cells.extend(counted(tally.held));
    cells.push(held_by(heap));
    for tuples in [tally.in_doubt, tally.unknown, tally.aborted] {
        cells.extend(counted(tuples));
    }
    cells.extend([tally.lp_dead, tally.lp_unused, tally.lp_redirect].map(Cell::Count));
    cells.push(Cell::map(tally.ledger.lines().map(|(name, len)| (name, Cell::Bytes(len)))));
    cells.extend([Cell::Null, Cell::Null, Cell::Null]);
    cells.extend([
        Cell::Bytes(row.waste_len()),
        Cell::Bytes(tally.removable_storage),
        Cell::Bytes(heap.rewritten_len),
        Cell::Bytes(row.rewrite_gain_len()),
        Cell::Count(heap.truncatable_pages),
        Cell::List(
            std::iter::once(tally.density.none)
                .chain(tally.density.tenths)
                .map(Cell::Count)
                .collect(),
        ),
    ]);
    let remedies = row.remedies();
    cells.push(advice(&remedies));
    let list = remedies.into_iter().map(|remedy| {
        Cell::map([
            ("action", Cell::from(remedy.action)),
            ("gain_len", Cell::Bytes(remedy.gain_len)),
        ])
    });
    let at = cells.len() - 1;
    cells.insert(at, Cell::List(list.collect()));
    cells
}

fn advice(remedies: &[Remedy]) -> Cell<'static> {
    let actions: Vec<_> = remedies.iter().map(|remedy| remedy.action.as_str()).collect();
    if actions.is_empty() { Cell::Null } else { Cell::from(actions.join(", ")) }
}

fn held_by(heap: &HeapBloat) -> Cell<'_> {
    let entry = |held: HeldBy<'_>| {
        Cell::map([
            ("kind", Cell::from(held.holder.kind.name())),
            ("name", Cell::name(held.holder.name.clone())),
            ("xid", Cell::Xid(held.holder.xid)),
            ("held_count", Cell::Count(held.held.count)),
            ("held_len", Cell::Bytes(held.held.len)),
            ("freed_count", Cell::Count(held.freed.count)),
            ("freed_len", Cell::Bytes(held.freed.len)),
        ])
    };
    Cell::List(heap.held_by().map(entry).collect())
}

fn counted(tuples: Tuples) -> [Cell<'static>; 2] {
    [Cell::Count(tuples.count), Cell::Bytes(tuples.len)]
}

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

/// The row of [`SUMMARY`].
#[must_use]
pub fn summary_cells(totals: &Totals, shown: u64) -> Vec<Cell<'static>> {
    vec![
        Cell::Count(totals.relations),
        Cell::Count(shown),
        Cell::Bytes(totals.table_len),
        Cell::Bytes(totals.heap_len),
        Cell::Count(totals.present.count),
        Cell::Bytes(totals.present.len),
        Cell::Count(totals.dead.count),
        Cell::Bytes(totals.dead.len),
        Cell::Bytes(totals.removable.len),
        Cell::Bytes(totals.held.len),
        Cell::Bytes(totals.unknown.len),
        Cell::Bytes(totals.free_space),
        Cell::Bytes(totals.rewrite_gain_len),
        Cell::map(totals.ledger.lines().map(|(name, len)| (name, Cell::Bytes(len)))),
    ]
}
