//! The server's small logs of fixed-width entries: which transaction ended how, and who is behind
//! a multixact (`SLRU`s, access/slru.h).
//!
//! Each is an array, cut into pages of the cluster's block size without any header, and kept in
//! files of 32 pages:
//!
//! ```text
//! pg_xact/0000              pages 0 ..= 31        clog: 2 bits a transaction
//! pg_subtrans/0000                                subtrans: 4 bytes, the parent
//! pg_commit_ts/0000                               commit_ts: 10 bytes, when and from where
//! pg_multixact/offsets/0000                       multixact: where its members begin
//! pg_multixact/members/0000                       multixact: flags and xids, in groups of four
//! ```

pub mod clog;
pub mod commit_ts;
pub mod multixact;
pub mod subtrans;

use super::{Format, PgVersion};

/// Pages in one segment file (`SLRU_PAGES_PER_SEGMENT`, access/slru.h).
pub const PAGES_PER_SEGMENT: u64 = 32;

/// Which of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlruKind {
    /// How each transaction ended.
    Clog,
    /// The parent of each subtransaction.
    Subtrans,
    /// When each transaction committed, where `track_commit_timestamp` is on.
    CommitTs,
    /// Where each multixact's members begin.
    MultiXactOffsets,
    /// The members of multixacts.
    MultiXactMembers,
}

impl SlruKind {
    /// Every log.
    pub const ALL: [Self; 5] = [
        Self::Clog,
        Self::Subtrans,
        Self::CommitTs,
        Self::MultiXactOffsets,
        Self::MultiXactMembers,
    ];

    /// The directory that holds its segments.
    #[must_use]
    pub const fn directory(self) -> &'static str {
        match self {
            Self::Clog => "pg_xact",
            Self::Subtrans => "pg_subtrans",
            Self::CommitTs => "pg_commit_ts",
            Self::MultiXactOffsets => "pg_multixact/offsets",
            Self::MultiXactMembers => "pg_multixact/members",
        }
    }

    /// Its place in an array with one element for each log.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The path of a segment, from the data directory on.
    ///
    /// ```
    /// use pgautopsy::format::{PgVersion, slru::SlruKind};
    /// assert_eq!(SlruKind::Clog.segment_path(31, PgVersion::V19), "pg_xact/001F");
    /// assert_eq!(
    ///     SlruKind::MultiXactMembers.segment_path(31, PgVersion::V19),
    ///     "pg_multixact/members/00000000000001F"
    /// );
    /// ```
    #[must_use]
    pub fn segment_path(self, segment: u64, version: PgVersion) -> String {
        let directory = self.directory();
        if self.has_long_names(version) {
            format!("{directory}/{segment:015X}")
        } else {
            format!("{directory}/{segment:04X}")
        }
    }

    /// The segment that a file of this directory is, if its name is one.
    ///
    /// ```
    /// use pgautopsy::format::{PgVersion, slru::SlruKind};
    /// assert_eq!(SlruKind::Clog.segment_number("001F", PgVersion::V17), Some(31));
    /// assert_eq!(SlruKind::Clog.segment_number("1F", PgVersion::V17), None);
    /// ```
    #[must_use]
    pub fn segment_number(self, name: &str, version: PgVersion) -> Option<u64> {
        let length_fits = if self.has_long_names(version) {
            name.len() == 15
        } else {
            (4..=6).contains(&name.len())
        };
        let digits = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        (length_fits && digits).then(|| u64::from_str_radix(name, 16).ok()).flatten()
    }

    fn has_long_names(self, version: PgVersion) -> bool {
        self == Self::MultiXactMembers && version.multixact_member_segment_names_are_long()
    }
}

/// Where a page of a log stands: its segment, and the offset in it, in bytes.
#[must_use]
pub fn locate(page: u64, format: Format) -> (u64, u64) {
    (page / PAGES_PER_SEGMENT, page % PAGES_PER_SEGMENT * u64::from(format.block_size))
}

/// How many entries of `size` bytes a page holds; at least 1, so that one can divide by it.
fn entries_per_page(format: Format, size: u32) -> u32 {
    (format.block_size / size).max(1)
}

/// The byte at which entry `index` of `size` bytes stands in its page.
fn entry_offset(index: u64, size: u32, format: Format) -> usize {
    let within = index % u64::from(entries_per_page(format, size)) * u64::from(size);
    usize::try_from(within).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::{MultiXactId, MultiXactOffset, TransactionId};

    proptest::proptest! {
        #[test]
        fn no_page_and_no_number_make_it_panic(
            page: Vec<u8>,
            xid: u32,
            offset: u64,
            block_size: u32,
        ) {
            for version in PgVersion::ALL {
                let format = Format { block_size, ..Format::usual(version) };
                let (xid, multi) = (TransactionId(xid), MultiXactId(xid));
                let _ = (clog::page_of(xid, format), clog::status(&page, xid, format));
                let _ = (subtrans::page_of(xid, format), subtrans::parent(&page, xid, format));
                let _ = commit_ts::page_of(xid, format);
                let _ = commit_ts::commit_timestamp(&page, xid, format);
                let _ = multixact::offset_page_of(multi, format);
                let _ = multixact::members_start(&page, multi, format);
                let number = locate(multixact::member_page_of(MultiXactOffset(offset), format), format);
                let _ = SlruKind::MultiXactMembers.segment_path(number.0, version);
                let _ = multixact::member(&page, MultiXactOffset(offset), format);
            }
        }
    }
}
