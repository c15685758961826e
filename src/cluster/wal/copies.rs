//! Which of several copies of a segment is read.
//!
//! A copy in an archive may be damaged where that in `pg_wal` is not, or the other way round. The
//! first one counts, unless another one goes on behind where it stops.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use super::{SegmentRead, SegmentStart, Wal, WalFile, codes};
use crate::cluster::finding::{Finding, Location};
use crate::evidence::EvidenceFile;
use crate::format::wal::{Chain, SegmentScan};
use crate::primitives::Lsn;

/// The other files of a segment, and which one is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Copies {
    pub(super) others: Vec<WalFile>,
    choice: OnceLock<Choice>,
}

/// The place of a file among all of its segment, and why it is not the first.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    at: usize,
    pub(super) finding: Option<Finding>,
}

impl Copies {
    pub(super) fn of(others: Vec<WalFile>) -> Self {
        Self { others, choice: OnceLock::new() }
    }
}

impl WalFile {
    /// All files of the segment, the best first.
    pub(super) fn files(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.copies.others)
    }
}

/// What reading a copy on its own came to.
struct Probe<'a> {
    file: &'a WalFile,
    bytes: Option<Arc<dyn EvidenceFile>>,
    read: SegmentRead,
    /// Up to where it is sound.
    reach: Lsn,
}

impl Wal {
    /// The file of a segment that is read. Where there are several, the first call reads them.
    #[must_use]
    pub fn file_of<'a>(&self, segment: &'a WalFile) -> &'a WalFile {
        segment.files().nth(self.choice(segment).at).unwrap_or(segment)
    }

    pub(super) fn choice<'a>(&self, segment: &'a WalFile) -> &'a Choice {
        segment.copies.choice.get_or_init(|| {
            if segment.copies.others.is_empty() {
                return Choice::default();
            }
            let first = self.probe(segment);
            let end = self.end_of(segment.number);
            let others = segment.copies.others.iter();
            // As a rule the first is whole, and the others are the same.
            if first.reach == end && others.clone().all(|other| self.edges_agree(&first, other)) {
                return Choice::default();
            }
            let probes: Vec<_> =
                std::iter::once(first).chain(others.map(|other| self.probe(other))).collect();
            let at = self.best(segment, &probes);
            let used = probes.get(at).map_or("", |used| used.file.name.as_str());
            let bad = probes.get(..at).unwrap_or_default();
            Choice { at, finding: self.passed_over(bad, used) }
        })
    }

    /// The copy that goes on the longest; of several, the first that fits the segments before and
    /// behind.
    fn best(&self, segment: &WalFile, probes: &[Probe<'_>]) -> usize {
        let reach = probes.iter().map(|probe| probe.reach).max();
        let best = probes.iter().enumerate().filter(|(_, probe)| Some(probe.reach) == reach);
        let best: Vec<_> = best.collect();
        let neighbours = |number: Option<u64>| {
            let place = self.segments.binary_search_by_key(&number, |one| Some(one.number.0));
            let neighbour = place.ok().and_then(|at| self.segments.get(at));
            let files = neighbour.filter(|_| best.len() > 1).into_iter().flat_map(WalFile::files);
            files.map(|file| self.probe(file)).collect::<Vec<_>>()
        };
        let before = neighbours(segment.number.0.checked_sub(1));
        let behind = neighbours(segment.number.0.checked_add(1));
        let fits = |probe: &Probe<'_>| {
            let fits_before = before.iter().any(|other| self.join(other, probe));
            let fits_behind = behind.iter().any(|other| self.join(probe, other));
            (fits_before, fits_behind)
        };
        // Of equals, `min_by_key` takes the first.
        let best = best.into_iter().min_by_key(|(_, probe)| std::cmp::Reverse(fits(probe)));
        best.map_or(0, |(at, _)| at)
    }

    /// Says why those that come before the one that is read are not.
    fn passed_over(&self, bad: &[Probe<'_>], used: &str) -> Option<Finding> {
        let (first, others) = bad.split_first()?;
        let others = others.iter().map(|one| format!("; {}: {}", one.file.name, one.why(self)));
        let found: String = std::iter::once(first.why(self)).chain(others).collect();
        let path = Some(first.file.name.clone());
        let location = Location { path, lsn: Some(first.reach), ..Location::default() };
        let expected = format!("what {used} has, which was read in its place");
        Some(Finding { code: &codes::WAL_COPY_BROKEN, location, expected, found })
    }

    /// Whether the record that crosses from one segment into the next is sound.
    fn join(&self, before: &Probe<'_>, behind: &Probe<'_>) -> bool {
        let (Some(first), Some(second)) = (before.scan(), behind.scan()) else { return false };
        let mut chain = Chain::new(self.format);
        if chain.add(first.clone(), |_| ()).is_err() {
            return false;
        }
        match (chain.add(second.clone(), |_| ()), &second.end) {
            (Ok(()), _) => true,
            // The WAL may end further on.
            (Err(end), Some(own)) => (end.found_at, end.reason) == (own.found_at, own.reason),
            (Err(_), None) => false,
        }
    }

    /// Reads one copy from its start to where it stops being sound.
    fn probe<'a>(&self, file: &'a WalFile) -> Probe<'a> {
        let start = SegmentStart { from: Lsn::INVALID, resync: false };
        let (opened, mut buffer) = (self.open_file(file), Vec::new());
        let bytes = opened.file.clone();
        let read =
            self.scan_file(file, opened, start, &mut buffer, |_, _| ControlFlow::Continue(()));
        let reach = read.parts.last().map_or(Lsn::INVALID, |scan| match &scan.end {
            Some(end) => end.lsn,
            // A record that goes on in the next segment is there as far as it can be.
            None => scan.position,
        });
        Probe { file, bytes, read, reach }
    }

    /// Whether a copy has the same bytes where `probe` has parts of records, whose checksums only
    /// the segments before and behind can tell.
    fn edges_agree(&self, probe: &Probe<'_>, other: &WalFile) -> bool {
        let Some(scan) = probe.scan() else { return false };
        let start = self.start_of(probe.file.number).0;
        let page = u64::from(self.format.wal_block_size);
        let continued = scan.first_record().map_or(scan.position.0, |first| first.0) - start;
        let tail = scan.unfinished().map_or(scan.position.0, |tail| tail.0) - start;
        let size = u64::from(self.format.wal_segment_size);
        let edges = [(0, continued.next_multiple_of(page)), (tail - tail % page, size)];
        let (Some(own), Some(other)) = (&probe.bytes, self.open_file(other).file) else {
            return false;
        };
        let (mut left, mut right) = (Vec::new(), Vec::new());
        edges.into_iter().all(|(from, to)| {
            let mut pages = (from..to).step_by(usize::try_from(page).unwrap_or(1).max(1));
            pages.all(|at| {
                let len = usize::try_from(page).unwrap_or(usize::MAX);
                let own = own.read_at(at, len, &mut left);
                own.is_ok_and(|own| {
                    other.read_at(at, len, &mut right).is_ok_and(|other| own == other)
                })
            })
        })
    }
}

impl Probe<'_> {
    fn scan(&self) -> Option<&SegmentScan> {
        self.read.parts.last()
    }

    /// Why it is not the one that is read.
    fn why(&self, wal: &Wal) -> String {
        let mut findings = self.read.findings.clone().finish().into_iter();
        let unreadable = findings.find(|finding| finding.code == &codes::WAL_SEGMENT_UNREADABLE);
        let end = self.scan().and_then(|scan| scan.end.as_ref());
        match (unreadable, end) {
            (Some(finding), _) => finding.found,
            (None, Some(end)) => end.to_string(),
            (None, None) if self.reach < wal.end_of(self.file.number) => {
                format!("it ends after {} bytes", self.read.len)
            }
            (None, None) => {
                "a record that goes on in it, or from it into the next, does not fit".to_owned()
            }
        }
    }
}
