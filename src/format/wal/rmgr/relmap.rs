//! RelMap: `pg_filenode.map` as a whole (utils/relmapper.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager =
    ResourceManager::new("RelMap", &[RecordType::new(0x00, "UPDATE", update)]);

/// `xl_relmap_update`. `data` is what [`crate::format::relmap`] reads.
fn update(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("dbid")?;
    r.oid("tsid")?;
    let len = r.u32("nbytes")?;
    r.bytes("data", len)
}
