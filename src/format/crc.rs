/// The CRC-32C of bytes (`COMP_CRC32C`, port/pg_crc32c.h).
///
/// Longer runs go through `crc-fast`, which folds them with the widest vectors that the machine
/// has: on one with AVX-512 it is twice as fast as `crc32c` from 40 bytes on.
///
/// ```
/// use pgautopsy::format::{crc32c, crc32c_append};
/// assert_eq!(crc32c(b"123456789"), 0xE306_9283);
/// assert_eq!(crc32c_append(crc32c(b"12345"), b"6789"), 0xE306_9283);
/// ```
#[inline]
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    if bytes.len() < FEW { ::crc32c::crc32c(bytes) } else { crc_fast::crc32_iscsi(bytes) }
}

/// The same of a few bytes that come behind those of which `crc` is known.
#[inline]
#[must_use]
pub fn crc32c_append(crc: u32, bytes: &[u8]) -> u32 {
    ::crc32c::crc32c_append(crc, bytes)
}

/// Below that, the way there takes longer than the sum.
const FEW: usize = 32;
