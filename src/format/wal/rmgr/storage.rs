//! Storage: files of relations created and truncated (catalog/storage_xlog.h).

use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;
use crate::primitives::ForkNumber;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Storage",
    &[RecordType::new(0x10, "CREATE", create), RecordType::new(0x20, "TRUNCATE", truncate)],
);

const TRUNCATE_FLAGS: FlagTable =
    &[(0x1, "SMGR_TRUNCATE_HEAP"), (0x2, "SMGR_TRUNCATE_VM"), (0x4, "SMGR_TRUNCATE_FSM")];

/// `xl_smgr_create`.
fn create(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.locator("rlocator")?;
    r.code("forkNum", |code| {
        u8::try_from(code).ok().and_then(ForkNumber::from_code).map(ForkNumber::name)
    })
}

/// `xl_smgr_truncate`.
fn truncate(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.block("blkno")?;
    r.locator("rlocator")?;
    r.flags_u32("flags", TRUNCATE_FLAGS)?;
    Ok(())
}
