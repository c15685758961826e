//! `backup_label` and `tablespace_map`: what a base backup says about itself
//! (`build_backup_content`, access/transam/xlogbackup.c; `read_backup_label` and
//! `read_tablespace_map`, access/transam/xlogrecovery.c).
//!
//! ```text
//! START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
//! CHECKPOINT LOCATION: 0/2000080
//! BACKUP METHOD: streamed
//! BACKUP FROM: primary
//! START TIME: 2026-11-24 16:54:26 UTC
//! LABEL: pg_basebackup base backup
//! START TIMELINE: 1
//! INCREMENTAL FROM LSN: 0/2000028         17 and later, of an incremental backup
//! INCREMENTAL FROM TLI: 1
//! ```

use nom::Parser;
use nom::bytes::complete::{tag, take_till};
use nom::character::complete::{digit1, space1};
use nom::combinator::{map_res, rest};
use nom::sequence::{preceded, separated_pair};

use crate::primitives::{Lsn, Oid, TimelineId};

/// A `backup_label`. A line that is missing or can't be read leaves its field `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupLabel {
    /// Where redo starts, whatever `pg_control` says.
    pub start_wal_location: Option<Lsn>,
    /// Where the backup's checkpoint record is.
    pub checkpoint_location: Option<Lsn>,
    /// `streamed`, or `pg_start_backup` before 15.
    pub backup_method: Option<String>,
    /// `primary` (`master` before 14) or `standby`.
    pub backup_from: Option<String>,
    /// When the backup began, in the server's words.
    pub start_time: Option<String>,
    /// What the person who took it called it.
    pub label: Option<String>,
    /// The timeline at its start.
    pub start_timeline: Option<TimelineId>,
    /// The backup that an incremental one needs starts here.
    pub incremental_from: Option<Lsn>,
}

impl BackupLabel {
    /// Reads the file.
    ///
    /// ```
    /// use pgautopsy::format::backup_label::BackupLabel;
    /// use pgautopsy::primitives::Lsn;
    /// let text = b"START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nLABEL: night\n";
    /// let label = BackupLabel::parse(text);
    /// assert_eq!(label.start_wal_location, Some(Lsn(0x2000028)));
    /// assert_eq!(label.label.as_deref(), Some("night"));
    /// ```
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let lsn = |name| {
            let value = text.lines().find_map(|line| field(name, line))?;
            value.split_whitespace().next()?.parse().ok()
        };
        let words = |name| text.lines().find_map(|line| field(name, line)).map(str::to_owned);
        Self {
            start_wal_location: lsn("START WAL LOCATION"),
            checkpoint_location: lsn("CHECKPOINT LOCATION"),
            backup_method: words("BACKUP METHOD"),
            backup_from: words("BACKUP FROM"),
            start_time: words("START TIME"),
            label: words("LABEL"),
            start_timeline: words("START TIMELINE")
                .and_then(|timeline| timeline.parse().ok())
                .map(TimelineId),
            incremental_from: lsn("INCREMENTAL FROM LSN"),
        }
    }
}

/// The value of a line of that name.
fn field<'a>(name: &str, line: &'a str) -> Option<&'a str> {
    let mut parser = preceded::<_, _, nom::error::Error<&str>, _, _>((tag(name), tag(": ")), rest);
    parser.parse(line).ok().map(|(_, value)| value)
}

/// The tablespaces of a `tablespace_map`: the OID of each, and where it stood. A line that can't
/// be read is passed over; a newline within a path has a backslash before it.
///
/// ```
/// use pgautopsy::format::backup_label::tablespace_map;
/// use pgautopsy::primitives::Oid;
/// let map = tablespace_map(b"16400 /mnt/fast disk\n16401 /mnt/slow\n");
/// assert_eq!(map[0], (Oid(16400), "/mnt/fast disk".to_owned()));
/// assert_eq!(map.len(), 2);
/// ```
#[must_use]
pub fn tablespace_map(bytes: &[u8]) -> Vec<(Oid, String)> {
    let text = String::from_utf8_lossy(bytes).replace("\\\n", "\u{0}");
    let entry = |line: &str| -> Option<(Oid, String)> {
        let oid = map_res(digit1, str::parse::<u32>);
        let path = take_till(|char| char == '\n');
        let mut parser =
            separated_pair::<_, _, _, nom::error::Error<&str>, _, _, _>(oid, space1, path);
        let (_, (oid, path)) = parser.parse(line).ok()?;
        Some((Oid(oid), path.replace('\u{0}', "\n")))
    };
    text.lines().filter_map(entry).collect()
}
