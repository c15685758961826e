//! An array, its elements cut by types that it has and by types that it has not.

use std::borrow::Cow;

use pgautopsy::format::datum::{Align, Array, Attribute};

use super::is_within;

/// The input is an array without its varlena header.
pub fn run(data: &[u8]) {
    let Ok(array) = Array::parse(Cow::Borrowed(data)) else { return };
    assert!(array.dimensions.len() <= 6);
    for element in ELEMENTS {
        let mut count = 0;
        for value in array.elements(element) {
            count += 1;
            // An element takes a byte, or a bit of the null bitmap; then there may be an error.
            assert!(count <= 9 * data.len() + 1, "{count} elements of {} bytes", data.len());
            if let Ok(Some(value)) = value {
                assert!(is_within(value, data));
            }
        }
        assert!(count <= array.len());
    }
}

const ELEMENTS: [Attribute; 9] = [
    Attribute { len: 1, align: Align::Char },
    Attribute { len: 2, align: Align::Short },
    Attribute { len: 4, align: Align::Int },
    Attribute { len: 8, align: Align::Double },
    Attribute { len: 64, align: Align::Char },
    Attribute { len: -1, align: Align::Int },
    Attribute { len: -2, align: Align::Char },
    // What a damaged catalog may say.
    Attribute { len: 0, align: Align::Double },
    Attribute { len: i16::MIN, align: Align::Int },
];
