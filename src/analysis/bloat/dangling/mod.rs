//! What the items of indexes point to: rows that are there, rows that are dead, or nothing at all.
//!
//! A pass over blocks of a heap notes in a few bits what an index scan would find behind each line
//! pointer ([`heap`]); what fits into a budget of memory is a range ([`range`]), and the leaves of
//! the heap's indexes are held to one range after the other ([`probe`]).

mod heap;
mod lost;
mod page;
mod probe;
mod range;
mod table;
mod target;

pub use target::{Target, Targets};

use super::Bloat;
use crate::analysis::horizon::Horizons;
use crate::analysis::scan::Progress;
use crate::cluster::Cluster;
use heap::Heap;
use probe::Probe;
use table::Tables;

/// How the items of indexes are followed.
#[derive(Debug, Clone, Copy)]
pub struct DanglingOptions {
    /// How many threads read; `None` for one a core.
    pub threads: Option<usize>,
    /// How many bytes may be taken up by what is known of a heap. Where that is less than all of
    /// it, its indexes are read more than once.
    pub budget: usize,
}

/// Enough for 60 GB of a heap with some updates on each page, ten times that where there are none.
const BUDGET: usize = 256 << 20;

impl Default for DanglingOptions {
    fn default() -> Self {
        Self { threads: None, budget: BUDGET }
    }
}

/// What the items of an index point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dangling {
    /// All of them were followed.
    Followed(Targets),
    /// None was, and why.
    NotFollowed(&'static str),
}

impl Dangling {
    /// What they point to, where they were followed.
    #[must_use]
    pub const fn targets(&self) -> Option<&Targets> {
        match self {
            Self::Followed(targets) => Some(targets),
            Self::NotFollowed(_) => None,
        }
    }
}

/// Follows the items of every index in the answer to its table, whether or not the table is in the
/// answer, too; adds what they point to, and what is wrong with that.
///
/// The outcome is the same whatever the number of threads and the budget.
pub fn follow_items(
    cluster: &Cluster,
    found: &mut Bloat<'_>,
    options: DanglingOptions,
    progress: &dyn Progress,
) {
    let horizons = Horizons::of(cluster);
    let mut tables = Tables::of(cluster);
    for (at, row) in found.relations.iter_mut().enumerate() {
        if let Some(index) = &mut row.index {
            let refusal = tables.add(at, row.relation, index.method).err();
            index.dangling = refusal.map(Dangling::NotFollowed);
        }
    }
    for (table, rows) in tables.into_groups() {
        let heap = Heap::new(cluster, table, &horizons, options);
        let probes: Vec<_> = rows
            .into_iter()
            .filter_map(|at| Some((at, Probe::new(cluster, table, found.relations.get(at)?)?)))
            .collect();
        let indexes: Vec<_> = probes.iter().map(|(_, probe)| probe).collect();
        heap.each_part(progress, |part| {
            probe::run(cluster, &indexes, part, options.threads, progress);
        });
        for (at, probe) in probes {
            let (targets, findings) = probe.finish(table);
            found.findings.extend(findings);
            let row = found.relations.get_mut(at);
            if let Some(index) = row.and_then(|row| row.index.as_mut()) {
                index.dangling = Some(Dangling::Followed(targets));
            }
        }
    }
}
