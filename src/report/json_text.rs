//! Cells and rows as JSON text: what `json`, `ndjson` and `csv` share.
//!
//! A record of the WAL is some thirty values, and there are millions of them. So keys are written
//! once and copied from then on, and text is looked through only for what must be escaped: that,
//! and numbers with a fraction, `serde_json` writes.

use std::io::{self, Write};

use super::{Cell, TableSchema};

/// Writes rows of one table as objects.
#[derive(Debug)]
pub(super) struct RowText {
    /// Before each cell: what ends the one before, and its key.
    keys: Vec<Vec<u8>>,
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
            keys.push(key);
        }
        Self { keys }
    }

    /// Writes a row behind what is there.
    pub(super) fn write(&self, cells: &[Cell<'_>], out: &mut Vec<u8>) {
        debug_assert_eq!(self.keys.len(), cells.len());
        for (key, one) in self.keys.iter().zip(cells) {
            out.extend_from_slice(key);
            cell(one, out);
        }
        out.push(b'}');
    }
}

/// Writes a cell behind what is there.
pub(super) fn cell(value: &Cell<'_>, out: &mut Vec<u8>) {
    match value {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Bool(true) => out.extend_from_slice(b"true"),
        Cell::Bool(false) => out.extend_from_slice(b"false"),
        Cell::Unsigned(value) | Cell::Bytes(value) | Cell::Count(value) => integer(*value, out),
        Cell::Signed(value) => integer(*value, out),
        Cell::Float(value) | Cell::Percent(value) | Cell::Ratio(value) => by_serde(value, out),
        Cell::Text(value) | Cell::Name(value) => text(value, out),
        Cell::Lsn(lsn) => {
            out.push(b'"');
            hex_number(lsn.0 >> 32, out);
            out.push(b'/');
            hex_number(lsn.0 & 0xFFFF_FFFF, out);
            out.push(b'"');
        }
        Cell::Xid(xid) => integer(xid.0, out),
        Cell::Time(time) => text(&time.to_string(), out),
        Cell::Hex(bytes) => {
            out.push(b'"');
            for byte in bytes.iter() {
                out.extend_from_slice(&[digit(byte >> 4, b'a'), digit(byte & 0xF, b'a')]);
            }
            out.push(b'"');
        }
        Cell::List(cells) => {
            out.push(b'[');
            for (index, one) in cells.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                cell(one, out);
            }
            out.push(b']');
        }
        Cell::Map(entries) => {
            out.push(b'{');
            for (index, (key, one)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.push(b'"');
                out.extend_from_slice(key.as_bytes());
                out.extend_from_slice(b"\":");
                cell(one, out);
            }
            out.push(b'}');
        }
    }
}

fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn text(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    if text.as_bytes().iter().all(is_plain) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        by_serde(text, out);
    }
}

fn by_serde(value: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) {
    // Neither a text, nor a number, nor memory can refuse.
    let written: io::Result<()> = serde_json::to_writer(out.by_ref(), value).map_err(Into::into);
    debug_assert!(written.is_ok());
}

/// As `%X` prints it.
fn hex_number(value: u64, out: &mut Vec<u8>) {
    let digits = (64 - value.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let nibble = (value >> (place * 4) & 0xF) as u8;
        out.push(digit(nibble, b'A'));
    }
}

const fn digit(nibble: u8, ten: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { ten + nibble - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::{Lsn, Timestamp, TransactionId};

    fn written(value: &Cell<'_>) -> String {
        let mut out = Vec::new();
        cell(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_kind_of_cell_is_json() {
        let cases = [
            (Cell::Null, "null"),
            (Cell::Bool(true), "true"),
            (Cell::Unsigned(u64::MAX), "18446744073709551615"),
            (Cell::Signed(-5), "-5"),
            (Cell::Float(0.5), "0.5"),
            (Cell::Percent(f64::NAN), "null"),
            (Cell::Xid(TransactionId(7)), "7"),
            (Cell::Time(Timestamp(0)), "\"2000-01-01T00:00:00Z\""),
            (Cell::hex(vec![0, 0xAB]), "\"00ab\""),
            (Cell::List(vec![Cell::Null, Cell::Bytes(1)]), "[null,1]"),
            (
                Cell::map([("a", Cell::Null), ("b", Cell::from("c\""))]),
                "{\"a\":null,\"b\":\"c\\\"\"}",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(written(&value), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn text_reads_back_as_it_was(text: String) {
            let read: String = serde_json::from_str(&written(&Cell::from(text.clone()))).unwrap();
            proptest::prop_assert_eq!(read, text);
        }

        #[test]
        fn positions_are_written_as_they_print(lsn: u64) {
            let lsn = Lsn(lsn);
            proptest::prop_assert_eq!(written(&Cell::Lsn(lsn)), format!("\"{lsn}\""));
        }
    }
}
