//! Which relation each byte of the WAL is about.

use foldhash::HashMap;

use super::blocks::{BlockCounts, BlockSet};
use super::fold::Tally;
use crate::format::Format;
use crate::format::wal::{BlockRef, RawRecord};
use crate::primitives::RelFileLocator;

/// What the WAL holds about one relation, or about none.
///
/// A block reference's header, data and image go to its relation; what is left of the record, and
/// the record itself, to the relation of its first reference. So all rows add up to the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelationCount {
    /// Records whose first block reference is to it.
    pub record_count: u64,
    /// References to its blocks.
    pub block_refs: u64,
    /// Images of its blocks.
    pub fpi_count: u64,
    /// Bytes of these, as they are stored.
    pub fpi_bytes: u64,
    /// All bytes.
    pub wal_bytes: u64,
    /// Bytes that images do not take because the free space of the page is left out.
    pub hole_saved: u64,
    /// Bytes that they do not take because they are compressed.
    pub compression_saved: u64,
}

impl RelationCount {
    /// The share of image bytes, 0 to 1; 0 of nothing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share is rounded anyway")]
    pub fn fpi_ratio(&self) -> f64 {
        if self.wal_bytes == 0 { 0.0 } else { self.fpi_bytes as f64 / self.wal_bytes as f64 }
    }

    fn add_block(&mut self, block: &BlockRef<'_>, block_size: u32) {
        self.block_refs += 1;
        self.wal_bytes += block.len() as u64;
        let Some(image) = block.image else { return };
        let stored = image.data.len() as u64;
        let hole = u64::from(image.hole_length);
        self.fpi_count += 1;
        self.fpi_bytes += stored;
        self.hole_saved += hole;
        if image.flags.is_compressed() {
            self.compression_saved += u64::from(block_size).saturating_sub(hole + stored);
        }
    }
}

impl std::ops::AddAssign for RelationCount {
    fn add_assign(&mut self, other: Self) {
        self.record_count += other.record_count;
        self.block_refs += other.block_refs;
        self.fpi_count += other.fpi_count;
        self.fpi_bytes += other.fpi_bytes;
        self.wal_bytes += other.wal_bytes;
        self.hole_saved += other.hole_saved;
        self.compression_saved += other.compression_saved;
    }
}

/// A relation, and its blocks fork by fork.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) count: RelationCount,
    forks: Vec<(u8, BlockSet)>,
}

impl Entry {
    pub(super) fn blocks(&self) -> BlockCounts {
        let mut counts = BlockCounts::default();
        for (_, set) in &self.forks {
            counts += set.counts();
        }
        counts
    }

    fn fork(&mut self, code: u8) -> &mut BlockSet {
        let at = self.forks.iter().position(|(fork, _)| *fork == code);
        let at = at.unwrap_or_else(|| {
            self.forks.push((code, BlockSet::default()));
            self.forks.len() - 1
        });
        &mut self.forks[at].1
    }
}

/// The ledger of some records.
#[derive(Debug)]
pub(super) struct Ledger {
    format: Format,
    /// Where in `entries` a relation is.
    places: HashMap<RelFileLocator, usize>,
    entries: Vec<(Option<RelFileLocator>, Entry)>,
    /// The relation that came last: the next record is often about it, too.
    latest: Option<(RelFileLocator, usize)>,
    /// How many records could not be taken apart, and how many bytes they have.
    pub(super) broken: u64,
}

/// Which records are about no relation.
const NONE: usize = 0;

impl Ledger {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            places: HashMap::default(),
            entries: vec![(None, Entry::default())],
            latest: None,
            broken: 0,
        }
    }

    /// Each relation, and `None` for none, with what there is about it.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (Option<RelFileLocator>, Entry)> {
        self.entries.into_iter().filter(|(_, entry)| entry.count != RelationCount::default())
    }

    fn place(&mut self, locator: RelFileLocator) -> usize {
        if let Some((latest, at)) = self.latest
            && latest == locator
        {
            return at;
        }
        let next = self.entries.len();
        let at = *self.places.entry(locator).or_insert(next);
        if at == next {
            self.entries.push((Some(locator), Entry::default()));
        }
        self.latest = Some((locator, at));
        at
    }
}

impl Tally for Ledger {
    #[inline]
    fn add(&mut self, raw: &RawRecord<'_>) {
        let mut rest = u64::from(raw.header.xl_tot_len());
        let mut owner = None;
        match raw.decode(self.format) {
            Ok(record) => {
                for block in record.blocks() {
                    let at = self.place(block.locator);
                    owner.get_or_insert(at);
                    rest = rest.saturating_sub(block.len() as u64);
                    if let Some((_, entry)) = self.entries.get_mut(at) {
                        entry.count.add_block(&block, self.format.block_size);
                        let set = entry.fork(block.flags.fork_code());
                        set.add(block.block.0, block.image.is_some());
                    }
                }
            }
            Err(_) => self.broken += 1,
        }
        if let Some((_, entry)) = self.entries.get_mut(owner.unwrap_or(NONE)) {
            entry.count.record_count += 1;
            entry.count.wal_bytes += rest;
        }
    }

    fn append(&mut self, later: Self) {
        self.broken += later.broken;
        for (locator, later) in later.entries {
            let at = locator.map_or(NONE, |locator| self.place(locator));
            if let Some((_, entry)) = self.entries.get_mut(at) {
                entry.count += later.count;
                for (code, blocks) in later.forks {
                    entry.fork(code).append(blocks);
                }
            }
        }
    }
}
