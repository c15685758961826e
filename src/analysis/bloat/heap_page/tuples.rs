//! The tuples of one heap page, each looked at once: the innermost loop of a scan.
//!
//! Nearly all are live by their hint bits alone. So what there is to know of a group of them is
//! gathered side by side, and summed up as vectors; those that are not plainly live are then looked
//! at one by one.

use pulp::{Arch, Simd, WithSimd};

use super::super::Tuples;
use super::super::places;
use super::super::sums::Sums;
use super::super::tally::PageCounts;
use super::{HeapContext, PageDamage, number};
use crate::cluster::fate::TupleFate;
use crate::format::FormatError;
use crate::format::page::heap::{HeapTupleHeader, HeapTupleHints};
use crate::format::page::{ItemId, LpFlags, Page};

/// What came of looking at the tuples of a page, beside the counts.
pub(super) struct Found {
    /// What all tuples take, with their padding.
    pub(super) storage: u32,
    /// Whether some are dead that somebody may still see.
    pub(super) any_recent: bool,
}

impl HeapContext<'_> {
    /// Counts the line pointers and the tuples of a page, each of which must lie where it may.
    pub(super) fn measure(
        &self,
        page: &Page<'_>,
        counts: &mut PageCounts,
        damaged: &mut dyn FnMut(PageDamage),
    ) -> Result<Found, FormatError> {
        let mut others = [0; MOST_GROUPS];
        let swept = Arch::new().dispatch(Sweep { page, others: &mut others });
        let Swept { sums, normal, redirect, dead, dead_stored, others: not_live } = swept;
        let is_strange = dead_stored > 0 || sums.tuples().count != u64::from(normal);
        if is_strange || !sums.fills(page) {
            places::check(page, occupies)?;
        }
        counts.live += Tuples { count: normal.into(), len: sums.tuples().len } - not_live;
        (counts.lp_redirect, counts.lp_dead) = (redirect.into(), dead.into());
        let in_use = u64::from(normal + redirect + dead + dead_stored);
        counts.lp_unused = page.line_pointers().len() as u64 - in_use;
        let mut any_recent = false;
        for (nth, (group, bits)) in page.line_pointers().chunks(GROUP).zip(&others).enumerate() {
            let mut bits = *bits;
            while let Some(item) = group.get(bits.trailing_zeros() as usize) {
                let at = GROUP * nth + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                any_recent |= self.judge(page, *item, counts, &mut |error| {
                    damaged(PageDamage::Tuple(number(at), error));
                });
            }
        }
        Ok(Found { storage: sums.room(), any_recent })
    }

    /// Counts a tuple that is not live by its hint bits alone; says whether somebody may still see
    /// it though it is dead.
    #[inline(never)]
    fn judge(
        &self,
        page: &Page<'_>,
        item: ItemId,
        counts: &mut PageCounts,
        damaged: &mut dyn FnMut(FormatError),
    ) -> bool {
        let len = u64::from(item.lp_len());
        let fate = header(page, item).map(|tuple| self.transactions.tuple_fate(tuple));
        let fate = fate.unwrap_or_else(|error| {
            damaged(error);
            TupleFate::Unknown
        });
        match fate {
            TupleFate::Live => counts.live.add(len),
            TupleFate::InDoubt => counts.in_doubt.add(len),
            TupleFate::Unknown => counts.unknown.add(len),
            TupleFate::Deleted { xmax } if !self.is_removable(xmax) => {
                counts.held.add(len);
                return true;
            }
            TupleFate::Deleted { .. } | TupleFate::Aborted => {
                counts.removable.add(len);
                counts.removable_storage +=
                    u64::from(page.format().max_align(item.lp_len().into()));
                if fate == TupleFate::Aborted {
                    counts.aborted.add(len);
                }
            }
        }
        false
    }
}

/// So many line pointers are looked at together: a bit for each.
const GROUP: usize = u64::BITS as usize;
/// More groups than the largest page has.
const MOST_GROUPS: usize = 32_768 / size_of::<ItemId>() / GROUP;

/// What a sweep over the line pointers of a page found.
#[derive(Default)]
struct Swept {
    /// What tuples take.
    sums: Sums,
    /// Line pointers by their kind.
    normal: u32,
    redirect: u32,
    /// Of those that are dead, the ones without storage.
    dead: u32,
    /// Of those that are dead, the ones with storage. Only index pages keep it; nothing says what
    /// this is.
    dead_stored: u32,
    /// The tuples that are not plainly live, and their length.
    others: Tuples,
}

/// Sums up the line pointers of a page, and sets a bit for each tuple that is not plainly live.
struct Sweep<'a> {
    page: &'a Page<'a>,
    others: &'a mut [u64; MOST_GROUPS],
}

impl WithSimd for Sweep<'_> {
    type Output = Swept;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Swept {
        let max_align = self.page.format().max_align;
        let mut swept = Swept::default();
        for (group, bits) in self.page.line_pointers().chunks(GROUP).zip(self.others) {
            let (mut items, mut hints) =
                ([ItemId::UNUSED; GROUP], [HeapTupleHints::default(); GROUP]);
            for ((to, hints), &item) in items.iter_mut().zip(&mut hints).zip(group) {
                (*to, *hints) = (item, self.page.heap_tuple_hints(item));
            }
            let Swept { mut sums, mut normal, mut redirect, mut dead, mut dead_stored, .. } = swept;
            let (mut are_others, mut count, mut len) = ([0; GROUP], 0_u32, 0_u32);
            for ((&item, hints), is_other) in items.iter().zip(hints).zip(&mut are_others) {
                let is = |kind: LpFlags| item.lp_flags_code() == kind.code();
                let (is_normal, is_dead) = (is(LpFlags::Normal), is(LpFlags::Dead));
                sums.add(if is_normal { item } else { ItemId::UNUSED }, max_align);
                normal = normal.wrapping_add(is_normal.into());
                redirect = redirect.wrapping_add(is(LpFlags::Redirect).into());
                dead = dead.wrapping_add((is_dead && !item.has_storage()).into());
                dead_stored = dead_stored.wrapping_add((is_dead && item.has_storage()).into());
                let other = is_normal & !hints.are_plainly_live(item);
                count = count.wrapping_add(other.into());
                len = len.wrapping_add(if other { item.lp_len().into() } else { 0 });
                *is_other = u8::from(other);
            }
            *bits = as_bits(&are_others);
            let others = swept.others + Tuples { count: count.into(), len: len.into() };
            swept = Swept { sums, normal, redirect, dead, dead_stored, others };
        }
        swept
    }
}

/// A bit for each of these bytes, which are 0 or 1.
#[inline(always)]
fn as_bits(bytes: &[u8; GROUP]) -> u64 {
    /// Moves the lowest bits of eight bytes into the highest byte, side by side.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (words, _) = bytes.as_chunks::<8>();
    words
        .iter()
        .rev()
        .fold(0, |bits, word| bits << 8 | u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56)
}

/// Whether a line pointer has an item on the page.
fn occupies(item: ItemId) -> bool {
    match item.lp_flags() {
        LpFlags::Normal => true,
        LpFlags::Dead => item.has_storage(),
        LpFlags::Unused | LpFlags::Redirect => false,
    }
}

/// The header of a tuple whose item lies where it may.
#[inline]
pub(super) fn header<'p>(
    page: &Page<'p>,
    item: ItemId,
) -> Result<&'p HeapTupleHeader, FormatError> {
    let tuple = page.heap_tuple_header(item)?;
    if !data_lies_in(tuple, item) {
        // Says what is wrong, at a length that this path can't afford.
        page.heap_tuple(item)?;
    }
    Ok(tuple)
}

/// Whether a tuple's data begins behind its header, and not behind its end.
#[inline]
fn data_lies_in(tuple: &HeapTupleHeader, item: ItemId) -> bool {
    let hoff = u16::from(tuple.t_hoff());
    usize::from(hoff) >= size_of::<HeapTupleHeader>() && hoff <= item.lp_len()
}
