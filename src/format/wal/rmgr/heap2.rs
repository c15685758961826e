//! Heap2: pruning, freezing, and what else concerns a page of a table as a whole
//! (access/heapam_xlog.h).

use super::field::Value;
use super::heap::{INFOBITS, INIT_PAGE, INSERT_FLAGS, LOCK_FLAGS};
use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager};
use crate::format::{FormatError, PgVersion};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Heap2",
    &[
        RecordType::new(0x00, "REWRITE", rewrite),
        RecordType::new(0x10, "CLEAN", prune).until(PgVersion::V13),
        RecordType::new(0x20, "FREEZE_PAGE", freeze_page).until(PgVersion::V13),
        RecordType::new(0x30, "CLEANUP_INFO", cleanup_info).until(PgVersion::V13),
        RecordType::new(0x10, "PRUNE", prune).since(PgVersion::V14).until(PgVersion::V16),
        RecordType::new(0x20, "VACUUM", vacuum).since(PgVersion::V14).until(PgVersion::V16),
        RecordType::new(0x30, "FREEZE_PAGE", freeze_page)
            .since(PgVersion::V14)
            .until(PgVersion::V16),
        RecordType::new(0x10, "PRUNE_ON_ACCESS", prune_and_freeze).since(PgVersion::V17),
        RecordType::new(0x20, "PRUNE_VACUUM_SCAN", prune_and_freeze).since(PgVersion::V17),
        RecordType::new(0x30, "PRUNE_VACUUM_CLEANUP", prune_and_freeze).since(PgVersion::V17),
        RecordType::new(0x40, "VISIBLE", visible).until(PgVersion::V18),
        RecordType::new(0x50, "MULTI_INSERT", multi_insert),
        RecordType::new(0x60, "LOCK_UPDATED", lock_updated),
        RecordType::new(0x70, "NEW_CID", new_cid),
        RecordType::new(0xD0, "MULTI_INSERT+INIT", multi_insert),
    ],
);

/// access/visibilitymapdefs.h
const VISIBILITY_FLAGS: FlagTable = &[
    (0x01, "VISIBILITYMAP_ALL_VISIBLE"),
    (0x02, "VISIBILITYMAP_ALL_FROZEN"),
    (0x04, "VISIBILITYMAP_XLOG_CATALOG_REL"),
];

const PRUNE_FLAGS: FlagTable = &[
    (0x002, "XLHP_IS_CATALOG_REL"),
    (0x004, "XLHP_CLEANUP_LOCK"),
    (HAS_CONFLICT_HORIZON, "XLHP_HAS_CONFLICT_HORIZON"),
    (HAS_FREEZE_PLANS, "XLHP_HAS_FREEZE_PLANS"),
    (HAS_REDIRECTIONS, "XLHP_HAS_REDIRECTIONS"),
    (HAS_DEAD_ITEMS, "XLHP_HAS_DEAD_ITEMS"),
    (HAS_NOW_UNUSED_ITEMS, "XLHP_HAS_NOW_UNUSED_ITEMS"),
    (0x100, "XLHP_VM_ALL_VISIBLE"),
    (0x200, "XLHP_VM_ALL_FROZEN"),
];
const HAS_CONFLICT_HORIZON: u32 = 0x008;
const HAS_FREEZE_PLANS: u32 = 0x010;
const HAS_REDIRECTIONS: u32 = 0x020;
const HAS_DEAD_ITEMS: u32 = 0x040;
const HAS_NOW_UNUSED_ITEMS: u32 = 0x080;

const FREEZE_FLAGS: FlagTable = &[(0x02, "XLH_FREEZE_XVAC"), (0x04, "XLH_INVALID_XVAC")];

type Done = Result<(), FormatError>;

/// `xl_heap_rewrite_mapping`, and the mappings.
fn rewrite(r: &mut FieldReader<'_, '_>) -> Done {
    r.xid("mapped_xid")?;
    r.oid("mapped_db")?;
    r.oid("mapped_rel")?;
    r.align(8);
    r.i64("offset")?;
    r.u32("num_mappings")?;
    r.align(8);
    r.lsn("start_lsn")?;
    r.remainder("mappings")
}

/// `xl_heap_prune` of 14 to 16, `xl_heap_clean` before.
fn prune(r: &mut FieldReader<'_, '_>) -> Done {
    r.conflict_horizon()?;
    let redirected = r.u16("nredirected")?;
    let dead = r.u16("ndead")?;
    r.catalog_flag()?;
    r.in_block(0, |r| {
        r.offsets("redirected", redirected.saturating_mul(2))?;
        r.offsets("nowdead", dead)?;
        r.offsets_to_end("nowunused")
    })
}

/// `xl_heap_vacuum`.
fn vacuum(r: &mut FieldReader<'_, '_>) -> Done {
    let count = r.u16("nunused")?;
    r.in_block(0, |r| r.offsets("nowunused", count))
}

/// `xl_heap_freeze_page`: tuple by tuple up to 15, then by plans of several tuples.
fn freeze_page(r: &mut FieldReader<'_, '_>) -> Done {
    if r.version.wal_conflicts_name_their_horizon() {
        r.conflict_horizon()?;
        let plans = r.u16("nplans")?;
        r.catalog_flag()?;
        return r.in_block(0, |r| {
            freeze_plans(r, plans)?;
            r.offsets_to_end("frz_offsets")
        });
    }
    r.xid("cutoff_xid")?;
    let tuples = r.u16("ntuples")?;
    r.in_block(0, |r| {
        r.list_of("tuples", tuples, 12, |r| {
            r.xid("xmax")?;
            r.offset("offset")?;
            r.u16("t_infomask2")?;
            r.u16("t_infomask")?;
            r.flags_u8("frzflags", FREEZE_FLAGS)?;
            Ok(())
        })
    })
}

/// `xlhp_freeze_plan`; `xl_heap_freeze_plan` in 16.
fn freeze_plans(r: &mut FieldReader<'_, '_>, count: usize) -> Done {
    r.list_of("plans", count, 12, |r| {
        r.xid("xmax")?;
        r.u16("t_infomask2")?;
        r.u16("t_infomask")?;
        r.flags_u8("frzflags", FREEZE_FLAGS)?;
        r.align(2);
        r.u16("ntuples")?;
        Ok(())
    })
}

/// `xl_heap_cleanup_info`.
fn cleanup_info(r: &mut FieldReader<'_, '_>) -> Done {
    r.locator("node")?;
    r.conflict_horizon()
}

/// `xl_heap_prune`, from 17 on.
fn prune_and_freeze(r: &mut FieldReader<'_, '_>) -> Done {
    let flags = if r.version.wal_prune_flags_are_16_bit() {
        r.flags_u16("flags", PRUNE_FLAGS)?
    } else {
        r.u8("reason")?;
        r.flags_u8("flags", PRUNE_FLAGS)?
    };
    let has = |flag| flags & flag != 0;
    if has(HAS_CONFLICT_HORIZON) {
        r.xid("snapshot_conflict_horizon")?;
    }
    r.in_block(0, |r| {
        if has(HAS_FREEZE_PLANS) {
            let count = r.u16("nplans")?;
            r.align(4);
            freeze_plans(r, count)?;
        }
        if has(HAS_REDIRECTIONS) {
            let count = r.u16("nredirected")?;
            r.offsets("redirected", count * 2)?;
        }
        if has(HAS_DEAD_ITEMS) {
            let count = r.u16("ndead")?;
            r.offsets("nowdead", count)?;
        }
        if has(HAS_NOW_UNUSED_ITEMS) {
            let count = r.u16("nunused")?;
            r.offsets("nowunused", count)?;
        }
        if has(HAS_FREEZE_PLANS) {
            r.offsets_to_end("frz_offsets")?;
        }
        Ok(())
    })
}

/// `xl_heap_visible`.
fn visible(r: &mut FieldReader<'_, '_>) -> Done {
    if r.version.wal_conflicts_name_their_horizon() {
        r.conflict_horizon()?;
    } else {
        r.xid("cutoff_xid")?;
    }
    r.flags_u8("flags", VISIBILITY_FLAGS)?;
    Ok(())
}

/// `xl_heap_multi_insert`: where the page was empty, the offsets go without saying.
fn multi_insert(r: &mut FieldReader<'_, '_>) -> Done {
    r.flags_u8("flags", INSERT_FLAGS)?;
    r.align(2);
    let count = r.u16("ntuples")?;
    if r.info() & INIT_PAGE != 0 {
        return Ok(());
    }
    r.offsets("offsets", count)
}

/// `xl_heap_lock_updated`.
fn lock_updated(r: &mut FieldReader<'_, '_>) -> Done {
    r.xid("xmax")?;
    r.offset("offnum")?;
    r.flags_u8("infobits_set", INFOBITS)?;
    r.flags_u8("flags", LOCK_FLAGS)?;
    Ok(())
}

/// `xl_heap_new_cid`. `CommandId`s that are none are left out.
fn new_cid(r: &mut FieldReader<'_, '_>) -> Done {
    r.xid("top_xid")?;
    for name in ["cmin", "cmax", "combocid"] {
        let command = r.take_u32(name)?;
        if command != INVALID_COMMAND_ID {
            r.keep(name, Value::U64(command.into()));
        }
    }
    r.locator("target_locator")?;
    r.tid("target_tid")
}

/// `InvalidCommandId` (c.h).
const INVALID_COMMAND_ID: u32 = u32::MAX;
