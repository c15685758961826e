//! What the tables of index items have in common.

use crate::analysis::page::index::IndexItem;
use crate::primitives::{BlockNumber, ItemPointer};
use crate::report::{Cell, Column};

/// The columns that stand around those of one index type.
macro_rules! item_columns {
    ($($column:expr),* $(,)?) => {
        &[
            $crate::report::Column::number("block").optional(9),
            $crate::report::Column::number("itemoffset").title("item"),
            $($column,)*
            $crate::report::tables::pages::item::LINE_POINTER[0],
            $crate::report::tables::pages::item::LINE_POINTER[1],
            $crate::report::tables::pages::item::LINE_POINTER[2],
        ]
    };
}
pub(super) use item_columns;

/// The line pointer, as `heap_page_items()` names it.
pub(super) const LINE_POINTER: [Column; 3] = [
    Column::number("lp_off").verbose(),
    Column::number("lp_flags").verbose(),
    Column::number("lp_len").verbose(),
];

/// A row: the item's number, its own `N` cells (null where it can't be read), its line pointer.
pub(super) fn item_row<'a, T, const N: usize>(
    block: BlockNumber,
    item: &'a IndexItem<T>,
    own: impl FnOnce(&'a T) -> [Cell<'a>; N],
) -> Vec<Cell<'a>> {
    let own = item.tuple.as_ref().map_or_else(|| [const { Cell::Null }; N], own);
    row(block, item, own)
}

/// The same, with cells that are there already.
pub(super) fn row<'a, T, const N: usize>(
    block: BlockNumber,
    item: &IndexItem<T>,
    own: [Cell<'a>; N],
) -> Vec<Cell<'a>> {
    let pointer = item.item;
    let mut cells = Vec::with_capacity(N + 5);
    cells.extend([block.into(), item.number.into()]);
    cells.extend(own);
    cells.extend([
        pointer.lp_off().into(),
        pointer.lp_flags().code().into(),
        pointer.lp_len().into(),
    ]);
    cells
}

/// Addresses, in their order.
pub(super) fn tids<'a>(tids: impl IntoIterator<Item = ItemPointer>) -> Cell<'a> {
    Cell::List(tids.into_iter().map(Cell::from).collect())
}
