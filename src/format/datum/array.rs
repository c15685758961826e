//! Arrays, and the vectors that catalogs use: `text[]`, `oidvector`, `int2vector`.

use std::borrow::Cow;

use super::attribute::ShortHeaders;
use super::{Align, Attribute, FromDatum, Varlena};
use crate::format::{Bytes, FormatError};
use crate::primitives::Oid;

/// An array value (`ArrayType`, utils/array.h).
///
/// ```text
///  0  (varlena header, not here)
///  4  ndim         number of dimensions
///  8  dataoffset   where the elements begin, counted from 0; 0 where none is null
/// 12  elemtype     type of the elements
/// 16  dims         ndim lengths, then ndim lower bounds
///     null bitmap  where dataoffset is not 0
///     elements     at dataoffset, or at the next multiple of 8
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array<'a> {
    /// The type of the elements (`pg_type.oid`).
    pub element_type: Oid,
    /// The length of each dimension; empty for an empty array.
    pub dimensions: Vec<u32>,
    value: Cow<'a, [u8]>,
    nulls: bool,
    elements_at: usize,
}

/// `MAXDIM`.
const MAX_DIMENSIONS: u32 = 6;
/// What the offsets count that is not in the value any more.
const VARLENA_HEADER: usize = 4;

impl<'a> Array<'a> {
    /// Takes `value`, without its varlena header, for an array.
    pub fn parse(value: Cow<'a, [u8]>) -> Result<Self, FormatError> {
        let bytes = Bytes(&value);
        let ndim = bytes.u32("array ndim", 0)?;
        if ndim > MAX_DIMENSIONS {
            return Err(invalid("array ndim", 0, "0 to 6", &ndim));
        }
        let data_offset = bytes.u32("array dataoffset", 4)? as usize;
        let element_type = Oid(bytes.u32("array elemtype", 8)?);
        let dimensions = (0..ndim as usize)
            .map(|dimension| bytes.u32("array dimension", 12 + 4 * dimension))
            .collect::<Result<Vec<_>, _>>()?;
        let bounds_end = 16 + 8 * ndim as usize;
        let nulls = data_offset != 0;
        let start = if nulls { data_offset } else { bounds_end.next_multiple_of(8) };
        let elements_at = start.checked_sub(VARLENA_HEADER).filter(|_| start >= bounds_end);
        let elements_at = elements_at
            .ok_or_else(|| invalid("array dataoffset", 4, "past the dimensions", &data_offset))?;
        Ok(Self { element_type, dimensions, value, nulls, elements_at })
    }

    /// How many elements it says it has; 0 where its dimensions make no sense.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.dimensions.is_empty() {
            return 0;
        }
        let product = self.dimensions.iter().try_fold(1_u32, |all, &one| all.checked_mul(one));
        product.and_then(|len| usize::try_from(len).ok()).unwrap_or_default()
    }

    /// Whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements' bytes in their order, the last dimension running fastest; `None` for nulls.
    #[must_use]
    pub fn elements(&self, element: Attribute) -> Elements<'_> {
        let bitmap_at = 12 + 8 * self.dimensions.len();
        Elements {
            value: Bytes(&self.value),
            bitmap_at: self.nulls.then_some(bitmap_at),
            element,
            number: 0,
            len: self.len(),
            offset: self.elements_at,
        }
    }
}

/// The elements of an [`Array`]. After an error there is nothing more.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    value: Bytes<'a>,
    bitmap_at: Option<usize>,
    element: Attribute,
    number: usize,
    len: usize,
    offset: usize,
}

impl<'a> Elements<'a> {
    fn is_null(&self) -> Result<bool, FormatError> {
        let Some(bitmap) = self.bitmap_at else { return Ok(false) };
        let byte = self.value.slice("array null bitmap", bitmap + self.number / 8, 1)?;
        Ok(byte.iter().any(|byte| byte >> (self.number % 8) & 1 == 0))
    }

    fn value(&mut self) -> Result<Option<&'a [u8]>, FormatError> {
        if self.is_null()? {
            return Ok(None);
        }
        // The value lacks its header of 4 bytes, so that alignment to 8 is off by these.
        let align = self.element.align.bytes();
        let counted = (self.offset + VARLENA_HEADER).next_multiple_of(align);
        let unaligned = Attribute { align: Align::Char, ..self.element };
        let at = counted - VARLENA_HEADER;
        let (start, end) = unaligned.extent(self.value, at, ShortHeaders::Never)?;
        self.offset = end;
        self.value.slice("array element", start, end - start).map(Some)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Option<&'a [u8]>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.number >= self.len {
            return None;
        }
        let value = self.value();
        self.number = if value.is_ok() { self.number + 1 } else { self.len };
        Some(value)
    }
}

/// `text[]` without nulls, of any number of dimensions, in one row.
impl FromDatum<'_> for Vec<String> {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        let array = inline_array(bytes)?;
        let elements = array.elements(Attribute { len: -1, align: Align::Int });
        elements.filter_map(Result::transpose).map(|bytes| String::from_datum(bytes?)).collect()
    }
}

/// `oidvector` and `oid[]`.
impl FromDatum<'_> for Vec<Oid> {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        let array = inline_array(bytes)?;
        let elements = array.elements(Attribute { len: 4, align: Align::Int });
        elements.filter_map(Result::transpose).map(|bytes| Oid::from_datum(bytes?)).collect()
    }
}

/// `int2vector` and `int2[]`.
impl FromDatum<'_> for Vec<i16> {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        let array = inline_array(bytes)?;
        let elements = array.elements(Attribute { len: 2, align: Align::Short });
        elements.filter_map(Result::transpose).map(|bytes| i16::from_datum(bytes?)).collect()
    }
}

fn inline_array(bytes: &[u8]) -> Result<Array<'_>, FormatError> {
    let value = Varlena::parse(bytes)?.inline()?;
    let value = value
        .ok_or_else(|| FormatError::Unsupported("the array is stored out of line".to_owned()))?;
    Array::parse(value)
}

fn invalid(
    what: &'static str,
    offset: usize,
    expected: &str,
    found: &impl ToString,
) -> FormatError {
    FormatError::Invalid { what, offset, expected: expected.to_owned(), found: found.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A varlena that holds an array of one dimension.
    fn array(element_type: u32, len: u32, elements: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let total = u32::try_from(24 + elements.len()).unwrap();
        for word in [total << 2, 1, 0, element_type, len, 1] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.extend_from_slice(elements);
        bytes
    }

    #[test]
    fn text_elements_are_aligned_to_four() {
        let elements = [24, 0, 0, 0, b'a', b'b', 0, 0, 20, 0, 0, 0, b'c'];
        let bytes = array(25, 2, &elements);
        assert_eq!(Vec::<String>::from_datum(&bytes).unwrap(), ["ab", "c"]);
    }

    #[test]
    fn vectors_are_arrays() {
        let bytes = array(21, 3, &[1, 0, 2, 0, 0xFF, 0xFF]);
        assert_eq!(Vec::<i16>::from_datum(&bytes).unwrap(), [1, 2, -1]);
        let bytes = array(26, 1, &1249_u32.to_le_bytes());
        assert_eq!(Vec::<Oid>::from_datum(&bytes).unwrap(), [Oid(1249)]);
    }

    #[test]
    fn nulls_take_a_bit_and_no_room() {
        let mut value = Vec::new();
        for word in [1_u32, 32, 23, 3, 1] {
            value.extend_from_slice(&word.to_le_bytes());
        }
        value.extend_from_slice(&[0b101, 0, 0, 0, 0, 0, 0, 0]);
        value.extend_from_slice(&[5, 0, 0, 0, 6, 0, 0, 0]);
        let array = Array::parse(Cow::Owned(value)).unwrap();
        let elements: Vec<_> =
            array.elements(Attribute { len: 4, align: Align::Int }).map(Result::unwrap).collect();
        assert_eq!(elements, [Some(&[5, 0, 0, 0][..]), None, Some(&[6, 0, 0, 0])]);
    }

    #[test]
    fn elements_without_a_width_are_refused() {
        let bytes = array(26, u32::MAX, &[1, 0, 0, 0]);
        let array = inline_array(&bytes).unwrap();
        let mut elements = array.elements(Attribute { len: 0, align: Align::Double });
        assert!(matches!(elements.next(), Some(Err(_))));
        assert_eq!(elements.next(), None);
    }

    #[test]
    fn sizes_that_lie_end_in_an_error() {
        let bytes = array(26, u32::MAX, &[1, 0, 0, 0]);
        assert!(Vec::<Oid>::from_datum(&bytes).is_err());
        let mut bytes = array(26, 1, &[1, 0, 0, 0]);
        bytes[4] = 7;
        assert!(Vec::<Oid>::from_datum(&bytes).is_err());
        bytes[4] = 1;
        bytes[8] = 3;
        assert!(Vec::<Oid>::from_datum(&bytes).is_err());
    }
}
