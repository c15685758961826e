//! Pages, decoded: a row a page, one an item, and one for each 16 bytes.

use crate::analysis::page::{ItemView, PageView, TupleView};
use crate::format::page::{LpFlags, PageHeader};
use crate::primitives::BlockNumber;
use crate::report::{Cell, Column, TableSchema};

/// The table `pages`: the columns of `page_header()`, and whether the checksum is right.
pub static PAGES: TableSchema = TableSchema::record(
    "pages",
    "Pages",
    &[
        Column::number("block"),
        Column::text("lsn"),
        Column::number("checksum"),
        Column::number("computed_checksum"),
        Column::text("checksum_valid"),
        Column::number("flags").verbose(),
        Column::text("flag_names").title("flags"),
        Column::number("lower"),
        Column::number("upper"),
        Column::number("special"),
        Column::number("pagesize"),
        Column::number("version"),
        Column::number("prune_xid"),
        Column::text("error").skip_if_null(),
    ],
);

/// The table `items`: the columns of `heap_page_items()`, and what they mean.
pub static ITEMS: TableSchema = TableSchema::grid(
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

/// The table `bytes`.
pub static BYTES: TableSchema = TableSchema::grid(
    "bytes",
    "Bytes",
    &[
        Column::number("block").optional(1),
        Column::number("offset"),
        Column::text("hex"),
        Column::text("text"),
    ],
);

/// A row of [`PAGES`].
#[must_use]
pub fn cells<'a>(page: &PageView<'a>) -> Vec<Cell<'a>> {
    let header = |get: fn(&PageHeader) -> Cell<'static>| page.header.map_or(Cell::Null, get);
    vec![
        page.block.into(),
        header(|header| Cell::Lsn(header.pd_lsn())),
        // pageinspect shows it as a smallint.
        header(|header| header.pd_checksum().cast_signed().into()),
        page.computed_checksum.map(u16::cast_signed).into(),
        page.checksum_is_valid().into(),
        header(|header| header.pd_flags().bits().into()),
        header(|header| Cell::texts(header.pd_flags().iter_names().map(|(name, _)| name))),
        header(|header| header.pd_lower().into()),
        header(|header| header.pd_upper().into()),
        header(|header| header.pd_special().into()),
        header(|header| header.page_size().into()),
        header(|header| header.layout_version().into()),
        header(|header| header.pd_prune_xid().into()),
        page.error.clone().into(),
    ]
}

/// A row of [`ITEMS`].
#[must_use]
pub fn item_cells<'a>(block: BlockNumber, item: &ItemView<'a>) -> Vec<Cell<'a>> {
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
        crate::cluster::fate::TupleFate::Deleted { xmax } => Some(xmax),
        _ => None,
    });
    cells.extend([
        fate.map(crate::cluster::fate::TupleFate::name).into(),
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
        whole.and_then(crate::format::page::heap::HeapTuple::oid_old).into(),
        whole.map_or(Cell::Null, |tuple| Cell::hex(tuple.data())),
    ]
}

/// How many bytes a row of [`BYTES`] has.
const BYTES_A_ROW: usize = 16;

/// The rows of [`BYTES`] for a page.
pub fn byte_rows<'a>(page: &PageView<'a>) -> impl Iterator<Item = Vec<Cell<'a>>> + use<'a> {
    let block = page.block;
    page.bytes.chunks(BYTES_A_ROW).enumerate().map(move |(at, row)| {
        let text: String = row
            .iter()
            .map(|&byte| if (0x20..0x7F).contains(&byte) { char::from(byte) } else { '.' })
            .collect();
        let offset = Cell::Unsigned((at * BYTES_A_ROW) as u64);
        vec![block.into(), offset, Cell::hex(row), text.into()]
    })
}
