use super::{heap, index, ledger};
use crate::analysis::bloat::{RelationBloat, Remedy};
use crate::primitives::ForkNumber;
use crate::report::tables::relation::{self, relation_columns};
use crate::report::{Cell, Column, TableSchema};

/// The table `relations` of `bloat`.
pub static RELATIONS: TableSchema = TableSchema::grid(
    "relations",
    "Relations",
    relation_columns![
        Column::number("table_len").title("size").unknown_if_null(),
        Column::number("pages").verbose(),
        // Of tables and indexes, as pgstattuple has them.
        Column::number("tuple_count").title("rows or items").optional(8),
        Column::number("tuple_len").title("live").optional(5),
        Column::number("tuple_percent").verbose(),
        Column::number("dead_tuple_count").title("dead rows").verbose(),
        Column::number("dead_tuple_len").title("dead").optional(2),
        Column::number("dead_tuple_percent").title("dead %").optional(9),
        Column::number("free_space").title("free").optional(3),
        Column::number("free_percent").verbose(),
        // Of tables.
        Column::number("removable_count").verbose(),
        Column::number("removable_len").title("removable").optional(4).skip_if_null(),
        Column::number("held_count").verbose(),
        Column::number("held_len").title("held").optional(1).skip_if_null(),
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
        // Of both.
        Column::text("ledger").verbose(),
        Column::number("fsm_len").title("fsm").verbose(),
        Column::number("vm_len").title("vm").verbose(),
        Column::number("init_len").title("init").verbose(),
        Column::number("fsm_free_space").title("fsm says").verbose(),
        Column::number("fsm_missing_space").title("fsm misses").optional(7),
        Column::number("fsm_excess_space").title("fsm exceeds").verbose(),
        Column::number("waste_len").title("waste").verbose(),
        // Of tables.
        Column::number("vacuum_gain_len").title("VACUUM frees").verbose(),
        // Of both.
        Column::number("rewritten_len").title("rewritten").verbose(),
        Column::number("rewrite_gain_len").title("rewrite frees"),
        // Of tables.
        Column::number("all_visible").verbose(),
        Column::number("all_frozen").verbose(),
        Column::number("truncatable_pages").verbose(),
        Column::text("dead_density").verbose(),
        // Of indexes, as pgstatindex, pgstathashindex and pgstatginindex have them.
        Column::text("access_method").title("method").optional(10),
        Column::number("version").verbose(),
        Column::number("tree_level").verbose(),
        Column::number("root_block_no").verbose(),
        Column::number("internal_pages").verbose(),
        Column::number("leaf_pages").verbose(),
        Column::number("empty_pages").verbose(),
        Column::number("deleted_pages").verbose(),
        Column::number("avg_leaf_density").title("leaf density").optional(6),
        Column::number("leaf_fragmentation").verbose(),
        Column::number("bucket_pages").verbose(),
        Column::number("overflow_pages").verbose(),
        Column::number("bitmap_pages").verbose(),
        Column::number("unused_pages").verbose(),
        Column::number("live_items").verbose(),
        Column::number("dead_items").verbose(),
        Column::number("bucket_free_percent").verbose(),
        Column::number("pending_pages").verbose(),
        Column::number("pending_tuples").verbose(),
        Column::text("pages_by_kind").verbose(),
        // What their items point to, where that was asked for.
        Column::number("tid_count").title("points to").verbose().skip_if_null(),
        Column::number("tid_live_count").title("to rows").verbose().skip_if_null(),
        Column::number("tid_removable_count").title("to removable").verbose().skip_if_null(),
        Column::number("tid_held_count").title("to held").verbose().skip_if_null(),
        Column::number("tid_lp_dead_count").title("to dead pointers").verbose().skip_if_null(),
        Column::number("tid_gone_count").title("to nothing").verbose().skip_if_null(),
        Column::number("tid_astray_count").title("astray").verbose().skip_if_null(),
        Column::number("tid_unknown_count").title("to unknown").verbose().skip_if_null(),
        Column::number("dangling_count").title("dangling").skip_if_null(),
        Column::number("dangling_percent").title("dangling %").optional(0).skip_if_null(),
        Column::text("dangling_refusal").title("not followed").verbose().skip_if_null(),
        // Of both.
        Column::text("remedies").verbose(),
        Column::text("advice").title("what helps"),
    ],
);

/// A row of [`RELATIONS`].
#[must_use]
pub fn cells<'a>(row: &'a RelationBloat<'_>) -> Vec<Cell<'a>> {
    let known = |cell| if row.is_missing { Cell::Null } else { cell };
    let heap = row.heap.as_ref();
    let index = row.index.as_ref();
    let mut cells = relation::cells(row.relation);
    cells.extend([known(Cell::Bytes(row.table_len)), known(Cell::Count(row.pages))]);
    cells.extend(match (heap, index) {
        (Some(heap), _) => heap::tuples(row, heap),
        (None, Some(index)) => index::tuples(row, index),
        (None, None) => [const { Cell::Null }; _],
    });
    cells.extend(heap.map_or([const { Cell::Null }; _], heap::fates));
    cells.push(match (heap, index) {
        (Some(heap), _) => ledger(&heap.tally.ledger),
        (None, Some(index)) => ledger(&index.tally.ledger),
        (None, None) => Cell::Null,
    });
    let forks = [ForkNumber::FreeSpace, ForkNumber::Visibility, ForkNumber::Init];
    cells.extend(forks.map(|fork| known(Cell::Bytes(row.relation.fork_len(fork)))));
    let maps = row.maps().filter(|_| row.relation.files.fork(ForkNumber::FreeSpace).is_some());
    cells.extend([
        Cell::bytes(maps.map(|maps| maps.fsm_free_space)),
        Cell::bytes(maps.map(|maps| maps.fsm_missing_space)),
        Cell::bytes(maps.map(|maps| maps.fsm_excess_space)),
    ]);
    let rewritten = row.rewritten_len();
    let gain = rewritten.map(|_| row.rewrite_gain_len());
    cells.push(Cell::bytes(rewritten.map(|_| row.waste_len())));
    cells.push(Cell::bytes(heap.map(|heap| heap.tally.removable_storage)));
    cells.extend([Cell::bytes(rewritten), Cell::bytes(gain)]);
    cells.extend(heap.map_or([const { Cell::Null }; _], heap::pages));
    cells.extend(index.map_or([const { Cell::Null }; _], index::pages));
    cells.extend(index.map_or([const { Cell::Null }; _], index::dangling));
    // The row says which relation that is.
    cells.extend(remedies(&row.remedies(), Remedy::briefly));
    cells
}

/// What helps, as a list, and in the words that `say` has for each.
pub(super) fn remedies(remedies: &[Remedy], say: impl Fn(&Remedy) -> &str) -> [Cell<'static>; 2] {
    if remedies.is_empty() {
        return [Cell::List(Vec::new()), Cell::Null];
    }
    let words: Vec<_> = remedies.iter().map(say).collect();
    let advice = Cell::from(words.join(", "));
    let entry = |remedy: &Remedy| {
        Cell::map([
            ("action", Cell::from(remedy.action.clone())),
            ("gain_len", Cell::Bytes(remedy.gain_len)),
        ])
    };
    [Cell::List(remedies.iter().map(entry).collect()), advice]
}
