//! The space ledger of each relation: live, dead and free bytes, who holds the dead, and what
//! gives the space back.

mod chain;
pub mod codes;
mod density;
mod ledger;
mod order;
mod overlap;
mod page;
mod remedy;
mod rewrite;
mod sniff;
mod tally;
mod totals;

pub use density::{Density, Strip};
pub use ledger::{Ledger, Line};
pub use order::SortKey;
pub use page::{HeapContext, PageDamage};
pub use remedy::Remedy;
pub use rewrite::rewritten_len;
pub use tally::{Tally, Tuples};
pub use totals::{HolderTotal, Totals};

pub use super::share::percent;

use std::sync::Mutex;

use super::horizon::{Holder, Horizon, Horizons};
use super::scan::{self, Progress, ScanFindings, Task};
use crate::cluster::Cluster;
use crate::cluster::finding::{Finding, Location};
use crate::cluster::pages::{PageRun, UnreadableBlock};
use crate::cluster::relation::Relation;
use crate::primitives::{BlockNumber, ForkNumber, OffsetNumber};

/// How a scan is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct BloatOptions {
    /// How many threads read; `None` for one a core.
    pub threads: Option<usize>,
    /// Into how many strips each heap is cut, to show where its dead tuples are; 0 for none.
    pub strips: u32,
}

/// The space of every relation that was asked for.
#[derive(Debug)]
pub struct Bloat<'a> {
    /// A row a relation, in the order in which they were given.
    pub relations: Vec<RelationBloat<'a>>,
    /// What the scan found wrong.
    pub findings: Vec<Finding>,
}

/// The space of one relation.
#[derive(Debug)]
pub struct RelationBloat<'a> {
    /// The relation.
    pub relation: &'a Relation,
    /// Whether its main fork has no file here, so that nothing is known of what it holds.
    pub is_missing: bool,
    /// The size of its main fork in bytes.
    pub table_len: u64,
    /// Whole pages of that.
    pub pages: u64,
    /// What its pages hold; `None` for what is no heap.
    pub heap: Option<HeapBloat>,
}

/// What the pages of a heap hold.
#[derive(Debug)]
pub struct HeapBloat {
    /// All its pages together.
    pub tally: Tally,
    /// Up to where its dead tuples could be removed, and who holds the others.
    pub horizon: Horizon,
    /// How long the main fork would be after a rewrite, in bytes.
    pub rewritten_len: u64,
    /// Pages at the end that VACUUM could cut off.
    pub truncatable_pages: u64,
    /// Where its tuples are: the fork cut into runs of blocks of the same length.
    pub strips: Vec<Strip>,
    /// That length.
    pub strip_blocks: u32,
}

/// What one holder keeps from being removed in one relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldBy<'a> {
    /// The holder.
    pub holder: &'a Holder,
    /// The tuples that it holds; others may hold them, too.
    pub held: Tuples,
    /// Those that letting it go alone would free: where others hold as much, none.
    pub freed: Tuples,
}

impl HeapBloat {
    /// Whoever holds dead tuples, the oldest first.
    pub fn held_by(&self) -> impl Iterator<Item = HeldBy<'_>> {
        let holders = self.horizon.holders.iter().zip(&self.tally.held_by).enumerate();
        holders.filter(|(_, (_, held))| held.count > 0).map(|(at, (holder, &held))| HeldBy {
            holder,
            held,
            // Only without the oldest does the horizon move.
            freed: if at == 0 { self.tally.freed_without_oldest } else { Tuples::default() },
        })
    }
}

impl RelationBloat<'_> {
    /// What a rewrite would give back, in bytes; 0 for what is no heap.
    #[must_use]
    pub fn rewrite_gain_len(&self) -> u64 {
        self.heap.as_ref().map_or(0, |heap| self.table_len.saturating_sub(heap.rewritten_len))
    }

    /// The share that so many bytes are of the main fork, in percent.
    #[must_use]
    pub fn percent(&self, len: u64) -> f64 {
        percent(len, self.table_len)
    }

    /// The strips of a heap, each with its first block.
    pub fn strips(&self) -> impl Iterator<Item = (u64, &Strip)> {
        let heap = self.heap.iter();
        heap.flat_map(|heap| (0..).step_by(heap.strip_blocks.max(1) as usize).zip(&heap.strips))
    }
}

/// The fillfactor of a heap that sets none (`HEAP_DEFAULT_FILLFACTOR`, utils/rel.h).
const DEFAULT_FILLFACTOR: u8 = 100;

/// Reads every page of the heaps among `relations`, once, and accounts for each byte.
///
/// The answer is the same whatever the number of threads.
pub fn bloat<'a>(
    cluster: &Cluster,
    relations: &[&'a Relation],
    options: BloatOptions,
    progress: &dyn Progress,
) -> Bloat<'a> {
    let horizons = Horizons::of(cluster);
    let heaps: Vec<_> = relations
        .iter()
        .filter(|relation| is_heap(cluster, relation))
        .map(|&relation| Heap::new(cluster, relation, &horizons, options))
        .collect();
    let tasks = scan::tasks(cluster, heaps.iter().map(|heap| heap.relation));
    scan::run(&tasks, options.threads, progress, |task, buffer| {
        if let Some(heap) = heaps.get(task.relation) {
            heap.scan(cluster, task, buffer);
        }
    });
    let mut heaps = heaps.into_iter().peekable();
    let mut findings = Vec::new();
    let rows = relations.iter().map(|&relation| {
        let heap = heaps.next_if(|heap| std::ptr::eq(heap.relation, relation));
        RelationBloat {
            relation,
            is_missing: relation.files.fork(ForkNumber::Main).is_none(),
            table_len: relation.fork_len(ForkNumber::Main),
            pages: relation
                .files
                .fork(ForkNumber::Main)
                .map_or(0, |main| main.pages(cluster.format())),
            heap: heap.map(|heap| heap.finish(cluster, &mut findings)),
        }
    });
    let relations = rows.collect();
    Bloat { relations, findings }
}

/// Whether the relation's pages hold heap tuples: by the catalogs, or else by their look.
fn is_heap(cluster: &Cluster, relation: &Relation) -> bool {
    use crate::cluster::relation::RelationKind;
    if relation.files.fork(ForkNumber::Main).is_none() {
        return false;
    }
    match relation.kind {
        RelationKind::Unknown(_) => sniff::looks_like_a_heap(cluster, relation),
        _ => relation.is_heap(),
    }
}

/// A heap while it is scanned.
struct Heap<'a> {
    relation: &'a Relation,
    horizon: Horizon,
    /// How many blocks a strip has; 0 where none are wanted.
    strip_blocks: u32,
    sum: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    tally: Tally,
    strips: Vec<Strip>,
    findings: ScanFindings,
}

impl<'a> Heap<'a> {
    fn new(
        cluster: &Cluster,
        relation: &'a Relation,
        horizons: &Horizons,
        options: BloatOptions,
    ) -> Self {
        let end = scan::end_block(cluster, relation);
        Self {
            relation,
            horizon: horizons.for_relation(relation),
            strip_blocks: if options.strips == 0 { 0 } else { end.div_ceil(options.strips).max(1) },
            sum: Mutex::default(),
        }
    }

    fn scan(&self, cluster: &Cluster, task: &Task, buffer: &mut Vec<u8>) {
        let Some(main) = self.relation.files.fork(ForkNumber::Main) else { return };
        let context = HeapContext {
            format: cluster.format(),
            transactions: cluster.transactions(),
            horizon: &self.horizon,
        };
        let mut sum = Sum { strips: self.strips_of(task.run), ..Sum::default() };
        let first_strip = self.strip(task.run.first);
        cluster.pages().visit(main, task.run, buffer, |block, page| {
            let findings = &mut sum.findings;
            let strip = match page {
                Ok(bytes) => context.add(&mut sum.tally, bytes, block, |damage| {
                    self.damage(block, damage, findings);
                }),
                Err(error) => {
                    self.unreadable(&error, findings);
                    sum.tally.add_unreadable(block, cluster.format().block_size)
                }
            };
            if let Some(sum) = sum.strips.get_mut(self.strip(block) - first_strip) {
                *sum += strip;
            }
        });
        let mut whole = self.sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        whole.add(sum, first_strip);
    }

    fn finish(self, cluster: &Cluster, findings: &mut Vec<Finding>) -> HeapBloat {
        let Sum { mut tally, strips, findings: found } =
            self.sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        findings.extend(found.finish());
        let format = cluster.format();
        if let Some(main) = self.relation.files.fork(ForkNumber::Main) {
            tally.ledger[Line::PartialPage] = main.partial_len(format);
        }
        let fillfactor = self.relation.fillfactor.unwrap_or(DEFAULT_FILLFACTOR);
        let kept_blocks = tally.last_kept.map_or(0, |last| u64::from(last.0) + 1);
        HeapBloat {
            rewritten_len: rewritten_len(&tally, fillfactor, format),
            truncatable_pages: u64::from(scan::end_block(cluster, self.relation))
                .saturating_sub(kept_blocks),
            horizon: self.horizon,
            tally,
            strips,
            strip_blocks: self.strip_blocks,
        }
    }

    fn strip(&self, block: BlockNumber) -> usize {
        block.0.checked_div(self.strip_blocks).map_or(0, |strip| strip as usize)
    }

    /// Room for the strips that a run of blocks touches.
    fn strips_of(&self, run: PageRun) -> Vec<Strip> {
        if self.strip_blocks == 0 {
            return Vec::new();
        }
        let last = BlockNumber(run.first.0.saturating_add(run.count.saturating_sub(1)));
        vec![Strip::default(); self.strip(last) - self.strip(run.first) + 1]
    }

    fn damage(&self, block: BlockNumber, damage: PageDamage, findings: &mut ScanFindings) {
        let (code, offset, error) = match damage {
            PageDamage::Page(error) => (&codes::PAGE_BROKEN, None, error),
            PageDamage::Tuple(offset, error) => (&codes::TUPLE_BROKEN, Some(offset), error),
        };
        let location = self.location(block, offset);
        let found = error.to_string();
        findings.add(Finding { code, location, expected: String::new(), found });
    }

    fn unreadable(&self, error: &UnreadableBlock, findings: &mut ScanFindings) {
        findings.add(Finding {
            code: &codes::BLOCK_UNREADABLE,
            location: self.location(error.block, None),
            expected: String::new(),
            found: error.source.to_string(),
        });
    }

    fn location(&self, block: BlockNumber, offset: Option<OffsetNumber>) -> Location {
        Location {
            relation: self.relation.name.as_ref().map(|_| self.relation.qualified_name()),
            path: self.relation.path.clone(),
            fork: Some(ForkNumber::Main),
            block: Some(block),
            offset,
            lsn: None,
        }
    }
}

impl Sum {
    /// Takes in the sum of a run, in whatever order runs come.
    fn add(&mut self, run: Self, first_strip: usize) {
        self.tally += &run.tally;
        self.findings.merge(run.findings);
        let end = first_strip + run.strips.len();
        if self.strips.len() < end {
            self.strips.resize(end, Strip::default());
        }
        for (sum, strip) in self.strips.iter_mut().skip(first_strip).zip(run.strips) {
            *sum += strip;
        }
    }
}
