//! The tuples of one heap page, each looked at once: the innermost loop of a scan.

use super::super::Tuples;
use super::super::broken::out_of_place;
use super::super::tally::PageCounts;
use super::{HeapContext, PageDamage, number};
use crate::cluster::fate::TupleFate;
use crate::format::FormatError;
use crate::format::page::heap::HeapTupleHeader;
use crate::format::page::{ItemId, LpFlags, Page};

/// What came of looking at the tuples of a page, beside the counts.
pub(super) struct Found {
    /// What all tuples take, with their padding.
    pub(super) storage: u32,
    /// Whether each tuple lies below the one before, as those of a page that was only filled do;
    /// if so, none lies on another.
    pub(super) is_ordered: bool,
    /// Whether some are dead that somebody may still see.
    pub(super) any_recent: bool,
}

/// Tuples and their length. What fits a page needs no more bits, and can't overflow: said so, it
/// costs nothing.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u32,
    len: u32,
}

impl Sum {
    #[inline]
    const fn add(&mut self, len: u32) {
        self.count = self.count.wrapping_add(1);
        self.len = self.len.wrapping_add(len);
    }
}

impl From<Sum> for Tuples {
    fn from(sum: Sum) -> Self {
        Self { count: sum.count.into(), len: sum.len.into() }
    }
}

impl HeapContext<'_> {
    /// Counts the line pointers and the tuples of a page, each of which must lie where it may.
    #[inline(never)]
    pub(super) fn measure(
        &self,
        page: &Page<'_>,
        counts: &mut PageCounts,
        damaged: &mut dyn FnMut(PageDamage),
    ) -> Result<Found, FormatError> {
        let header = page.header();
        let (upper, special) = (u32::from(header.pd_upper()), u32::from(header.pd_special()));
        let align = self.format.max_align;
        let lies_well = |start: u32, len: u32| {
            start >= upper && start.wrapping_add(len) <= special && start & (align - 1) == 0
        };
        let (mut lowest, mut is_ordered, mut any_recent) = (special, true, false);
        let (mut storage, mut removable_storage, mut other_kinds) = (0_u32, 0_u32, [0_u32; 4]);
        let (mut live, mut removable) = (Sum::default(), Sum::default());
        for (at, &item) in page.line_pointers().iter().enumerate() {
            let (start, len) = (u32::from(item.lp_off()), u32::from(item.lp_len()));
            let code = item.lp_flags_code();
            if code != LpFlags::Normal.code() {
                if code == LpFlags::Dead.code() && len != 0 {
                    // Only index pages keep the storage of such; nothing says what this is.
                    if !lies_well(start, len) {
                        return Err(out_of_place(at, item, header));
                    }
                    is_ordered = false;
                } else {
                    // They come in any order: a branch for each would be guessed wrong.
                    other_kinds[usize::from(code)] += 1;
                }
                continue;
            }
            if !lies_well(start, len) {
                return Err(out_of_place(at, item, header));
            }
            let room = self.format.max_align(len);
            is_ordered &= start.wrapping_add(room) <= lowest;
            lowest = start;
            storage = storage.wrapping_add(room);
            let fate = match self::header(page, item) {
                Ok(tuple) => self.transactions.tuple_fate(tuple),
                Err(error) => {
                    damaged(PageDamage::Tuple(number(at), error));
                    TupleFate::Unknown
                }
            };
            match fate {
                TupleFate::Live => live.add(len),
                TupleFate::Deleted { xmax } if self.is_removable(xmax) => {
                    removable.add(len);
                    removable_storage = removable_storage.wrapping_add(room);
                }
                _ => any_recent |= count_other(fate, len, room, counts),
            }
        }
        counts.live += live.into();
        counts.removable += removable.into();
        counts.removable_storage += u64::from(removable_storage);
        let [unused, _, redirect, dead] = other_kinds.map(u64::from);
        (counts.lp_unused, counts.lp_redirect, counts.lp_dead) = (unused, redirect, dead);
        Ok(Found { storage, is_ordered, any_recent })
    }
}

/// Counts a tuple that is neither live nor removable for who deleted it; says whether somebody may
/// still see it though it is dead.
fn count_other(fate: TupleFate, len: u32, room: u32, counts: &mut PageCounts) -> bool {
    let len = u64::from(len);
    match fate {
        TupleFate::Live => counts.live.add(len),
        TupleFate::InDoubt => counts.in_doubt.add(len),
        TupleFate::Unknown => counts.unknown.add(len),
        TupleFate::Aborted => {
            counts.aborted.add(len);
            counts.removable.add(len);
            counts.removable_storage += u64::from(room);
        }
        TupleFate::Deleted { .. } => counts.held.add(len),
    }
    matches!(fate, TupleFate::Deleted { .. })
}

/// The header of a tuple whose item lies where it may.
#[inline]
pub(super) fn header<'p>(
    page: &Page<'p>,
    item: ItemId,
) -> Result<&'p HeapTupleHeader, FormatError> {
    let tuple = page.heap_tuple_header(item)?;
    let (hoff, len) = (u16::from(tuple.t_hoff()), item.lp_len());
    if usize::from(hoff) < size_of::<HeapTupleHeader>() || hoff > len {
        // Says what is wrong, at a length that this path can't afford.
        page.heap_tuple(item)?;
    }
    Ok(tuple)
}
