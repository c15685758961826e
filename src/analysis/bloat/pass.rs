//! One pass over the pages of heaps and indexes.

use super::heap::Heap;
use super::index::Index;
use super::{Bloat, BloatOptions, HeapBloat, IndexBloat, RelationBloat, sniff};
use crate::analysis::horizon::Horizons;
use crate::analysis::scan::{self, Progress, Task};
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::relation::{Relation, RelationKind};
use crate::format::PageType;
use crate::format::page::index::IndexMethod;
use crate::primitives::ForkNumber;

/// Reads every page of the heaps and indexes among `relations`, once, and accounts for each byte.
///
/// The answer is the same whatever the number of threads.
pub fn bloat<'a>(
    cluster: &Cluster,
    relations: &[&'a Relation],
    options: BloatOptions,
    progress: &dyn Progress,
) -> Bloat<'a> {
    let horizons = Horizons::of(cluster);
    let units: Vec<_> = relations
        .iter()
        .filter_map(|&relation| Unit::new(cluster, relation, &horizons, options))
        .collect();
    let tasks = scan::tasks(cluster, units.iter().map(Unit::relation));
    scan::run(&tasks, options.threads, progress, |task, buffer| {
        if let Some(unit) = units.get(task.relation) {
            unit.scan(cluster, task, buffer);
        }
    });
    let mut units = units.into_iter().peekable();
    let mut findings = Vec::new();
    let rows = relations.iter().map(|&relation| {
        let main = relation.files.fork(ForkNumber::Main);
        let unit = units.next_if(|unit| std::ptr::eq(unit.relation(), relation));
        let (heap, index) = unit.map_or((None, None), |unit| unit.finish(cluster, &mut findings));
        RelationBloat {
            relation,
            is_missing: main.is_none(),
            table_len: relation.fork_len(ForkNumber::Main),
            pages: main.map_or(0, |main| main.pages(cluster.format())),
            heap,
            index,
        }
    });
    let relations = rows.collect();
    Bloat { relations, findings }
}

/// A relation while it is scanned.
enum Unit<'a> {
    Heap(Box<Heap<'a>>),
    Index(Box<Index<'a>>),
}

impl<'a> Unit<'a> {
    /// `None` for what has no pages, or whose pages are neither a heap's nor an index's.
    fn new(
        cluster: &Cluster,
        relation: &'a Relation,
        horizons: &Horizons,
        options: BloatOptions,
    ) -> Option<Self> {
        relation.files.fork(ForkNumber::Main)?;
        let heap = || Self::Heap(Box::new(Heap::new(cluster, relation, horizons, options)));
        let index = |method| Self::Index(Box::new(Index::new(cluster, relation, method)));
        match relation.kind {
            RelationKind::Unknown(_) => match sniff::page_type(cluster, relation)? {
                PageType::Heap => Some(heap()),
                PageType::Index(method) => Some(index(Some(method))),
                PageType::FreeSpaceMap | PageType::VisibilityMap => None,
            },
            kind if kind.is_index() => {
                let name = relation.access_method.as_deref();
                Some(index(name.and_then(IndexMethod::from_name)))
            }
            _ => relation.is_heap().then(heap),
        }
    }

    fn relation(&self) -> &'a Relation {
        match self {
            Self::Heap(heap) => heap.relation,
            Self::Index(index) => index.relation,
        }
    }

    fn scan(&self, cluster: &Cluster, task: &Task, buffer: &mut Vec<u8>) {
        match self {
            Self::Heap(heap) => heap.scan(cluster, task, buffer),
            Self::Index(index) => index.scan(cluster, task, buffer),
        }
    }

    fn finish(
        self,
        cluster: &Cluster,
        findings: &mut Vec<Finding>,
    ) -> (Option<HeapBloat>, Option<IndexBloat>) {
        match self {
            Self::Heap(heap) => (Some(heap.finish(cluster, findings)), None),
            Self::Index(index) => (None, Some(index.finish(cluster, findings))),
        }
    }
}
