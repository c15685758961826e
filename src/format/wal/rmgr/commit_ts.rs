//! CommitTs: pages of `pg_commit_ts` (access/commit_ts.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::{FormatError, PgVersion};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "CommitTs",
    &[
        RecordType::new(0x00, "ZEROPAGE", |r| r.slru_page("pageno")),
        RecordType::new(0x10, "TRUNCATE", truncate),
        RecordType::new(0x20, "SETTS", set).until(PgVersion::V13),
    ],
);

/// `xl_commit_ts_truncate`.
fn truncate(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.slru_page("pageno")?;
    r.xid("oldestXid")
}

/// `xl_commit_ts_set`, and the subtransactions.
fn set(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.time("timestamp")?;
    r.u16("nodeid")?;
    r.align(4);
    r.xid("mainxid")?;
    r.xids("subxids", r.left() / 4)
}
