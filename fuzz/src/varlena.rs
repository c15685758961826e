//! A value of variable width, and the types that are read from one.

use pgautopsy::format::datum::{FromDatum, Name, Varlena, text};
use pgautopsy::primitives::{Oid, TransactionId};

/// The input is an attribute, header and all.
pub fn run(data: &[u8]) {
    if let Ok(value) = Varlena::parse(data) {
        check(value, data.len());
    }
    numbers(data);
    let _ = (Name::from_datum(data), String::from_datum(data));
    let element_counts = [
        Vec::<String>::from_datum(data).map(|list| list.len()),
        Vec::<Oid>::from_datum(data).map(|list| 4 * list.len()),
        Vec::<i16>::from_datum(data).map(|list| 2 * list.len()),
    ];
    for size in element_counts.into_iter().flatten() {
        assert!(size <= most_inline(data.len()), "elements beyond what the value holds");
    }
    if let Ok(valid) = str::from_utf8(data) {
        assert_eq!(text(data), valid);
    }
    assert!(text(data).len() <= 4 * data.len());
}

fn check(value: Varlena<'_>, len: usize) {
    match (value, value.inline()) {
        (Varlena::Plain(bytes), inline) => {
            assert!(bytes.len() < len);
            assert_eq!(inline.unwrap().as_deref(), Some(bytes));
        }
        (Varlena::Compressed { raw_len, .. }, Ok(Some(inline))) => {
            assert_eq!(inline.len(), raw_len as usize);
            assert!(inline.len() <= most_inline(len));
        }
        (Varlena::Compressed { .. }, inline) => assert!(inline.is_err()),
        (Varlena::External(pointer), inline) => {
            assert_eq!(inline, Ok(None));
            assert_eq!(pointer.compression.is_some(), pointer.stored_len < pointer.raw_len);
        }
    }
}

/// LZ4 makes no more than 255 bytes out of one, pglz fewer.
fn most_inline(len: usize) -> usize {
    255 * len
}

/// A number is read from its own width, whatever follows.
fn numbers(data: &[u8]) {
    assert_eq!(bool::from_datum(data).is_ok(), !data.is_empty());
    assert_eq!(u8::from_datum(data).is_ok(), !data.is_empty());
    assert_eq!(i16::from_datum(data).is_ok(), data.len() >= 2);
    assert_eq!(i32::from_datum(data).is_ok(), data.len() >= 4);
    assert_eq!(Oid::from_datum(data).is_ok(), data.len() >= 4);
    assert_eq!(TransactionId::from_datum(data).is_ok(), data.len() >= 4);
    assert_eq!(i64::from_datum(data).is_ok(), data.len() >= 8);
}
