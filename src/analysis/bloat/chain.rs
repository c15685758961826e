//! Which deleted tuples of a page VACUUM would remove: HOT chains go from their head on
//! (`heap_prune_chain`, access/heap/pruneheap.c).

use crate::cluster::fate::TupleFate;
use crate::format::page::{ItemId, LpFlags, Page};
use crate::primitives::{OffsetNumber, TransactionId};

/// A page's tuples by line pointer; `None` where there is none that can be read.
pub(super) type Fates = [Option<TupleFate>];

/// Which of the deleted tuples could be removed if `oldest` were the horizon (`None`: nothing is
/// held): one whose deleter precedes it, and those before such a one in its HOT chain.
pub(super) fn removable(
    page: &Page<'_>,
    fates: &Fates,
    oldest: Option<TransactionId>,
) -> Vec<bool> {
    let dead = |fate: &Option<TupleFate>| match fate {
        Some(TupleFate::Deleted { xmax }) => oldest.is_none_or(|oldest| xmax.precedes(oldest)),
        _ => false,
    };
    let mut removable: Vec<bool> = fates.iter().map(dead).collect();
    for (number, item) in page.item_ids() {
        if is_root(page, item) {
            take_chain(page, fates, number, &mut removable);
        }
    }
    removable
}

/// A line pointer that an index can point to.
fn is_root(page: &Page<'_>, item: ItemId) -> bool {
    match item.lp_flags() {
        LpFlags::Redirect => true,
        LpFlags::Normal => page.heap_tuple_header(item).is_ok_and(|tuple| !tuple.is_heap_only()),
        LpFlags::Unused | LpFlags::Dead => false,
    }
}

/// Marks what stands in the chain before its last dead member.
fn take_chain(page: &Page<'_>, fates: &Fates, root: OffsetNumber, removable: &mut [bool]) {
    let mut waiting = Vec::new();
    let mut deleter: Option<TransactionId> = None;
    let mut next = Some(root);
    // A chain visits no line pointer twice.
    for _ in 0..page.line_pointers().len() {
        let Some(number) = next else { return };
        let (Ok(item), Some(at)) = (page.item_id(number), number.index()) else { return };
        if item.lp_flags() == LpFlags::Redirect && number == root {
            next = Some(OffsetNumber(item.lp_off()));
            continue;
        }
        let Some(fate) = fates.get(at).copied().flatten() else { return };
        let Ok(tuple) = page.heap_tuple_header(item) else { return };
        if deleter.is_some_and(|deleter| tuple.t_xmin() != deleter) {
            return;
        }
        match fate {
            TupleFate::Aborted => {
                waiting.drain(..).for_each(|at: usize| removable[at] = true);
                return;
            }
            TupleFate::Deleted { xmax } => {
                waiting.push(at);
                if removable[at] {
                    waiting.drain(..).for_each(|at: usize| removable[at] = true);
                }
                deleter = Some(xmax);
                next = tuple.is_hot_updated().then(|| tuple.t_ctid().offset);
            }
            TupleFate::Live | TupleFate::InDoubt | TupleFate::Unknown => return,
        }
    }
}
