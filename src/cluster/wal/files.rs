//! The files of `pg_wal` and of archives, as they are found.

use std::sync::Arc;

use super::copies::Copies;
use crate::evidence::{EntryKind, Evidence};
use crate::format::wal::{SegmentNumber, WalFileName};
use crate::primitives::TimelineId;

/// A file that holds a segment, or the start of one.
#[derive(Debug, Clone)]
pub struct WalFile {
    /// The timeline that its name says.
    pub timeline: TimelineId,
    /// The segment that its name says.
    pub number: SegmentNumber,
    /// Whether its name ends in `.partial`.
    pub is_partial: bool,
    /// Its path within the folder that holds it.
    pub path: String,
    /// Its path as a person would name it.
    pub name: String,
    /// Its length in bytes, compressed or not.
    pub len: u64,
    /// Where it is.
    pub(super) tree: Arc<dyn Evidence>,
    pub(super) copies: Copies,
}

/// What a folder of WAL holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) segments: Vec<WalFile>,
    /// The histories of timelines: the timeline, the path, and where that is.
    pub(super) histories: Vec<(TimelineId, String, Arc<dyn Evidence>)>,
}

/// What archives put behind a segment's name when they compress it.
pub(super) const COMPRESSED: [&str; 4] = [".gz", ".lz4", ".zst", ".zstd"];

/// What a name says, whatever an archive has put behind it: `.gz`, `.zst.partial` (as
/// `pg_receivewal` writes them), `-<checksum>.lz4` (as pgBackRest does).
pub(super) fn parse_name(name: &str, segment_size: u32) -> Option<WalFileName> {
    let strip = |name: &str| {
        COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
    };
    let plain = match name.strip_suffix(".partial") {
        Some(rest) => strip(rest) + ".partial",
        None => strip(name),
    };
    let is_checksum = |text: &str| text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let plain = match plain.split_once('-') {
        Some((segment, checksum)) if is_checksum(checksum) => segment,
        _ => &plain,
    };
    WalFileName::parse(plain, segment_size)
}

/// A file that may hold WAL.
pub(super) struct Listed {
    pub(super) name: String,
    /// Its path in the tree, and below the folder that was listed.
    pub(super) path: String,
    below: String,
    len: u64,
}

/// The files in the folder `path`, and in the folders below it that archives make for the segments
/// of each 4 GB (`0000000100000000`).
pub(super) fn list(tree: &dyn Evidence, path: &str) -> Vec<Listed> {
    let is_group = |name: &str| name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let mut listed = Vec::new();
    for entry in tree.list(path).unwrap_or_default() {
        match entry.kind {
            EntryKind::File(len) => listed.push(Listed {
                path: join(path, &entry.name),
                below: entry.name.clone(),
                name: entry.name,
                len,
            }),
            EntryKind::Directory if is_group(&entry.name) => {
                let group = join(path, &entry.name);
                for inner in tree.list(&group).unwrap_or_default() {
                    let EntryKind::File(len) = inner.kind else { continue };
                    listed.push(Listed {
                        path: join(&group, &inner.name),
                        below: join(&entry.name, &inner.name),
                        name: inner.name,
                        len,
                    });
                }
            }
            EntryKind::Directory | EntryKind::Other => {}
        }
    }
    listed
}

impl Found {
    /// Adds what stands in the folder `path`.
    pub(super) fn add(
        &mut self,
        tree: &Arc<dyn Evidence>,
        path: &str,
        shown: &str,
        segment_size: u32,
    ) {
        for file in list(tree.as_ref(), path) {
            let name = join(shown, &file.below);
            self.file(tree, &file.name, file.path, name, file.len, segment_size);
        }
    }

    fn file(
        &mut self,
        tree: &Arc<dyn Evidence>,
        file_name: &str,
        path: String,
        name: String,
        len: u64,
        segment_size: u32,
    ) {
        let tree = Arc::clone(tree);
        let (timeline, number, is_partial) = match parse_name(file_name, segment_size) {
            Some(WalFileName::Segment(timeline, number)) => (timeline, number, false),
            Some(WalFileName::Partial(timeline, number)) => (timeline, number, true),
            Some(WalFileName::History(timeline)) => {
                return self.histories.push((timeline, path, tree));
            }
            Some(WalFileName::Backup(..)) | None => return,
        };
        self.segments.push(WalFile {
            timeline,
            number,
            is_partial,
            path,
            name,
            len,
            tree,
            copies: Copies::default(),
        });
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_archives_are_understood() {
        let segment = WalFileName::Segment(TimelineId(1), SegmentNumber(0xA));
        let partial = WalFileName::Partial(TimelineId(1), SegmentNumber(0xA));
        let sum = "0123456789abcdef0123456789abcdef01234567";
        for (ending, expected) in [
            (String::new(), Some(segment)),
            (".gz".to_owned(), Some(segment)),
            (".lz4".to_owned(), Some(segment)),
            (".zst".to_owned(), Some(segment)),
            (".partial".to_owned(), Some(partial)),
            (".gz.partial".to_owned(), Some(partial)),
            (".partial.zst".to_owned(), Some(partial)),
            (format!("-{sum}.gz"), Some(segment)),
            (format!("-{sum}"), Some(segment)),
            (".bz2".to_owned(), None),
            ("-12.gz".to_owned(), None),
        ] {
            let name = format!("00000001000000000000000A{ending}");
            assert_eq!(parse_name(&name, 16 << 20), expected, "{name}");
        }
        let history = parse_name("00000002.history.gz", 16 << 20);
        assert_eq!(history, Some(WalFileName::History(TimelineId(2))));
    }
}
