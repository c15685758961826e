//! `pg_replslot/NAME/state`.

use pgautopsy::format::PgVersion;
use pgautopsy::format::slot::{InvalidationCause, ReplicationSlot};

/// The input is the file.
pub fn run(data: &[u8]) {
    let summed = with_checksum(data);
    for version in PgVersion::ALL {
        for file in [data, &summed] {
            let Ok(slot) = ReplicationSlot::parse(file, version) else { continue };
            assert!(!slot.name.contains('\0') && !slot.plugin.contains('\0'));
            assert!(!slot.holds_rows() || slot.invalidated.is_none());
            let _ = slot.invalidated.map(InvalidationCause::name);
        }
    }
}

/// The same with the CRC of what it covers: all behind it, as far as `length` says.
fn with_checksum(data: &[u8]) -> Vec<u8> {
    let mut file = data.to_vec();
    let length = data.get(12..).and_then(|rest| rest.first_chunk()).map(|n| u32::from_le_bytes(*n));
    let covered = length.and_then(|length| data.get(8..(length as usize).checked_add(16)?));
    if let Some(covered) = covered {
        file[4..8].copy_from_slice(&crc32c::crc32c(covered).to_le_bytes());
    }
    file
}
