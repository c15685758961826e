//! Which relation each byte of the WAL is about.

use foldhash::HashMap;

use super::blocks::{BlockCounts, BlockSet};
use super::fold::Tally;
use crate::format::Format;
use crate::format::wal::{BlockHeader, RawRecord};
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

    #[inline]
    fn add_block(&mut self, block: &BlockHeader, block_size: u32) {
        self.block_refs += 1;
        self.wal_bytes += block.record_len() as u64;
        let Some(image) = block.image else { return };
        let stored = u64::from(image.stored);
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
    /// Relations that came lately, by the low bits of their number: most records are about them.
    lately: [(RelFileLocator, usize); LATELY],
    /// The block references of the record that is looked at.
    blocks: Vec<BlockHeader>,
    /// How many runs of blocks are kept; `None` once they were too many.
    runs: Option<usize>,
    /// How many records could not be taken apart.
    pub(super) broken: u64,
}

/// So many runs of blocks (of 4096 each) are kept, 32 MB of them: whatever the size of the WAL,
/// memory stays bounded. Where there are more, nothing is said of single blocks.
const MAX_RUNS: usize = 16_384;

const LATELY: usize = 16;

/// Which records are about no relation.
const NONE: usize = 0;

impl Ledger {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            places: HashMap::default(),
            entries: vec![(None, Entry::default())],
            lately: [(RelFileLocator::default(), NONE); LATELY],
            blocks: Vec::new(),
            runs: Some(0),
            broken: 0,
        }
    }

    /// Whether single blocks were kept apart.
    pub(super) fn knows_blocks(&self) -> bool {
        self.runs.is_some()
    }

    /// Each relation, and `None` for none, with what there is about it.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (Option<RelFileLocator>, Entry)> {
        self.entries.into_iter().filter(|(_, entry)| entry.count != RelationCount::default())
    }

    #[inline]
    fn bound(&mut self) {
        if self.runs.is_some_and(|runs| runs > MAX_RUNS) {
            self.forget_blocks();
        }
    }

    fn forget_blocks(&mut self) {
        self.runs = None;
        for (_, entry) in &mut self.entries {
            entry.forks = Vec::new();
        }
    }

    #[inline]
    fn place(&mut self, locator: RelFileLocator) -> usize {
        let slot = locator.number.0 as usize % LATELY;
        match self.lately.get(slot) {
            Some((known, at)) if *known == locator && *at != NONE => *at,
            _ => self.look_up(locator, slot),
        }
    }

    fn look_up(&mut self, locator: RelFileLocator, slot: usize) -> usize {
        let next = self.entries.len();
        let at = *self.places.entry(locator).or_insert(next);
        if at == next {
            self.entries.push((Some(locator), Entry::default()));
        }
        if let Some(lately) = self.lately.get_mut(slot) {
            *lately = (locator, at);
        }
        at
    }
}

impl Tally for Ledger {
    #[inline]
    fn add(&mut self, raw: &RawRecord<'_>) {
        let mut blocks = std::mem::take(&mut self.blocks);
        blocks.clear();
        if raw.decode_each(self.format, |block| blocks.push(block)).is_err() {
            self.broken += 1;
            blocks.clear();
        }
        let mut rest = u64::from(raw.header.xl_tot_len());
        let mut owner = None;
        for block in &blocks {
            let at = self.place(block.locator);
            owner.get_or_insert(at);
            rest = rest.saturating_sub(block.record_len() as u64);
            if let Some((_, entry)) = self.entries.get_mut(at) {
                entry.count.add_block(block, self.format.block_size);
                if let Some(runs) = &mut self.runs {
                    let set = entry.fork(block.flags.fork_code());
                    *runs += usize::from(set.add(block.block.0, block.image.is_some()));
                }
            }
        }
        if let Some((_, entry)) = self.entries.get_mut(owner.unwrap_or(NONE)) {
            entry.count.record_count += 1;
            entry.count.wal_bytes += rest;
        }
        self.blocks = blocks;
        self.bound();
    }

    fn append(&mut self, later: Self) {
        self.broken += later.broken;
        if later.runs.is_none() {
            self.forget_blocks();
        }
        for (locator, later) in later.entries {
            let at = locator.map_or(NONE, |locator| self.place(locator));
            let Some((_, entry)) = self.entries.get_mut(at) else { continue };
            entry.count += later.count;
            if let Some(runs) = &mut self.runs {
                for (code, blocks) in later.forks {
                    *runs += entry.fork(code).append(blocks);
                }
            }
        }
        self.bound();
    }
}
