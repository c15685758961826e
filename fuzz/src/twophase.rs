//! `pg_twophase`: the state of a prepared transaction.

use pgautopsy::format::PgVersion;
use pgautopsy::format::twophase::{TwoPhaseState, file_xid};

/// The input is the file.
pub fn run(data: &[u8]) {
    let whole = with_length_and_checksum(data);
    for version in PgVersion::ALL {
        for file in [data, &whole] {
            let Ok(state) = TwoPhaseState::parse(file, version) else { continue };
            assert!(4 * state.subxids.len() <= file.len());
            assert!(!state.gid.contains('\0'));
        }
        if let Some(xid) = str::from_utf8(data).ok().and_then(|name| file_xid(name, version)) {
            assert_eq!(Ok(xid.0), u64::from_str_radix(str::from_utf8(data).unwrap(), 16));
        }
    }
}

/// The same with the file's length and the CRC at its end put right.
fn with_length_and_checksum(data: &[u8]) -> Vec<u8> {
    let mut file = data.to_vec();
    let len = u32::try_from(data.len()).unwrap();
    let Some(end) = data.len().checked_sub(4).filter(|&end| end >= 8) else { return file };
    file[4..8].copy_from_slice(&len.to_le_bytes());
    let crc = crc32c::crc32c(&file[..end]);
    file[end..].copy_from_slice(&crc.to_le_bytes());
    file
}
