//! Heaps, page by page.

use std::sync::Mutex;

use super::heap_page::{HeapContext, PageDamage, Usable};
use super::maps::{Contradiction, MapsTally, RunMaps, Settled, check_ends, contradiction};
use super::{BloatOptions, Line, Strip, Tally, Tuples, codes, location, rewritten_len};
use crate::analysis::horizon::{Holder, Horizon, Horizons};
use crate::analysis::scan::{self, ScanFindings, Task};
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::pages::{PageRun, UnreadableBlock};
use crate::cluster::relation::Relation;
use crate::primitives::{BlockNumber, ForkNumber};

/// What the pages of a heap hold.
#[derive(Debug)]
pub struct HeapBloat {
    /// All its pages together.
    pub tally: Tally,
    /// What its maps believe.
    pub maps: MapsTally,
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

/// The fillfactor of a heap that sets none (`HEAP_DEFAULT_FILLFACTOR`, utils/rel.h).
const DEFAULT_FILLFACTOR: u8 = 100;

/// A heap while it is scanned.
pub(super) struct Heap<'a> {
    pub(super) relation: &'a Relation,
    horizon: Horizon,
    /// The block behind the last.
    end: u32,
    /// How many blocks a strip has; 0 where none are wanted.
    strip_blocks: u32,
    sum: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    tally: Tally,
    maps: MapsTally,
    strips: Vec<Strip>,
    findings: ScanFindings,
}

/// Holds what the maps say of a page to what it is.
fn hold(
    sum: &mut MapsTally,
    maps: &RunMaps,
    block: BlockNumber,
    usable: &Usable<'_>,
    settled: Settled,
) -> Option<Contradiction> {
    if let Some(believed) = maps.free_space(block) {
        sum.add_free_space(believed, usable.free, usable.page.format());
    }
    let bits = maps.bits(block);
    sum.add_bits(bits);
    contradiction(bits, || maps.map_lsn(block), &usable.page, usable.hidden, settled)
}

impl<'a> Heap<'a> {
    pub(super) fn new(
        cluster: &Cluster,
        relation: &'a Relation,
        horizons: &Horizons,
        options: BloatOptions,
    ) -> Self {
        let end = scan::end_block(cluster, relation);
        Self {
            relation,
            horizon: horizons.for_relation(relation),
            end,
            strip_blocks: if options.strips == 0 { 0 } else { end.div_ceil(options.strips).max(1) },
            sum: Mutex::default(),
        }
    }

    pub(super) fn scan(&self, cluster: &Cluster, task: &Task, buffer: &mut Vec<u8>) {
        let Some(main) = self.relation.files.fork(ForkNumber::Main) else { return };
        let context = HeapContext {
            format: cluster.format(),
            transactions: cluster.transactions(),
            horizon: &self.horizon,
        };
        let mut sum = Sum { strips: self.strips_of(task.run), ..Sum::default() };
        let settled = Settled::of(cluster, self.relation);
        let end = (settled == Settled::All).then_some(self.end);
        let maps = RunMaps::read(cluster, self.relation, task.run, end, &mut sum.findings);
        let (first_strip, format) = (self.strip(task.run.first), cluster.format());
        cluster.pages().visit(main, task.run, buffer, |block, page| {
            let findings = &mut sum.findings;
            let strip = match page {
                Ok(bytes) => {
                    let seen = context.add(&mut sum.tally, bytes, block, |damage| {
                        self.damage(block, damage, findings);
                    });
                    if let Some(usable) = &seen.usable
                        && let Some(contradiction) =
                            hold(&mut sum.maps, &maps, block, usable, settled)
                    {
                        self.contradicted(block, contradiction, findings);
                    }
                    seen.strip
                }
                Err(error) => {
                    self.unreadable(&error, findings);
                    sum.tally.add_unreadable(block, format.block_size)
                }
            };
            if let Some(sum) = sum.strips.get_mut(self.strip(block) - first_strip) {
                *sum += strip;
            }
        });
        let mut whole = self.sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        whole.add(sum, first_strip);
    }

    pub(super) fn finish(self, cluster: &Cluster, findings: &mut Vec<Finding>) -> HeapBloat {
        let Sum { mut tally, maps, strips, findings: mut found } =
            self.sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        check_ends(cluster, self.relation, self.end, &mut found);
        findings.extend(found.finish());
        let format = cluster.format();
        if let Some(main) = self.relation.files.fork(ForkNumber::Main) {
            tally.ledger[Line::PartialPage] = main.partial_len(format);
        }
        let fillfactor = self.relation.fillfactor.unwrap_or(DEFAULT_FILLFACTOR);
        let kept_blocks = tally.last_kept.map_or(0, |last| u64::from(last.0) + 1);
        HeapBloat {
            rewritten_len: rewritten_len(&tally, fillfactor, format),
            truncatable_pages: u64::from(self.end).saturating_sub(kept_blocks),
            horizon: self.horizon,
            tally,
            maps,
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

    fn contradicted(
        &self,
        block: BlockNumber,
        contradiction: Contradiction,
        findings: &mut ScanFindings,
    ) {
        let Contradiction { code, offset, expected, found } = contradiction;
        let location = location(self.relation, ForkNumber::Main, block, offset);
        findings.add(Finding { code, location, expected: expected.to_owned(), found });
    }

    fn damage(&self, block: BlockNumber, damage: PageDamage, findings: &mut ScanFindings) {
        let (code, offset, error) = match damage {
            PageDamage::Page(error) => (&codes::PAGE_BROKEN, None, error),
            PageDamage::Tuple(offset, error) => (&codes::TUPLE_BROKEN, Some(offset), error),
        };
        let location = location(self.relation, ForkNumber::Main, block, offset);
        let found = error.to_string();
        findings.add(Finding { code, location, expected: String::new(), found });
    }

    fn unreadable(&self, error: &UnreadableBlock, findings: &mut ScanFindings) {
        findings.add(Finding {
            code: &codes::BLOCK_UNREADABLE,
            location: location(self.relation, ForkNumber::Main, error.block, None),
            expected: String::new(),
            found: error.source.to_string(),
        });
    }
}

impl Sum {
    /// Takes in the sum of a run, in whatever order runs come.
    fn add(&mut self, run: Self, first_strip: usize) {
        self.tally += &run.tally;
        self.maps += run.maps;
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
