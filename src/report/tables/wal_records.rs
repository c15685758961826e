//! The records of the WAL: a row each.

use std::fmt::Write as _;

use super::wal_extent;
use crate::analysis::wal::{Family, RecordView, RecordsRead, outcome_name};
use crate::cluster::wal::Wal;
use crate::format::wal::rmgr::{Field, Flags, RecordTypeName, RmgrName, Value};
use crate::format::wal::{BlockRef, Record};
use crate::primitives::{ForkNumber, TransactionId};
use crate::report::{Cell, Column, RowWriter, TableSchema};

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
#[inline]
pub fn row<'a>(view: &RecordView<'a>, row: &mut impl RowWriter<'a>) {
    let record = view.record.as_ref();
    header(view, row);
    row.cell(record.map(|record| record.main_data.len() as u64).into());
    row.cell(record.map(|record| record.image_len).into());
    row.list(|blocks| {
        for block in record.into_iter().flat_map(Record::blocks) {
            blocks.map(|entries| block_entries(view, &block, entries));
        }
    });
    row.map(|entries| field_entries(view.fields, entries));
}

/// A row of [`LINES`].
pub fn line<'a>(view: &RecordView<'a>, row: &mut impl RowWriter<'a>) {
    let record = view.record.as_ref();
    let what = record.map(|record| {
        let mut text = String::new();
        for block in record.blocks() {
            describe(view, &block, &mut text);
        }
        text
    });
    header(view, row);
    row.cell(record.map(|record| record.image_len).filter(|len| *len > 0).into());
    row.cell(what.filter(|text| !text.is_empty()).into());
    if view.fields.is_empty() {
        row.cell(Cell::Null);
    } else {
        row.map(|entries| field_entries(view.fields, entries));
    }
}

/// Where the record stands, and what its header says, up to its length.
#[inline]
fn header<'a>(view: &RecordView<'_>, row: &mut impl RowWriter<'a>) {
    let header = view.header;
    row.cell(Cell::Lsn(view.start_lsn));
    row.cell(Cell::Lsn(view.end_lsn));
    row.cell(Cell::lsn(header.xl_prev()));
    row.cell(Cell::xid(header.xl_xid()));
    match view.resource_manager() {
        RmgrName::Known(name) => row.cell(name.into()),
        other @ RmgrName::Other(_) => row.cell(Cell::display(other)),
    }
    match view.record_type() {
        RecordTypeName::Known(name) => row.cell(name.into()),
        unknown @ RecordTypeName::Unknown(_) => row.cell(Cell::display(unknown)),
    }
    row.cell(header.xl_tot_len().into());
}

fn block_entries<'a>(
    view: &RecordView<'a>,
    block: &BlockRef<'a>,
    entries: &mut impl RowWriter<'a>,
) {
    let locator = block.locator;
    entries.name("block_id").cell(block.id.into());
    entries.name("reltablespace").cell(locator.tablespace.into());
    entries.name("reldatabase").cell(locator.database.into());
    entries.name("relfilenode").cell(locator.number.into());
    entries.name("relation").cell(Cell::optional_name(view.relation_name(locator)));
    entries.name("relforknumber").cell(block.flags.fork_code().into());
    entries.name("relblocknumber").cell(block.block.into());
    entries.name("block_data_length").cell(Cell::Unsigned(block.data.len() as u64));
    let stored = block.image.map_or(0, |image| image.stored);
    entries.name("block_fpi_length").cell(stored.into());
    let info = entries.name("block_fpi_info");
    match block.image {
        Some(image) => {
            info.list(|names| image.flags.names().for_each(|name| names.cell(name.into())));
        }
        None => info.cell(Cell::Null),
    }
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

fn field_entries<'a>(fields: &'a [Field<'a>], entries: &mut impl RowWriter<'a>) {
    for field in fields {
        value(&field.value, entries.name(field.name));
    }
}

fn value<'a>(value: &'a Value<'a>, to: &mut impl RowWriter<'a>) {
    match value {
        Value::U64(value) => to.cell(Cell::Unsigned(*value)),
        Value::I64(value) => to.cell(Cell::Signed(*value)),
        Value::F64(value) => to.cell(Cell::Float(*value)),
        Value::Bool(value) => to.cell(Cell::Bool(*value)),
        Value::Xid(xid) => to.cell(Cell::xid(*xid)),
        Value::FullXid(xid) => to.cell((*xid).into()),
        Value::MultiXact(multi) => to.cell((*multi).into()),
        Value::Oid(oid) => to.cell((*oid).into()),
        Value::Lsn(lsn) => to.cell(Cell::lsn(*lsn)),
        Value::Timeline(timeline) => to.cell(timeline.0.into()),
        Value::Block(block) => to.cell((*block).into()),
        Value::Offset(offset) => to.cell((*offset).into()),
        Value::Tid(tid) => to.cell((*tid).into()),
        Value::Time(time) => to.cell((*time).into()),
        Value::Locator(locator) => to.cell(Cell::display(locator)),
        Value::Text(text) => to.cell(Cell::Text(text.as_ref().into())),
        Value::Flags(flags) => to.list(|names| flag_names(*flags, names)),
        Value::Bytes(bytes) => to.cell(Cell::hex(*bytes)),
        Value::List(values) => to.list(|list| values.iter().for_each(|one| self::value(one, list))),
        Value::Struct(fields) => to.map(|entries| field_entries(fields, entries)),
    }
}

fn flag_names<'a>(flags: Flags, names: &mut impl RowWriter<'a>) {
    flags.names().for_each(|name| names.cell(name.into()));
    if flags.unnamed() != 0 {
        names.cell(Cell::display(format_args!("{:#x}", flags.unnamed())));
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
