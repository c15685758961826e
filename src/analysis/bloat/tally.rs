use std::ops::AddAssign;

use super::{Density, Ledger, Line, Strip};
use crate::format::page::PageHeader;
use crate::primitives::BlockNumber;

/// A number of tuples, and their length in bytes without padding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tuples {
    /// How many.
    pub count: u64,
    /// Their length.
    pub len: u64,
}

/// What a heap page holds, or all the pages of a heap together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks that were looked at, unreadable ones too.
    pub pages: u64,
    /// What the bytes are taken up by.
    pub ledger: Ledger,
    /// Live tuples.
    pub live: Tuples,
    /// Tuples that can still go either way.
    pub in_doubt: Tuples,
    /// Dead tuples that VACUUM would remove, those of aborted transactions among them.
    pub removable: Tuples,
    /// Those of aborted transactions alone.
    pub aborted: Tuples,
    /// Dead tuples that VACUUM would have to leave.
    pub held: Tuples,
    /// Of the held ones, those that each holder of the horizon holds, in the order of these.
    pub held_by: Vec<Tuples>,
    /// Of the held ones, those that dropping the oldest holder alone would free.
    pub freed_without_oldest: Tuples,
    /// Tuples of unknown fate.
    pub unknown: Tuples,
    /// Line pointers that are dead, and have no storage.
    pub lp_dead: u64,
    /// Line pointers that are free to be taken.
    pub lp_unused: u64,
    /// Line pointers that name another.
    pub lp_redirect: u64,
    /// Free space as `pgstattuple` counts it.
    pub free_space: u64,
    /// What the tuples that a rewrite would copy take, with their padding.
    pub kept_storage: u64,
    /// What removable tuples take, with their padding.
    pub removable_storage: u64,
    /// The last block with anything that VACUUM would leave.
    pub last_kept: Option<BlockNumber>,
    /// How dead the pages are.
    pub density: Density,
}

/// What one heap page holds.
#[derive(Debug, Default)]
pub(super) struct PageCounts {
    pub(super) live: Tuples,
    pub(super) in_doubt: Tuples,
    pub(super) removable: Tuples,
    pub(super) aborted: Tuples,
    pub(super) held: Tuples,
    pub(super) held_by: Vec<Tuples>,
    pub(super) freed_without_oldest: Tuples,
    pub(super) unknown: Tuples,
    pub(super) lp_dead: u64,
    pub(super) lp_unused: u64,
    pub(super) lp_redirect: u64,
    /// Bytes of line pointers.
    pub(super) line_pointers: u64,
    /// What all tuples take, with their padding.
    pub(super) storage: u64,
    pub(super) removable_storage: u64,
    pub(super) unreferenced: u64,
    pub(super) free: u64,
    pub(super) special: u64,
    /// As `pgstattuple` counts it.
    pub(super) free_space: u64,
    /// The room for one more row.
    pub(super) heap_free: u64,
}

impl Tally {
    /// Takes in a page.
    #[inline]
    pub(super) fn add_page(&mut self, page: &PageCounts) {
        let ledger = &mut self.ledger;
        ledger[Line::PageHeaders] += size_of::<PageHeader>() as u64;
        ledger[Line::LinePointers] += page.line_pointers;
        ledger[Line::Unreferenced] += page.unreferenced;
        ledger[Line::Free] += page.free;
        ledger[Line::Special] += page.special;
        ledger[Line::Padding] += page.storage;
        let parts = [
            (Line::Live, &mut self.live, page.live),
            (Line::InDoubt, &mut self.in_doubt, page.in_doubt),
            (Line::Removable, &mut self.removable, page.removable),
            (Line::Held, &mut self.held, page.held),
            (Line::Unknown, &mut self.unknown, page.unknown),
        ];
        for (line, sum, tuples) in parts {
            *sum += tuples;
            ledger[line] += tuples.len;
            ledger[Line::Padding] -= tuples.len;
        }
        self.aborted += page.aborted;
        self.freed_without_oldest += page.freed_without_oldest;
        self.add_held_by(&page.held_by);
        self.lp_dead += page.lp_dead;
        self.lp_unused += page.lp_unused;
        self.lp_redirect += page.lp_redirect;
        self.free_space += page.free_space;
        self.kept_storage += page.storage - page.removable_storage;
        self.removable_storage += page.removable_storage;
    }

    /// Takes in a block that could not be read.
    pub(super) fn add_unreadable(&mut self, block: BlockNumber, block_size: u32) -> Strip {
        self.pages += 1;
        self.ledger[Line::Unreadable] += u64::from(block_size);
        self.density.add(0, block_size.into());
        self.keep(block);
        Strip { blocks: 1, ..Strip::default() }
    }

    /// Notes that VACUUM would leave something on a page.
    #[inline]
    pub(super) fn keep(&mut self, block: BlockNumber) {
        self.last_kept = self.last_kept.max(Some(block));
    }

    fn add_held_by(&mut self, held_by: &[Tuples]) {
        if self.held_by.len() < held_by.len() {
            self.held_by.resize(held_by.len(), Tuples::default());
        }
        for (sum, held) in self.held_by.iter_mut().zip(held_by) {
            *sum += *held;
        }
    }

    /// Dead tuples that have storage, as `pgstattuple` counts them.
    #[must_use]
    pub fn dead(&self) -> Tuples {
        self.removable + self.held
    }

    /// Tuples that are there for somebody, as `pgstattuple` counts them.
    #[must_use]
    pub fn present(&self) -> Tuples {
        self.live + self.in_doubt
    }

    /// Tuples that a rewrite would copy.
    #[must_use]
    pub fn kept(&self) -> Tuples {
        self.present() + self.held + self.unknown
    }
}

impl Tuples {
    #[inline]
    pub(super) const fn add(&mut self, len: u64) {
        self.count += 1;
        self.len += len;
    }
}

impl std::ops::Add for Tuples {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { count: self.count + other.count, len: self.len + other.len }
    }
}

impl std::ops::Sub for Tuples {
    type Output = Self;

    fn sub(self, part: Self) -> Self {
        Self { count: self.count - part.count, len: self.len - part.len }
    }
}

impl AddAssign for Tuples {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.pages += other.pages;
        self.ledger += other.ledger;
        self.live += other.live;
        self.in_doubt += other.in_doubt;
        self.removable += other.removable;
        self.aborted += other.aborted;
        self.held += other.held;
        self.add_held_by(&other.held_by);
        self.freed_without_oldest += other.freed_without_oldest;
        self.unknown += other.unknown;
        self.lp_dead += other.lp_dead;
        self.lp_unused += other.lp_unused;
        self.lp_redirect += other.lp_redirect;
        self.free_space += other.free_space;
        self.kept_storage += other.kept_storage;
        self.removable_storage += other.removable_storage;
        self.last_kept = self.last_kept.max(other.last_kept);
        self.density += &other.density;
    }
}
