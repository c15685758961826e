//! An index while it is scanned.

use std::sync::{Mutex, PoisonError};

use super::page::PageContext;
use super::tally::Hints;
use super::whole::Whole;
use super::{Damage, IndexBloat, IndexFacts, IndexLine, IndexTally, Method, method};
use crate::analysis::bloat::maps::{MapsTally, RunMaps, Settled, check_ends};
use crate::analysis::bloat::{codes, location};
use crate::analysis::scan::{self, ScanFindings, Task};
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::pages::UnreadableBlock;
use crate::cluster::relation::Relation;
use crate::format::page::Page;
use crate::format::page::index::IndexMethod;
use crate::primitives::{BlockNumber, ForkNumber};

/// An index while it is scanned.
pub(in crate::analysis::bloat) struct Index<'a> {
    pub(in crate::analysis::bloat) relation: &'a Relation,
    method: Option<&'static dyn Method>,
    end: u32,
    sum: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    tally: IndexTally,
    maps: MapsTally,
    findings: ScanFindings,
    /// What became of an index that was scanned in one piece.
    conclusion: Option<Conclusion>,
}

/// How many pages of an index are looked at while all of them are in memory.
const AT_ONCE: u32 = 32;

/// What is known once every page was looked at.
#[derive(Default)]
struct Conclusion {
    facts: IndexFacts,
    rewritten_len: Option<u64>,
}

impl<'a> Index<'a> {
    pub(in crate::analysis::bloat) fn new(
        cluster: &Cluster,
        relation: &'a Relation,
        of: Option<IndexMethod>,
    ) -> Self {
        let end = scan::end_block(cluster, relation);
        Self { relation, method: of.and_then(method), end, sum: Mutex::default() }
    }

    pub(in crate::analysis::bloat) fn scan(
        &self,
        cluster: &Cluster,
        task: &Task,
        buffer: &mut Vec<u8>,
    ) {
        let Some(main) = self.relation.files.fork(ForkNumber::Main) else { return };
        let context = self.context(cluster);
        let mut sum = Sum { tally: self.nothing(), ..Sum::default() };
        let end = self.is_settled(cluster).then_some(self.end);
        let maps = RunMaps::read(cluster, self.relation, task.run, end, &mut sum.findings);
        let add = |sum: &mut Sum, block, page: Result<&[u8], UnreadableBlock>| match page {
            Ok(bytes) => {
                let findings = &mut sum.findings;
                let free = context.add(&mut sum.tally, bytes, block, &mut |damage| {
                    findings.add(self.finding(block, damage));
                });
                if let Some((believed, free)) = maps.free_space(block).zip(free) {
                    sum.maps.add_free_space(believed, free, cluster.format());
                }
            }
            Err(error) => {
                sum.tally.pages += 1;
                sum.tally.ledger[IndexLine::Unreadable] += u64::from(cluster.format().block_size);
                sum.findings.add(self.unreadable(&error));
            }
        };
        // Opening the file of a small index again, for its meta page, would take longer than all
        // the rest.
        let is_small = task.run.count == self.end && self.end <= AT_ONCE;
        let at_once = is_small.then(|| {
            cluster.pages().with(main, task.run, buffer, |bytes| {
                let pages = bytes.chunks_exact(cluster.format().block_size as usize);
                for (block, page) in (0..).map(BlockNumber).zip(pages) {
                    add(&mut sum, block, Ok(page));
                }
                let Sum { tally, findings, .. } = &mut sum;
                sum.conclusion = Some(self.conclude(cluster, tally, bytes, findings));
            })
        });
        if !matches!(at_once, Some(Ok(()))) {
            cluster.pages().visit(main, task.run, buffer, |block, page| add(&mut sum, block, page));
        }
        let mut whole = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        whole.tally += sum.tally;
        whole.maps += sum.maps;
        whole.findings.merge(sum.findings);
        whole.conclusion = sum.conclusion;
    }

    pub(in crate::analysis::bloat) fn finish(
        self,
        cluster: &Cluster,
        findings: &mut Vec<Finding>,
    ) -> IndexBloat {
        let sum = std::mem::take(&mut *self.sum.lock().unwrap_or_else(PoisonError::into_inner));
        let Sum { mut tally, maps, findings: mut found, conclusion } = sum;
        let Conclusion { facts, rewritten_len } =
            conclusion.unwrap_or_else(|| self.conclude(cluster, &mut tally, &[], &mut found));
        // Nobody needs them any more, and there may be many indexes.
        tally.hints = Hints::default();
        let format = cluster.format();
        if let Some(main) = self.relation.files.fork(ForkNumber::Main) {
            tally.ledger[IndexLine::PartialPage] = main.partial_len(format);
        }
        check_ends(cluster, self.relation, self.end, &mut found);
        findings.extend(found.finish());
        IndexBloat {
            method: self.method.map(Method::of),
            tally,
            maps,
            facts,
            rewritten_len,
            dangling: None,
            block_size: format.block_size,
            counts_exact_free_space: format.version.pgstattuple_counts_exact_free_space(),
        }
    }

    /// The sum of no pages.
    fn nothing(&self) -> IndexTally {
        let index = self.relation.index;
        let deduplicates = index.is_none_or(|index| index.deduplicates && !index.is_unique);
        IndexTally::new(self.end, deduplicates)
    }

    /// Whether all its pages are of the same moment, so that each has to fit the others.
    fn is_settled(&self, cluster: &Cluster) -> bool {
        Settled::of(cluster, self.relation) == Settled::All
    }

    /// What the meta page says, and how long the index would be built anew. Takes what belongs to
    /// nothing out of the sums.
    fn conclude(
        &self,
        cluster: &Cluster,
        tally: &mut IndexTally,
        at_hand: &[u8],
        findings: &mut ScanFindings,
    ) -> Conclusion {
        let Some(method) = self.method else { return Conclusion::default() };
        if self.end == 0 {
            return Conclusion { rewritten_len: Some(0), ..Conclusion::default() };
        }
        let facts = method.facts(&self.whole(cluster, method, tally, at_hand), &mut |damage| {
            findings.add(self.finding(BlockNumber(0), damage));
        });
        if !facts.left_behind.is_empty() {
            let left_behind = self.left_behind(cluster, method, &facts, at_hand);
            tally.leave_out(&left_behind);
        }
        let pages = method.rebuilt_pages(&self.whole(cluster, method, tally, at_hand), &facts);
        let len = pages.saturating_mul(cluster.format().block_size.into());
        Conclusion { facts, rewritten_len: Some(len) }
    }

    /// The sum of the pages that belong to nothing.
    fn left_behind(
        &self,
        cluster: &Cluster,
        method: &'static dyn Method,
        facts: &IndexFacts,
        at_hand: &[u8],
    ) -> IndexTally {
        let mut sum = self.nothing();
        let context = self.context(cluster);
        let nothing = self.nothing();
        let whole = self.whole(cluster, method, &nothing, at_hand);
        for &block in &facts.left_behind {
            whole.page(block, |page| {
                let bytes = page.page().map(Page::bytes)?;
                context.add(&mut sum, bytes, block, &mut |_| {})
            });
        }
        sum
    }

    fn whole<'w>(
        &'w self,
        cluster: &Cluster,
        method: &'static dyn Method,
        tally: &'w IndexTally,
        at_hand: &'w [u8],
    ) -> Whole<'w> {
        Whole {
            tally,
            format: cluster.format(),
            end: self.end,
            fillfactor: self.relation.fillfactor,
            is_settled: self.is_settled(cluster),
            relation: self.relation,
            method: method.of(),
            source: cluster.pages(),
            at_hand,
        }
    }

    fn context(&self, cluster: &Cluster) -> PageContext<'_> {
        PageContext {
            format: cluster.format(),
            method: self.method,
            end: if self.is_settled(cluster) { self.end } else { u32::MAX },
        }
    }

    fn finding(&self, block: BlockNumber, damage: Damage) -> Finding {
        let Damage { code, block: elsewhere, offset, expected, found } = damage;
        let block = elsewhere.unwrap_or(block);
        let location = location(self.relation, ForkNumber::Main, block, offset);
        Finding { code, location, expected, found }
    }

    fn unreadable(&self, error: &UnreadableBlock) -> Finding {
        Finding {
            code: &codes::BLOCK_UNREADABLE,
            location: location(self.relation, ForkNumber::Main, error.block, None),
            expected: String::new(),
            found: error.source.to_string(),
        }
    }
}
