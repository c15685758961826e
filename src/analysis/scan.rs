//! One parallel pass over the pages of relations.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cluster::Cluster;
pub(super) use crate::cluster::kept::{KEPT, ScanFindings, and_more};
use crate::cluster::pages::PageRun;
use crate::cluster::relation::Relation;
use crate::primitives::ForkNumber;

/// A piece of work: a run of one relation's pages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    /// The relation's place among those that are scanned.
    pub(super) relation: usize,
    /// The pages.
    pub(super) run: PageRun,
}

/// Told how far a scan is.
pub trait Progress: Sync {
    /// So many pages are to be read, beside those of before; comes before they are.
    fn begin(&self, _pages: u64) {}

    /// So many more have been read.
    fn advance(&self, pages: u64);

    /// No more are: what comes now is shown.
    fn end(&self) {}
}

/// Nobody wants to know.
impl Progress for () {
    fn advance(&self, _: u64) {}
}

/// Passes that were announced together.
pub(super) struct Announced<'a>(pub(super) &'a dyn Progress);

impl Progress for Announced<'_> {
    fn advance(&self, pages: u64) {
        self.0.advance(pages);
    }
}

/// Bytes in a piece of work: enough that handing it out costs nothing, and little enough that all
/// threads end together.
const TASK_BYTES: u32 = 16 << 20;

/// The main forks of these relations, cut into pieces; one huge relation is work for all threads.
pub(super) fn tasks<'a>(
    cluster: &Cluster,
    relations: impl Iterator<Item = &'a Relation>,
) -> Vec<Task> {
    let (pages, format) = (cluster.pages(), cluster.format());
    let most = (TASK_BYTES / format.block_size).max(1);
    let mut tasks = Vec::new();
    for (at, relation) in relations.enumerate() {
        if let Some(main) = relation.files.fork(ForkNumber::Main) {
            tasks.extend(pages.runs(main, most).map(|run| Task { relation: at, run }));
        }
    }
    tasks
}

/// The block behind the last whole page of the main fork; segments that are missing count.
pub(super) fn end_block(cluster: &Cluster, relation: &Relation) -> u32 {
    let format = cluster.format();
    let last = relation.files.fork(ForkNumber::Main).and_then(|main| main.segments().last());
    last.map_or(0, |last| {
        last.number.saturating_mul(format.blocks_per_segment).saturating_add(last.pages(format))
    })
}

/// Does every piece of work once, on `threads` threads (one a core where none is given). Each
/// thread has one buffer of its own.
pub(super) fn run(
    tasks: &[Task],
    threads: Option<usize>,
    progress: &dyn Progress,
    work: impl Fn(&Task, &mut Vec<u8>) + Sync,
) {
    progress.begin(tasks.iter().map(|task| u64::from(task.run.count)).sum());
    let next = AtomicUsize::new(0);
    let thread = || {
        let mut buffer = Vec::new();
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(task, &mut buffer);
            progress.advance(u64::from(task.run.count));
        }
    };
    let threads = threads.unwrap_or_else(rayon::current_num_threads).min(tasks.len());
    if threads <= 1 {
        return thread();
    }
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => drop(pool.broadcast(|_| thread())),
        // The system gives no threads: one will do.
        Err(_) => thread(),
    }
}
