//! PostgreSQL's own compression (common/pg_lzcompress.c), one way.
//!
//! ```text
//! control byte, its bits from the lowest: 0 → one literal byte, 1 → a copy
//! copy:  oooo llll  oooo oooo  [eeee eeee]
//!        offset: 12 bits, high ones first; 1 is the byte before
//!        length: llll + 3, and where that is 18, the third byte on top
//! ```

use crate::format::{Bytes, FormatError};

/// The longest copy, in bytes, and how few bytes can ask for it.
const LONGEST_COPY: usize = 18 + 255;
const LONGEST_COPY_COST: usize = 3;
/// A copy of this length has a third byte.
const EXTENDED: usize = 18;

/// Decompresses all of `data` into `out`, which it replaces. It must give exactly `raw_len`
/// bytes.
///
/// ```
/// use pgautopsy::format::datum::pglz;
/// let mut out = Vec::new();
/// // two literals, then five bytes from two back
/// pglz::decompress(&[0b100, b'a', b'b', 0x02, 2], 7, &mut out).unwrap();
/// assert_eq!(out, b"abababa");
/// ```
pub fn decompress(data: &[u8], raw_len: usize, out: &mut Vec<u8>) -> Result<(), FormatError> {
    out.clear();
    if raw_len > data.len().saturating_mul(LONGEST_COPY) / LONGEST_COPY_COST {
        return Err(wrong_length(raw_len, format!("{} compressed bytes", data.len())));
    }
    out.reserve_exact(raw_len);
    let mut source = Source { data: Bytes(data), at: 0 };
    while source.at < data.len() && out.len() < raw_len {
        let mut control = source.byte("pglz control byte")?;
        for _ in 0..8 {
            if source.at >= data.len() || out.len() >= raw_len {
                break;
            }
            if control & 1 == 0 {
                out.push(source.byte("pglz literal")?);
            } else {
                let (offset, len) = source.copy()?;
                copy_back(out, offset, len.min(raw_len - out.len()), source.at)?;
            }
            control >>= 1;
        }
    }
    if out.len() != raw_len {
        return Err(wrong_length(raw_len, out.len().to_string()));
    }
    if source.at != data.len() {
        let left = data.len() - source.at;
        return Err(wrong_length(raw_len, format!("as many, and {left} bytes left over")));
    }
    Ok(())
}

struct Source<'a> {
    data: Bytes<'a>,
    at: usize,
}

impl Source<'_> {
    fn byte(&mut self, what: &'static str) -> Result<u8, FormatError> {
        let byte = self.data.slice(what, self.at, 1)?.first().copied().unwrap_or_default();
        self.at += 1;
        Ok(byte)
    }

    /// Offset and length of a copy.
    fn copy(&mut self) -> Result<(usize, usize), FormatError> {
        let first = usize::from(self.byte("pglz copy")?);
        let second = usize::from(self.byte("pglz copy")?);
        let mut len = (first & 0x0F) + 3;
        if len == EXTENDED {
            len += usize::from(self.byte("pglz copy length")?);
        }
        Ok(((first & 0xF0) << 4 | second, len))
    }
}

/// Appends `len` bytes from `offset` back. Where the copy is longer than that, it repeats what
/// it has just written.
fn copy_back(out: &mut Vec<u8>, offset: usize, len: usize, at: usize) -> Result<(), FormatError> {
    let start = out.len().checked_sub(offset).filter(|_| offset > 0).ok_or_else(|| {
        FormatError::Invalid {
            what: "pglz copy offset",
            offset: at,
            expected: format!("1 to {}", out.len()),
            found: offset.to_string(),
        }
    })?;
    let end = out.len() + len;
    while out.len() < end {
        let run = (end - out.len()).min(out.len() - start);
        out.extend_from_within(start..start + run);
    }
    Ok(())
}

fn wrong_length(raw_len: usize, found: String) -> FormatError {
    FormatError::Invalid {
        what: "pglz data",
        offset: 0,
        expected: format!("{raw_len} bytes when decompressed"),
        found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(data: &[u8], raw_len: usize) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::new();
        decompress(data, raw_len, &mut out).map(|()| out)
    }

    #[test]
    fn a_copy_longer_than_its_offset_repeats() {
        assert_eq!(unpack(&[0b10, b'x', 0x0F, 1, 82], 101).unwrap(), vec![b'x'; 101]);
        assert_eq!(unpack(&[0, 1, 2, 3], 3).unwrap(), [1, 2, 3]);
        assert_eq!(unpack(&[], 0), Ok(Vec::new()));
    }

    #[test]
    fn a_copy_stops_at_the_end_as_the_servers_does() {
        assert_eq!(unpack(&[0b10, b'x', 0x0F, 1, 255], 10).unwrap(), vec![b'x'; 10]);
    }

    #[test]
    fn damage_is_an_error() {
        let cases: [(&[u8], usize); 7] = [
            (&[1, 0x00, 1], 3),          // from before the start
            (&[0b10, b'x', 0x00, 0], 4), // offset 0
            (&[0b10, b'x', 0x0F, 1], 9), // no third byte
            (&[0b10, b'x', 0x0F], 9),    // no second byte
            (&[0, 1, 2], 3),             // too short
            (&[0, 1, 2, 3], 2),          // too long
            (&[0b10, b'x', 0x0F, 1, 255], usize::MAX),
        ];
        for (data, raw_len) in cases {
            assert!(unpack(data, raw_len).is_err(), "{data:?}");
        }
    }
}
