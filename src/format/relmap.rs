//! `pg_filenode.map`: which files the mapped catalogs have.
//!
//! `pg_class` and a few other catalogs can't say in `pg_class` where they are. One map stands in
//! each database's directory, one in `global/` for the shared catalogs.
//!
//! ```text
//!     0  magic          0x592717
//!     4  num_mappings
//!     8  mappings       62 (16 and later: 64) pairs of an OID and a file number
//!   504  crc            CRC-32C of all above (16 and later: at 520)
//!   508  padding        4 bytes, before 16 only
//! ```

use zerocopy::FromBytes;
use zerocopy::little_endian::U32;

use super::{Bytes, FormatError, PgVersion};
use crate::primitives::{Oid, RelFileNumber};

/// `RELMAPPER_FILEMAGIC` (utils/cache/relmapper.c).
const MAGIC: u32 = 0x0059_2717;

/// Where the mappings start.
const MAPPINGS_OFFSET: usize = 8;

/// A relation map (`RelMapFile`, utils/cache/relmapper.c).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationMap {
    /// Each mapped relation's OID and file number, in the order of the file.
    pub mappings: Vec<(Oid, RelFileNumber)>,
    /// The CRC-32C that the file carries.
    pub crc: u32,
    /// The CRC-32C of what the file holds.
    pub computed_crc: u32,
}

impl RelationMap {
    /// Reads the map that a server of `version` wrote. A wrong CRC is no error here: see
    /// [`check_crc`](Self::check_crc).
    pub fn parse(bytes: &[u8], version: PgVersion) -> Result<Self, FormatError> {
        let bytes = Bytes(bytes);
        let magic = bytes.u32("magic of pg_filenode.map", 0)?;
        if magic != MAGIC {
            return Err(FormatError::Invalid {
                what: "magic of pg_filenode.map",
                offset: 0,
                expected: format!("{MAGIC:#x}"),
                found: format!("{magic:#x}"),
            });
        }
        let room: usize = if version.relation_map_has_room_for_64() { 64 } else { 62 };
        let count = bytes.u32("num_mappings of pg_filenode.map", 4)?;
        let Some(used) = usize::try_from(count).ok().filter(|&count| count <= room) else {
            return Err(FormatError::Invalid {
                what: "num_mappings of pg_filenode.map",
                offset: 4,
                expected: format!("at most {room}"),
                found: count.cast_signed().to_string(),
            });
        };
        let crc_offset = MAPPINGS_OFFSET + room * size_of::<[U32; 2]>();
        let crc = bytes.u32("crc of pg_filenode.map", crc_offset)?;
        let covered = bytes.slice("pg_filenode.map", 0, crc_offset)?;
        let pairs = bytes.slice("mappings", MAPPINGS_OFFSET, used * size_of::<[U32; 2]>())?;
        let (pairs, _) = pairs.as_chunks::<{ size_of::<[U32; 2]>() }>();
        let mappings = pairs
            .iter()
            .filter_map(|pair| <[U32; 2]>::read_from_bytes(pair).ok())
            .map(|[oid, number]| (Oid(oid.get()), RelFileNumber(number.get())))
            .collect();
        Ok(Self { mappings, crc, computed_crc: crate::format::crc32c(covered) })
    }

    /// The file number of the relation `oid`, if it is mapped here.
    #[must_use]
    pub fn file_number(&self, oid: Oid) -> Option<RelFileNumber> {
        self.mappings.iter().find(|(mapped, _)| *mapped == oid).map(|&(_, number)| number)
    }

    /// The relation that has the file `number`, if it is mapped here.
    #[must_use]
    pub fn oid(&self, number: RelFileNumber) -> Option<Oid> {
        self.mappings.iter().find(|(_, mapped)| *mapped == number).map(|&(oid, _)| oid)
    }

    /// Whether the CRC fits.
    #[must_use]
    pub const fn crc_is_valid(&self) -> bool {
        self.crc == self.computed_crc
    }

    /// The same, as the error to show.
    pub const fn check_crc(&self) -> Result<(), FormatError> {
        if self.crc_is_valid() {
            return Ok(());
        }
        Err(FormatError::Checksum {
            what: "pg_filenode.map",
            stored: self.crc,
            computed: self.computed_crc,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(version: PgVersion) -> Vec<u8> {
        let path = format!("{}/fuzz/seeds/relmap/global-pg{version}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    }

    #[test]
    fn every_version_reads_its_own_map() {
        for version in PgVersion::ALL {
            let map = RelationMap::parse(&seed(version), version).unwrap();
            assert!(map.crc_is_valid(), "{version}");
            // pg_database, which initdb never rewrites.
            assert_eq!(map.file_number(Oid(1262)), Some(RelFileNumber(1262)), "{version}");
            assert_eq!(map.oid(RelFileNumber(1262)), Some(Oid(1262)), "{version}");
            assert_eq!(map.file_number(Oid(16_384)), None, "{version}");
        }
        let map = RelationMap::parse(&seed(PgVersion::V17), PgVersion::V17).unwrap();
        assert_eq!(map.mappings.len(), 50);
    }

    #[test]
    fn a_count_beyond_the_room_is_refused() {
        let mut bytes = seed(PgVersion::V15);
        bytes[4] = 63;
        let error = RelationMap::parse(&bytes, PgVersion::V15).unwrap_err();
        assert_eq!(
            error.to_string(),
            "num_mappings of pg_filenode.map at offset 4: expected at most 62, found 63"
        );
        bytes[4..8].fill(0xff);
        let error = RelationMap::parse(&bytes, PgVersion::V15).unwrap_err();
        assert!(error.to_string().ends_with("found -1"), "{error}");
    }

    #[test]
    fn a_changed_byte_breaks_the_crc() {
        let mut bytes = seed(PgVersion::V18);
        bytes[400] ^= 0x80;
        let map = RelationMap::parse(&bytes, PgVersion::V18).unwrap();
        assert!(matches!(map.check_crc(), Err(FormatError::Checksum { .. })));
    }

    #[test]
    fn a_short_or_foreign_file_is_refused() {
        let bytes = seed(PgVersion::V18);
        assert!(RelationMap::parse(&bytes[..523], PgVersion::V18).is_err());
        assert!(RelationMap::parse(&[0; 524], PgVersion::V18).is_err());
    }
}
