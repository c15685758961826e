//! Whether files that no catalog row names hold a heap.

use crate::cluster::Cluster;
use crate::cluster::relation::Relation;
use crate::format::page::Page;
use crate::primitives::{BlockNumber, ForkNumber};

/// How many pages are looked at for one that was initialised.
const LOOKED_AT: u32 = 16;

/// By its first page that was initialised: its special space, and whether its tuples fit.
pub(super) fn looks_like_a_heap(cluster: &Cluster, relation: &Relation) -> bool {
    let Some(main) = relation.files.fork(ForkNumber::Main) else { return false };
    let (pages, format) = (cluster.pages(), cluster.format());
    let mut buffer = Vec::new();
    for block in 0..LOOKED_AT {
        let Ok(bytes) = pages.read(main, BlockNumber(block), &mut buffer) else { return false };
        let Ok(page) = Page::new(bytes, format) else { return false };
        if page.is_new() {
            continue;
        }
        let mut stored = page.line_pointers().iter().filter(|item| item.has_storage());
        return page.looks_like_a_heap() && stored.all(|&item| page.heap_tuple(item).is_ok());
    }
    false
}
