//! XLOG: the WAL's own records (catalog/pg_control.h, access/xlog_internal.h).

use std::borrow::Cow;

use super::field::Value;
use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager, nothing};
use crate::format::control::{CheckPoint, WalLevel};
use crate::format::wal::{Record, XLR_INFO_MASK};
use crate::format::{FormatError, PgVersion};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "XLOG",
    &[
        RecordType::new(CHECKPOINT_SHUTDOWN, "CHECKPOINT_SHUTDOWN", checkpoint),
        RecordType::new(CHECKPOINT_ONLINE, "CHECKPOINT_ONLINE", checkpoint),
        RecordType::new(0x20, "NOOP", nothing),
        RecordType::new(0x30, "NEXTOID", |r| r.oid("nextOid")),
        RecordType::new(0x40, "SWITCH", nothing),
        RecordType::new(0x50, "BACKUP_END", |r| r.lsn("startpoint")),
        RecordType::new(0x60, "PARAMETER_CHANGE", parameter_change),
        RecordType::new(0x70, "RESTORE_POINT", restore_point),
        RecordType::new(0x80, "FPW_CHANGE", |r| r.bool("fullPageWrites")),
        RecordType::new(0x90, "END_OF_RECOVERY", end_of_recovery),
        RecordType::new(0xA0, "FPI_FOR_HINT", nothing),
        RecordType::new(0xB0, "FPI", nothing),
        RecordType::new(0xC0, "ASSIGN_LSN", nothing).since(PgVersion::V19),
        RecordType::new(0xD0, "OVERWRITE_CONTRECORD", overwrite_contrecord),
        RecordType::new(0xE0, "CHECKPOINT_REDO", wal_level).since(PgVersion::V17),
        RecordType::new(0xF0, "LOGICAL_DECODING_STATUS_CHANGE", |r| {
            r.bool("logicalDecodingEnabled")
        })
        .since(PgVersion::V19),
    ],
);

const CHECKPOINT_SHUTDOWN: u8 = 0x00;
const CHECKPOINT_ONLINE: u8 = 0x10;

/// A checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRecord {
    /// What it says, which `pg_control` repeats.
    pub checkpoint: CheckPoint,
    /// Whether it is that of a shutdown, rather than one of a running server.
    pub is_shutdown: bool,
}

impl CheckpointRecord {
    /// Reads a record of this resource manager; `None` for one that is no checkpoint. An error
    /// says which field the bytes end before.
    pub fn parse(record: &Record<'_>, version: PgVersion) -> Result<Option<Self>, FormatError> {
        let is_shutdown = match record.header.xl_info() & !XLR_INFO_MASK {
            CHECKPOINT_SHUTDOWN => true,
            CHECKPOINT_ONLINE => false,
            _ => return Ok(None),
        };
        let checkpoint = CheckPoint::parse(record.main_data, version)?;
        Ok(Some(Self { checkpoint, is_shutdown }))
    }
}

type Reader<'a, 'f> = FieldReader<'a, 'f>;
type Done = Result<(), FormatError>;

/// `CheckPoint`, as `pg_control` holds it.
fn checkpoint(r: &mut Reader<'_, '_>) -> Done {
    let Some(record) = CheckpointRecord::parse(r.record(), r.version)? else { return Ok(()) };
    let checkpoint = record.checkpoint;
    r.pass("CheckPoint", CheckPoint::len(r.version))?;
    r.keep("redo", Value::Lsn(checkpoint.redo));
    r.keep("ThisTimeLineID", Value::Timeline(checkpoint.timeline));
    r.keep("PrevTimeLineID", Value::Timeline(checkpoint.prev_timeline));
    r.keep("fullPageWrites", Value::Bool(checkpoint.full_page_writes));
    if let Some(level) = checkpoint.wal_level {
        r.keep("wal_level", Value::Text(Cow::Owned(level.to_string())));
    }
    if let Some(enabled) = checkpoint.logical_decoding_enabled {
        r.keep("logicalDecodingEnabled", Value::Bool(enabled));
    }
    r.keep("nextXid", Value::FullXid(checkpoint.next_xid));
    r.keep("nextOid", Value::Oid(checkpoint.next_oid));
    r.keep("nextMulti", Value::MultiXact(checkpoint.next_multi));
    r.keep("nextMultiOffset", Value::U64(checkpoint.next_multi_offset.0));
    r.keep("oldestXid", Value::Xid(checkpoint.oldest_xid));
    r.keep("oldestXidDB", Value::Oid(checkpoint.oldest_xid_database));
    r.keep("oldestMulti", Value::MultiXact(checkpoint.oldest_multi));
    r.keep("oldestMultiDB", Value::Oid(checkpoint.oldest_multi_database));
    r.keep("time", Value::Time(checkpoint.time));
    r.keep("oldestCommitTsXid", Value::Xid(checkpoint.oldest_commit_ts_xid));
    r.keep("newestCommitTsXid", Value::Xid(checkpoint.newest_commit_ts_xid));
    r.keep("oldestActiveXid", Value::Xid(checkpoint.oldest_active_xid));
    Ok(())
}

/// `xl_parameter_change`.
fn parameter_change(r: &mut Reader<'_, '_>) -> Done {
    r.i32("MaxConnections")?;
    r.i32("max_worker_processes")?;
    r.i32("max_wal_senders")?;
    r.i32("max_prepared_xacts")?;
    r.i32("max_locks_per_xact")?;
    wal_level(r)?;
    r.bool("wal_log_hints")?;
    r.bool("track_commit_timestamp")?;
    r.align(4);
    Ok(())
}

/// `xl_restore_point`.
fn restore_point(r: &mut Reader<'_, '_>) -> Done {
    r.time("rp_time")?;
    r.text("rp_name", MAXFNAMELEN)
}

const MAXFNAMELEN: usize = 64;

/// `xl_end_of_recovery`.
fn end_of_recovery(r: &mut Reader<'_, '_>) -> Done {
    r.time("end_time")?;
    r.timeline("ThisTimeLineID")?;
    r.timeline("PrevTimeLineID")?;
    if r.version.checkpoints_have_wal_level() {
        wal_level(r)?;
        r.align(8);
    }
    Ok(())
}

/// `xl_overwrite_contrecord`.
fn overwrite_contrecord(r: &mut Reader<'_, '_>) -> Done {
    r.lsn("overwritten_lsn")?;
    r.time("overwrite_time")
}

fn wal_level(r: &mut Reader<'_, '_>) -> Done {
    let level = WalLevel::from_code(r.take_u32("wal_level")?);
    r.keep("wal_level", Value::Text(Cow::Owned(level.to_string())));
    Ok(())
}
