//! The bytes of `pg_control`, part by part, as catalog/pg_control.h lays them out on a 64-bit
//! machine. No logic: the parts are put together in the file above.

use zerocopy::little_endian::{F64, I32, I64, U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// The beginning, the same in every version.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Head {
    pub(super) system_identifier: U64,
    pub(super) pg_control_version: U32,
    pub(super) catalog_version_no: U32,
    pub(super) state: U32,
    _padding: [u8; 4],
    pub(super) time: I64,
    pub(super) checkpoint: U64,
}

const _: () = assert!(size_of::<Head>() == 40);

/// `CheckPoint` up to 18. Before 17, `wal_level` is padding.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct CheckPoint12 {
    pub(super) begin: CheckPointBegin,
    pub(super) next_xid: U64,
    pub(super) next_oid: U32,
    pub(super) next_multi: U32,
    pub(super) next_multi_offset: U32,
    pub(super) oldest: CheckPointOldest,
    _padding: [u8; 4],
    pub(super) end: CheckPointEnd,
}

const _: () = assert!(size_of::<CheckPoint12>() == 88);
const _: () = assert!(std::mem::offset_of!(CheckPoint12, next_xid) == 24);
const _: () = assert!(std::mem::offset_of!(CheckPoint12, end) == 64);

/// `CheckPoint` of 19: one more flag, and 64 bits for the multixact offset.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct CheckPoint19 {
    pub(super) begin: CheckPointBegin,
    pub(super) logical_decoding_enabled: u8,
    _padding: [u8; 7],
    pub(super) next_xid: U64,
    pub(super) next_oid: U32,
    pub(super) next_multi: U32,
    pub(super) next_multi_offset: U64,
    pub(super) oldest: CheckPointOldest,
    pub(super) end: CheckPointEnd,
}

const _: () = assert!(size_of::<CheckPoint19>() == 96);
const _: () = assert!(std::mem::offset_of!(CheckPoint19, next_xid) == 32);
const _: () = assert!(std::mem::offset_of!(CheckPoint19, end) == 72);

/// What each `CheckPoint` begins with.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct CheckPointBegin {
    pub(super) redo: U64,
    pub(super) this_timeline: U32,
    pub(super) prev_timeline: U32,
    pub(super) full_page_writes: u8,
    _padding: [u8; 3],
    pub(super) wal_level: U32,
}

/// The horizons in each `CheckPoint`.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct CheckPointOldest {
    pub(super) xid: U32,
    pub(super) xid_database: U32,
    pub(super) multi: U32,
    pub(super) multi_database: U32,
}

/// What each `CheckPoint` ends with.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct CheckPointEnd {
    pub(super) time: I64,
    pub(super) oldest_commit_ts_xid: U32,
    pub(super) newest_commit_ts_xid: U32,
    pub(super) oldest_active_xid: U32,
    _padding: [u8; 4],
}

/// From `unloggedLSN` to `relseg_size`, the same in every version.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Body {
    pub(super) unlogged_lsn: U64,
    pub(super) min_recovery_point: U64,
    pub(super) min_recovery_point_timeline: U32,
    _padding0: [u8; 4],
    pub(super) backup_start_point: U64,
    pub(super) backup_end_point: U64,
    pub(super) backup_end_required: u8,
    _padding1: [u8; 3],
    pub(super) wal_level: U32,
    pub(super) wal_log_hints: u8,
    _padding2: [u8; 3],
    pub(super) max_connections: I32,
    pub(super) max_worker_processes: I32,
    pub(super) max_wal_senders: I32,
    pub(super) max_prepared_xacts: I32,
    pub(super) max_locks_per_xact: I32,
    pub(super) track_commit_timestamp: u8,
    _padding3: [u8; 3],
    pub(super) max_align: U32,
    pub(super) float_format: F64,
    pub(super) blcksz: U32,
    pub(super) relseg_size: U32,
}

const _: () = assert!(size_of::<Body>() == 96);
const _: () = assert!(std::mem::offset_of!(Body, backup_start_point) == 24);
const _: () = assert!(std::mem::offset_of!(Body, float_format) == 80);

/// From `xlog_blcksz` to `loblksize`, the same in every version.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Sizes {
    pub(super) xlog_blcksz: U32,
    pub(super) xlog_seg_size: U32,
    pub(super) name_data_len: U32,
    pub(super) index_max_keys: U32,
    pub(super) toast_max_chunk_size: U32,
    pub(super) loblksize: U32,
}

const _: () = assert!(size_of::<Sizes>() == 24);

/// Which types are passed by value: `float8ByVal`, or in 12 `float4ByVal` and then `float8ByVal`.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct ByValue(pub(super) [u8; 4]);

/// The end, up to 17.
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Tail12 {
    pub(super) data_checksum_version: U32,
    pub(super) mock_authentication_nonce: [u8; 32],
    pub(super) crc: U32,
}

const _: () = assert!(size_of::<Tail12>() == 40);

/// The end, in 18 and later (before it, 19 has `data_checksum_version_init`).
#[derive(Debug, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct Tail18 {
    pub(super) data_checksum_version: U32,
    pub(super) default_char_signedness: u8,
    pub(super) mock_authentication_nonce: [u8; 32],
    _padding: [u8; 3],
    pub(super) crc: U32,
}

const _: () = assert!(size_of::<Tail18>() == 44);
const _: () = assert!(std::mem::offset_of!(Tail18, crc) == 40);
