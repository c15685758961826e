//! Tablespace: tablespaces created and dropped (commands/tablespace.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Tablespace",
    &[RecordType::new(0x00, "CREATE", create), RecordType::new(0x10, "DROP", |r| r.oid("ts_id"))],
);

/// `xl_tblspc_create_rec`.
fn create(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("ts_id")?;
    r.text("ts_path", r.left())
}
