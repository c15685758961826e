//! WAL without its cluster: an archive, a folder or a tar of segments, one segment.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::Wal;
use super::files::{list, parse_name};
use super::find::Origin;
use crate::cluster::ClusterOptions;
use crate::evidence::{self, Evidence, EvidenceError, OpenOptions, plain};
use crate::format::wal::{WalFileName, WalLongPageHeader, is_segment_size};
use crate::format::{Format, PgVersion};
use crate::primitives::TimelineId;

/// What of the WAL is read.
#[derive(Debug, Clone, Default)]
pub struct WalOptions {
    /// The version and the block size, whatever the files say.
    pub cluster: ClusterOptions,
    /// The timeline; `None` for the newest.
    pub timeline: Option<TimelineId>,
}

/// What a place that holds WAL has.
pub const EXPECTED: &str = "looked for files with names of 24 hexadecimal digits \
     (000000010000000000000001, also .partial, .gz, .lz4, .zst) that begin with the header of a \
     segment";

/// There is no WAL to be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalError {
    /// The folder or the file can't be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// No file there is a segment.
    #[error("{place} holds no WAL: {EXPECTED}; {found}")]
    NoSegments {
        /// What was looked into.
        place: String,
        /// What is there instead.
        found: String,
    },
    /// The block size that was asked for can't be.
    #[error(transparent)]
    Options(#[from] crate::cluster::identity::IdentityError),
}

/// Whether a path is WAL rather than a cluster: a file named as a segment or as the tar that
/// `pg_basebackup` puts WAL into, or a folder that holds segments.
#[must_use]
pub fn looks_like_wal(path: &Path) -> bool {
    if path.is_dir() {
        let tree = evidence::open_tree(path, &OpenOptions::default());
        tree.is_ok_and(|tree| {
            let entries = tree.list("").unwrap_or_default();
            let is_cluster = entries.iter().any(|entry| entry.name == "PG_VERSION");
            !is_cluster && holds_segments(tree.as_ref(), "")
        })
    } else {
        is_segment_file(path) || file_name(path).starts_with("pg_wal.t")
    }
}

impl Wal {
    /// Opens a folder of segments, a tar of them, or one segment file. What the archives hold
    /// counts, too, before that.
    pub fn open(
        path: &Path,
        open: &OpenOptions,
        archives: &[Arc<dyn Evidence>],
        options: &WalOptions,
    ) -> Result<(Self, Arc<dyn Evidence>), WalError> {
        let is_tree = path.is_dir() || (!is_segment_file(path) && evidence::is_tar(path));
        let tree = if is_tree {
            evidence::open_tree(path, open)?
        } else {
            evidence::open_file(path, open)?
        };
        let usual = Format::usual(options.cluster.version.unwrap_or(PgVersion::V17));
        let places = archives.iter().chain([&tree]);
        let places: Vec<_> = places.map(place).collect();
        let mut origin = origin_of(&places, usual).ok_or_else(|| nothing(tree.as_ref()))?;
        if let Some(version) = options.cluster.version {
            origin.format.version = version;
        }
        if let Some(block_size) = options.cluster.checked_block_size()? {
            origin.format = origin.format.with_block_size(block_size);
        }
        Ok((Self::among(&places, origin, options.timeline), tree))
    }
}

/// A tree of WAL, the folder in it where the WAL is, and what its files are shown behind: a single
/// file is its own name.
pub(super) fn place(tree: &Arc<dyn Evidence>) -> (Arc<dyn Evidence>, &'static str, String) {
    let name = match tree.kind() {
        evidence::EvidenceKind::File => String::new(),
        _ => tree.name(),
    };
    // The folder as a whole was put into the tar.
    if !holds_segments(tree.as_ref(), "") && holds_segments(tree.as_ref(), "pg_wal") {
        return (Arc::clone(tree), "pg_wal", format!("{name}/pg_wal"));
    }
    (Arc::clone(tree), "", name)
}

fn holds_segments(tree: &dyn Evidence, path: &str) -> bool {
    list(tree, path).iter().any(|file| segment_name(&file.name).is_some())
}

fn is_segment_file(path: &Path) -> bool {
    segment_name(&file_name(path)).is_some()
}

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

fn nothing(tree: &dyn Evidence) -> WalError {
    let entries = tree.list("").unwrap_or_default();
    let mut names: Vec<_> = entries.iter().take(5).map(|entry| entry.name.as_str()).collect();
    if entries.len() > names.len() {
        names.push("…");
    }
    let found = match names.len() {
        0 => "it is empty".to_owned(),
        _ => format!("found {}", names.join(", ")),
    };
    WalError::NoSegments { place: tree.name(), found }
}

/// How many segments are asked whose they are.
const ASKED: usize = 16;

/// Whose WAL these folders hold, and how it is cut: by the headers of some of their segments, of
/// which most must agree, so that a stray one does no harm.
pub(super) fn origin_of(
    places: &[(Arc<dyn Evidence>, &str, String)],
    usual: Format,
) -> Option<Origin> {
    let mut votes: HashMap<(u64, u32, u32, PgVersion), usize> = HashMap::new();
    for (tree, path, _) in places {
        let mut files = list(tree.as_ref(), path);
        files.retain(|file| segment_name(&file.name).is_some());
        let step = files.len().div_ceil(ASKED).max(1);
        files.reverse();
        for file in files.iter().step_by(step) {
            let Some(header) = header(tree.as_ref(), &file.path) else { continue };
            let Some(version) = header.version() else { continue };
            let key =
                (header.xlp_sysid(), header.xlp_seg_size(), header.xlp_xlog_blcksz(), version);
            *votes.entry(key).or_default() += 1;
        }
    }
    // Of equals, always the same one.
    let ((system, segment_size, block_size, version), _) =
        votes.into_iter().max_by_key(|(key, votes)| (*votes, *key))?;
    let mut format = Format { version, ..usual };
    format.wal_segment_size = segment_size;
    format.wal_block_size = block_size;
    Some(Origin { format, system_identifier: Some(system) })
}

/// The sound header of a segment.
fn header(tree: &dyn Evidence, path: &str) -> Option<WalLongPageHeader> {
    let file = tree.open(path).ok()?;
    let len = size_of::<WalLongPageHeader>();
    let (file, _) = plain(file, path, len as u64).ok()?;
    let mut buffer = Vec::new();
    let bytes = file.read_at(0, len, &mut buffer).ok()?;
    let header = *WalLongPageHeader::parse(bytes).ok()?;
    let pages = header.xlp_xlog_blcksz();
    let sound = is_segment_size(header.xlp_seg_size())
        && pages.is_power_of_two()
        && (1 << 10..=64 << 10).contains(&pages);
    sound.then_some(header)
}

/// What a name says, whatever size segments have.
fn segment_name(name: &str) -> Option<WalFileName> {
    let smallest = 1 << 20;
    parse_name(name, smallest)
        .filter(|name| matches!(name, WalFileName::Segment(..) | WalFileName::Partial(..)))
}
