//! ReplicationOrigin (replication/origin.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "ReplicationOrigin",
    &[
        RecordType::new(0x00, "SET", set),
        RecordType::new(0x10, "DROP", |r| r.u16("node_id").map(drop)),
    ],
);

/// `xl_replorigin_set`.
fn set(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.lsn("remote_lsn")?;
    r.u16("node_id")?;
    r.bool("force")?;
    r.align(8);
    Ok(())
}
