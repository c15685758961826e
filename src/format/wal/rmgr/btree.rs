//! Btree (access/nbtxlog.h). Index tuples are not looked into.

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::{FormatError, PgVersion};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Btree",
    &[
        RecordType::new(0x00, "INSERT_LEAF", |r| r.offset("offnum")),
        RecordType::new(0x10, "INSERT_UPPER", |r| r.offset("offnum")),
        RecordType::new(0x20, "INSERT_META", insert_meta),
        RecordType::new(0x30, "SPLIT_L", split),
        RecordType::new(0x40, "SPLIT_R", split),
        RecordType::new(0x50, "INSERT_POST", insert_posting).since(PgVersion::V13),
        RecordType::new(0x60, "DEDUP", dedup).since(PgVersion::V13),
        RecordType::new(0x70, "DELETE", delete),
        RecordType::new(0x80, "UNLINK_PAGE", unlink_page),
        RecordType::new(0x90, "UNLINK_PAGE_META", unlink_page_meta),
        RecordType::new(0xA0, "NEWROOT", new_root),
        RecordType::new(0xB0, "MARK_PAGE_HALFDEAD", mark_page_halfdead),
        RecordType::new(0xC0, "VACUUM", vacuum),
        RecordType::new(0xD0, "REUSE_PAGE", reuse_page),
        RecordType::new(0xE0, "META_CLEANUP", |r| r.in_block(0, metadata)),
    ],
);

type Done = Result<(), FormatError>;

/// `xl_btree_insert`, where the root split; the metapage is block 2.
fn insert_meta(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("offnum")?;
    r.in_block(2, metadata)
}

/// `xl_btree_insert` into a posting list.
fn insert_posting(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("offnum")?;
    r.in_block(0, |r| r.u16("postingoff").map(drop))
}

/// `xl_btree_metadata`.
fn metadata(r: &mut FieldReader<'_, '_>) -> Done {
    r.u32("version")?;
    r.block("root")?;
    r.u32("level")?;
    r.block("fastroot")?;
    r.u32("fastlevel")?;
    if r.version.btree_deleted_pages_have_full_xid() {
        r.u32("last_cleanup_num_delpages")?;
    } else {
        r.xid("oldest_btpo_xact")?;
        r.f64("last_cleanup_num_heap_tuples")?;
    }
    if r.version.btree_has_posting_lists() {
        r.bool("allequalimage")?;
    }
    Ok(())
}

/// `xl_btree_split`.
fn split(r: &mut FieldReader<'_, '_>) -> Done {
    r.u32("level")?;
    if r.version.btree_has_posting_lists() {
        r.offset("firstrightoff")?;
        r.offset("newitemoff")?;
        r.u16("postingoff")?;
    } else {
        r.offset("firstright")?;
        r.offset("newitemoff")?;
    }
    Ok(())
}

/// `xl_btree_dedup`.
fn dedup(r: &mut FieldReader<'_, '_>) -> Done {
    let count = r.u16("nintervals")?;
    r.in_block(0, |r| {
        r.list_of("intervals", count, 4, |r| {
            r.offset("baseoff")?;
            r.u16("nitems").map(drop)
        })
    })
}

/// `xl_btree_delete`. Up to 12, what goes is in the main data.
fn delete(r: &mut FieldReader<'_, '_>) -> Done {
    r.conflict_horizon()?;
    if r.version.btree_deletes_within_posting_lists() {
        let deleted = r.u16("ndeleted")?;
        let updated = r.u16("nupdated")?;
        r.catalog_flag()?;
        return r.in_block(0, |r| removed(r, deleted, updated));
    }
    let deleted = r.u32("ndeleted")?;
    if r.version.btree_has_posting_lists() {
        r.in_block(0, |r| r.offsets("deleted", deleted))
    } else {
        r.offsets("deleted", deleted)
    }
}

/// `xl_btree_vacuum`; up to 12 it says only up to where it came.
fn vacuum(r: &mut FieldReader<'_, '_>) -> Done {
    if !r.version.btree_has_posting_lists() {
        r.block("lastBlockVacuumed")?;
        return r.in_block(0, |r| r.offsets_to_end("deleted"));
    }
    let deleted = r.u16("ndeleted")?;
    let updated = r.u16("nupdated")?;
    r.in_block(0, |r| removed(r, deleted, updated))
}

/// Index tuples that go, those that lose only some of their table's tuples, and which these are.
fn removed(r: &mut FieldReader<'_, '_>, deleted: usize, updated: usize) -> Done {
    r.offsets("deleted", deleted)?;
    r.offsets("updated", updated)?;
    for _ in 0..updated {
        r.within("update", |r| {
            let count = r.u16("ndeletedtids")?;
            r.tid_indexes("deletedtids", count)
        })?;
    }
    Ok(())
}

/// `xl_btree_unlink_page`.
fn unlink_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("leftsib")?;
    r.block("rightsib")?;
    if r.version.btree_deleted_pages_have_full_xid() {
        r.u32("level")?;
        r.align(8);
        r.full_xid("safexid")?;
        r.block("leafleftsib")?;
        r.block("leafrightsib")?;
        r.block("leaftopparent")
    } else {
        r.block("leafleftsib")?;
        r.block("leafrightsib")?;
        r.block("topparent")?;
        r.xid("btpo_xact")
    }
}

/// The same, where the root moves; the metapage is block 4.
fn unlink_page_meta(r: &mut FieldReader<'_, '_>) -> Done {
    unlink_page(r)?;
    r.in_block(4, metadata)
}

/// `xl_btree_newroot`; the metapage is block 2.
fn new_root(r: &mut FieldReader<'_, '_>) -> Done {
    r.block("rootblk")?;
    r.u32("level")?;
    r.in_block(2, metadata)
}

/// `xl_btree_mark_page_halfdead`.
fn mark_page_halfdead(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("poffset")?;
    r.align(4);
    for name in ["leafblk", "leftblk", "rightblk", "topparent"] {
        r.block(name)?;
    }
    Ok(())
}

/// `xl_btree_reuse_page`.
fn reuse_page(r: &mut FieldReader<'_, '_>) -> Done {
    r.reused_page(r.version.btree_deleted_pages_have_full_xid())
}
