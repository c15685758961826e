//! `pg_control`: one row, with the names of `pg_control_system()`, `_checkpoint()`, `_recovery()`
//! and `_init()`, and for people those of `pg_controldata`.

use crate::format::control::ControlFile;
use crate::report::{Cell, Column, TableSchema};

/// How to get a field.
type Field = fn(&ControlFile) -> Cell<'static>;

macro_rules! fields {
    ($($name:literal $title:literal => $cell:expr;)*) => {
        const FIELDS: &[Field] = &[$($cell),*];

        /// The table `control`.
        pub static CONTROL: TableSchema =
            TableSchema::record("control", "Control", &[$(
                Column::text($name).title($title).skip_if_null()
            ),*]);
    };
}

fields! {
    "pg_control_version" "pg_control version number" => |c| c.pg_control_version.into();
    "catalog_version_no" "Catalog version number" => |c| c.catalog_version_no.into();
    "system_identifier" "Database system identifier" => |c| Cell::display(c.system_identifier);
    "state" "Database cluster state" => |c| Cell::display(c.state);
    "pg_control_last_modified" "pg_control last modified" => |c| c.time.into();
    "checkpoint_lsn" "Latest checkpoint location" => |c| Cell::Lsn(c.checkpoint);
    "redo_lsn" "Latest checkpoint's REDO location" => |c| Cell::Lsn(c.checkpoint_copy.redo);
    "redo_wal_file" "Latest checkpoint's REDO WAL file" => |c| c.redo_wal_file().into();
    "timeline_id" "Latest checkpoint's TimeLineID" => |c| c.checkpoint_copy.timeline.0.into();
    "prev_timeline_id" "Latest checkpoint's PrevTimeLineID" => |c| c.checkpoint_copy.prev_timeline.0.into();
    "full_page_writes" "Latest checkpoint's full_page_writes" => |c| c.checkpoint_copy.full_page_writes.into();
    "checkpoint_wal_level" "Latest checkpoint's wal_level" => |c| c.checkpoint_copy.wal_level.map_or(Cell::Null, Cell::display);
    "logical_decoding" "Latest checkpoint's logical decoding" => |c| c.checkpoint_copy.logical_decoding_enabled.into();
    "next_xid" "Latest checkpoint's NextXID" => |c| {
        let next = c.checkpoint_copy.next_xid;
        Cell::Text(format!("{}:{}", next.epoch(), next.xid()).into())
    };
    "next_oid" "Latest checkpoint's NextOID" => |c| c.checkpoint_copy.next_oid.into();
    "next_multixact_id" "Latest checkpoint's NextMultiXactId" => |c| c.checkpoint_copy.next_multi.into();
    "next_multi_offset" "Latest checkpoint's NextMultiOffset" => |c| c.checkpoint_copy.next_multi_offset.0.into();
    "oldest_xid" "Latest checkpoint's oldestXID" => |c| c.checkpoint_copy.oldest_xid.into();
    "oldest_xid_dbid" "Latest checkpoint's oldestXID's DB" => |c| c.checkpoint_copy.oldest_xid_database.into();
    "oldest_active_xid" "Latest checkpoint's oldestActiveXID" => |c| c.checkpoint_copy.oldest_active_xid.into();
    "oldest_multi_xid" "Latest checkpoint's oldestMultiXid" => |c| c.checkpoint_copy.oldest_multi.into();
    "oldest_multi_dbid" "Latest checkpoint's oldestMulti's DB" => |c| c.checkpoint_copy.oldest_multi_database.into();
    "oldest_commit_ts_xid" "Latest checkpoint's oldestCommitTsXid" => |c| c.checkpoint_copy.oldest_commit_ts_xid.into();
    "newest_commit_ts_xid" "Latest checkpoint's newestCommitTsXid" => |c| c.checkpoint_copy.newest_commit_ts_xid.into();
    "checkpoint_time" "Time of latest checkpoint" => |c| c.checkpoint_copy.time.into();
    "unlogged_lsn" "Fake LSN counter for unlogged rels" => |c| Cell::Lsn(c.unlogged_lsn);
    "min_recovery_end_lsn" "Minimum recovery ending location" => |c| Cell::Lsn(c.min_recovery_point);
    "min_recovery_end_timeline" "Min recovery ending loc's timeline" => |c| c.min_recovery_point_timeline.0.into();
    "backup_start_lsn" "Backup start location" => |c| Cell::Lsn(c.backup_start_point);
    "backup_end_lsn" "Backup end location" => |c| Cell::Lsn(c.backup_end_point);
    "end_of_backup_record_required" "End-of-backup record required" => |c| c.backup_end_required.into();
    "wal_level" "wal_level setting" => |c| Cell::display(c.wal_level);
    "wal_log_hints" "wal_log_hints setting" => |c| c.wal_log_hints.into();
    "max_connections" "max_connections setting" => |c| c.max_connections.into();
    "max_worker_processes" "max_worker_processes setting" => |c| c.max_worker_processes.into();
    "max_wal_senders" "max_wal_senders setting" => |c| c.max_wal_senders.into();
    "max_prepared_transactions" "max_prepared_xacts setting" => |c| c.max_prepared_xacts.into();
    "max_locks_per_transaction" "max_locks_per_xact setting" => |c| c.max_locks_per_xact.into();
    "track_commit_timestamp" "track_commit_timestamp setting" => |c| c.track_commit_timestamp.into();
    "max_data_alignment" "Maximum data alignment" => |c| c.max_align.into();
    "database_block_size" "Database block size" => |c| c.blcksz.into();
    "blocks_per_segment" "Blocks per segment of large relation" => |c| c.relseg_size.into();
    "slru_pages_per_segment" "Pages per SLRU segment" => |c| c.slru_pages_per_segment.into();
    "wal_block_size" "WAL block size" => |c| c.xlog_blcksz.into();
    "bytes_per_wal_segment" "Bytes per WAL segment" => |c| c.xlog_seg_size.into();
    "max_identifier_length" "Maximum length of identifiers" => |c| c.name_data_len.into();
    "max_index_columns" "Maximum columns in an index" => |c| c.index_max_keys.into();
    "max_toast_chunk_size" "Maximum size of a TOAST chunk" => |c| c.toast_max_chunk_size.into();
    "large_object_chunk_size" "Size of a large-object chunk" => |c| c.loblksize.into();
    "date_time_type_storage" "Date/time type storage" => |_| "64-bit integers".into();
    "float4_pass_by_value" "Float4 argument passing by value" => |c| c.float4_by_val.into();
    "float8_pass_by_value" "Float8 argument passing by value" => |c| c.float8_by_val.into();
    "data_page_checksum_version" "Data page checksum version" => |c| c.data_checksum_version.into();
    "data_page_checksum_version_init" "Data page checksum version at initdb" => |c| c.data_checksum_version_init.into();
    "default_char_signedness" "Default char data signedness" => |c| c.default_char_signedness.into();
    "mock_authentication_nonce" "Mock authentication nonce" => |c| Cell::hex(c.mock_authentication_nonce.to_vec());
    "crc" "CRC" => |c| Cell::Text(format!("{:#010x}", c.crc).into());
    "crc_valid" "CRC is right" => |c| c.crc_is_valid().into();
}

/// The row of [`CONTROL`].
#[must_use]
pub fn cells(control: &ControlFile) -> Vec<Cell<'static>> {
    FIELDS.iter().map(|cell| cell(control)).collect()
}
