use crate::analysis::bloat::{Dangling, IndexBloat, RelationBloat, Target, percent};
use crate::format::page::index::IndexPageKind as Kind;
use crate::report::Cell;

/// From `tuple_count` to `free_percent`.
pub(super) fn tuples<'a>(row: &RelationBloat<'_>, index: &IndexBloat) -> [Cell<'a>; 8] {
    let share = |len: u64| Cell::Percent(row.percent(len));
    let Some(counts) = index.stat_tuple() else { return [const { Cell::Null }; _] };
    [
        Cell::Count(counts.tuples.count),
        Cell::Bytes(counts.tuples.len),
        share(counts.tuples.len),
        Cell::Count(counts.dead_tuples.count),
        Cell::Bytes(counts.dead_tuples.len),
        share(counts.dead_tuples.len),
        Cell::Bytes(counts.free_space),
        share(counts.free_space),
    ]
}

/// From `access_method` to `pages_by_kind`.
pub(super) fn pages<'a>(index: &IndexBloat) -> [Cell<'a>; 20] {
    let (facts, is_tree, is_hash) = (&index.facts, index.is_tree(), index.is_hash());
    let of_trees = |pages: u64| Cell::count(is_tree.then_some(pages));
    let of_hash = |pages: u64| Cell::count(is_hash.then_some(pages));
    let items = |count: u64| Cell::count(index.method.map(|_| count));
    let optional = |number: Option<u64>| number.map_or(Cell::Null, Cell::Unsigned);
    let percent = |share: Option<f64>| share.map_or(Cell::Null, Cell::Percent);
    let kinds = index.tally.kinds.iter().filter(|(_, pages)| pages.pages > 0);
    [
        index.method.map_or(Cell::Null, |method| method.name().into()),
        facts.version.map_or(Cell::Null, Cell::Signed),
        optional(facts.tree_level.map(u64::from)),
        optional(facts.root_block_no.map(|block| block.0.into())),
        of_trees(index.internal_pages()),
        of_trees(index.leaf_pages()),
        of_trees(index.empty_pages()),
        of_trees(index.pages(Kind::Deleted)),
        percent(index.avg_leaf_density()),
        percent(index.leaf_fragmentation()),
        of_hash(index.pages(Kind::Bucket)),
        of_hash(index.pages(Kind::Overflow)),
        of_hash(index.pages(Kind::Bitmap)),
        of_hash(index.unused_pages()),
        items(index.live_items().count),
        items(index.dead_items().count),
        percent(index.bucket_free_percent()),
        Cell::count(facts.pending_pages.map(u64::from)),
        facts.pending_tuples.map_or(Cell::Null, Cell::Signed),
        Cell::map(kinds.map(|(kind, pages)| (kind.name(), Cell::Count(pages.pages)))),
    ]
}

/// From `tid_count` to `dangling_refusal`.
pub(super) fn dangling<'a>(index: &IndexBloat) -> [Cell<'a>; 11] {
    let mut cells = [const { Cell::Null }; _];
    let targets = match &index.dangling {
        None => return cells,
        Some(Dangling::NotFollowed(why)) => {
            cells[10] = Cell::from(*why);
            return cells;
        }
        Some(Dangling::Followed(targets)) => targets,
    };
    [
        Cell::Count(targets.all()),
        Cell::Count(targets[Target::Live]),
        Cell::Count(targets[Target::Removable]),
        Cell::Count(targets[Target::Held]),
        Cell::Count(targets[Target::LpDead]),
        Cell::Count(targets.gone()),
        Cell::Count(targets.astray()),
        Cell::Count(targets[Target::Unknown]),
        Cell::Count(targets.dangling()),
        Cell::Percent(percent(targets.dangling(), targets.all())),
        Cell::Null,
    ]
}
