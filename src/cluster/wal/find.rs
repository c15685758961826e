//! Which of the files that are there make up the WAL.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::copies::Copies;
use super::files::{COMPRESSED, Found, WalFile};
use super::{Timeline, Wal};
use crate::cluster::finding::{Finding, Location};
use crate::cluster::identity::Identity;
use crate::evidence::{Evidence, is_compressed, plain};
use crate::format::Format;
use crate::format::wal::{SegmentNumber, WalLongPageHeader, parse_history};
use crate::primitives::TimelineId;

/// Whose WAL it is, and how it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) format: Format,
    pub(super) system_identifier: Option<u64>,
}

/// What a history file has at most: a line for each of some ten thousand timelines.
const MAX_HISTORY_BYTES: u64 = 1 << 20;

/// The bytes of a segment's header.
const HEADER: usize = size_of::<WalLongPageHeader>();

impl Wal {
    /// Finds the WAL of a cluster: in its `pg_wal`, and before that in the archives. `timeline`
    /// is the one to read; else the cluster's own.
    #[must_use]
    pub fn find(
        evidence: &Arc<dyn Evidence>,
        identity: &Identity,
        archives: &[Arc<dyn Evidence>],
        timeline: Option<TimelineId>,
    ) -> Self {
        let own = identity.control.as_ref().map(|control| {
            control.checkpoint_copy.timeline.max(control.min_recovery_point_timeline)
        });
        let mut places: Vec<_> = archives.iter().map(super::open::place).collect();
        places.push((Arc::clone(evidence), "pg_wal", "pg_wal".to_owned()));
        let origin = match &identity.control {
            Some(control) => Origin {
                format: identity.format,
                system_identifier: Some(control.system_identifier),
            },
            None => super::open::origin_of(&places, identity.format)
                .unwrap_or(Origin { format: identity.format, system_identifier: None }),
        };
        Self::among(&places, origin, timeline.or(own))
    }

    /// The WAL in these folders, given with the path within and what they are called; of several
    /// copies of a segment, that of the earliest folder counts which is sound.
    pub(super) fn among(
        places: &[(Arc<dyn Evidence>, &str, String)],
        origin: Origin,
        timeline: Option<TimelineId>,
    ) -> Self {
        let size = origin.format.wal_segment_size;
        let mut found = Found::default();
        for (tree, path, shown) in places {
            found.add(tree, path, shown, size);
        }
        let mut findings = Vec::new();
        let newest = || found.segments.iter().map(|file| file.timeline).max();
        let id = timeline.or_else(newest).unwrap_or(TimelineId(1));
        let timeline = history(id, &found, &mut findings);
        let (segments, unread) = choose(found.segments, &timeline, size, &mut findings);
        if segments.is_empty() {
            let shown: Vec<_> = places.iter().map(|(_, _, shown)| shown.as_str()).collect();
            let found = match unread.len() {
                0 => "none".to_owned(),
                other => format!("{other} files of other timelines"),
            };
            let expected = format!("segments of timeline {}", timeline.id);
            let code = &codes::WAL_MISSING;
            findings.push(Finding::in_file(code, shown.join(", "), expected, found));
        }
        let Origin { format, system_identifier } = origin;
        Self { format, system_identifier, timeline, segments, unread, findings }
    }
}

/// The timelines that `id` grew out of, by its history file. The first timeline has none.
fn history(id: TimelineId, found: &Found, findings: &mut Vec<Finding>) -> Timeline {
    let mut why = None;
    for (_, path, tree) in found.histories.iter().filter(|(timeline, ..)| *timeline == id) {
        match read_history(tree.as_ref(), path) {
            Ok(ancestors) => return Timeline { id, ancestors },
            Err(error) => why = Some((path.clone(), error)),
        }
    }
    let older = || found.segments.iter().any(|file| file.timeline < id);
    if id > TimelineId(1) && why.is_none() && older() {
        why = Some((format!("{:08X}.history", id.0), "no such file".to_owned()));
    }
    if let Some((path, error)) = why {
        let code = &codes::WAL_HISTORY_UNREADABLE;
        findings.push(Finding::in_file(code, path, "the timelines before it", error));
    }
    Timeline::alone(id)
}

fn read_history(
    tree: &dyn Evidence,
    path: &str,
) -> Result<Vec<crate::format::wal::HistoryEntry>, String> {
    let file = tree.open(path).map_err(|error| error.to_string())?;
    let (file, note) =
        plain(file, path, MAX_HISTORY_BYTES + 1).map_err(|error| error.to_string())?;
    if let Some(note) = note {
        return Err(note);
    }
    if file.len() > MAX_HISTORY_BYTES {
        return Err(format!("more than {MAX_HISTORY_BYTES} bytes, which makes no sense"));
    }
    let len = usize::try_from(file.len()).unwrap_or(usize::MAX);
    let mut buffer = Vec::new();
    let bytes = file.read_at(0, len, &mut buffer).map_err(|error| error.to_string())?;
    parse_history(bytes).map_err(|error| error.to_string())
}

/// One file for each segment, and those that are left.
fn choose(
    files: Vec<WalFile>,
    timeline: &Timeline,
    segment_size: u32,
    findings: &mut Vec<Finding>,
) -> (Vec<WalFile>, Vec<WalFile>) {
    let mut by_number: BTreeMap<SegmentNumber, Vec<WalFile>> = BTreeMap::new();
    for file in files {
        by_number.entry(file.number).or_default().push(file);
    }
    let (mut segments, mut unread) = (Vec::new(), Vec::new());
    for (number, mut files) in by_number {
        let order: Vec<_> = timeline.files_of(number, segment_size).collect();
        let rank = |file: &WalFile| order.iter().position(|id| *id == file.timeline);
        // Stable: the earlier folder stays first.
        files.sort_by_key(|file| (rank(file).unwrap_or(usize::MAX), file.is_partial));
        let mut files = files.into_iter();
        let best = files.next().filter(|file| {
            let counts = rank(file).is_some();
            if !counts {
                unread.push(file.clone());
            }
            counts
        });
        if let Some(mut best) = best {
            let copies = files.clone().filter(|file| file.timeline == best.timeline);
            let copies: Vec<_> = copies.collect();
            let differ = copies.iter().filter_map(|copy| disagreement(&best, copy, segment_size));
            findings.extend(differ);
            best.copies = Copies::of(copies);
            // Of several, the one that is read is told by what is in them.
            if !best.files().any(|file| file.has_size(segment_size)) {
                let expected = format!("{segment_size} bytes");
                let found = format!("{} bytes", best.len);
                let code = &codes::WAL_SEGMENT_SIZE;
                findings.push(Finding::in_file(code, best.name.as_str(), expected, found));
            }
            segments.push(best);
        }
        unread.extend(files);
    }
    (segments, unread)
}

impl WalFile {
    /// Whether it has the size that it should have, as far as one can tell without decompressing.
    fn has_size(&self, segment_size: u32) -> bool {
        self.len == u64::from(segment_size) || self.is_compressed()
    }

    /// Whether it is compressed, by its name or by how it begins: an archive may keep the name.
    fn is_compressed(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        COMPRESSED.iter().any(|ending| name.contains(ending))
            || self.tree.open(&self.path).is_ok_and(|file| is_compressed(file.as_ref()))
    }

    /// The header that it begins with.
    fn header(&self) -> Option<WalLongPageHeader> {
        let file = self.tree.open(&self.path).ok()?;
        let (file, _) = plain(file, &self.name, HEADER as u64).ok()?;
        let mut buffer = Vec::new();
        let bytes = file.read_at(0, HEADER, &mut buffer).ok()?;
        WalLongPageHeader::parse(bytes).ok().copied()
    }
}

/// Two files of one segment whose headers are both sound, and not the same.
fn disagreement(best: &WalFile, copy: &WalFile, segment_size: u32) -> Option<Finding> {
    let (own, other) = (best.header()?, copy.header()?);
    let start = best.number.start(segment_size);
    let both_there = own.std.xlp_pageaddr() == start && other.std.xlp_pageaddr() == start;
    let differ = (own.xlp_sysid(), own.std.xlp_tli(), own.std.xlp_rem_len())
        != (other.xlp_sysid(), other.std.xlp_tli(), other.std.xlp_rem_len());
    (both_there && differ).then(|| Finding {
        code: &codes::WAL_COPIES_DIFFER,
        location: Location {
            path: Some(best.name.clone()),
            lsn: Some(start),
            ..Location::default()
        },
        expected: format!("the same header as {}", copy.name),
        found: format!(
            "system {}, timeline {}, where the other has system {}, timeline {}",
            own.xlp_sysid(),
            own.std.xlp_tli(),
            other.xlp_sysid(),
            other.std.xlp_tli()
        ),
    })
}
