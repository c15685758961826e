//! Database: directories of databases created and dropped (commands/dbcommands_xlog.h).

use super::field::Value;
use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager, record_type};
use super::{RecordTypeName, RmgrId};
use crate::format::wal::Record;
use crate::format::{Bytes, FormatError, PgVersion};
use crate::primitives::Oid;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Database",
    &[
        RecordType::new(0x00, "CREATE", create_file_copy).until(PgVersion::V14),
        RecordType::new(0x10, DROP, drop_database).until(PgVersion::V14),
        RecordType::new(0x00, "CREATE_FILE_COPY", create_file_copy).since(PgVersion::V15),
        RecordType::new(0x10, "CREATE_WAL_LOG", create_wal_log).since(PgVersion::V15),
        RecordType::new(0x20, DROP, drop_database).since(PgVersion::V15),
    ],
);

const DROP: &str = "DROP";

/// A database that is dropped with all its files (`xl_dbase_drop_rec`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseDrop {
    /// The database.
    pub database: Oid,
    /// The tablespaces that its directories were in. Before 13 it is one, and each has its record.
    pub tablespaces: Vec<Oid>,
}

impl DatabaseDrop {
    /// Reads a record of this resource manager; `None` for one that drops nothing. An error says
    /// which field the bytes end before.
    pub fn parse(record: &Record<'_>, version: PgVersion) -> Result<Option<Self>, FormatError> {
        let drops = RecordTypeName::Known(DROP);
        if record_type(RmgrId::DBASE, record.header.xl_info(), version) != drops {
            return Ok(None);
        }
        let bytes = Bytes(record.main_data);
        let database = Oid(bytes.u32("db_id", 0)?);
        let listed = version.wal_drops_database_from_all_tablespaces();
        let count = if listed { bytes.u32("ntablespaces", 4)? } else { 1 };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let offset = if listed { 8 } else { 4 };
        let oids = bytes.slice("tablespace_ids", offset, count.saturating_mul(4))?;
        let (oids, _) = oids.as_chunks();
        let tablespaces = oids.iter().map(|oid| Oid(u32::from_le_bytes(*oid))).collect();
        Ok(Some(Self { database, tablespaces }))
    }

    /// Bytes that the record takes.
    fn len(&self, version: PgVersion) -> usize {
        let count = if version.wal_drops_database_from_all_tablespaces() { 4 } else { 0 };
        4 + count + 4 * self.tablespaces.len()
    }
}

/// `xl_dbase_create_file_copy_rec`; `xl_dbase_create_rec` before 15.
fn create_file_copy(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("db_id")?;
    r.oid("tablespace_id")?;
    r.oid("src_db_id")?;
    r.oid("src_tablespace_id")
}

/// `xl_dbase_create_wal_log_rec`.
fn create_wal_log(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("db_id")?;
    r.oid("tablespace_id")
}

/// `xl_dbase_drop_rec`: of one tablespace in 12, of several from then on.
fn drop_database(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let Some(drop) = DatabaseDrop::parse(r.record(), r.version)? else { return Ok(()) };
    r.pass("xl_dbase_drop_rec", drop.len(r.version))?;
    r.keep("db_id", Value::Oid(drop.database));
    let mut tablespaces = drop.tablespaces.into_iter().map(Value::Oid);
    if r.version.wal_drops_database_from_all_tablespaces() {
        r.keep("ntablespaces", Value::U64(tablespaces.len() as u64));
        r.keep("tablespace_ids", Value::List(tablespaces.collect()));
    } else if let Some(tablespace) = tablespaces.next() {
        r.keep("tablespace_id", tablespace);
    }
    Ok(())
}
