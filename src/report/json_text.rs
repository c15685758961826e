//! Cells as JSON text: what `json`, `ndjson` and `csv` share.
//!
//! A record of the WAL is some thirty values, and there are millions of them. So text is looked
//! through only for what must be escaped: that, and numbers with a fraction, `serde_json` writes.

use std::io::{self, Write};

use super::{Cell, JsonRow, RowWriter};
use crate::primitives::Lsn;

/// Writes a cell behind what is there.
// Most who write a cell know its kind: one arm is left.
#[inline(always)]
pub(super) fn cell(value: &Cell<'_>, out: &mut Vec<u8>) {
    match value {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Bool(true) => out.extend_from_slice(b"true"),
        Cell::Bool(false) => out.extend_from_slice(b"false"),
        Cell::Unsigned(value) | Cell::Bytes(value) | Cell::Count(value) => unsigned(*value, out),
        Cell::Text(value) | Cell::Name(value) => text(value, out),
        Cell::Lsn(lsn) => position(*lsn, out),
        Cell::Xid(xid) => unsigned(xid.0.into(), out),
        Cell::Signed(_)
        | Cell::Float(_)
        | Cell::Percent(_)
        | Cell::Ratio(_)
        | Cell::Time(_)
        | Cell::Hex(_)
        | Cell::List(_)
        | Cell::Map(_) => rarer(value, out),
    }
}

/// The kinds of which there are few, or that take long anyway.
fn rarer(value: &Cell<'_>, out: &mut Vec<u8>) {
    match value {
        Cell::Signed(value) => integer(*value, out),
        Cell::Float(value) | Cell::Percent(value) | Cell::Ratio(value) => by_serde(value, out),
        Cell::Time(time) => text(&time.to_string(), out),
        Cell::Hex(bytes) => {
            out.push(b'"');
            for byte in bytes.iter() {
                out.extend_from_slice(&[digit(byte >> 4, b'a'), digit(byte & 0xF, b'a')]);
            }
            out.push(b'"');
        }
        Cell::List(cells) => {
            JsonRow::alone(out).list(|list| cells.iter().for_each(|one| list.value(one)));
        }
        Cell::Map(entries) => JsonRow::alone(out).map(|map| {
            for (name, one) in entries {
                map.name(name).value(one);
            }
        }),
        _ => cell(value, out),
    }
}

/// Most numbers have one digit.
fn unsigned(value: u64, out: &mut Vec<u8>) {
    match u8::try_from(value) {
        Ok(digit @ 0..10) => out.push(b'0' + digit),
        _ => integer(value, out),
    }
}

fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        by_serde(text, out);
    }
}

/// Whether nothing in the text must be escaped.
fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks();
    words.iter().all(|word| is_plain_word(u64::from_le_bytes(*word)))
        && rest.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\')
}

/// The same of eight bytes at once. Each test sets the high bit of the lowest byte that fails it,
/// and of none where all pass; bytes of other scripts have it themselves.
const fn is_plain_word(word: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = EACH << 7;
    const fn has_below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(EACH * limit as u64) & !word & HIGH
    }
    let (quote, backslash) = (word ^ (EACH * b'"' as u64), word ^ (EACH * b'\\' as u64));
    has_below(word, b' ') | has_below(quote, 1) | has_below(backslash, 1) == 0
}

fn by_serde(value: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) {
    // Neither a text, nor a number, nor memory can refuse.
    let written: io::Result<()> = serde_json::to_writer(out.by_ref(), value).map_err(Into::into);
    debug_assert!(written.is_ok());
}

/// Writes the first `len` bytes.
#[inline]
pub(super) fn padded<const N: usize>(text: &[u8; N], len: usize, out: &mut Vec<u8>) {
    let end = out.len() + len;
    out.extend_from_slice(text);
    out.truncate(end);
}

/// As `%X/%X` prints it.
fn position(lsn: Lsn, out: &mut Vec<u8>) {
    let mut text = [b'"'; 19];
    let mut len = 1;
    for (half, behind) in [(lsn.0 >> 32, b'/'), (lsn.0 & 0xFFFF_FFFF, b'"')] {
        let digits = half.checked_ilog2().unwrap_or(0) / 4 + 1;
        for place in (0..digits).rev() {
            text[len] = digit((half >> (place * 4) & 0xF) as u8, b'A');
            len += 1;
        }
        text[len] = behind;
        len += 1;
    }
    padded(&text, len, out);
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

    #[test]
    fn whatever_must_be_escaped_is_wherever_it_stands() {
        for byte in 0..0x80_u8 {
            for at in 0..10 {
                let mut text = "ABCDEFGHIJ".to_owned();
                text.replace_range(at..=at, &char::from(byte).to_string());
                let escaped = byte < b' ' || byte == b'"' || byte == b'\\';
                assert_eq!(is_plain(text.as_bytes()), !escaped, "{text:?}");
            }
        }
        assert!(is_plain("Größe ≥ 12".as_bytes()));
    }
}
