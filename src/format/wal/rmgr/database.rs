//! Database: directories of databases created and dropped (commands/dbcommands_xlog.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::{FormatError, PgVersion};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Database",
    &[
        RecordType::new(0x00, "CREATE", create_file_copy).until(PgVersion::V14),
        RecordType::new(0x10, "DROP", drop_database).until(PgVersion::V14),
        RecordType::new(0x00, "CREATE_FILE_COPY", create_file_copy).since(PgVersion::V15),
        RecordType::new(0x10, "CREATE_WAL_LOG", create_wal_log).since(PgVersion::V15),
        RecordType::new(0x20, "DROP", drop_database).since(PgVersion::V15),
    ],
);

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
    r.oid("db_id")?;
    if r.version.wal_drops_database_from_all_tablespaces() {
        let count = r.u32("ntablespaces")?;
        r.oids("tablespace_ids", count)
    } else {
        r.oid("tablespace_id")
    }
}
