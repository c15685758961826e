use super::IndexItem;
use super::item::items;
use crate::analysis::page::Beside;
use crate::analysis::page::trouble::Troubles;
use crate::format::page::Page;
use crate::format::page::brin::{BrinMeta, BrinNulls, BrinPage, BrinTuple};
use crate::format::page::index::IndexPageKind;
use crate::primitives::{BlockNumber, ItemPointer};

/// A page of a BRIN index.
#[derive(Debug)]
pub struct BrinView<'a> {
    /// The page.
    pub page: BrinPage<'a>,
    /// What holds for the whole index, on the meta page.
    pub meta: Option<&'a BrinMeta>,
    /// Where the summaries are, range by range, up to the last range on the page that has one.
    pub revmap: Vec<RevmapEntry>,
    /// The summaries.
    pub items: Vec<IndexItem<BrinItem<'a>>>,
}

/// Where the summary of a range is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevmapEntry {
    /// The first heap block of the range; `None` where the meta page, which knows how many blocks
    /// a range has, can't be read.
    pub blknum: Option<u64>,
    /// Where its summary is; invalid where it has none.
    pub tid: ItemPointer,
}

/// A summary.
#[derive(Debug)]
pub struct BrinItem<'a> {
    /// The tuple; `None` where the line pointer is unused.
    pub tuple: Option<BrinTuple<'a>>,
    /// What it says of the nulls in each column; empty where nobody tells how many columns there
    /// are.
    pub nulls: Vec<BrinNulls>,
}

/// The first page of the revmap.
const REVMAP_START: u32 = 1;

impl<'a> BrinView<'a> {
    pub(super) fn of(
        page: BrinPage<'a>,
        block: BlockNumber,
        beside: &Beside<'_>,
        troubles: &mut Troubles,
    ) -> Self {
        let is_meta = page.kind() == IndexPageKind::Meta;
        let columns = beside.columns.unwrap_or(0);
        Self {
            page,
            meta: if is_meta { troubles.of_page(page.meta()) } else { None },
            revmap: revmap(&page, block, beside),
            items: items(page.page(), page.item_ids(), troubles, |_, item, _| {
                let tuple = page.tuple(item)?;
                let nulls = tuple.map(|tuple| (0..columns).map(move |at| tuple.nulls(at, columns)));
                Ok(BrinItem { tuple, nulls: nulls.into_iter().flatten().collect() })
            }),
        }
    }
}

fn revmap(page: &BrinPage<'_>, block: BlockNumber, beside: &Beside<'_>) -> Vec<RevmapEntry> {
    let entries = page.revmap();
    let Some(last) = entries.iter().rposition(|tid| tid.get().offset.is_valid()) else {
        return Vec::new();
    };
    let pages_per_range = || {
        let meta = beside.pages?.get(BlockNumber(0))?;
        let meta = BrinPage::new(Page::new(&meta, page.page().format()).ok()?).ok()?;
        Some(u64::from(meta.meta().ok()?.pages_per_range()))
    };
    let pages_per_range = pages_per_range();
    let before =
        block.0.checked_sub(REVMAP_START).map(|page| u64::from(page) * entries.len() as u64);
    (0..)
        .zip(entries.iter().take(last + 1))
        .map(|(at, tid)| RevmapEntry {
            blknum: before
                .zip(pages_per_range)
                .and_then(|(before, pages)| (before + at).checked_mul(pages)),
            tid: tid.get(),
        })
        .collect()
}
