//! `pg_filenode.map`.

use pgautopsy::format::PgVersion;
use pgautopsy::format::relmap::RelationMap;

/// The input is the file.
pub fn run(data: &[u8]) {
    for version in PgVersion::ALL {
        let Ok(map) = RelationMap::parse(data, version) else { continue };
        assert!(map.mappings.len() <= 64);
        assert_eq!(map.check_crc().is_ok(), map.crc_is_valid());
        for &(oid, number) in &map.mappings {
            assert!(map.file_number(oid).is_some() && map.oid(number).is_some());
        }
    }
}
