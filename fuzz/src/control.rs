//! `pg_control`.

use pgautopsy::format::PgVersion;
use pgautopsy::format::control::{CheckPoint, ControlFile, version_of};

/// The input is the file, or what it begins with.
pub fn run(data: &[u8]) {
    let version = version_of(data);
    for read_as in PgVersion::ALL {
        assert_eq!(
            CheckPoint::parse(data, read_as).is_ok(),
            data.len() >= CheckPoint::len(read_as)
        );
        let Ok(control) = ControlFile::parse(data, read_as) else { continue };
        assert_eq!(control.check_crc().is_ok(), control.crc_is_valid());
        let _ =
            (control.state.to_string(), control.wal_level.to_string(), control.time.to_string());
        if let Ok(format) = control.format() {
            assert!(format.block_size.is_power_of_two() && format.block_size <= 32 << 10);
            assert!(format.wal_block_size.is_power_of_two());
            assert!(format.wal_segment_size >= format.wal_block_size);
            assert!(format.blocks_per_segment > 0 && format.max_align > 0);
            assert!((1..=format.block_size).contains(&format.toast_max_chunk_size));
            assert_eq!(control.redo_wal_file().map(|name| name.len()), Some(24));
        }
        if let Ok(version) = version {
            let version = ControlFile::parse(data, version).expect("the version that it says");
            assert_eq!(version.system_identifier, control.system_identifier);
        }
    }
}
