use super::varlena;
use crate::format::page::heap::HeapTuple;
use crate::format::{Bytes, FormatError};

/// How an attribute lies in a tuple (`attlen`, `attalign`; catalog/pg_attribute.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// Its width in bytes; -1 for a varlena, -2 for a string that ends with a zero byte.
    pub len: i16,
    /// What its start is aligned to.
    pub align: Align,
}

/// What an attribute's start is aligned to (`attalign`, `typalign`; catalog/pg_type.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// `c`: nothing.
    Char,
    /// `s`: 2 bytes.
    Short,
    /// `i`: 4 bytes.
    Int,
    /// `d`: 8 bytes.
    Double,
}

impl Align {
    /// The alignment that the letter in the catalogs means.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            b'c' => Some(Self::Char),
            b's' => Some(Self::Short),
            b'i' => Some(Self::Int),
            b'd' => Some(Self::Double),
            _ => None,
        }
    }

    /// The alignment that each type of fixed width has in the server's own catalogs: a number's
    /// is its width, and `name` has none.
    #[must_use]
    pub const fn natural(len: i16) -> Self {
        match len {
            2 => Self::Short,
            4 => Self::Int,
            8 => Self::Double,
            _ => Self::Char,
        }
    }

    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Char => 1,
            Self::Short => 2,
            Self::Int => 4,
            Self::Double => 8,
        }
    }

    const fn up(self, offset: usize) -> usize {
        offset.next_multiple_of(self.bytes())
    }
}

impl Attribute {
    /// Where the value that comes next begins and ends. `offset` is where the one before ended,
    /// counted from a place that is aligned for every type.
    pub(super) fn extent(
        self,
        data: Bytes<'_>,
        offset: usize,
        short_headers: ShortHeaders,
    ) -> Result<(usize, usize), FormatError> {
        let start = match (self.len, short_headers) {
            // Padding is zero, and a short header never is: `att_align_pointer`.
            (-1, ShortHeaders::Allowed) if data.0.get(offset).is_some_and(|&byte| byte != 0) => {
                offset
            }
            _ => self.align.up(offset),
        };
        let len = match self.len {
            -1 => varlena::stored_len(data, start)?,
            -2 => cstring_len(data, start)?,
            // No width at all would let an array have four billion elements in a few bytes.
            len => usize::try_from(len).ok().filter(|&len| len > 0).ok_or_else(|| {
                FormatError::Invalid {
                    what: "attlen",
                    offset: start,
                    expected: "-2, -1 or a width".to_owned(),
                    found: len.to_string(),
                }
            })?,
        };
        Bytes::slice(data, "attribute", start, len)?;
        Ok((start, start + len))
    }
}

/// Whether a varlena may start without alignment, with a header of one byte: in tuples it may,
/// in arrays not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShortHeaders {
    Allowed,
    Never,
}

fn cstring_len(data: Bytes<'_>, start: usize) -> Result<usize, FormatError> {
    let rest = data.0.get(start..).unwrap_or_default();
    rest.iter().position(|&byte| byte == 0).map(|end| end + 1).ok_or(FormatError::Truncated {
        what: "string that ends with a zero byte",
        offset: start,
        needed: rest.len() + 1,
        had: rest.len(),
    })
}

/// The attributes of a tuple in their order: each one's bytes, or `None` where it is null.
///
/// It ends with the tuple, which may hold fewer attributes than the relation has by now (what is
/// missing then is `attmissingval` or null), or with `attributes`. The bytes of a varlena begin
/// with its header. After an error there is nothing more, since nobody knows where the next
/// attribute begins.
#[derive(Debug, Clone)]
pub struct Attributes<'a, A> {
    data: &'a [u8],
    null_bitmap: Option<&'a [u8]>,
    count: u16,
    attributes: A,
    number: u16,
    offset: usize,
    failed: bool,
}

impl<'a, A: Iterator<Item = Attribute>> Attributes<'a, A> {
    /// Cuts `tuple` along `attributes`: all that the relation has, dropped ones too.
    pub fn new(tuple: HeapTuple<'a>, attributes: impl IntoIterator<IntoIter = A>) -> Self {
        Self::of(tuple.data(), tuple.null_bitmap(), tuple.header.natts(), attributes)
    }

    /// Cuts `data`, which begins at a place that is aligned for every type, along `attributes`, of
    /// which it holds `count` at the most: what an item of an index has of its columns.
    pub fn of(
        data: &'a [u8],
        null_bitmap: Option<&'a [u8]>,
        count: u16,
        attributes: impl IntoIterator<IntoIter = A>,
    ) -> Self {
        let attributes = attributes.into_iter();
        Self { data, null_bitmap, count, attributes, number: 0, offset: 0, failed: false }
    }

    fn is_null(&self) -> bool {
        let Some(bitmap) = self.null_bitmap else { return false };
        let byte = bitmap.get(usize::from(self.number / 8)).copied().unwrap_or_default();
        byte >> (self.number % 8) & 1 == 0
    }

    fn value(&mut self, attribute: Attribute) -> Result<&'a [u8], FormatError> {
        let data = Bytes(self.data);
        let (start, end) = attribute.extent(data, self.offset, ShortHeaders::Allowed)?;
        self.offset = end;
        data.slice("attribute", start, end - start)
    }
}

impl<'a, A: Iterator<Item = Attribute>> Iterator for Attributes<'a, A> {
    type Item = Result<Option<&'a [u8]>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.number >= self.count {
            return None;
        }
        let attribute = self.attributes.next()?;
        let value = if self.is_null() { Ok(None) } else { self.value(attribute).map(Some) };
        self.number += 1;
        self.failed = value.is_err();
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Format, PgVersion};

    const INT4: Attribute = Attribute { len: 4, align: Align::Int };
    const INT8: Attribute = Attribute { len: 8, align: Align::Double };
    const BOOL: Attribute = Attribute { len: 1, align: Align::Char };
    const TEXT: Attribute = Attribute { len: -1, align: Align::Int };
    const CSTRING: Attribute = Attribute { len: -2, align: Align::Char };

    /// A tuple of `natts` attributes; `nulls` has a bit for each that is *not* null.
    fn tuple(natts: u8, nulls: Option<u8>, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 24];
        bytes[18] = natts;
        bytes[20] = u8::from(nulls.is_some());
        bytes[22] = 24;
        bytes[23] = nulls.unwrap_or_default();
        bytes.extend_from_slice(data);
        bytes
    }

    fn cut(bytes: &[u8], attributes: &[Attribute]) -> Vec<Result<Option<Vec<u8>>, FormatError>> {
        let tuple = HeapTuple::parse(bytes, Format::usual(PgVersion::V17)).unwrap();
        Attributes::new(tuple, attributes.iter().copied())
            .map(|value| value.map(|value| value.map(<[u8]>::to_vec)))
            .collect()
    }

    #[test]
    fn each_attribute_starts_where_its_alignment_says() {
        let data = [1, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0];
        let bytes = tuple(4, None, &data);
        let values = cut(&bytes, &[BOOL, INT4, BOOL, INT8]);
        assert_eq!(values[1], Ok(Some(vec![7, 0, 0, 0])));
        assert_eq!(values[2], Ok(Some(vec![2])));
        assert_eq!(values[3], Ok(Some(vec![8, 0, 0, 0, 0, 0, 0, 0])));
    }

    #[test]
    fn a_short_varlena_is_not_aligned_and_a_long_one_is() {
        // true, short "ab", then a plain header at the next multiple of 4
        let bytes = tuple(3, None, &[1, 7, b'a', b'b', 24, 0, 0, 0, b'c', b'd']);
        assert_eq!(
            cut(&bytes, &[BOOL, TEXT, TEXT]),
            [
                Ok(Some(vec![1])),
                Ok(Some(vec![7, b'a', b'b'])),
                Ok(Some(vec![24, 0, 0, 0, b'c', b'd']))
            ]
        );
        let padded = tuple(2, None, &[1, 0, 0, 0, 24, 0, 0, 0, b'c', b'd']);
        assert_eq!(cut(&padded, &[BOOL, TEXT])[1], Ok(Some(vec![24, 0, 0, 0, b'c', b'd'])));
    }

    #[test]
    fn nulls_take_no_room_and_missing_attributes_are_not_yielded() {
        let bytes = tuple(3, Some(0b101), &[1, 0, 0, 0, b'x', 0]);
        let values = cut(&bytes, &[INT4, INT8, CSTRING, INT4]);
        assert_eq!(values, [Ok(Some(vec![1, 0, 0, 0])), Ok(None), Ok(Some(vec![b'x', 0]))]);
    }

    #[test]
    fn nothing_follows_an_attribute_that_leaves_the_tuple() {
        let bytes = tuple(2, None, &[1, 0, 0]);
        let values = cut(&bytes, &[INT4, BOOL]);
        assert_eq!(values.len(), 1);
        assert!(values[0].is_err());
        assert!(cut(&tuple(1, None, b"no end"), &[CSTRING])[0].is_err());
        assert!(cut(&tuple(1, None, &[1; 8]), &[Attribute { len: -3, ..INT4 }])[0].is_err());
    }
}
