use super::*;
use crate::primitives::{
    FullTransactionId, MultiXactId, MultiXactOffset, Oid, Timestamp, TransactionId,
};

/// The first 512 bytes of the pg_control that each version's initdb made.
fn seed(version: PgVersion) -> Vec<u8> {
    let path = format!("{}/fuzz/seeds/control/pg{version}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn control(version: PgVersion) -> ControlFile {
    ControlFile::parse(&seed(version), version).unwrap()
}

#[test]
fn every_version_reads_its_own_file() {
    for version in PgVersion::ALL {
        let control = control(version);
        assert!(control.crc_is_valid(), "{version}");
        assert_eq!(version_of(&seed(version)), Ok(version));
        assert_eq!(control.state, DbState::ShutDown, "{version}");
        assert_eq!(control.wal_level, WalLevel::Replica, "{version}");
        assert_eq!(control.checkpoint, control.checkpoint_copy.redo, "{version}");
        assert_eq!(control.unlogged_lsn, Lsn(1000), "{version}");
        assert_eq!(control.max_connections, 100, "{version}");
        assert_eq!(control.name_data_len, 64, "{version}");
        assert_eq!(control.index_max_keys, 32, "{version}");
        assert_eq!(control.loblksize, 2048, "{version}");
        assert!(control.float8_by_val, "{version}");
        assert_eq!(
            control.format(),
            Ok(Format {
                wal_segment_size: 1 << 20,
                data_checksums: true,
                ..Format::usual(version)
            })
        );
    }
}

/// What `pg_controldata` 13 prints of the same file.
#[test]
fn fields_are_those_that_pg_controldata_13_prints() {
    let control = control(PgVersion::V13);
    assert_eq!(control.system_identifier, 7_711_773_022_883_783_097);
    assert_eq!((control.pg_control_version, control.catalog_version_no), (1300, 202_007_201));
    assert_eq!(control.time.to_string(), "2026-11-24T16:17:56Z");
    assert_eq!(control.checkpoint.to_string(), "0/91E048");
    assert_eq!(control.redo_wal_file().as_deref(), Some("000000010000000000000009"));
    assert_eq!(
        control.checkpoint_copy,
        CheckPoint {
            redo: Lsn(0x91_E048),
            timeline: TimelineId(1),
            prev_timeline: TimelineId(1),
            full_page_writes: true,
            wal_level: None,
            logical_decoding_enabled: None,
            next_xid: FullTransactionId(485),
            next_oid: Oid(13444),
            next_multi: MultiXactId(1),
            next_multi_offset: MultiXactOffset(0),
            oldest_xid: TransactionId(478),
            oldest_xid_database: Oid(1),
            oldest_multi: MultiXactId(1),
            oldest_multi_database: Oid(1),
            time: Timestamp::from_unix_seconds(1_795_537_076),
            oldest_commit_ts_xid: TransactionId(0),
            newest_commit_ts_xid: TransactionId(0),
            oldest_active_xid: TransactionId(0),
        }
    );
    assert_eq!(control.min_recovery_point, Lsn::INVALID);
    assert_eq!(control.min_recovery_point_timeline, TimelineId::INVALID);
    assert!(!control.backup_end_required && !control.wal_log_hints);
    assert_eq!((control.max_worker_processes, control.max_wal_senders), (8, 10));
    assert_eq!((control.max_prepared_xacts, control.max_locks_per_xact), (0, 64));
    assert!(!control.track_commit_timestamp);
    assert_eq!(control.toast_max_chunk_size, 1996);
    assert_eq!(control.data_checksum_version, 1);
    assert_eq!((control.float4_by_val, control.default_char_signedness), (None, None));
    assert_eq!(control.mock_authentication_nonce.first_chunk(), Some(&[0x52, 0xd9, 0x04, 0x68]));
    assert_eq!(control.mock_authentication_nonce.last_chunk(), Some(&[0x6d, 0x4d, 0x2b, 0x33]));
}

/// What `pg_controldata` 19 prints of the same file.
#[test]
fn fields_are_those_that_pg_controldata_19_prints() {
    let control = control(PgVersion::V19);
    let checkpoint = &control.checkpoint_copy;
    assert_eq!(control.system_identifier, 7_711_773_037_015_147_039);
    assert_eq!(checkpoint.redo.to_string(), "0/84FF40");
    assert_eq!(checkpoint.wal_level, Some(WalLevel::Replica));
    assert_eq!(checkpoint.logical_decoding_enabled, Some(false));
    assert_eq!(checkpoint.next_xid, FullTransactionId(662));
    assert_eq!(checkpoint.next_oid, Oid(13738));
    assert_eq!(checkpoint.next_multi_offset, MultiXactOffset(1));
    assert_eq!(checkpoint.oldest_xid, TransactionId(654));
    assert_eq!(checkpoint.time.to_string(), "2026-11-24T16:18:00Z");
    assert_eq!(control.max_locks_per_xact, 128);
    assert_eq!(control.slru_pages_per_segment, Some(32));
    assert_eq!(control.data_checksum_version_init, Some(1));
    assert_eq!(control.default_char_signedness, Some(true));
    assert_eq!(
        control.mock_authentication_nonce.last_chunk(),
        Some(&[0x77, 0x42, 0x04, 0x59, 0x1d])
    );
}

#[test]
fn fields_that_one_version_has_are_none_in_the_others() {
    for version in PgVersion::ALL {
        let control = control(version);
        assert_eq!(control.float4_by_val.is_some(), version == PgVersion::V12);
        assert_eq!(control.checkpoint_copy.wal_level.is_some(), version >= PgVersion::V17);
        assert_eq!(control.default_char_signedness.is_some(), version >= PgVersion::V18);
        assert_eq!(control.slru_pages_per_segment.is_some(), version >= PgVersion::V19);
    }
}

#[test]
fn a_changed_byte_breaks_the_crc_and_nothing_else() {
    let mut bytes = seed(PgVersion::V16);
    bytes[0x54] ^= 1;
    let control = ControlFile::parse(&bytes, PgVersion::V16).unwrap();
    assert!(!control.crc_is_valid());
    assert!(matches!(control.check_crc(), Err(FormatError::Checksum { .. })));
    assert!(control.format().is_ok());
}

#[test]
fn another_versions_file_is_an_error_that_names_both() {
    let error = ControlFile::parse(&seed(PgVersion::V15), PgVersion::V17).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pg_control_version at offset 8: expected 1700 (PostgreSQL 17), found 1300 (PostgreSQL \
         13 to 16)"
    );
    let mut unreleased = seed(PgVersion::V19);
    unreleased[8..12].copy_from_slice(&1901_u32.to_le_bytes());
    let error = ControlFile::parse(&unreleased, PgVersion::V19).unwrap_err();
    assert!(error.to_string().ends_with("found 1901 (no version that this build reads)"));
}

#[test]
fn a_big_endian_cluster_is_refused_by_name() {
    let mut bytes = seed(PgVersion::V17);
    bytes[8..12].reverse();
    let error = ControlFile::parse(&bytes, PgVersion::V17).unwrap_err();
    assert!(matches!(&error, FormatError::Unsupported(why) if why.contains("big-endian")));
}

/// On a 32-bit machine 64-bit numbers are aligned to 4, and `floatFormat` moves.
#[test]
fn a_32_bit_cluster_is_refused_by_name() {
    let mut bytes = seed(PgVersion::V17);
    let at = 0xcc;
    bytes[at..at + 4].copy_from_slice(&4_u32.to_le_bytes());
    bytes.drain(20..24);
    let error = ControlFile::parse(&bytes, PgVersion::V17).unwrap_err();
    assert!(matches!(&error, FormatError::Unsupported(why) if why.contains("32-bit")));
}

#[test]
fn a_short_file_says_what_is_missing() {
    let bytes = seed(PgVersion::V14);
    let error = ControlFile::parse(&bytes[..100], PgVersion::V14).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the checkpoint in pg_control at offset 40 needs 88 bytes, and 60 are there"
    );
    for len in 0..0x124 {
        assert!(ControlFile::parse(&bytes[..len], PgVersion::V14).is_err(), "{len} bytes");
    }
}

#[test]
fn sizes_that_no_server_has_are_not_handed_out() {
    let cases: [(usize, u32, &str); 6] = [
        (0xd8, 8191, "blcksz in pg_control at offset 216"),
        (0xd8, 65_536, "blcksz in pg_control at offset 216"),
        (0xdc, 0, "relseg_size in pg_control at offset 220"),
        (0xe0, 0, "xlog_blcksz in pg_control at offset 224"),
        (0xe4, 3 << 20, "xlog_seg_size in pg_control at offset 228"),
        (0xf0, 9000, "toast_max_chunk_size in pg_control at offset 240"),
    ];
    for (offset, value, named) in cases {
        let mut bytes = seed(PgVersion::V17);
        bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
        let control = ControlFile::parse(&bytes, PgVersion::V17).unwrap();
        let error = control.format().unwrap_err().to_string();
        assert!(error.starts_with(named), "{error}");
    }
    let mut bytes = seed(PgVersion::V17);
    bytes[0xd8..0xdc].copy_from_slice(&32_768_u32.to_le_bytes());
    let control = ControlFile::parse(&bytes, PgVersion::V17).unwrap();
    assert_eq!(control.format().unwrap().block_size, 32_768);
}

#[test]
fn unknown_codes_are_kept() {
    let mut bytes = seed(PgVersion::V17);
    bytes[16] = 9;
    let control = ControlFile::parse(&bytes, PgVersion::V17).unwrap();
    assert_eq!(control.state, DbState::Unknown(9));
    assert_eq!(control.state.to_string(), "0x9");
}
