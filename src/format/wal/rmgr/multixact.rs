//! MultiXact: `pg_multixact` (access/multixact.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;
use crate::format::slru::multixact::MemberStatus;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "MultiXact",
    &[
        RecordType::new(0x00, "ZERO_OFF_PAGE", |r| r.slru_page("pageno")),
        RecordType::new(0x10, "ZERO_MEM_PAGE", |r| r.slru_page("pageno")),
        RecordType::new(0x20, "CREATE_ID", create),
        RecordType::new(0x30, "TRUNCATE_ID", truncate),
    ],
);

/// `xl_multixact_create`.
fn create(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.multi("mid")?;
    if r.version.multixact_offsets_are_64_bit() {
        r.align(8);
        r.u64("moff")?;
    } else {
        r.u32("moff")?;
    }
    let count = r.u32("nmembers")?;
    r.list_of("members", count, 8, |r| {
        r.xid("xid")?;
        r.code("status", |code| u8::try_from(code).ok().and_then(|code| MemberStatus(code).name()))
    })
}

/// `xl_multixact_truncate`.
fn truncate(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("oldestMultiDB")?;
    if r.version.multixact_offsets_are_64_bit() {
        r.multi("oldestMulti")?;
        r.u64("oldestOffset")?;
        return Ok(());
    }
    r.multi("startTruncOff")?;
    r.multi("endTruncOff")?;
    r.u32("startTruncMemb")?;
    r.u32("endTruncMemb")?;
    Ok(())
}
