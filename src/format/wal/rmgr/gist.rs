//! Gist (access/gistxlog.h). Index tuples are not looked into.

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager, nothing};
use crate::format::{FormatError, PgVersion};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Gist",
    &[
        RecordType::new(0x00, "PAGE_UPDATE", page_update),
        RecordType::new(0x10, "DELETE", delete),
        RecordType::new(0x20, "PAGE_REUSE", |r| r.reused_page(true)),
        RecordType::new(0x30, "PAGE_SPLIT", page_split),
        RecordType::new(0x60, "PAGE_DELETE", page_delete),
        RecordType::new(0x70, "ASSIGN_LSN", nothing).since(PgVersion::V13).until(PgVersion::V18),
    ],
);

type Done = Result<(), FormatError>;

/// `gistxlogPageUpdate`; what goes is in block 0.
fn page_update(r: &mut FieldReader<'_, '_>) -> Done {
    let deleted = r.u16("ntodelete")?;
    r.u16("ntoinsert")?;
    r.in_block(0, |r| r.offsets("todelete", deleted))
}

/// `gistxlogDelete`.
fn delete(r: &mut FieldReader<'_, '_>) -> Done {
    r.conflict_horizon()?;
    let count = r.u16("ntodelete")?;
    r.catalog_flag()?;
    r.align(2);
    r.offsets("offsets", count)
}

/// `gistxlogPageSplit`.
fn page_split(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("origrlink")?;
    r.align(8);
    r.lsn("orignsn")?;
    r.bool("origleaf")?;
    r.align(2);
    r.u16("npage")?;
    r.bool("markfollowright")?;
    r.align(8);
    Ok(())
}

/// `gistxlogPageDelete`.
fn page_delete(r: &mut FieldReader<'_, '_>) -> Done {
    r.full_xid("deleteXid")?;
    r.offset("downlinkOffset")
}
