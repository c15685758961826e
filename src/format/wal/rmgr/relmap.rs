//! RelMap: `pg_filenode.map` as a whole (utils/relmapper.h).
//!
//! ```text
//!  0  dbid    0 for the shared catalogs
//!  4  tsid
//!  8  nbytes
//! 12  data    what crate::format::relmap reads
//! ```

use super::field::Value;
use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::relmap::RelationMap;
use crate::format::wal::{Record, XLR_INFO_MASK};
use crate::format::{Bytes, FormatError, PgVersion};
use crate::primitives::{Oid, RelFileLocator};

pub(super) const MANAGER: ResourceManager =
    ResourceManager::new("RelMap", &[RecordType::new(UPDATE, "UPDATE", fields)]);

const UPDATE: u8 = 0x00;
const DATA_OFFSET: usize = 12;

/// A relation map that takes the place of the one before (`xl_relmap_update`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelmapUpdate<'a> {
    /// The database whose map it is; invalid for that of the shared catalogs.
    pub database: Oid,
    /// The tablespace that the map and its files are in.
    pub tablespace: Oid,
    /// The bytes of the file.
    pub data: &'a [u8],
}

impl<'a> RelmapUpdate<'a> {
    /// Reads a record of this resource manager; `None` for one of an unknown type. An error says
    /// which field the bytes end before.
    pub fn parse(record: &Record<'a>) -> Result<Option<Self>, FormatError> {
        if record.header.xl_info() & !XLR_INFO_MASK != UPDATE {
            return Ok(None);
        }
        let bytes = Bytes(record.main_data);
        let len = usize::try_from(bytes.u32("nbytes", 8)?).unwrap_or(usize::MAX);
        Ok(Some(Self {
            database: Oid(bytes.u32("dbid", 0)?),
            tablespace: Oid(bytes.u32("tsid", 4)?),
            data: bytes.slice("data", DATA_OFFSET, len)?,
        }))
    }

    /// The mapped catalogs by OID, and the files that each has from here on; an error where the
    /// data is no map.
    pub fn files(&self, version: PgVersion) -> Result<Vec<(Oid, RelFileLocator)>, FormatError> {
        let (tablespace, database) = (self.tablespace, self.database);
        let map = RelationMap::parse(self.data, version)?;
        let files = map.mappings.into_iter();
        let locator = |number| RelFileLocator { tablespace, database, number };
        Ok(files.map(|(oid, number)| (oid, locator(number))).collect())
    }
}

fn fields(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let Some(update) = RelmapUpdate::parse(r.record())? else { return Ok(()) };
    r.pass("xl_relmap_update", DATA_OFFSET + update.data.len())?;
    r.keep("dbid", Value::Oid(update.database));
    r.keep("tsid", Value::Oid(update.tablespace));
    r.keep("nbytes", Value::U64(update.data.len() as u64));
    r.keep("data", Value::Bytes(update.data));
    Ok(())
}
