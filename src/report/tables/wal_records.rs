//! The records of the WAL: a row each.

use std::fmt::Write as _;

use super::wal_extent;
use crate::analysis::wal::{Family, RecordView, RecordsRead, outcome_name};
use crate::cluster::wal::Wal;
use crate::format::wal::rmgr::{Field, Value};
use crate::format::wal::{BlockRef, Record};
use crate::primitives::{ForkNumber, TransactionId};
use crate::report::{Cell, Column, TableSchema};

/// The table `records` of `wal records`, for programs.
pub static RECORDS: TableSchema = TableSchema::grid(
    "records",
    "Records",
    &[
        Column::text("start_lsn"),
        Column::text("end_lsn"),
        Column::text("prev_lsn"),
        Column::number("xid"),
        Column::text("resource_manager"),
        Column::text("record_type"),
        Column::number("record_length"),
        Column::number("main_data_length"),
        Column::number("fpi_length"),
        Column::text("blocks"),
        Column::text("data"),
    ],
);

/// The same for people: a line a record.
pub static LINES: TableSchema = TableSchema::grid(
    "records",
    "Records",
    &[
        Column::text("start_lsn").title("at"),
        Column::text("end_lsn").title("end").verbose(),
        Column::text("prev_lsn").title("before").verbose(),
        Column::number("xid"),
        Column::text("resource_manager").title("manager"),
        Column::text("record_type").title("type"),
        Column::number("record_length").title("bytes"),
        Column::number("fpi_length").title("images"),
        Column::text("blocks").title("what"),
        Column::text("data").optional(1),
    ],
);

const OWN: [Column; 7] = [
    Column::number("records"),
    Column::number("images_saved").skip_if_null(),
    Column::number("xid").title("transaction").skip_if_null(),
    Column::text("subxids").title("subtransactions").skip_if_null(),
    Column::text("outcome").skip_if_null(),
    Column::text("outcome_lsn").title("ended at").skip_if_null(),
    Column::text("ended_at").title("on").skip_if_null(),
];

/// The summary.
pub static SUMMARY: TableSchema = TableSchema::record("summary", "Summary", &SUMMARY_COLUMNS);
const SUMMARY_COLUMNS: [Column; OWN.len() + wal_extent::COUNT] = wal_extent::behind(OWN);

/// A row of [`RECORDS`].
#[must_use]
pub fn cells<'a>(view: &'a RecordView<'a>) -> Vec<Cell<'a>> {
    let header = view.raw.header;
    let record = view.record.as_ref();
    let blocks = record.into_iter().flat_map(Record::blocks);
    vec![
        Cell::Lsn(view.raw.start_lsn),
        Cell::Lsn(view.raw.end_lsn),
        Cell::lsn(header.xl_prev()),
        Cell::xid(header.xl_xid()),
        name(view.resource_manager()),
        name(view.record_type()),
        header.xl_tot_len().into(),
        record.map(|record| record.main_data.len() as u64).into(),
        record.map(|record| record.image_len).into(),
        Cell::List(blocks.map(|block| block_cell(view, &block)).collect()),
        fields_cell(view.fields),
    ]
}

/// A row of [`LINES`].
#[must_use]
pub fn line_cells<'a>(view: &'a RecordView<'a>) -> Vec<Cell<'a>> {
    let header = view.raw.header;
    let record = view.record.as_ref();
    let what = record.map(|record| {
        let mut text = String::new();
        for block in record.blocks() {
            describe(view, &block, &mut text);
        }
        text
    });
    vec![
        Cell::Lsn(view.raw.start_lsn),
        Cell::Lsn(view.raw.end_lsn),
        Cell::lsn(header.xl_prev()),
        Cell::xid(header.xl_xid()),
        name(view.resource_manager()),
        name(view.record_type()),
        header.xl_tot_len().into(),
        record.map(|record| record.image_len).filter(|len| *len > 0).into(),
        what.filter(|text| !text.is_empty()).into(),
        if view.fields.is_empty() { Cell::Null } else { fields_cell(view.fields) },
    ]
}

/// Names that are known cost nothing.
fn name<'a>(name: impl Into<std::borrow::Cow<'static, str>>) -> Cell<'a> {
    Cell::Text(name.into())
}

fn block_cell<'a>(view: &RecordView<'a>, block: &BlockRef<'a>) -> Cell<'a> {
    let locator = block.locator;
    let image = block.image;
    let info = image.map(|image| image.flags.names());
    Cell::map([
        ("block_id", Cell::from(block.id)),
        ("reltablespace", locator.tablespace.into()),
        ("reldatabase", locator.database.into()),
        ("relfilenode", locator.number.into()),
        ("relation", view.relation_name(locator).map_or(Cell::Null, Cell::name)),
        ("relforknumber", block.flags.fork_code().into()),
        ("relblocknumber", block.block.into()),
        ("block_data_length", Cell::Unsigned(block.data.len() as u64)),
        ("block_fpi_length", Cell::Unsigned(image.map_or(0, |image| image.data.len() as u64))),
        ("block_fpi_info", info.map_or(Cell::Null, Cell::texts)),
    ])
}

/// `shop.public.orders 5`, with the fork where it is not the main one, and whether there is an
/// image.
fn describe(view: &RecordView<'_>, block: &BlockRef<'_>, text: &mut String) {
    if !text.is_empty() {
        text.push_str(", ");
    }
    // Writing to a string can't fail.
    let _ = match view.relation_name(block.locator) {
        Some(name) => write!(text, "{name}"),
        None => write!(text, "{}", block.locator),
    };
    let _ = match block.fork {
        Some(ForkNumber::Main) => Ok(()),
        Some(fork) => write!(text, " ({})", fork.name()),
        None => write!(text, " (fork {})", block.flags.fork_code()),
    };
    let _ = write!(text, " block {}", block.block);
    if block.image.is_some() {
        text.push_str(" [image]");
    }
}

fn fields_cell<'a>(fields: &'a [Field<'a>]) -> Cell<'a> {
    Cell::Map(fields.iter().map(|field| (field.name, value_cell(&field.value))).collect())
}

fn value_cell<'a>(value: &'a Value<'a>) -> Cell<'a> {
    match value {
        Value::U64(value) => Cell::Unsigned(*value),
        Value::I64(value) => Cell::Signed(*value),
        Value::F64(value) => Cell::Float(*value),
        Value::Bool(value) => Cell::Bool(*value),
        Value::Xid(xid) => Cell::xid(*xid),
        Value::FullXid(xid) => (*xid).into(),
        Value::MultiXact(multi) => (*multi).into(),
        Value::Oid(oid) => (*oid).into(),
        Value::Lsn(lsn) => Cell::lsn(*lsn),
        Value::Timeline(timeline) => timeline.0.into(),
        Value::Block(block) => (*block).into(),
        Value::Offset(offset) => (*offset).into(),
        Value::Tid(tid) => (*tid).into(),
        Value::Time(time) => (*time).into(),
        Value::Locator(locator) => Cell::display(locator),
        Value::Text(text) => Cell::Text(text.as_ref().into()),
        Value::Flags(flags) => {
            let mut names: Vec<_> = flags.names().map(Cell::from).collect();
            if flags.unnamed() != 0 {
                names.push(Cell::display(format_args!("{:#x}", flags.unnamed())));
            }
            Cell::List(names)
        }
        Value::Bytes(bytes) => Cell::hex(*bytes),
        Value::List(values) => Cell::List(values.iter().map(value_cell).collect()),
        Value::Struct(fields) => fields_cell(fields),
    }
}

/// The row of [`SUMMARY`].
#[must_use]
pub fn summary_cells(
    wal: &Wal,
    read: &RecordsRead,
    family: Option<&Family>,
    saving: bool,
) -> Vec<Cell<'static>> {
    let end = family.and_then(|family| family.end);
    let subxids = family.map(|family| {
        let subs = family.members.iter().filter(|xid| **xid != family.top);
        let subs: Vec<_> = subs.map(|xid: &TransactionId| Cell::Xid(*xid)).collect();
        if subs.is_empty() { Cell::Null } else { Cell::List(subs) }
    });
    let mut cells = vec![
        Cell::Count(read.shown),
        if saving { Cell::Count(read.saved) } else { Cell::Null },
        family.map(|family| family.top).into(),
        subxids.unwrap_or_default(),
        end.map(|(outcome, ..)| outcome_name(outcome)).into(),
        end.map(|(_, lsn, _)| lsn).into(),
        end.map(|(.., time)| time).into(),
    ];
    cells.extend(wal_extent::cells(wal, &read.extent));
    cells
}
