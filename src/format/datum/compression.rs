use super::pglz;
use crate::format::FormatError;

/// How a value is compressed (`ToastCompressionId`, access/toast_compression.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// PostgreSQL's own method; the only one before 14.
    Pglz,
    /// LZ4, one block without a frame.
    Lz4,
    /// A method that this build does not know.
    Unknown(u8),
}

impl Compression {
    /// The method of that code, 0 to 3.
    #[must_use]
    pub fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Pglz,
            1 => Self::Lz4,
            code => Self::Unknown(u8::try_from(code).unwrap_or(u8::MAX)),
        }
    }
}

/// A byte of LZ4 can stand for no more than this.
const LZ4_MAX_EXPANSION: usize = 255;

/// Decompresses all of `data` into `out`, which it replaces. It must give `raw_len` bytes.
pub fn decompress(
    method: Compression,
    data: &[u8],
    raw_len: u32,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let len = usize::try_from(raw_len).unwrap_or(usize::MAX);
    match method {
        Compression::Pglz => pglz::decompress(data, len, out),
        Compression::Lz4 => lz4(data, len, out),
        Compression::Unknown(code) => {
            Err(FormatError::Unsupported(format!("compression method {code} is not known")))
        }
    }
}

fn lz4(data: &[u8], raw_len: usize, out: &mut Vec<u8>) -> Result<(), FormatError> {
    let invalid = |found: String| FormatError::Invalid {
        what: "LZ4 data",
        offset: 0,
        expected: format!("{raw_len} bytes when decompressed"),
        found,
    };
    out.clear();
    if raw_len > data.len().saturating_mul(LZ4_MAX_EXPANSION) {
        return Err(invalid(format!("{} compressed bytes", data.len())));
    }
    out.resize(raw_len, 0);
    match lz4_flex::block::decompress_into(data, out) {
        Ok(len) if len == raw_len => Ok(()),
        Ok(len) => Err(invalid(len.to_string())),
        Err(error) => Err(invalid(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lz4_comes_back_whole_or_not_at_all() {
        let value = b"again and again and again and again".repeat(9);
        let packed = lz4_flex::block::compress(&value);
        let raw_len = u32::try_from(value.len()).unwrap();
        let mut out = Vec::new();
        decompress(Compression::Lz4, &packed, raw_len, &mut out).unwrap();
        assert_eq!(out, value);
        for wrong in [0, raw_len - 1, raw_len + 1, u32::MAX] {
            assert!(decompress(Compression::Lz4, &packed, wrong, &mut out).is_err(), "{wrong}");
        }
        assert!(decompress(Compression::Unknown(2), &packed, raw_len, &mut out).is_err());
    }
}
