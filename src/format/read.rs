use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::FormatError;

/// A run of bytes that is read with checks: each read says what it reads.
///
/// ```
/// use pgautopsy::format::{Bytes, FormatError};
/// let bytes = Bytes(&[1, 0, 0, 0, 9]);
/// assert_eq!(bytes.u32("a count", 0), Ok(1));
/// assert_eq!(
///     bytes.u32("a count", 4),
///     Err(FormatError::Truncated { what: "a count", offset: 4, needed: 4, had: 1 })
/// );
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The `len` bytes at `offset`.
    #[inline]
    pub fn slice(
        self,
        what: &'static str,
        offset: usize,
        len: usize,
    ) -> Result<&'a [u8], FormatError> {
        offset.checked_add(len).and_then(|end| self.0.get(offset..end)).ok_or_else(|| {
            FormatError::Truncated {
                what,
                offset,
                needed: len,
                had: self.0.len().saturating_sub(offset),
            }
        })
    }

    /// A structure of fixed layout at `offset`, borrowed.
    #[inline]
    pub fn view<T>(self, what: &'static str, offset: usize) -> Result<&'a T, FormatError>
    where
        T: FromBytes + KnownLayout + Immutable + Unaligned,
    {
        let bytes = self.slice(what, offset, size_of::<T>())?;
        T::ref_from_bytes(bytes).map_err(|_| FormatError::Truncated {
            what,
            offset,
            needed: size_of::<T>(),
            had: bytes.len(),
        })
    }

    /// A number of two bytes, little-endian.
    #[inline]
    pub fn u16(self, what: &'static str, offset: usize) -> Result<u16, FormatError> {
        Ok(self.view::<zerocopy::little_endian::U16>(what, offset)?.get())
    }

    /// A number of four bytes, little-endian.
    #[inline]
    pub fn u32(self, what: &'static str, offset: usize) -> Result<u32, FormatError> {
        Ok(self.view::<zerocopy::little_endian::U32>(what, offset)?.get())
    }

    /// A number of eight bytes, little-endian.
    #[inline]
    pub fn u64(self, what: &'static str, offset: usize) -> Result<u64, FormatError> {
        Ok(self.view::<zerocopy::little_endian::U64>(what, offset)?.get())
    }
}
