use std::borrow::Cow;

use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::compression::{Compression, decompress};
use crate::format::{Bytes, FormatError};
use crate::primitives::Oid;

/// A value of variable width, by the form that it is stored in (`varattrib_1b`, `varattrib_4b`,
/// `varattrib_1b_e`; varatt.h, in 12 to 15 postgres.h).
///
/// ```text
/// first byte  form
/// xxxxxx00    4 bytes: length (with them) << 2; the value
/// xxxxxx10    4 bytes: length << 2 | 2; 4 bytes: method << 30 | raw length; compressed value
/// xxxxxxx1    1 byte: length (with it) << 1 | 1; the value
/// 00000001    1 byte tag; a pointer, of the tag's size
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Varlena<'a> {
    /// As it is.
    Plain(&'a [u8]),
    /// Compressed, in the tuple.
    Compressed {
        /// How.
        method: Compression,
        /// Its length before, in bytes.
        raw_len: u32,
        /// The compressed bytes.
        data: &'a [u8],
    },
    /// In the relation's TOAST table.
    External(ToastPointer),
}

/// Where an out-of-line value is (`varatt_external`, varatt.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToastPointer {
    /// Its length as it will be, in bytes, without a header.
    pub raw_len: u32,
    /// Its length as it is stored in the chunks, in bytes.
    pub stored_len: u32,
    /// How it is compressed, if it is.
    pub compression: Option<Compression>,
    /// What its chunks carry as `chunk_id`.
    pub value: Oid,
    /// The TOAST table.
    pub toast_table: Oid,
}

/// `va_rawsize` counts this header, which the value would have.
const HEADER: u32 = 4;
/// The low bits of a length word that carries a compression method in the others.
const LENGTH_BITS: u32 = 30;
/// `VARTAG_ONDISK`: the only pointer that has a meaning outside a server's memory.
const ON_DISK: u8 = 18;

#[derive(Debug, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawToastPointer {
    va_header: u8,
    va_tag: u8,
    va_rawsize: U32,
    va_extinfo: U32,
    va_valueid: U32,
    va_toastrelid: U32,
}

const _: () = assert!(size_of::<RawToastPointer>() == 18);

impl<'a> Varlena<'a> {
    /// Takes `bytes`, header and all, for a value of variable width.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let len = stored_len(Bytes(bytes), 0)?;
        let bytes = Bytes(Bytes(bytes).slice("varlena", 0, len)?);
        let after = |header| bytes.slice("varlena data", header, len.saturating_sub(header));
        match bytes.0.first().copied().unwrap_or_default() {
            0x01 => ToastPointer::parse(bytes).map(Self::External),
            first if first & 1 == 1 => after(1).map(Self::Plain),
            first if first & 2 == 2 => {
                let info = bytes.u32("va_tcinfo", 4)?;
                let data = after(8)?;
                let method = Compression::from_code(info >> LENGTH_BITS);
                Ok(Self::Compressed { method, raw_len: info & ((1 << LENGTH_BITS) - 1), data })
            }
            _ => after(4).map(Self::Plain),
        }
    }

    /// The value, decompressed where it has to be. `None` where it is out of line.
    pub fn inline(self) -> Result<Option<Cow<'a, [u8]>>, FormatError> {
        match self {
            Self::Plain(bytes) => Ok(Some(Cow::Borrowed(bytes))),
            Self::Compressed { method, raw_len, data } => {
                let mut value = Vec::new();
                decompress(method, data, raw_len, &mut value)?;
                Ok(Some(Cow::Owned(value)))
            }
            Self::External(_) => Ok(None),
        }
    }
}

impl ToastPointer {
    fn parse(bytes: Bytes<'_>) -> Result<Self, FormatError> {
        let raw: &RawToastPointer = bytes.view("TOAST pointer", 0)?;
        let raw_len = raw.va_rawsize.get().checked_sub(HEADER).ok_or_else(|| {
            let found = raw.va_rawsize.get().to_string();
            FormatError::Invalid {
                what: "va_rawsize",
                offset: 2,
                expected: "4 or more".into(),
                found,
            }
        })?;
        let info = raw.va_extinfo.get();
        let stored_len = info & ((1 << LENGTH_BITS) - 1);
        let compressed = stored_len < raw_len;
        Ok(Self {
            raw_len,
            stored_len,
            compression: compressed.then(|| Compression::from_code(info >> LENGTH_BITS)),
            value: Oid(raw.va_valueid.get()),
            toast_table: Oid(raw.va_toastrelid.get()),
        })
    }
}

/// How many bytes the varlena at `start` takes, its header with them (`VARSIZE_ANY`).
pub(super) fn stored_len(data: Bytes<'_>, start: usize) -> Result<usize, FormatError> {
    let first = data.slice("varlena header", start, 1)?.first().copied().unwrap_or_default();
    let invalid = |what, expected: &str, found: u32| FormatError::Invalid {
        what,
        offset: start,
        expected: expected.to_owned(),
        found: found.to_string(),
    };
    if first == 1 {
        let tag = data.slice("varlena tag", start, 2)?.last().copied().unwrap_or_default();
        return match tag {
            ON_DISK => Ok(size_of::<RawToastPointer>()),
            tag => Err(invalid("tag of an out-of-line value", "18 (on disk)", tag.into())),
        };
    }
    if first & 1 == 1 {
        return Ok(usize::from(first >> 1));
    }
    let word = data.u32("varlena header", start)?;
    let (len, least) = (word >> 2, if first & 2 == 2 { 8 } else { 4 });
    if len < least {
        return Err(invalid("length of a varlena", "its header's size or more", len));
    }
    usize::try_from(len).map_err(|_| invalid("length of a varlena", "a length in memory", len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_known_by_its_first_byte() {
        assert_eq!(Varlena::parse(&[7, b'a', b'b']), Ok(Varlena::Plain(b"ab")));
        assert_eq!(Varlena::parse(&[3]), Ok(Varlena::Plain(b"")));
        assert_eq!(Varlena::parse(&[24, 0, 0, 0, b'a', b'b']), Ok(Varlena::Plain(b"ab")));
        let compressed = [42, 0, 0, 0, 9, 0, 0, 0x40, 1, 2];
        assert_eq!(
            Varlena::parse(&compressed),
            Ok(Varlena::Compressed { method: Compression::Lz4, raw_len: 9, data: &[1, 2] })
        );
    }

    #[test]
    fn a_toast_pointer_says_where_the_value_is() {
        let mut bytes = vec![1, 18];
        for word in [10_004_u32, 5_000, 16_400, 16_390] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        let pointer = ToastPointer {
            raw_len: 10_000,
            stored_len: 5_000,
            compression: Some(Compression::Pglz),
            value: Oid(16_400),
            toast_table: Oid(16_390),
        };
        assert_eq!(Varlena::parse(&bytes), Ok(Varlena::External(pointer)));
    }

    #[test]
    fn lengths_that_can_not_be_are_refused() {
        for bytes in [&[][..], &[1], &[1, 3, 0], &[0, 0, 0, 0], &[18, 0, 0, 0], &[9, 0], &[40, 0]] {
            assert!(Varlena::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
