use super::counted;
use crate::analysis::bloat::{HeapBloat, HeldBy, RelationBloat};
use crate::report::Cell;

/// From `tuple_count` to `free_percent`.
pub(super) fn tuples<'a>(row: &RelationBloat<'_>, heap: &HeapBloat) -> [Cell<'a>; 8] {
    let tally = &heap.tally;
    let share = |len: u64| Cell::Percent(row.percent(len));
    let (present, dead) = (tally.present(), tally.dead());
    [
        Cell::Count(present.count),
        Cell::Bytes(present.len),
        share(present.len),
        Cell::Count(dead.count),
        Cell::Bytes(dead.len),
        share(dead.len),
        Cell::Bytes(tally.free_space),
        share(tally.free_space),
    ]
}

/// From `removable_count` to `lp_redirect_count`.
pub(super) fn fates(heap: &HeapBloat) -> [Cell<'_>; 14] {
    let tally = &heap.tally;
    let [removable_count, removable_len] = counted(tally.removable);
    let [held_count, held_len] = counted(tally.held);
    let [in_doubt_count, in_doubt_len] = counted(tally.in_doubt);
    let [unknown_count, unknown_len] = counted(tally.unknown);
    let [aborted_count, aborted_len] = counted(tally.aborted);
    [
        removable_count,
        removable_len,
        held_count,
        held_len,
        held_by(heap),
        in_doubt_count,
        in_doubt_len,
        unknown_count,
        unknown_len,
        aborted_count,
        aborted_len,
        Cell::Count(tally.lp_dead),
        Cell::Count(tally.lp_unused),
        Cell::Count(tally.lp_redirect),
    ]
}

/// From `all_visible` to `dead_density`.
pub(super) fn pages(heap: &HeapBloat) -> [Cell<'_>; 4] {
    let density = &heap.tally.density;
    let shares = std::iter::once(density.none).chain(density.tenths).map(Cell::Count);
    [
        Cell::Count(heap.maps.all_visible),
        Cell::Count(heap.maps.all_frozen),
        Cell::Count(heap.truncatable_pages),
        Cell::List(shares.collect()),
    ]
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
