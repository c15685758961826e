//! Line pointers, and the tuples of a heap: a row an item.

use std::io;

use super::{PageTable, Show};
use crate::analysis::page::{ItemView, PageView, TupleView};
use crate::cluster::fate::TupleFate;
use crate::format::page::LpFlags;
use crate::format::page::heap::HeapTuple;
use crate::primitives::BlockNumber;
use crate::report::{Cell, Column, TableSchema};

/// What is shown of line pointers.
pub(super) static TABLES: &[PageTable] = &[PageTable { schema: &ITEMS, rows }];

/// The table `items`: the columns of `heap_page_items()`, and what they mean.
static ITEMS: TableSchema = TableSchema::grid(
    "items",
    "Items",
    &[
        Column::number("block").optional(9),
        Column::number("lp"),
        Column::number("lp_off").title("off").optional(7),
        Column::number("lp_flags").verbose(),
        Column::number("lp_len").title("len").optional(6),
        Column::number("t_xmin").title("xmin"),
        Column::number("t_xmax").title("xmax"),
        Column::number("t_field3").verbose(),
        Column::text("t_ctid").title("ctid").optional(5),
        Column::number("t_infomask2").verbose(),
        Column::number("t_infomask").verbose(),
        Column::number("t_hoff").verbose(),
        Column::text("t_bits").verbose(),
        Column::number("t_oid").verbose(),
        Column::text("t_data").verbose(),
        Column::text("state").title("line pointer"),
        Column::text("fate"),
        Column::number("deleted_by").optional(8),
        Column::text("flags").verbose(),
        Column::text("flags_in_short").title("flags"),
    ],
);

fn rows(page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
    page.items().iter().try_for_each(|item| show(&item_cells(page.block, item)))
}

/// A row of [`ITEMS`].
fn item_cells<'a>(block: BlockNumber, item: &ItemView<'a>) -> Vec<Cell<'a>> {
    let pointer = item.item;
    let mut cells = vec![
        block.into(),
        item.number.into(),
        pointer.lp_off().into(),
        pointer.lp_flags().code().into(),
        pointer.lp_len().into(),
    ];
    match &item.tuple {
        Some(tuple) => cells.extend(tuple_cells(tuple)),
        None => cells.resize(cells.len() + 10, Cell::Null),
    }
    let state = match pointer.lp_flags() {
        LpFlags::Unused => "unused".into(),
        LpFlags::Normal => "normal".into(),
        LpFlags::Redirect => format!("→ {}", pointer.lp_off()).into(),
        LpFlags::Dead => "dead".into(),
    };
    cells.push(state);
    let tuple = item.tuple.as_ref();
    let fate = tuple.and_then(|tuple| tuple.fate);
    let deleter = fate.and_then(|fate| match fate {
        TupleFate::Deleted { xmax } => Some(xmax),
        _ => None,
    });
    cells.extend([
        fate.map(TupleFate::name).into(),
        deleter.into(),
        tuple.map_or(Cell::Null, |tuple| Cell::texts(tuple.flags())),
        tuple.map_or(Cell::Null, |tuple| Cell::texts(tuple.short_flags())),
    ]);
    cells
}

/// From `t_xmin` to `t_data`.
fn tuple_cells<'a>(tuple: &TupleView<'a>) -> Vec<Cell<'a>> {
    let header = tuple.header;
    let whole = tuple.whole.as_ref().ok();
    vec![
        header.t_xmin().into(),
        header.t_xmax().into(),
        header.t_field3().into(),
        header.t_ctid().into(),
        header.t_infomask2().bits().into(),
        header.t_infomask().bits().into(),
        header.t_hoff().into(),
        tuple.t_bits().into(),
        whole.and_then(HeapTuple::oid_old).into(),
        whole.map_or(Cell::Null, |tuple| Cell::hex(tuple.data())),
    ]
}
