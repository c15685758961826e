//! What PostgreSQL's bytes mean: `&[u8]` in, typed views out.
//!
//! Nothing here reads a file, knows a path or keeps state. What a structure looks like depends on
//! the cluster that wrote it, so whatever needs to know takes a [`Format`] by value. Every read is
//! checked: bytes, however bad, give a [`FormatError`] that says what was being read, never a
//! panic.

pub mod backup_label;
pub mod control;
mod crc;
pub mod datum;
mod error;
pub mod map;
pub mod page;
mod page_type;
pub mod postmaster_pid;
mod read;
pub mod relmap;
pub mod slot;
pub mod slru;
pub mod twophase;
pub mod version;
pub mod wal;

pub use crc::{crc32c, crc32c_append};
pub use error::FormatError;
pub use page_type::PageType;
pub use read::Bytes;
pub use version::PgVersion;

/// How a cluster lays out its bytes: its version and the sizes that `pg_control` records.
///
/// ```
/// use pgautopsy::format::{Format, PgVersion};
/// let format = Format::usual(PgVersion::V17);
/// assert_eq!(format.block_size, 8192);
/// assert_eq!(format.blocks_per_segment, 131_072);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The major version that wrote the cluster.
    pub version: PgVersion,
    /// Bytes in a page of a relation (`blcksz`).
    pub block_size: u32,
    /// Pages in one segment file of a relation (`relseg_size`).
    pub blocks_per_segment: u32,
    /// Bytes in a page of WAL (`xlog_blcksz`).
    pub wal_block_size: u32,
    /// Bytes in a segment of WAL (`xlog_seg_size`).
    pub wal_segment_size: u32,
    /// What tuples are aligned to (`maxAlign`): 8 on every 64-bit machine.
    pub max_align: u32,
    /// The payload of one TOAST chunk, in bytes (`toast_max_chunk_size`).
    pub toast_max_chunk_size: u32,
    /// Whether every page carries a checksum (`data_checksum_version` is 1).
    pub data_checksums: bool,
}

impl Format {
    /// The sizes that a build with no options has, for `version`.
    #[must_use]
    pub const fn usual(version: PgVersion) -> Self {
        Self {
            version,
            block_size: 8192,
            blocks_per_segment: 131_072,
            wal_block_size: 8192,
            wal_segment_size: 16 << 20,
            max_align: 8,
            toast_max_chunk_size: 1996,
            data_checksums: false,
        }
    }

    /// The same with pages of that many bytes, and as many of them in a segment as make 1 GB, which
    /// is what a build with no other options has.
    #[must_use]
    pub const fn with_block_size(self, block_size: u32) -> Self {
        let blocks_per_segment = match (1_u32 << 30).checked_div(block_size) {
            Some(blocks) => blocks,
            None => 0,
        };
        Self { block_size, blocks_per_segment, ..self }
    }

    /// `len` rounded up to this cluster's alignment (`MAXALIGN`), which is a power of two.
    #[inline]
    #[must_use]
    pub const fn max_align(self, len: u32) -> u32 {
        let mask = self.max_align.wrapping_sub(1);
        len.saturating_add(mask) & !mask
    }
}
