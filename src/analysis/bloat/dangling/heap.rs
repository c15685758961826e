//! A heap, range by range.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::page::{Judge, Room};
use super::probe::Part;
use super::range::{Range, most_bytes};
use super::{DanglingOptions, Target};
use crate::analysis::bloat::maps::Settled;
use crate::analysis::horizon::{Horizon, Horizons};
use crate::analysis::scan::{self, Progress, Task};
use crate::cluster::Cluster;
use crate::cluster::relation::Relation;
use crate::format::page::Page;
use crate::primitives::{BlockNumber, ForkNumber, Lsn};

/// A heap whose line pointers are to be known.
pub(super) struct Heap<'a> {
    cluster: &'a Cluster,
    table: &'a Relation,
    horizon: Horizon,
    trust: Trust,
    /// The block behind the last.
    end: u32,
    options: DanglingOptions,
}

/// Bytes of a heap that are looked at in one piece, at most: little enough that many pieces, each as
/// full of line pointers as can be, fit into a budget.
const PIECE_BYTES: u32 = 4 << 20;
/// So many at the least.
const PIECES: usize = 8;

impl<'a> Heap<'a> {
    pub(super) fn new(
        cluster: &'a Cluster,
        table: &'a Relation,
        horizons: &Horizons,
        options: DanglingOptions,
    ) -> Self {
        let horizon = horizons.for_relation(table);
        let (trust, end) = (Trust::of(cluster, table), scan::end_block(cluster, table));
        Self { cluster, table, horizon, trust, end, options }
    }

    /// What is found behind a block number of which there is no page, and whether that has to be so;
    /// `None` where there is one.
    pub(super) fn without_page(&self, block: BlockNumber) -> Option<(Target, bool)> {
        if block.0 >= self.end {
            return Some((Target::BehindEnd, self.trust.has_all()));
        }
        let main = self.table.files.fork(ForkNumber::Main)?;
        let is_missing = !self.cluster.pages().has(main, block);
        is_missing.then_some((Target::Unknown, false))
    }

    /// Hands one part after the other to `held_to`: all pages, each once. There is one part at
    /// least, if only an empty one.
    pub(super) fn each_part(&self, progress: &dyn Progress, mut held_to: impl FnMut(&Part<'_>)) {
        let format = self.cluster.format();
        let fit = self.options.budget / PIECES / most_bytes(format.block_size);
        let blocks = (PIECE_BYTES / format.block_size).min(u32::try_from(fit).unwrap_or(u32::MAX));
        let blocks = blocks.max(1);
        let pages = self.cluster.pages();
        let main = self.table.files.fork(ForkNumber::Main);
        let runs = main.into_iter().flat_map(|main| pages.runs(main, blocks));
        let mut left: &[Task] = &runs.map(|run| Task { relation: 0, run }).collect::<Vec<_>>();
        let most = most_bytes(format.block_size).saturating_mul(blocks as usize);
        let mut is_first = true;
        loop {
            let first = left.first().map_or(0, |task| task.run.first.0);
            let mut range = Range::at(first);
            loop {
                let count = self.next_count(&range, most, left);
                let (now, later) = left.split_at(count.min(left.len()));
                if now.is_empty() {
                    break;
                }
                self.extend(&mut range, now, progress);
                left = later;
            }
            held_to(&Part { heap: self, range: &range, is_first });
            is_first = false;
            if left.is_empty() {
                return;
            }
        }
    }

    /// How many of the pieces that are left go on a range: as many as fit, whatever they hold, and
    /// follow each other. Pieces and range stand beside each other for a while.
    fn next_count(&self, range: &Range, most: usize, left: &[Task]) -> usize {
        let room = self.options.budget.saturating_sub(range.len());
        let count = match room / (2 * most) {
            _ if !range.is_empty() && room < self.options.budget / 8 => 0,
            0 if range.is_empty() => 1,
            count => count,
        };
        let mut end = range.end();
        let follows = left.iter().take(count).take_while(|task| {
            let follows = task.run.first.0 == end;
            end = task.run.first.0.saturating_add(task.run.count);
            follows
        });
        follows.count()
    }

    fn extend(&self, range: &mut Range, tasks: &[Task], progress: &dyn Progress) {
        let parts = Mutex::new(BTreeMap::new());
        scan::run(tasks, self.options.threads, progress, |task, buffer| {
            let part = self.look(task, buffer);
            parts.lock().unwrap_or_else(PoisonError::into_inner).insert(task.run.first, part);
        });
        for part in parts.into_inner().unwrap_or_else(PoisonError::into_inner).into_values() {
            range.append(&part);
        }
    }

    /// Looks at a piece.
    fn look(&self, task: &Task, buffer: &mut Vec<u8>) -> Range {
        let mut range = Range::at(task.run.first.0);
        let Some(main) = self.table.files.fork(ForkNumber::Main) else { return range };
        let transactions = self.cluster.transactions();
        let judge = Judge { transactions, oldest: self.horizon.oldest };
        let format = self.cluster.format();
        let mut room = Room::default();
        self.cluster.pages().visit(main, task.run, buffer, |_, bytes| {
            let page = bytes.ok().and_then(|bytes| Page::new(bytes, format).ok());
            match page {
                Some(page) => {
                    let settled = self.trust.has(page.header().pd_lsn());
                    range.push(&page, judge, settled, &mut room);
                }
                None => range.push_unknown(),
            }
        });
        range
    }
}

/// Which pages are of the same moment, so that what one says of another has to hold.
#[derive(Clone, Copy)]
pub(super) struct Trust(Settled);

/// What pages carry that were written past the WAL: none, or that of a GiST build (`GistBuildLSN`,
/// access/gist.h).
const UNLOGGED: Lsn = Lsn(1);

impl Trust {
    pub(super) fn of(cluster: &Cluster, relation: &Relation) -> Self {
        Self(Settled::of(cluster, relation))
    }

    pub(super) fn has(self, pd_lsn: Lsn) -> bool {
        self.has_all() || (pd_lsn > UNLOGGED && self.0.has(pd_lsn))
    }

    /// Whether even the length of a file has to be right.
    pub(super) fn has_all(self) -> bool {
        self.0 == Settled::All
    }
}
