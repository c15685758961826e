//! What one page of an index holds.

use super::items::{Class, Items};
use super::{Damage, IndexLine, IndexTally, KindTally, Method, gin};
use crate::analysis::bloat::{Tuples, broken};
use crate::format::page::index::{IndexPage, IndexPageKind, free_size};
use crate::format::page::spgist::{SPGIST_NULL_ROOT, SpGistTuple, TupState};
use crate::format::page::{ItemId, LpFlags, Page, PageHeader};
use crate::format::{Format, FormatError};
use crate::primitives::BlockNumber;

/// What the pages of an index are read by.
#[derive(Clone, Copy)]
pub(super) struct PageContext<'a> {
    pub(super) format: Format,
    /// What is known of its type; `None` for an access method that this build does not know.
    pub(super) method: Option<&'a dyn Method>,
    /// The block behind the last.
    pub(super) end: u32,
}

/// What a page is taken up by, beside header, free and special space.
enum Layout<'a> {
    /// Items behind line pointers; the first few lead to other pages.
    Items { leading: usize },
    /// Items of which each says what it is.
    SelfDescribing(&'a IndexPage<'a>),
    /// Something that has no line pointers, and how many items that is.
    Contents(Contents),
    /// Nothing that is in use.
    Whole(IndexLine),
}

/// What stands on a page that has no line pointers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents {
    pub(super) line: IndexLine,
    /// Where it ends.
    pub(super) end: usize,
    /// Items among it.
    pub(super) items: u64,
}

impl PageContext<'_> {
    /// Accounts for `bytes`, a whole block: each byte goes to one line of the ledger. `damaged` is
    /// told what is wrong with the page. Gives what the free space map should believe of it; `None`
    /// for a page that is broken.
    pub(super) fn add(
        &self,
        sum: &mut IndexTally,
        bytes: &[u8],
        block: BlockNumber,
        damaged: &mut dyn FnMut(Damage),
    ) -> Option<u64> {
        sum.pages += 1;
        let counted = self.count(sum, bytes, block, damaged);
        counted
            .map_err(|error| {
                damaged(Damage::page(&error));
                sum.ledger[IndexLine::BrokenPages] += bytes.len() as u64;
            })
            .ok()
    }

    fn count(
        &self,
        sum: &mut IndexTally,
        bytes: &[u8],
        block: BlockNumber,
        damaged: &mut dyn FnMut(Damage),
    ) -> Result<u64, FormatError> {
        let page = Page::new(bytes, self.format)?;
        let len = bytes.len() as u64;
        if page.is_new() {
            if !page.is_all_zero() {
                return Err(broken::not_all_zero());
            }
            sum.kinds[IndexPageKind::New].pages += 1;
            sum.ledger[IndexLine::NewPages] += len;
            return Ok(len);
        }
        let Some(method) = self.method else {
            let tally = account(sum, &page, &Layout::Contents(everything(&page)))?;
            sum.kinds[IndexPageKind::Regular] += tally;
            return Ok(0);
        };
        let index_page = IndexPage::new(page, method.of())?;
        let kind = index_page.kind(block);
        let tally = account(sum, &page, &layout(&index_page, kind)?)?;
        sum.kinds[kind] += tally;
        if block == BlockNumber(0) && kind == IndexPageKind::Leaf {
            sum.first_leaf += tally;
        }
        for link in method.links(&index_page).into_iter().flatten() {
            if link == block || link.0 >= self.end {
                damaged(Damage::link(link, self.end));
            }
        }
        method.look(&index_page, block, sum, damaged);
        Ok(match &index_page {
            _ if kind.is_reusable() => len,
            // Only of this type does the map know pages that have some room.
            IndexPage::Brin(page) if kind == IndexPageKind::Regular && !page.is_evacuated() => {
                tally.free_for_one
            }
            // No page of this type is marked deleted: one that is empty, and no root, goes into the
            // map (`spgvacuumpage`, access/spgist/spgvacuum.c).
            IndexPage::SpGist(page)
                if block > SPGIST_NULL_ROOT && page.page().item_count() == 0 =>
            {
                len
            }
            _ => 0,
        })
    }
}

fn layout<'a>(page: &'a IndexPage<'a>, kind: IndexPageKind) -> Result<Layout<'a>, FormatError> {
    let header = |page: &Page<'_>| (page.header().pd_lower(), page.header().pd_special());
    let (lower, special) = page.page().map_or((0, 0), header);
    let contents = |end: u16| {
        let line = IndexLine::Contents;
        Layout::Contents(Contents { line, end: end.into(), items: 0 })
    };
    Ok(match kind {
        IndexPageKind::Deleted => Layout::Whole(IndexLine::DeletedPages),
        IndexPageKind::HalfDead => Layout::Whole(IndexLine::HalfDeadPages),
        IndexPageKind::Unused => Layout::Whole(IndexLine::UnusedPages),
        IndexPageKind::New => Layout::Whole(IndexLine::NewPages),
        IndexPageKind::Meta | IndexPageKind::Bitmap => contents(lower),
        IndexPageKind::Revmap => contents(special),
        _ => match page {
            IndexPage::SpGist(_) => Layout::SelfDescribing(page),
            IndexPage::Gin(gin) if is_of_posting_tree(kind) => {
                Layout::Contents(gin::posting_contents(gin)?)
            }
            IndexPage::Bloom(bloom) => Layout::Contents(Contents {
                line: IndexLine::Items,
                end: lower.into(),
                items: bloom.tuples()?.count() as u64,
            }),
            IndexPage::Btree(btree) if kind == IndexPageKind::Leaf => {
                Layout::Items { leading: usize::from(!btree.opaque().is_rightmost()) }
            }
            _ if matches!(kind, IndexPageKind::Root | IndexPageKind::Internal) => {
                Layout::Items { leading: usize::MAX }
            }
            _ => Layout::Items { leading: 0 },
        },
    })
}

fn is_of_posting_tree(kind: IndexPageKind) -> bool {
    matches!(kind, IndexPageKind::PostingInternal | IndexPageKind::PostingLeaf)
}

/// Of a page of which nothing is known, all that the header does not call free or special.
fn everything(page: &Page<'_>) -> Contents {
    Contents { line: IndexLine::Contents, end: page.header().pd_lower().into(), items: 0 }
}

/// Shares the bytes of a page out to the lines of the ledger; adds nothing where that can't be.
fn account(
    sum: &mut IndexTally,
    page: &Page<'_>,
    layout: &Layout<'_>,
) -> Result<KindTally, FormatError> {
    let len = page.bytes().len() as u64;
    let header = page.header();
    let header_len = size_of::<PageHeader>() as u64;
    let (lower, upper) = (u64::from(header.pd_lower()), u64::from(header.pd_upper()));
    let special = u64::from(header.pd_special());
    let mut tally = KindTally {
        pages: 1,
        free: page.free_space().into(),
        free_for_one: free_size(page).into(),
        room: special.saturating_sub(header_len),
        ..KindTally::default()
    };
    let ledger = &mut sum.ledger;
    let items = match layout {
        Layout::Whole(line) => {
            ledger[*line] += len;
            return Ok(KindTally { pages: 1, ..KindTally::default() });
        }
        Layout::Contents(contents) => {
            let end = contents.end as u64;
            if end > upper.max(lower) && end != special {
                return Err(runs_off(contents.end, header));
            }
            let used = end.saturating_sub(header_len);
            let (begin, free_end) = (lower.max(end), upper.max(end));
            ledger[contents.line] += used;
            ledger[IndexLine::Free] += free_end - begin;
            ledger[IndexLine::Unreferenced] += (begin - end) + (special - free_end);
            ledger[IndexLine::PageHeaders] += header_len;
            ledger[IndexLine::Special] += len - special;
            tally.free = free_end - begin;
            tally.free_for_one = tally.free.saturating_sub(size_of::<ItemId>() as u64);
            if contents.line == IndexLine::Items {
                tally.items = Tuples { count: contents.items, len: used };
                tally.storage = used;
            }
            return Ok(tally);
        }
        Layout::Items { leading } => Items::measure(page, *leading)?,
        Layout::SelfDescribing(index_page) => {
            Items::classify(page, |item| classify(index_page, item))?
        }
    };
    tally.items = items.of(Class::Item);
    tally.dead_items = items.of(Class::Dead);
    tally.navigation = items.of(Class::Navigation);
    tally.storage = items.storage;
    let placeholders = items.of(Class::Placeholder);
    let lens = [
        (IndexLine::Items, tally.items.len),
        (IndexLine::DeadItems, tally.dead_items.len),
        (IndexLine::Navigation, tally.navigation.len),
        (IndexLine::Placeholders, placeholders.len),
    ];
    let named: u64 = lens.iter().map(|(_, len)| len).sum();
    for (line, len) in lens {
        ledger[line] += len;
    }
    let line_pointers = u64::from(page.item_count()) * size_of::<ItemId>() as u64;
    ledger[IndexLine::PageHeaders] += header_len;
    ledger[IndexLine::LinePointers] += line_pointers;
    ledger[IndexLine::Padding] += items.all_storage - named;
    ledger[IndexLine::Unreferenced] +=
        (special - upper - items.all_storage) + (lower - header_len - line_pointers);
    ledger[IndexLine::Free] += upper - lower;
    ledger[IndexLine::Special] += len - special;
    Ok(tally)
}

/// What a tuple of SP-GiST is; one that can't be read counts as an item.
fn classify(page: &IndexPage<'_>, item: ItemId) -> Class {
    let IndexPage::SpGist(page) = page else { return Class::Item };
    match page.tuple(item) {
        Ok(SpGistTuple::Inner(_)) => Class::Navigation,
        Ok(tuple) if tuple.state() != TupState::Live => Class::Placeholder,
        _ if item.lp_flags() == LpFlags::Dead => Class::Dead,
        _ => Class::Item,
    }
}

#[cold]
fn runs_off(end: usize, header: &PageHeader) -> FormatError {
    FormatError::Invalid {
        what: "contents",
        offset: size_of::<PageHeader>(),
        expected: format!("no more than up to {}", header.pd_upper()),
        found: format!("up to {end}"),
    }
}
