//! The items of an index, held to what is known of a heap.

use std::sync::{Mutex, PoisonError};

use super::heap::{Heap, Trust};
use super::lost::LostItems;
use super::range::Range;
use super::{Target, Targets};
use crate::analysis::bloat::{RelationBloat, location};
use crate::analysis::page::codes as page_codes;
use crate::analysis::scan::{self, Progress, ScanFindings, Task};
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::relation::{Certainty, Relation};
use crate::format::page::index::{BrokenTids, HeapTid, IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::{BlockNumber, ForkNumber, ItemPointer};

/// An index whose items are followed.
pub(super) struct Probe<'a> {
    index: &'a Relation,
    method: IndexMethod,
    /// `None` where nothing says that it has to fit its table.
    trust: Option<Trust>,
    /// Pages that are part of nothing, in their order.
    left_behind: Vec<BlockNumber>,
    sum: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    targets: Targets,
    lost: LostItems,
    broken: ScanFindings,
}

/// A part of a heap, to which items are held.
pub(super) struct Part<'a> {
    pub(super) heap: &'a Heap<'a>,
    pub(super) range: &'a Range,
    /// Whether what points to no block of the heap, or makes no sense, is to be counted now: in one
    /// part it is.
    pub(super) is_first: bool,
}

impl Part<'_> {
    /// What an item finds that points there, and whether that has to be so; `None` where another
    /// part will tell.
    #[inline]
    fn target(&self, tid: ItemPointer) -> Option<(Target, bool)> {
        match self.range.get(tid) {
            None if self.is_first => self.heap.without_page(tid.block),
            target => target,
        }
    }
}

impl<'a> Probe<'a> {
    /// `None` for what is no index whose items point to rows.
    pub(super) fn new(
        cluster: &Cluster,
        table: &Relation,
        row: &RelationBloat<'a>,
    ) -> Option<Self> {
        let (index, bloat) = (row.relation, row.index.as_ref()?);
        let method = bloat.method?;
        // A build that failed leaves an index that VACUUM passes over (`vac_open_indexes`,
        // commands/vacuum.c), and that no query uses.
        let is_in_use = index.index.is_none_or(|index| index.is_valid);
        let is_certain =
            [index, table].iter().all(|relation| relation.certainty == Certainty::Certain);
        let trust = (is_in_use && is_certain).then(|| Trust::of(cluster, index));
        let left_behind = bloat.left_behind().to_vec();
        Some(Self { index, method, trust, left_behind, sum: Mutex::default() })
    }

    fn follow(&self, cluster: &Cluster, task: &Task, part: &Part<'_>, buffer: &mut Vec<u8>) {
        let Some(main) = self.index.files.fork(ForkNumber::Main) else { return };
        let mut sum = Sum::default();
        cluster.pages().visit(main, task.run, buffer, |block, bytes| {
            // What can't be read, or makes no sense, was found so when the page was accounted for.
            let Ok(bytes) = bytes else { return };
            if let Ok(page) = IndexPage::parse(bytes, cluster.format(), self.method) {
                self.follow_page(&page, block, part, &mut sum);
            }
        });
        let mut whole = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        whole.targets += sum.targets;
        whole.lost.merge(sum.lost);
        whole.broken.merge(sum.broken);
    }

    fn follow_page(
        &self,
        page: &IndexPage<'_>,
        block: BlockNumber,
        part: &Part<'_>,
        sum: &mut Sum,
    ) {
        if self.left_behind.binary_search(&block).is_ok() {
            return;
        }
        let lsn = page.page().map(|page| page.header().pd_lsn());
        // A page of GIN's pending list that an insert left behind when it failed belongs to no list,
        // and VACUUM does not come by.
        let is_pending = page.kind(block) == IndexPageKind::Pending;
        let settled = !is_pending && self.trust.zip(lsn).is_some_and(|(trust, lsn)| trust.has(lsn));
        page.for_each_heap_tid(|item| {
            let HeapTid { tid, item, dead } = match item {
                Ok(tid) => tid,
                // Nobody knows which part it is of: it counts once.
                Err(broken) if part.is_first => {
                    sum.targets.add(Target::Unknown);
                    // What the item as such has wrong was found when the page was accounted for.
                    if broken.is_in_list {
                        sum.broken.add(self.broken(block, &broken));
                    }
                    return;
                }
                Err(_) => return,
            };
            let Some((target, has_to_be)) = part.target(tid) else { return };
            sum.targets.add(target);
            // Nobody follows an item that is known to be dead.
            if target.is_wrong() && has_to_be && settled && !dead {
                sum.lost.add((block, item, tid), target);
            }
        });
    }

    #[cold]
    fn broken(&self, block: BlockNumber, broken: &BrokenTids) -> Finding {
        let item = Some(broken.item).filter(|item| item.is_valid());
        Finding {
            code: &page_codes::INDEX_TUPLE_BROKEN,
            location: location(self.index, ForkNumber::Main, block, item),
            expected: String::new(),
            found: broken.error.to_string(),
        }
    }

    /// What all items point to, and what is wrong with that.
    pub(super) fn finish(self, table: &Relation) -> (Targets, Vec<Finding>) {
        let sum = self.sum.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut findings = sum.broken.finish();
        findings.extend(sum.lost.finish(self.index, table));
        (sum.targets, findings)
    }
}

/// Follows all items of `indexes` that point to `part`.
pub(super) fn run(
    cluster: &Cluster,
    indexes: &[&Probe<'_>],
    part: &Part<'_>,
    threads: Option<usize>,
    progress: &dyn Progress,
) {
    let tasks = scan::tasks(cluster, indexes.iter().map(|probe| probe.index));
    scan::run(&tasks, threads, progress, |task, buffer| {
        if let Some(probe) = indexes.get(task.relation) {
            probe.follow(cluster, task, part, buffer);
        }
    });
}
