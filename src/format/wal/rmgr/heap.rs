//! Heap: changes of single tuples (access/heapam_xlog.h). Tuples are not looked into.

use super::invalidation;
use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Heap",
    &[
        RecordType::new(0x00, "INSERT", insert),
        RecordType::new(0x10, "DELETE", delete),
        RecordType::new(0x20, "UPDATE", update),
        RecordType::new(0x30, "TRUNCATE", truncate),
        RecordType::new(0x40, "HOT_UPDATE", update),
        RecordType::new(0x50, "HEAP_CONFIRM", |r| r.offset("offnum")),
        RecordType::new(0x60, "LOCK", lock),
        RecordType::new(0x70, "INPLACE", inplace),
        RecordType::new(0x80, "INSERT+INIT", insert),
        RecordType::new(0xA0, "UPDATE+INIT", update),
        RecordType::new(0xC0, "HOT_UPDATE+INIT", update),
    ],
);

/// `XLOG_HEAP_INIT_PAGE`: the record fills an empty page.
pub(super) const INIT_PAGE: u8 = 0x80;

pub(super) const INSERT_FLAGS: FlagTable = &[
    (0x01, "XLH_INSERT_ALL_VISIBLE_CLEARED"),
    (0x02, "XLH_INSERT_LAST_IN_MULTI"),
    (0x04, "XLH_INSERT_IS_SPECULATIVE"),
    (0x08, "XLH_INSERT_CONTAINS_NEW_TUPLE"),
    (0x10, "XLH_INSERT_ON_TOAST_RELATION"),
    (0x20, "XLH_INSERT_ALL_FROZEN_SET"),
];

const DELETE_FLAGS: FlagTable = &[
    (0x01, "XLH_DELETE_ALL_VISIBLE_CLEARED"),
    (0x02, "XLH_DELETE_CONTAINS_OLD_TUPLE"),
    (0x04, "XLH_DELETE_CONTAINS_OLD_KEY"),
    (0x08, "XLH_DELETE_IS_SUPER"),
    (0x10, "XLH_DELETE_IS_PARTITION_MOVE"),
    (0x20, "XLH_DELETE_NO_LOGICAL"),
];

const UPDATE_FLAGS: FlagTable = &[
    (0x01, "XLH_UPDATE_OLD_ALL_VISIBLE_CLEARED"),
    (0x02, "XLH_UPDATE_NEW_ALL_VISIBLE_CLEARED"),
    (0x04, "XLH_UPDATE_CONTAINS_OLD_TUPLE"),
    (0x08, "XLH_UPDATE_CONTAINS_OLD_KEY"),
    (0x10, "XLH_UPDATE_CONTAINS_NEW_TUPLE"),
    (0x20, "XLH_UPDATE_PREFIX_FROM_OLD"),
    (0x40, "XLH_UPDATE_SUFFIX_FROM_OLD"),
];

const TRUNCATE_FLAGS: FlagTable =
    &[(0x01, "XLH_TRUNCATE_CASCADE"), (0x02, "XLH_TRUNCATE_RESTART_SEQS")];

/// How a tuple is locked.
pub(super) const INFOBITS: FlagTable = &[
    (0x01, "XLHL_XMAX_IS_MULTI"),
    (0x02, "XLHL_XMAX_LOCK_ONLY"),
    (0x04, "XLHL_XMAX_EXCL_LOCK"),
    (0x08, "XLHL_XMAX_KEYSHR_LOCK"),
    (0x10, "XLHL_KEYS_UPDATED"),
];

pub(super) const LOCK_FLAGS: FlagTable = &[(0x01, "XLH_LOCK_ALL_FROZEN_CLEARED")];

type Done = Result<(), FormatError>;

/// `xl_heap_insert`.
fn insert(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("offnum")?;
    r.flags_u8("flags", INSERT_FLAGS)?;
    Ok(())
}

/// `xl_heap_delete`.
fn delete(r: &mut FieldReader<'_, '_>) -> Done {
    r.xid("xmax")?;
    r.offset("offnum")?;
    r.flags_u8("infobits_set", INFOBITS)?;
    r.flags_u8("flags", DELETE_FLAGS)?;
    old_tuple(r)
}

/// `xl_heap_update`.
fn update(r: &mut FieldReader<'_, '_>) -> Done {
    r.xid("old_xmax")?;
    r.offset("old_offnum")?;
    r.flags_u8("old_infobits_set", INFOBITS)?;
    r.flags_u8("flags", UPDATE_FLAGS)?;
    r.xid("new_xmax")?;
    r.offset("new_offnum")?;
    old_tuple(r)
}

/// The tuple that was, or its key, for logical decoding: `xl_heap_header` and the tuple's data.
fn old_tuple(r: &mut FieldReader<'_, '_>) -> Done {
    if !r.has_more() {
        return Ok(());
    }
    r.within("old_tuple", |r| {
        r.u16("t_infomask2")?;
        r.u16("t_infomask")?;
        r.u8("t_hoff")?;
        r.remainder("data")
    })
}

/// `xl_heap_truncate`.
fn truncate(r: &mut FieldReader<'_, '_>) -> Done {
    r.oid("dbId")?;
    let count = r.u32("nrelids")?;
    r.flags_u8("flags", TRUNCATE_FLAGS)?;
    r.align(4);
    r.oids("relids", count)
}

/// `xl_heap_lock`.
fn lock(r: &mut FieldReader<'_, '_>) -> Done {
    let renamed = r.version.wal_conflicts_name_their_horizon();
    r.xid(if renamed { "xmax" } else { "locking_xid" })?;
    r.offset("offnum")?;
    r.flags_u8("infobits_set", INFOBITS)?;
    r.flags_u8("flags", LOCK_FLAGS)?;
    Ok(())
}

/// `xl_heap_inplace`: with what others must forget, from 18 on.
fn inplace(r: &mut FieldReader<'_, '_>) -> Done {
    r.offset("offnum")?;
    if !r.version.wal_inplace_updates_invalidate() {
        return Ok(());
    }
    r.align(4);
    r.oid("dbId")?;
    r.oid("tsId")?;
    r.bool("relcacheInitFileInval")?;
    r.align(4);
    invalidation::messages(r)
}
