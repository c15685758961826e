//! What index items that point to a heap page find there, as the server follows them
//! (`heap_hot_search_buffer`, access/heap/heapam.c): through a redirect, and along the HOT chain to
//! the first version that is not dead.

use super::Target;
use crate::cluster::fate::TupleFate;
use crate::cluster::transactions::Transactions;
use crate::format::page::heap::{HeapTupleHeader, Infomask};
use crate::format::page::{ItemId, LpFlags, Page};
use crate::primitives::{OffsetNumber, TransactionId};

/// What the rows of a heap are judged by.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) transactions: &'a Transactions,
    /// Rows deleted before this may be removed; all, where there is none.
    pub(super) oldest: Option<TransactionId>,
}

/// Room to keep between pages.
#[derive(Default)]
pub(super) struct Room {
    /// By line pointer, what an item finds that points to it.
    pub(super) targets: Vec<Target>,
    /// By line pointer, what a chain comes to that leads there; `None` while that is not known.
    ends: Vec<Option<Target>>,
    /// The members of the chain that is being followed.
    members: Vec<usize>,
}

impl Judge<'_> {
    /// Whether all line pointers have rows that are live, and that indexes may point to: no more
    /// than a look at each.
    #[inline]
    pub(super) fn all_live(page: &Page<'_>) -> bool {
        let hints = Infomask::HEAP_XMIN_COMMITTED.union(Infomask::HEAP_XMAX_INVALID);
        page.line_pointers().iter().all(|&item| {
            item.lp_flags() == LpFlags::Normal
                && page
                    .heap_tuple_header(item)
                    .is_ok_and(|tuple| tuple.t_infomask().contains(hints) && !tuple.is_heap_only())
        })
    }

    /// Fills `room.targets`.
    pub(super) fn look(self, page: &Page<'_>, room: &mut Room) {
        room.targets.clear();
        room.ends.clear();
        room.ends.resize(page.line_pointers().len(), None);
        for (at, &item) in page.line_pointers().iter().enumerate() {
            let target = match item.lp_flags() {
                LpFlags::Unused => Target::Unused,
                LpFlags::Dead => Target::LpDead,
                LpFlags::Redirect => match member(page, OffsetNumber(item.lp_off())) {
                    Some((first, _)) => self.end(page, first, room),
                    None => Target::LostRedirect,
                },
                LpFlags::Normal => match page.heap_tuple_header(item) {
                    Err(_) => Target::Unknown,
                    Ok(tuple) if tuple.is_heap_only() => Target::HeapOnly,
                    Ok(_) => self.end(page, at, room),
                },
            };
            room.targets.push(target);
        }
    }

    /// What the chain comes to that starts with line pointer `first`. None is looked at twice,
    /// whichever chains lead to it.
    fn end(self, page: &Page<'_>, first: usize, room: &mut Room) -> Target {
        room.members.clear();
        let mut next = Some(first);
        let mut end = Target::Unknown;
        while let Some(at) = next {
            if let Some(known) = room.ends.get(at).copied().flatten() {
                end = known;
                break;
            }
            // A chain that comes back to itself ends with its last member.
            if room.members.len() > room.ends.len() {
                break;
            }
            room.members.push(at);
            (end, next) = self.step(page, at);
        }
        for &at in &room.members {
            if let Some(known) = room.ends.get_mut(at) {
                *known = Some(end);
            }
        }
        end
    }

    /// What a member of a chain is, and which one follows.
    fn step(self, page: &Page<'_>, at: usize) -> (Target, Option<usize>) {
        let item = page.line_pointers().get(at).copied();
        let tuple = item.and_then(|item| page.heap_tuple_header(item).ok());
        let Some(tuple) = tuple else { return (Target::Unknown, None) };
        match self.transactions.tuple_fate(tuple) {
            TupleFate::Live | TupleFate::InDoubt => (Target::Live, None),
            TupleFate::Unknown => (Target::Unknown, None),
            // What its inserter made of it was rolled back, too.
            TupleFate::Aborted => (Target::Removable, None),
            TupleFate::Deleted { xmax } => {
                let is_removable = self.oldest.is_none_or(|oldest| xmax.precedes(oldest));
                let target = if is_removable { Target::Removable } else { Target::Held };
                (target, successor(page, tuple, xmax))
            }
        }
    }
}

/// The next member of a chain: the version that `updater` made.
fn successor(page: &Page<'_>, tuple: &HeapTupleHeader, updater: TransactionId) -> Option<usize> {
    let next = tuple.is_hot_updated().then(|| tuple.t_ctid().offset)?;
    let (at, item) = member(page, next)?;
    // A line pointer that was taken again since is no member.
    page.heap_tuple_header(item).is_ok_and(|next| next.t_xmin() == updater).then_some(at)
}

/// A line pointer that a chain may lead to.
fn member(page: &Page<'_>, number: OffsetNumber) -> Option<(usize, ItemId)> {
    let at = number.index()?;
    let item = page.line_pointers().get(at).copied()?;
    (item.lp_flags() == LpFlags::Normal).then_some((at, item))
}
