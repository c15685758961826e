//! Standby: what a hot standby needs to know (storage/standbydefs.h, storage/lockdefs.h).

use super::invalidation;
use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Standby",
    &[
        RecordType::new(0x00, "LOCK", locks),
        RecordType::new(0x10, "RUNNING_XACTS", running_xacts),
        RecordType::new(0x20, "INVALIDATIONS", invalidations),
    ],
);

/// `xl_standby_locks`: tables locked with `ACCESS EXCLUSIVE`.
fn locks(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let count = r.u32("nlocks")?;
    r.list_of("locks", count, 12, |r| {
        r.xid("xid")?;
        r.oid("dbOid")?;
        r.oid("relOid")
    })
}

/// `xl_running_xacts`: transactions first, then subtransactions.
fn running_xacts(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let xcnt = r.u32("xcnt")?;
    let subxcnt = r.u32("subxcnt")?;
    r.bool("subxid_overflow")?;
    r.align(4);
    r.xid("nextXid")?;
    r.xid("oldestRunningXid")?;
    r.xid("latestCompletedXid")?;
    r.xids("xids", xcnt.saturating_add(subxcnt))
}

/// `xl_invalidations`.
fn invalidations(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.oid("dbId")?;
    r.oid("tsId")?;
    r.bool("relcacheInitFileInval")?;
    r.align(4);
    invalidation::messages(r)
}
