//! Rows as JSON text, written as their cells come: what `json` and `ndjson` share.

use std::borrow::Cow;
use std::mem::ManuallyDrop;

use super::json_text::{cell, padded, text};
use super::{Cell, RowWriter, TableSchema};

/// Writes rows of one table as objects.
#[derive(Debug)]
pub(super) struct RowText {
    /// Before each cell: what ends the one before, and its key.
    keys: Vec<Key>,
}

/// Text that is written again and again. To copy as many bytes each time, and take back what was
/// too many, takes an instruction or two; to copy as many as there are, a call.
#[derive(Debug)]
struct Key {
    start: [u8; KEY],
    len: usize,
    rest: Vec<u8>,
}

/// The longest key that there is in tables with many rows, and the `table` before it.
const KEY: usize = 32;

impl Key {
    fn new(text: &[u8]) -> Self {
        let (start, rest) = text.split_at(text.len().min(KEY));
        let mut padded = [0; KEY];
        padded[..start.len()].copy_from_slice(start);
        Self { start: padded, len: start.len(), rest: rest.to_vec() }
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        padded(&self.start, self.len, out);
        if !self.rest.is_empty() {
            out.extend_from_slice(&self.rest);
        }
    }
}

impl RowText {
    /// Rows of that table; `table`, where given, comes first in each.
    pub(super) fn new(schema: &TableSchema, table: Option<&str>) -> Self {
        let mut keys = Vec::new();
        let mut before = b"{".to_vec();
        if let Some(table) = table {
            before.extend_from_slice(b"\"table\":");
            text(table, &mut before);
            before.push(b',');
        }
        for column in schema.columns {
            let mut key = std::mem::replace(&mut before, b",".to_vec());
            text(column.name, &mut key);
            key.push(b':');
            keys.push(Key::new(&key));
        }
        Self { keys }
    }

    /// Writes a row behind what is there.
    pub(super) fn write(&self, cells: &[Cell<'_>], out: &mut Vec<u8>) {
        self.write_with(out, |row| cells.iter().for_each(|cell| row.value(cell)));
    }

    /// The same, of what `row` writes: a value for each column.
    #[inline]
    pub(super) fn write_with(&self, out: &mut Vec<u8>, row: impl FnOnce(&mut JsonRow<'_>)) {
        let mut object = JsonRow { keys: self.keys.iter(), place: Place::Row, out };
        row(&mut object);
        debug_assert_eq!(object.keys.len(), 0);
        object.out.push(b'}');
    }
}

/// A row as JSON text, written as its cells come.
#[derive(Debug)]
pub struct JsonRow<'o> {
    /// Those of the cells that are still to come.
    keys: std::slice::Iter<'o, Key>,
    place: Place,
    out: &'o mut Vec<u8>,
}

/// Where the next value stands, and so what comes before it.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the row: its key.
    Row,
    /// First in a list or a map: nothing.
    First,
    /// Behind another one in a list or a map: a comma.
    Next,
    /// Behind its name: nothing.
    Named,
}

impl<'o> JsonRow<'o> {
    /// One value, and nothing around it.
    pub(super) fn alone(out: &'o mut Vec<u8>) -> Self {
        Self { keys: [].iter(), place: Place::Named, out }
    }

    // As `json_text::cell`.
    #[inline(always)]
    pub(super) fn value(&mut self, value: &Cell<'_>) {
        self.begin();
        cell(value, self.out);
    }

    #[inline]
    fn begin(&mut self) {
        match self.place {
            Place::Row => {
                if let Some(key) = self.keys.next() {
                    key.write(self.out);
                }
            }
            Place::First | Place::Named => self.place = Place::Next,
            Place::Next => self.out.push(b','),
        }
    }

    #[inline]
    fn nested(&mut self, brackets: [u8; 2], inner: impl FnOnce(&mut Self)) {
        self.begin();
        self.out.push(brackets[0]);
        let outer = std::mem::replace(&mut self.place, Place::First);
        inner(self);
        self.place = outer;
        self.out.push(brackets[1]);
    }
}

impl<'a> RowWriter<'a> for JsonRow<'_> {
    // As `json_text::cell`.
    #[inline(always)]
    fn cell(&mut self, cell: Cell<'a>) {
        // Most kinds own nothing: there is nothing to drop.
        let cell = ManuallyDrop::new(cell);
        match &*cell {
            Cell::Text(Cow::Owned(_))
            | Cell::Name(Cow::Owned(_))
            | Cell::Hex(_)
            | Cell::List(_)
            | Cell::Map(_) => self.value(&ManuallyDrop::into_inner(cell)),
            cell => self.value(cell),
        }
    }

    #[inline]
    fn list(&mut self, elements: impl FnOnce(&mut Self)) {
        self.nested(*b"[]", elements);
    }

    #[inline]
    fn map(&mut self, entries: impl FnOnce(&mut Self)) {
        self.nested(*b"{}", entries);
    }

    /// The names are this program's own, or PostgreSQL's: nothing in them must be escaped.
    // Where the name is known, so is how long it is.
    #[inline(always)]
    fn name(&mut self, name: &'static str) -> &mut Self {
        self.begin();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.place = Place::Named;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Cells, Column};

    #[test]
    fn a_row_that_is_written_is_one_that_was_kept() {
        static COLUMNS: [Column; 4] = [
            Column::text("a"),
            Column::text("a_name_that_is_longer_than_most_names_are"),
            Column::text("c"),
            Column::text("d"),
        ];
        static SCHEMA: TableSchema = TableSchema::grid("t", "T", &COLUMNS);
        fn row<'a>(row: &mut impl RowWriter<'a>) {
            row.cell(Cell::Unsigned(10));
            row.map(|map| {
                map.name("a").list(|_| ());
                map.name("b").map(|_| ());
                map.name("c").list(|list| {
                    list.cell(Cell::Null);
                    list.map(|map| map.name("d").cell(Cell::display("owned")));
                });
                map.name("e").cell(9_u8.into());
            });
            row.list(|list| list.list(|inner| inner.cell("\"".into())));
            row.cell(Cell::texts(["x"]));
        }
        let text = RowText::new(&SCHEMA, Some("t"));
        let (mut written, mut kept) = (Vec::new(), Vec::new());
        text.write_with(&mut written, |json| row(json));
        text.write(&Cells::of(row), &mut kept);
        let expected = "{\"table\":\"t\",\"a\":10,\"a_name_that_is_longer_than_most_names_are\":\
             {\"a\":[],\"b\":{},\"c\":[null,{\"d\":\"owned\"}],\"e\":9},\
             \"c\":[[\"\\\"\"]],\"d\":[\"x\"]}";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        assert_eq!(String::from_utf8(kept).unwrap(), expected);
    }
}
