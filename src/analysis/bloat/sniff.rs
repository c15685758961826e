//! What files hold that no catalog row names.

use crate::cluster::Cluster;
use crate::cluster::relation::Relation;
use crate::format::PageType;
use crate::format::page::Page;
use crate::primitives::{BlockNumber, ForkNumber};

/// How many pages are looked at for one that was initialised.
const LOOKED_AT: u32 = 16;

/// What the first page that was initialised looks like; a heap only where its tuples fit.
pub(super) fn page_type(cluster: &Cluster, relation: &Relation) -> Option<PageType> {
    let main = relation.files.fork(ForkNumber::Main)?;
    let (pages, format) = (cluster.pages(), cluster.format());
    let mut buffer = Vec::new();
    for block in 0..LOOKED_AT {
        let bytes = pages.read(main, BlockNumber(block), &mut buffer).ok()?;
        let page = Page::new(bytes, format).ok()?;
        if page.is_new() {
            continue;
        }
        let mut stored = page.line_pointers().iter().filter(|item| item.has_storage());
        return PageType::of(&page).filter(|of| {
            *of != PageType::Heap || stored.all(|&item| page.heap_tuple(item).is_ok())
        });
    }
    None
}
