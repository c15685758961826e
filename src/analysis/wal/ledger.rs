//! Which relation each byte of the WAL is about.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::blocks::{BlockCounts, BlockSet};
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
struct Entry {
    count: RelationCount,
    forks: Vec<(u8, BlockSet)>,
}

impl Entry {
    fn blocks(&self) -> BlockCounts {
        let mut counts = BlockCounts::default();
        for (_, set) in &self.forks {
            counts += set.counts();
        }
        counts
    }

    /// The blocks of a fork, and how much room it takes that it is new.
    fn fork(&mut self, code: u8) -> (&mut BlockSet, usize) {
        let known = self.forks.iter().position(|(fork, _)| *fork == code);
        let at = known.unwrap_or_else(|| {
            self.forks.reserve_exact(1);
            self.forks.push((code, BlockSet::default()));
            self.forks.len() - 1
        });
        (&mut self.forks[at].1, usize::from(known.is_none()))
    }
}

/// What is in no relation's row.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    /// What is about no relation.
    none: RelationCount,
    /// What is about relations that there was no room for.
    others: RelationCount,
}

/// How many are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct LedgerRoom {
    /// Relations, those of each cycle apart.
    pub(super) relations: usize,
    /// Runs of blocks (of 256 each), of which a fork takes one more. Where there are more, nothing
    /// is said of single blocks.
    pub(super) runs: usize,
}

impl LedgerRoom {
    /// Of what is counted of one segment: 2 MB of them.
    pub(super) const SEGMENT: Self = Self { relations: 4096, runs: 8192 };
    /// Of all: 25 MB of them.
    pub(super) const ALL: Self = Self { relations: 32_768, runs: 98_304 };
}

/// The ledger of some records, by cycle and relation.
///
/// The relations that come first in the WAL have rows of their own, as long as there is room; the
/// others are counted together. Where a segment alone names more than it has room for, what it says
/// about those that came later in it counts for the others, even if a row is theirs: sums are whole
/// always.
#[derive(Debug)]
pub(super) struct Ledger {
    format: Format,
    room: LedgerRoom,
    /// Where in `entries` a relation of a cycle is.
    places: HashMap<Key, usize>,
    entries: Vec<(Key, Entry)>,
    /// By cycle.
    rest: BTreeMap<usize, Rest>,
    /// Relations that came lately, by the low bits of their number: most records are about them.
    lately: [Option<(Key, usize)>; LATELY],
    /// The block references of the record that is looked at.
    blocks: Vec<BlockHeader>,
    /// How many runs of blocks are kept; `None` once they were too many.
    runs: Option<usize>,
    /// How many records could not be taken apart.
    pub(super) broken: u64,
}

/// A cycle's place among all, and a relation.
type Key = (usize, RelFileLocator);

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// A relation.
    Relation(RelFileLocator),
    /// No relation.
    Nothing,
    /// Relations that there was no room for.
    Others,
}

/// A row of the ledger.
pub(super) struct LedgerRow {
    pub(super) cycle: usize,
    pub(super) about: About,
    pub(super) count: RelationCount,
    /// `None` where blocks are too many to keep them apart, or of no one relation.
    pub(super) blocks: Option<BlockCounts>,
}

const LATELY: usize = 16;

impl Ledger {
    pub(super) fn new(format: Format, room: LedgerRoom) -> Self {
        Self {
            format,
            room,
            places: HashMap::default(),
            entries: Vec::new(),
            rest: BTreeMap::new(),
            lately: [None; LATELY],
            blocks: Vec::new(),
            runs: Some(0),
            broken: 0,
        }
    }

    /// What relations have together that there was no room for, if there are such.
    pub(super) fn others(&self) -> Option<RelationCount> {
        let mut all = RelationCount::default();
        for rest in self.rest.values() {
            all += rest.others;
        }
        (all != RelationCount::default()).then_some(all)
    }

    /// Whether nothing is said of single blocks, since there was no room for them.
    pub(super) const fn has_forgotten_blocks(&self) -> bool {
        self.runs.is_none()
    }

    /// Each row that there is anything in.
    pub(super) fn into_rows(self) -> impl Iterator<Item = LedgerRow> {
        let knows_blocks = self.runs.is_some();
        let relations = self.entries.into_iter().map(move |((cycle, locator), entry)| LedgerRow {
            cycle,
            about: About::Relation(locator),
            count: entry.count,
            blocks: knows_blocks.then(|| entry.blocks()),
        });
        let rest = self.rest.into_iter().flat_map(|(cycle, rest)| {
            [(About::Nothing, rest.none), (About::Others, rest.others)]
                .map(|(about, count)| LedgerRow { cycle, about, count, blocks: None })
        });
        relations.chain(rest).filter(|row| row.count != RelationCount::default())
    }

    #[inline]
    fn bound(&mut self) {
        if self.runs.is_some_and(|runs| runs > self.room.runs) {
            self.forget_blocks();
        }
    }

    fn forget_blocks(&mut self) {
        self.runs = None;
        for (_, entry) in &mut self.entries {
            entry.forks = Vec::new();
        }
    }

    /// The place of a relation; `None` where there is no room for it.
    #[inline]
    fn place(&mut self, key: Key) -> Option<usize> {
        let slot = key.1.number.0 as usize % LATELY;
        match self.lately.get(slot) {
            Some(Some((known, at))) if *known == key => Some(*at),
            _ => self.look_up(key, slot),
        }
    }

    fn look_up(&mut self, key: Key, slot: usize) -> Option<usize> {
        let next = self.entries.len();
        let known = self.places.get(&key).copied();
        let at = known.or_else(|| (next < self.room.relations).then_some(next))?;
        if at == next {
            self.places.insert(key, at);
            self.entries.push((key, Entry::default()));
        }
        if let Some(lately) = self.lately.get_mut(slot) {
            *lately = Some((key, at));
        }
        Some(at)
    }

    /// The count of a relation at its place, or of the others.
    #[inline]
    fn count(&mut self, cycle: usize, at: Option<usize>) -> &mut RelationCount {
        match at.and_then(|at| self.entries.get_mut(at)) {
            Some((_, entry)) => &mut entry.count,
            None => &mut self.rest.entry(cycle).or_default().others,
        }
    }

    /// Counts a record of a cycle.
    #[inline]
    pub(super) fn add(&mut self, cycle: usize, raw: &RawRecord<'_>) {
        let mut blocks = std::mem::take(&mut self.blocks);
        blocks.clear();
        if raw.decode_each(self.format, |block| blocks.push(block)).is_err() {
            self.broken += 1;
            blocks.clear();
        }
        let mut rest = u64::from(raw.header.xl_tot_len());
        let mut owner = None;
        for block in &blocks {
            let at = self.place((cycle, block.locator));
            owner.get_or_insert(at);
            rest = rest.saturating_sub(block.record_len() as u64);
            let block_size = self.format.block_size;
            self.count(cycle, at).add_block(block, block_size);
            if let Some(runs) = &mut self.runs
                && let Some((_, entry)) = at.and_then(|at| self.entries.get_mut(at))
            {
                let (set, more) = entry.fork(block.flags.fork_code());
                *runs += more + usize::from(set.add(block.block.0, block.image.is_some()));
            }
        }
        let count = match owner {
            Some(at) => self.count(cycle, at),
            None => &mut self.rest.entry(cycle).or_default().none,
        };
        count.record_count += 1;
        count.wal_bytes += rest;
        self.blocks = blocks;
        self.bound();
    }

    /// Takes in what was counted of the records that follow.
    pub(super) fn append(&mut self, later: Self) {
        self.broken += later.broken;
        // What a segment had no room for may be missing in a row that is here.
        let is_whole = later.rest.values().all(|rest| rest.others.block_refs == 0);
        if later.runs.is_none() || !is_whole {
            self.forget_blocks();
        }
        for (cycle, later) in later.rest {
            let rest = self.rest.entry(cycle).or_default();
            rest.none += later.none;
            rest.others += later.others;
        }
        for (key, later) in later.entries {
            let at = self.place(key);
            *self.count(key.0, at) += later.count;
            if let Some(runs) = &mut self.runs
                && let Some((_, entry)) = at.and_then(|at| self.entries.get_mut(at))
            {
                for (code, blocks) in later.forks {
                    let (set, more) = entry.fork(code);
                    *runs += more + set.append(blocks);
                }
            }
        }
        self.bound();
    }
}
