//! LogicalMessage: what `pg_logical_emit_message()` wrote (replication/message.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager =
    ResourceManager::new("LogicalMessage", &[RecordType::new(0x00, "MESSAGE", message)]);

/// `xl_logical_message`. The prefix ends with a NUL, which counts.
fn message(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("dbId")?;
    r.bool("transactional")?;
    r.align(8);
    let prefix = r.u64("prefix_size")?;
    let message = r.u64("message_size")?;
    r.text("prefix", prefix)?;
    r.bytes("message", message)
}
