//! Compressed values: what a value's TOAST chunks hold.

use pgautopsy::format::datum::{Compression, decompress, pglz};

/// The input is `va_tcinfo` (the raw length, and the method in the two highest bits) and the
/// compressed bytes.
pub fn run(data: &[u8]) {
    let Some((info, packed)) = data.split_first_chunk::<4>() else { return };
    let info = u32::from_le_bytes(*info);
    let raw_len = info & 0x3FFF_FFFF;
    let mut out = Vec::new();
    for method in [Compression::from_code(info >> 30), Compression::Pglz, Compression::Lz4] {
        if decompress(method, packed, raw_len, &mut out).is_ok() {
            assert_eq!(out.len(), raw_len as usize);
        }
        assert!(out.capacity() <= 256 * data.len(), "room for {} bytes", out.capacity());
    }
    pglz::decompress(&literals(packed), packed.len(), &mut out).expect("literals only");
    assert_eq!(out, packed);
}

/// `data` as pglz writes what it finds no repetition in.
fn literals(data: &[u8]) -> Vec<u8> {
    data.chunks(8).flat_map(|chunk| [&[0], chunk].concat()).collect()
}
