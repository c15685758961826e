//! What one heap page holds.

mod tuples;

use self::tuples::Found;
use super::broken::not_all_zero;
use super::chain;
use super::maps::Hidden;
use super::tally::PageCounts;
use super::{Line, Strip, Tally, Tuples};
use crate::analysis::horizon::Horizon;
use crate::cluster::fate::TupleFate;
use crate::cluster::transactions::Transactions;
use crate::format::page::heap;
use crate::format::page::{ItemId, LpFlags, Page, PageFlags, PageHeader};
use crate::format::{Format, FormatError};
use crate::primitives::{BlockNumber, OffsetNumber, TransactionId};

/// What the tuples of a heap are judged by.
#[derive(Debug, Clone, Copy)]
pub struct HeapContext<'a> {
    /// The layout of its pages.
    pub format: Format,
    /// How transactions ended.
    pub transactions: &'a Transactions,
    /// Up to where its deleted tuples may be removed.
    pub horizon: &'a Horizon,
}

/// Something about a page that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageDamage {
    /// The page as a whole can't be relied on: all of it is counted as broken.
    Page(FormatError),
    /// A tuple makes no sense: it is counted as of unknown fate.
    Tuple(OffsetNumber, FormatError),
}

/// What a page is for the picture of its relation, and for its maps.
#[derive(Debug)]
pub(super) struct Seen<'p> {
    pub(super) strip: Strip,
    /// `None` for a page that is broken.
    pub(super) usable: Option<Usable<'p>>,
}

/// What the maps are held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usable<'p> {
    pub(super) page: Page<'p>,
    /// The room for one more row.
    pub(super) free: u64,
    /// Why not everyone can see all rows.
    pub(super) hidden: Option<Hidden>,
}

impl HeapContext<'_> {
    /// Accounts for `bytes`, a whole block: each byte goes to one line of the ledger.
    ///
    /// `damaged` is told what is wrong with the page, if anything is.
    #[must_use]
    pub fn tally(
        &self,
        bytes: &[u8],
        block: BlockNumber,
        damaged: impl FnMut(PageDamage),
    ) -> Tally {
        let mut tally = Tally::default();
        self.add(&mut tally, bytes, block, damaged);
        tally
    }

    /// The same, added to what other pages hold; gives what the page adds to a picture, and what
    /// the maps are held to.
    #[inline]
    pub(super) fn add<'p>(
        &self,
        sum: &mut Tally,
        bytes: &'p [u8],
        block: BlockNumber,
        mut damaged: impl FnMut(PageDamage),
    ) -> Seen<'p> {
        sum.pages += 1;
        let len = bytes.len() as u64;
        let counted = Page::new(bytes, self.format)
            .and_then(|page| Ok((page, self.count(&page, &mut damaged)?)));
        let (page, counts) = match counted {
            Ok(counted) => counted,
            Err(error) => {
                damaged(PageDamage::Page(error));
                sum.ledger[Line::BrokenPages] += len;
                sum.keep(block);
                sum.density.add(0, len);
                return Seen { strip: Strip { blocks: 1, ..Strip::default() }, usable: None };
            }
        };
        let Some(counts) = counts else {
            sum.ledger[Line::NewPages] += len;
            sum.density.add(0, len);
            let free = len.saturating_sub(size_of::<PageHeader>() as u64);
            return Seen {
                strip: Strip { blocks: 1, free_len: len, ..Strip::default() },
                usable: Some(Usable { page, free, hidden: None }),
            };
        };
        sum.add_page(&counts);
        let dead_len = counts.removable.len + counts.held.len;
        let kept =
            counts.live.count + counts.in_doubt.count + counts.held.count + counts.unknown.count;
        if kept > 0 {
            sum.keep(block);
        }
        sum.density.add(dead_len, len);
        Seen {
            strip: Strip {
                blocks: 1,
                live_len: counts.live.len + counts.in_doubt.len,
                dead_len,
                free_len: counts.free,
            },
            usable: Some(Usable { page, free: counts.heap_free, hidden: hidden(&counts) }),
        }
    }

    /// Counts what a page holds; `None` for one that was never initialised.
    #[inline]
    fn count(
        &self,
        page: &Page<'_>,
        damaged: &mut impl FnMut(PageDamage),
    ) -> Result<Option<PageCounts>, FormatError> {
        if page.is_new() {
            return if page.is_all_zero() { Ok(None) } else { Err(not_all_zero()) };
        }
        let mut tally = PageCounts::default();
        let Found { storage, any_recent } = self.measure(page, &mut tally, damaged)?;
        if any_recent {
            self.resolve_held(page, &mut tally);
        }
        let header = page.header();
        let (lower, upper) = (u64::from(header.pd_lower()), u64::from(header.pd_upper()));
        let (special, size) = (u64::from(header.pd_special()), u64::from(self.format.block_size));
        let header_len = size_of::<PageHeader>() as u64;
        tally.line_pointers = size_of_val(page.line_pointers()) as u64;
        tally.storage = storage.into();
        tally.unreferenced =
            (special - upper - tally.storage) + (lower - header_len - tally.line_pointers);
        tally.free = upper - lower;
        tally.special = size - special;
        tally.heap_free = heap_free_space(page, &tally);
        tally.free_space = if self.format.version.pgstattuple_counts_exact_free_space() {
            tally.free
        } else {
            tally.heap_free
        };
        Ok(Some(tally))
    }

    /// Whether nobody can see a tuple that was deleted by `xmax`.
    #[inline]
    fn is_removable(&self, xmax: TransactionId) -> bool {
        self.horizon.oldest.is_none_or(|oldest| xmax.precedes(oldest))
    }

    /// Parts the held tuples from those that their HOT chain makes removable, and finds those
    /// that would be without the oldest holder.
    #[cold]
    fn resolve_held(&self, page: &Page<'_>, tally: &mut PageCounts) {
        let fates: Vec<_> = page
            .line_pointers()
            .iter()
            .map(|&item| {
                let normal = item.lp_flags() == LpFlags::Normal && item.has_storage();
                let tuple = normal.then(|| tuples::header(page, item).ok()).flatten()?;
                Some(self.transactions.tuple_fate(tuple))
            })
            .collect();
        tally.held_by = vec![Tuples::default(); self.horizon.holders.len()];
        let now = chain::removable(page, &fates, self.horizon.oldest);
        let then = chain::removable(page, &fates, self.horizon.without_oldest_holder);
        for ((at, &item), fate) in page.line_pointers().iter().enumerate().zip(&fates) {
            let Some(TupleFate::Deleted { xmax }) = *fate else { continue };
            let direct = self.is_removable(xmax);
            let len = u64::from(item.lp_len());
            if now[at] && !direct {
                tally.held.count -= 1;
                tally.held.len -= len;
                tally.removable.add(len);
                tally.removable_storage += u64::from(self.format.max_align(item.lp_len().into()));
            } else if !now[at] {
                if then[at] {
                    tally.freed_without_oldest.add(len);
                }
                let holders = self.horizon.holders.iter();
                for (held, holder) in tally.held_by.iter_mut().zip(holders) {
                    if !xmax.precedes(holder.xid) {
                        held.add(len);
                    }
                }
            }
        }
    }
}

/// The room for one more row (`PageGetHeapFreeSpace`, storage/page/bufpage.c).
fn heap_free_space(page: &Page<'_>, tally: &PageCounts) -> u64 {
    let line_pointer = size_of::<ItemId>() as u64;
    let most = heap::max_tuples_per_page(page.format());
    let is_full = u32::from(page.item_count()) >= most;
    let one_is_unused =
        tally.lp_unused > 0 && page.header().pd_flags().contains(PageFlags::PD_HAS_FREE_LINES);
    let free = u64::from(page.free_space());
    if is_full && !one_is_unused { 0 } else { free.saturating_sub(line_pointer) }
}

/// Why not everyone can see all rows of a page; `None` where all can, or nothing tells.
fn hidden(counts: &PageCounts) -> Option<Hidden> {
    if counts.removable.count + counts.held.count > 0 {
        Some(Hidden::DeadRows)
    } else if counts.in_doubt.count > 0 {
        Some(Hidden::RowsInDoubt)
    } else {
        (counts.lp_dead > 0).then_some(Hidden::DeadLinePointers)
    }
}

fn number(at: usize) -> OffsetNumber {
    OffsetNumber(u16::try_from(at + 1).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests;
