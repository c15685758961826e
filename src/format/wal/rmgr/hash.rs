//! Hash (access/hash_xlog.h). Index tuples are not looked into.

use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager, nothing};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Hash",
    &[
        RecordType::new(0x00, "INIT_META_PAGE", init_meta_page),
        RecordType::new(0x10, "INIT_BITMAP_PAGE", |r| r.u16("bmsize").map(drop)),
        RecordType::new(0x20, "INSERT", |r| r.offset("offnum")),
        RecordType::new(0x30, "ADD_OVFL_PAGE", add_ovfl_page),
        RecordType::new(0x40, "SPLIT_ALLOCATE_PAGE", split_allocate_page),
        RecordType::new(0x50, "SPLIT_PAGE", nothing),
        RecordType::new(0x60, "SPLIT_COMPLETE", split_complete),
        RecordType::new(0x70, "MOVE_PAGE_CONTENTS", move_page_contents),
        RecordType::new(0x80, "SQUEEZE_PAGE", squeeze_page),
        RecordType::new(0x90, "DELETE", delete),
        RecordType::new(0xA0, "SPLIT_CLEANUP", nothing),
        RecordType::new(0xB0, "UPDATE_META_PAGE", |r| r.f64("ntuples")),
        RecordType::new(0xC0, "VACUUM_ONE_PAGE", vacuum_one_page),
    ],
);

const SPLIT_FLAGS: FlagTable =
    &[(0x1, "XLH_SPLIT_META_UPDATE_MASKS"), (0x2, "XLH_SPLIT_META_UPDATE_SPLITPOINT")];

type Done = Result<(), FormatError>;

/// `xl_hash_init_meta_page`.
fn init_meta_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.f64("num_tuples")?;
    r.oid("procid")?;
    r.u16("ffactor").map(drop)
}

/// `xl_hash_add_ovfl_page`.
fn add_ovfl_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.u16("bmsize")?;
    r.bool("bmpage_found")
}

/// `xl_hash_split_allocate_page`.
fn split_allocate_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.u32("new_bucket")?;
    r.u16("old_bucket_flag")?;
    r.u16("new_bucket_flag")?;
    r.flags_u8("flags", SPLIT_FLAGS).map(drop)
}

/// `xl_hash_split_complete`.
fn split_complete(r: &mut FieldReader<'_, '_>) -> Done {
    r.u16("old_bucket_flag")?;
    r.u16("new_bucket_flag").map(drop)
}

/// `xl_hash_move_page_contents`.
fn move_page_contents(r: &mut FieldReader<'_, '_>) -> Done {
    r.u16("ntups")?;
    r.bool("is_prim_bucket_same_wrt")
}

/// `xl_hash_squeeze_page`.
fn squeeze_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("prevblkno")?;
    r.block("nextblkno")?;
    r.u16("ntups")?;
    r.bool("is_prim_bucket_same_wrt")?;
    r.bool("is_prev_bucket_same_wrt")
}

/// `xl_hash_delete`.
fn delete(r: &mut FieldReader<'_, '_>) -> Done {
    r.bool("clear_dead_marking")?;
    r.bool("is_primary_bucket_page")
}

/// `xl_hash_vacuum_one_page`.
fn vacuum_one_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.conflict_horizon()?;
    let count = if r.version.wal_conflicts_name_their_horizon() {
        let count = r.u16("ntuples")?;
        r.catalog_flag()?;
        r.align(2);
        count
    } else {
        r.u32("ntuples")?
    };
    r.offsets("offsets", count)
}
