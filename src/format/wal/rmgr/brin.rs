//! BRIN (access/brin_xlog.h). Summaries are not looked into.

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "BRIN",
    &[
        RecordType::new(0x00, "CREATE_INDEX", create_index),
        RecordType::new(0x10, "INSERT", insert),
        RecordType::new(0x20, "UPDATE", update),
        RecordType::new(0x30, "SAMEPAGE_UPDATE", |r| r.offset("offnum")),
        RecordType::new(0x40, "REVMAP_EXTEND", |r| r.block("targetBlk")),
        RecordType::new(0x50, "DESUMMARIZE", desummarize),
        RecordType::new(0x90, "INSERT+INIT", insert),
        RecordType::new(0xA0, "UPDATE+INIT", update),
    ],
);

type Done = Result<(), FormatError>;

/// `xl_brin_createidx`.
fn create_index(r: &mut FieldReader<'_, '_>) -> Done {
    r.u32("pagesPerRange")?;
    r.u16("version").map(drop)
}

/// `xl_brin_insert`.
fn insert(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("heapBlk")?;
    r.u32("pagesPerRange")?;
    r.offset("offnum")
}

/// `xl_brin_update`.
fn update(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("oldOffnum")?;
    r.align(4);
    insert(r)
}

/// `xl_brin_desummarize`.
fn desummarize(r: &mut FieldReader<'_, '_>) -> Done {
    r.u32("pagesPerRange")?;
    r.block("heapBlk")?;
    r.offset("regOffset")
}
