//! What a rewrite (VACUUM FULL, CLUSTER, pg_repack) would make of a heap.

use super::Tally;
use crate::format::Format;
use crate::format::page::{ItemId, PageHeader};

/// How long the main fork would be after a rewrite, in bytes: an estimate.
///
/// A rewrite copies the tuples that are not removable, and leaves on each page what `fillfactor`
/// (in percent) keeps free (`raw_heap_insert`, access/heap/rewriteheap.c). The estimate takes all
/// tuples for as long as the average one: it is exact where they are, and a page or so off in a
/// hundred where they differ much.
#[must_use]
pub fn rewritten_len(tally: &Tally, fillfactor: u8, format: Format) -> u64 {
    let kept = tally.kept().count;
    if kept == 0 {
        return 0;
    }
    let page = u64::from(format.block_size);
    let kept_free = page * u64::from(100 - fillfactor.min(100)) / 100;
    let room = page.saturating_sub(size_of::<PageHeader>() as u64 + kept_free);
    let each = tally.kept_storage.div_ceil(kept) + size_of::<ItemId>() as u64;
    let tuples_per_page = (room / each.max(1)).max(1);
    kept.div_ceil(tuples_per_page) * page
}
