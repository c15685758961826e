//! An index while it is scanned.

use std::sync::{Mutex, PoisonError};

use super::page::PageContext;
use super::{Damage, IndexBloat, IndexFacts, IndexLine, IndexTally, Method, method};
use crate::analysis::bloat::maps::{MapsTally, RunMaps, check_ends};
use crate::analysis::bloat::{codes, location};
use crate::analysis::scan::{self, ScanFindings, Task};
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::pages::{PageSource, UnreadableBlock};
use crate::cluster::relation::Relation;
use crate::format::page::index::{IndexMethod, IndexPage};
use crate::format::{Format, FormatError};
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
}

/// An index once every page was looked at.
pub(super) struct Whole<'a> {
    pub(super) tally: &'a IndexTally,
    pub(super) format: Format,
    /// The block behind the last.
    pub(super) end: u32,
    /// Its fillfactor, where it sets one.
    pub(super) fillfactor: Option<u8>,
    /// Whether building it anew would let equal keys share posting lists, where its type has them.
    pub(super) deduplicates: bool,
    /// Whether all pages are of the same moment, so that what one says of another has to hold.
    pub(super) is_settled: bool,
    relation: &'a Relation,
    method: IndexMethod,
    source: PageSource,
}

impl Whole<'_> {
    /// Looks at one page again; `None` where it can't be read or makes no sense.
    pub(super) fn page<R>(
        &self,
        block: BlockNumber,
        look: impl FnOnce(&IndexPage<'_>) -> R,
    ) -> Option<R> {
        let main = self.relation.files.fork(ForkNumber::Main)?;
        let mut buffer = Vec::new();
        let bytes = self.source.read(main, block, &mut buffer).ok()?;
        IndexPage::parse(bytes, self.format, self.method).ok().map(|page| look(&page))
    }
}

impl Whole<'_> {
    /// What the meta page says, which `get` takes from it; `get` gives `None` for any other page.
    pub(super) fn meta<M>(
        &self,
        get: impl FnOnce(&IndexPage<'_>) -> Option<Result<M, FormatError>>,
        damaged: &mut dyn FnMut(Damage),
    ) -> Option<M> {
        // A page that can't be read, or makes no sense, was found so already.
        match self.page(BlockNumber(0), get)? {
            Some(Ok(meta)) => return Some(meta),
            Some(Err(error)) => damaged(Damage::meta("", error)),
            None => damaged(Damage::meta("the meta page", "another page")),
        }
        None
    }

    /// Finds it wrong where the meta page names a block that the file does not have.
    pub(super) fn check_block(
        &self,
        what: &str,
        block: BlockNumber,
        damaged: &mut dyn FnMut(Damage),
    ) -> bool {
        let is_there = block.0 < self.end;
        if !is_there && self.is_settled {
            let expected = format!("{what} below {}", self.end);
            damaged(Damage::meta(expected, format!("{what} {block}")));
        }
        is_there
    }

    /// Finds it wrong where the meta page counts what the index does not have as many of.
    pub(super) fn check_count(
        &self,
        what: &str,
        said: u64,
        there: u64,
        damaged: &mut dyn FnMut(Damage),
    ) {
        if said != there && self.is_settled {
            let expected = format!("{what} {there}, as there are");
            damaged(Damage::meta(expected, said));
        }
    }
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
        let context = PageContext {
            format: cluster.format(),
            method: self.method,
            end: if cluster.state().is_shut_down() { self.end } else { u32::MAX },
        };
        let mut sum = Sum { tally: IndexTally::new(self.end), ..Sum::default() };
        let maps = RunMaps::read(cluster, self.relation, task.run, &mut sum.findings);
        cluster.pages().visit(main, task.run, buffer, |block, page| match page {
            Ok(bytes) => {
                let free = context.add(&mut sum.tally, bytes, block, &mut |damage| {
                    sum.findings.add(self.finding(block, damage));
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
        });
        let mut whole = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        whole.tally += sum.tally;
        whole.maps += sum.maps;
        whole.findings.merge(sum.findings);
    }

    pub(in crate::analysis::bloat) fn finish(
        self,
        cluster: &Cluster,
        findings: &mut Vec<Finding>,
    ) -> IndexBloat {
        let sum = std::mem::take(&mut *self.sum.lock().unwrap_or_else(PoisonError::into_inner));
        let Sum { mut tally, maps, findings: mut found } = sum;
        tally.end = self.end;
        let format = cluster.format();
        if let Some(main) = self.relation.files.fork(ForkNumber::Main) {
            tally.ledger[IndexLine::PartialPage] = main.partial_len(format);
        }
        let mut facts = IndexFacts::default();
        let mut rewritten_len = None;
        if let Some(method) = self.method {
            let whole = Whole {
                tally: &tally,
                format,
                end: self.end,
                fillfactor: self.relation.fillfactor,
                deduplicates: self
                    .relation
                    .index
                    .is_none_or(|index| index.deduplicates && !index.is_unique),
                is_settled: cluster.state().is_shut_down(),
                relation: self.relation,
                method: method.of(),
                source: cluster.pages(),
            };
            if self.end > 0 {
                facts = method.facts(&whole, &mut |damage| {
                    found.add(self.finding(BlockNumber(0), damage));
                });
            }
            let pages = if self.end > 0 { method.rebuilt_pages(&whole, &facts) } else { 0 };
            rewritten_len = Some(pages.saturating_mul(format.block_size.into()));
        }
        check_ends(cluster, self.relation, self.end, &mut found);
        findings.extend(found.finish());
        let method = self.method.map(Method::of);
        IndexBloat {
            method,
            tally,
            maps,
            facts,
            rewritten_len,
            dangling: None,
            block_size: format.block_size,
            counts_exact_free_space: format.version.pgstattuple_counts_exact_free_space(),
        }
    }

    fn finding(&self, block: BlockNumber, damage: Damage) -> Finding {
        let Damage { code, offset, expected, found } = damage;
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
