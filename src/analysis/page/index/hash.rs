use super::IndexItem;
use super::item::items;
use crate::analysis::page::Beside;
use crate::analysis::page::trouble::Troubles;
use crate::format::Format;
use crate::format::page::Page;
use crate::format::page::hash::{HashMeta, HashPage, HashTuple};
use crate::format::page::index::{IndexPageKind, ItemStats, free_size};
use crate::primitives::BlockNumber;

/// A page of a hash index.
#[derive(Debug)]
pub struct HashView<'a> {
    /// The page.
    pub page: HashPage<'a>,
    /// What holds for the whole index, on the meta page.
    pub meta: Option<HashMeta<'a>>,
    /// Live and dead items, where the page holds items.
    pub stats: Option<ItemStats>,
    /// The room for one more item, where the page holds items.
    pub free_size: Option<u16>,
    /// Which bit says whether the page is in use, where it is a page of overflow.
    pub bit: Option<OverflowBit>,
    /// The items.
    pub items: Vec<IndexItem<HashTuple<'a>>>,
}

/// The bit that says whether a page of overflow is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverflowBit {
    /// The bitmap page.
    pub bitmapblkno: BlockNumber,
    /// The bit on it.
    pub bitmapbit: u32,
    /// Whether it is set; `None` where the bitmap can't be read.
    pub bitstatus: Option<bool>,
}

impl<'a> HashView<'a> {
    pub(super) fn of(
        page: HashPage<'a>,
        block: BlockNumber,
        beside: &Beside<'_>,
        troubles: &mut Troubles,
    ) -> Self {
        let is_meta = page.kind() == IndexPageKind::Meta;
        let read = |_, item, _: &mut Troubles| page.tuple(item);
        let has_items = page.has_items();
        Self {
            page,
            meta: if is_meta { troubles.of_page(page.meta()) } else { None },
            stats: has_items.then(|| ItemStats::of(page.item_ids().map(|(_, item)| item))),
            free_size: has_items.then(|| free_size(page.page())),
            bit: OverflowBit::of(&page, block, beside),
            items: items(page.page(), page.item_ids(), troubles, read),
        }
    }
}

impl OverflowBit {
    /// As `hash_bitmap_info()`: by the meta page, and not of pages that are bitmaps themselves.
    fn of(page: &HashPage<'_>, block: BlockNumber, beside: &Beside<'_>) -> Option<Self> {
        if matches!(page.kind(), IndexPageKind::Meta | IndexPageKind::Bitmap) {
            return None;
        }
        let format = page.page().format();
        let meta = beside.pages?.get(BlockNumber(0))?;
        let (bitmapblkno, bitmapbit) =
            hash_page(&meta, format)?.meta().ok()?.overflow_bit(block)?;
        let bitmap = beside.pages?.get(bitmapblkno);
        let bitmap = bitmap.as_deref().and_then(|bytes| hash_page(bytes, format)?.bitmap());
        Some(Self {
            bitmapblkno,
            bitmapbit,
            bitstatus: bitmap.and_then(|bitmap| bitmap.is_set(bitmapbit)),
        })
    }
}

fn hash_page(bytes: &[u8], format: Format) -> Option<HashPage<'_>> {
    HashPage::new(Page::new(bytes, format).ok()?).ok()
}
