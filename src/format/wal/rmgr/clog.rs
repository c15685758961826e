//! CLOG: pages of `pg_xact` (access/clog.h).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "CLOG",
    &[
        RecordType::new(0x00, "ZEROPAGE", |r| r.slru_page("pageno")),
        RecordType::new(0x10, "TRUNCATE", truncate),
    ],
);

/// `xl_clog_truncate`.
fn truncate(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.slru_page("pageno")?;
    r.xid("oldestXact")?;
    r.oid("oldestXactDb")
}
