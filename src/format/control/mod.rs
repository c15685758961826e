//! `global/pg_control`: the cluster's identity, its state, and the sizes that it was built with.
//!
//! ```text
//!        12 to 18                         19
//!     0  system_identifier …              the same             Head
//!    40  CheckPoint           88 bytes    96 bytes             checkpoint
//!   128  unloggedLSN …        96 bytes    at 136, the same     Body
//!        -                                slru_pages_per_segment
//!   224  xlog_blcksz …        24 bytes    at 236, the same     Sizes
//!   248  float8ByVal           4 bytes    at 260, the same     ByValue
//!        -                                data_checksum_version_init
//!   252  data_checksum_version, (18: default_char_signedness,) mock_authentication_nonce, crc
//! ```
//!
//! The file is 8192 bytes long, and zero behind that.

mod checkpoint;
mod identify;
mod layout;
mod state;

pub use checkpoint::CheckPoint;
pub use identify::version_of;
pub use state::{DbState, WalLevel};

use std::mem::offset_of;

use layout::{Body, ByValue, Head, Sizes, Tail12, Tail18};

use super::{Bytes, Format, FormatError, PgVersion};
use crate::primitives::{Lsn, TimelineId, Timestamp};

/// What `floatFormat` holds on a machine with IEEE 754 floating point.
const FLOAT_FORMAT: f64 = 1_234_567.0;

/// The contents of `pg_control` (`ControlFileData`, catalog/pg_control.h), whatever version wrote
/// it. A field that this version does not have is `None`.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the file's own flags")]
pub struct ControlFile {
    /// The version that it was read as.
    pub version: PgVersion,
    /// What tells this cluster from every other: each segment of its WAL carries it.
    pub system_identifier: u64,
    /// The layout of this file (`PG_CONTROL_VERSION`).
    pub pg_control_version: u32,
    /// The layout of the catalogs (`CATALOG_VERSION_NO`).
    pub catalog_version_no: u32,
    /// What the cluster was doing.
    pub state: DbState,
    /// When this file was last written.
    pub time: Timestamp,
    /// Where the record of the latest checkpoint starts.
    pub checkpoint: Lsn,
    /// What that record says (`checkPointCopy`).
    pub checkpoint_copy: CheckPoint,
    /// The counter that stands in for LSNs in unlogged relations.
    pub unlogged_lsn: Lsn,
    /// How far a standby must replay before its pages fit together; 0/0 on a primary.
    pub min_recovery_point: Lsn,
    /// The timeline of that.
    pub min_recovery_point_timeline: TimelineId,
    /// Where the backup that is being recovered from started, or 0/0.
    pub backup_start_point: Lsn,
    /// Where the backup that was taken from a standby ends, or 0/0.
    pub backup_end_point: Lsn,
    /// Whether a backup-end record must be met before the cluster may start.
    pub backup_end_required: bool,
    /// `wal_level`.
    pub wal_level: WalLevel,
    /// `wal_log_hints`.
    pub wal_log_hints: bool,
    /// `max_connections`.
    pub max_connections: i32,
    /// `max_worker_processes`.
    pub max_worker_processes: i32,
    /// `max_wal_senders`.
    pub max_wal_senders: i32,
    /// `max_prepared_transactions`.
    pub max_prepared_xacts: i32,
    /// `max_locks_per_transaction`.
    pub max_locks_per_xact: i32,
    /// `track_commit_timestamp`.
    pub track_commit_timestamp: bool,
    /// What tuples are aligned to, in bytes (`MAXALIGN`).
    pub max_align: u32,
    /// 1234567.0, where floating point is IEEE 754.
    pub float_format: f64,
    /// Bytes in a page of a relation.
    pub blcksz: u32,
    /// Pages in a segment file of a relation.
    pub relseg_size: u32,
    /// Pages in a segment file of an SLRU; 19 and later.
    pub slru_pages_per_segment: Option<u32>,
    /// Bytes in a page of WAL.
    pub xlog_blcksz: u32,
    /// Bytes in a segment of WAL.
    pub xlog_seg_size: u32,
    /// Bytes in a `name`.
    pub name_data_len: u32,
    /// The most columns that an index can have.
    pub index_max_keys: u32,
    /// The payload of a TOAST chunk, in bytes.
    pub toast_max_chunk_size: u32,
    /// The payload of a row of `pg_largeobject`, in bytes.
    pub loblksize: u32,
    /// Whether `float4` is passed by value; 12 only.
    pub float4_by_val: Option<bool>,
    /// Whether `float8` and `int8` are passed by value.
    pub float8_by_val: bool,
    /// The data checksum version that `initdb` chose; 19 and later.
    pub data_checksum_version_init: Option<u32>,
    /// 1 where pages carry checksums, 0 where they don't; any other value is a state between.
    pub data_checksum_version: u32,
    /// Whether `char` is signed where the cluster was made; 18 and later.
    pub default_char_signedness: Option<bool>,
    /// A random number, used in authentication requests that fail.
    pub mock_authentication_nonce: [u8; 32],
    /// The CRC-32C that the file carries.
    pub crc: u32,
    /// The CRC-32C of what the file holds.
    pub computed_crc: u32,
}

impl ControlFile {
    /// Reads the file that a server of `version` wrote.
    ///
    /// A wrong CRC is no error here (see [`check_crc`](Self::check_crc)), and sizes are not judged
    /// (see [`format`](Self::format)). Bytes of another version, of a big-endian or of a 32-bit
    /// machine are.
    pub fn parse(bytes: &[u8], version: PgVersion) -> Result<Self, FormatError> {
        identify::refuse_foreign(bytes)?;
        let mut rest = Parts { bytes: Bytes(bytes), offset: 0 };
        let head: &Head = rest.take("pg_control")?;
        let pg_control_version = head.pg_control_version.get();
        identify::check_control_version(pg_control_version, version)?;
        let checkpoint_copy = rest.bytes.slice(
            "the checkpoint in pg_control",
            rest.offset,
            CheckPoint::len(version),
        )?;
        rest.offset += checkpoint_copy.len();
        let body: &Body = rest.take("unloggedLSN and what follows it in pg_control")?;
        let slru_pages_per_segment = version
            .control_has_slru_segment_size()
            .then(|| rest.u32("slru_pages_per_segment"))
            .transpose()?;
        let sizes: &Sizes = rest.take("xlog_blcksz and what follows it in pg_control")?;
        let ByValue([first, second, _, _]) = *rest.take("float8ByVal")?;
        let (float4_by_val, float8_by_val) = if version.control_has_float4_by_value() {
            (Some(first != 0), second != 0)
        } else {
            (None, first != 0)
        };
        let data_checksum_version_init = version
            .control_keeps_initial_checksum_version()
            .then(|| rest.u32("data_checksum_version_init"))
            .transpose()?;
        let tail = Tail::parse(&mut rest, version)?;
        let covered = rest.offset.saturating_sub(size_of::<u32>());

        Ok(Self {
            version,
            system_identifier: head.system_identifier.get(),
            pg_control_version,
            catalog_version_no: head.catalog_version_no.get(),
            state: DbState::from_code(head.state.get()),
            time: Timestamp::from_unix_seconds(head.time.get()),
            checkpoint: Lsn(head.checkpoint.get()),
            checkpoint_copy: CheckPoint::parse(checkpoint_copy, version)?,
            unlogged_lsn: Lsn(body.unlogged_lsn.get()),
            min_recovery_point: Lsn(body.min_recovery_point.get()),
            min_recovery_point_timeline: TimelineId(body.min_recovery_point_timeline.get()),
            backup_start_point: Lsn(body.backup_start_point.get()),
            backup_end_point: Lsn(body.backup_end_point.get()),
            backup_end_required: body.backup_end_required != 0,
            wal_level: WalLevel::from_code(body.wal_level.get()),
            wal_log_hints: body.wal_log_hints != 0,
            max_connections: body.max_connections.get(),
            max_worker_processes: body.max_worker_processes.get(),
            max_wal_senders: body.max_wal_senders.get(),
            max_prepared_xacts: body.max_prepared_xacts.get(),
            max_locks_per_xact: body.max_locks_per_xact.get(),
            track_commit_timestamp: body.track_commit_timestamp != 0,
            max_align: body.max_align.get(),
            float_format: body.float_format.get(),
            blcksz: body.blcksz.get(),
            relseg_size: body.relseg_size.get(),
            slru_pages_per_segment,
            xlog_blcksz: sizes.xlog_blcksz.get(),
            xlog_seg_size: sizes.xlog_seg_size.get(),
            name_data_len: sizes.name_data_len.get(),
            index_max_keys: sizes.index_max_keys.get(),
            toast_max_chunk_size: sizes.toast_max_chunk_size.get(),
            loblksize: sizes.loblksize.get(),
            float4_by_val,
            float8_by_val,
            data_checksum_version_init,
            data_checksum_version: tail.data_checksum_version,
            default_char_signedness: tail.default_char_signedness,
            mock_authentication_nonce: tail.mock_authentication_nonce,
            crc: tail.crc,
            computed_crc: crate::format::crc32c(rest.bytes.slice("pg_control", 0, covered)?),
        })
    }

    /// Whether the CRC fits.
    #[must_use]
    pub const fn crc_is_valid(&self) -> bool {
        self.crc == self.computed_crc
    }

    /// The same, as the error to show.
    pub const fn check_crc(&self) -> Result<(), FormatError> {
        if self.crc_is_valid() {
            return Ok(());
        }
        Err(FormatError::Checksum {
            what: "pg_control",
            stored: self.crc,
            computed: self.computed_crc,
        })
    }

    /// The WAL segment file that holds the redo position of the latest checkpoint; `None` where
    /// the segment size is one that can't be.
    #[must_use]
    pub fn redo_wal_file(&self) -> Option<String> {
        let segment_size = u64::from(self.xlog_seg_size);
        let per_xlog_id = (1_u64 << 32).checked_div(segment_size).filter(|&count| count > 0)?;
        let segment = self.checkpoint_copy.redo.0 / segment_size;
        let timeline = self.checkpoint_copy.timeline.0;
        Some(format!("{timeline:08X}{:08X}{:08X}", segment / per_xlog_id, segment % per_xlog_id))
    }

    /// The sizes, once they are found to be such as a server can have.
    pub fn format(&self) -> Result<Format, FormatError> {
        if self.max_align != 8 {
            return Err(identify::unsupported_alignment(self.max_align));
        }
        if self.float_format.to_bits() != FLOAT_FORMAT.to_bits() {
            return Err(FormatError::Unsupported(format!(
                "this cluster's machine has another floating-point format than IEEE 754 \
                 (floatFormat in pg_control is {:e}, not {FLOAT_FORMAT})",
                self.float_format
            )));
        }
        let body = size_of::<Head>() + CheckPoint::len(self.version);
        let slru = if self.slru_pages_per_segment.is_some() { size_of::<u32>() } else { 0 };
        let sizes = body + size_of::<Body>() + slru;
        let blcksz_at = body + offset_of!(Body, blcksz);
        let relseg_size_at = body + offset_of!(Body, relseg_size);
        let xlog_seg_size_at = sizes + offset_of!(Sizes, xlog_seg_size);
        let toast_at = sizes + offset_of!(Sizes, toast_max_chunk_size);
        power_of_two("blcksz in pg_control", blcksz_at, self.blcksz, 1 << 10, 32 << 10)?;
        in_range("relseg_size in pg_control", relseg_size_at, self.relseg_size, 1, u32::MAX - 1)?;
        power_of_two("xlog_blcksz in pg_control", sizes, self.xlog_blcksz, 1 << 10, 64 << 10)?;
        power_of_two(
            "xlog_seg_size in pg_control",
            xlog_seg_size_at,
            self.xlog_seg_size,
            1 << 20,
            1 << 30,
        )?;
        in_range(
            "toast_max_chunk_size in pg_control",
            toast_at,
            self.toast_max_chunk_size,
            1,
            self.blcksz,
        )?;
        Ok(Format {
            version: self.version,
            block_size: self.blcksz,
            blocks_per_segment: self.relseg_size,
            wal_block_size: self.xlog_blcksz,
            wal_segment_size: self.xlog_seg_size,
            max_align: self.max_align,
            toast_max_chunk_size: self.toast_max_chunk_size,
            data_checksums: self.data_checksum_version == 1,
        })
    }
}

/// The parts of the file that are still to be read.
struct Parts<'a> {
    bytes: Bytes<'a>,
    offset: usize,
}

impl<'a> Parts<'a> {
    fn take<T>(&mut self, what: &'static str) -> Result<&'a T, FormatError>
    where
        T: zerocopy::FromBytes + zerocopy::KnownLayout + zerocopy::Immutable + zerocopy::Unaligned,
    {
        let part = self.bytes.view(what, self.offset)?;
        self.offset += size_of::<T>();
        Ok(part)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, FormatError> {
        Ok(self.take::<zerocopy::little_endian::U32>(what)?.get())
    }
}

/// The end of the file, in one form.
struct Tail {
    data_checksum_version: u32,
    default_char_signedness: Option<bool>,
    mock_authentication_nonce: [u8; 32],
    crc: u32,
}

impl Tail {
    fn parse(rest: &mut Parts<'_>, version: PgVersion) -> Result<Self, FormatError> {
        const WHAT: &str = "data_checksum_version and what follows it in pg_control";
        if version.control_has_char_signedness() {
            let raw: &Tail18 = rest.take(WHAT)?;
            return Ok(Self {
                data_checksum_version: raw.data_checksum_version.get(),
                default_char_signedness: Some(raw.default_char_signedness != 0),
                mock_authentication_nonce: raw.mock_authentication_nonce,
                crc: raw.crc.get(),
            });
        }
        let raw: &Tail12 = rest.take(WHAT)?;
        Ok(Self {
            data_checksum_version: raw.data_checksum_version.get(),
            default_char_signedness: None,
            mock_authentication_nonce: raw.mock_authentication_nonce,
            crc: raw.crc.get(),
        })
    }
}

fn power_of_two(
    what: &'static str,
    offset: usize,
    found: u32,
    least: u32,
    most: u32,
) -> Result<(), FormatError> {
    if found.is_power_of_two() && (least..=most).contains(&found) {
        return Ok(());
    }
    let expected = format!("a power of two from {least} to {most}");
    Err(FormatError::Invalid { what, offset, expected, found: found.to_string() })
}

fn in_range(
    what: &'static str,
    offset: usize,
    found: u32,
    least: u32,
    most: u32,
) -> Result<(), FormatError> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let expected = format!("a number from {least} to {most}");
    Err(FormatError::Invalid { what, offset, expected, found: found.to_string() })
}

#[cfg(test)]
mod tests;
