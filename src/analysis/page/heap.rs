//! Line pointers, and the heap tuples that they point to.

use super::trouble::Troubles;
use crate::cluster::fate::TupleFate;
use crate::cluster::transactions::Transactions;
use crate::format::FormatError;
use crate::format::page::heap::{HeapTuple, HeapTupleHeader, Infomask, Infomask2};
use crate::format::page::{ItemId, Page};
use crate::primitives::OffsetNumber;

/// A line pointer, and the heap tuple that it points to.
#[derive(Debug)]
pub struct ItemView<'a> {
    /// Its number.
    pub number: OffsetNumber,
    /// The line pointer.
    pub item: ItemId,
    /// The tuple; `None` where there is none, where it leaves the page, and on pages of what is no
    /// heap.
    pub tuple: Option<TupleView<'a>>,
}

/// A heap tuple.
#[derive(Debug)]
pub struct TupleView<'a> {
    /// All its bytes.
    pub bytes: &'a [u8],
    /// Its header.
    pub header: &'a HeapTupleHeader,
    /// The whole of it; an error where `t_hoff` makes no sense.
    pub whole: Result<HeapTuple<'a>, FormatError>,
    /// What became of it; `None` where no transactions are known.
    pub fate: Option<TupleFate>,
}

/// How much `pageinspect` wants of a tuple before it looks at it (`MinHeapTupleSize`).
const MIN_TUPLE: u16 = 24;

/// The line pointers of a page that is no heap's.
pub(super) fn line_pointers<'p>(page: &Page<'p>) -> Vec<ItemView<'p>> {
    page.item_ids().map(|(number, item)| ItemView { number, item, tuple: None }).collect()
}

/// The line pointers of a heap's page, with their tuples.
pub(super) fn items<'p>(
    page: &Page<'p>,
    transactions: Option<&Transactions>,
    troubles: &mut Troubles,
) -> Vec<ItemView<'p>> {
    page.item_ids()
        .map(|(number, item)| {
            if item.has_storage() {
                troubles.of_item(number, page.heap_tuple(item));
            }
            ItemView { number, item, tuple: tuple(page, item, transactions) }
        })
        .collect()
}

/// As `heap_page_items()` decides whether there is a tuple (contrib/pageinspect/heapfuncs.c).
fn tuple<'p>(
    page: &Page<'p>,
    item: ItemId,
    transactions: Option<&Transactions>,
) -> Option<TupleView<'p>> {
    let format = page.format();
    let aligned = u32::from(item.lp_off()).is_multiple_of(format.max_align);
    if item.lp_len() < MIN_TUPLE || !aligned {
        return None;
    }
    let bytes = page.item_on_page(item).ok()?;
    let header = page.heap_tuple_header(item).ok()?;
    let fate = transactions.map(|transactions| transactions.tuple_fate(header));
    Some(TupleView { bytes, header, whole: HeapTuple::parse(bytes, format), fate })
}

impl TupleView<'_> {
    /// The names of the flags that are set, those of `t_infomask` first; a bit without a name as
    /// a number.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        let (info, info2) = (self.header.t_infomask(), self.header.t_infomask2());
        let mut names: Vec<String> = Vec::new();
        names.extend(info.iter_names().map(|(name, _)| name.to_owned()));
        names.extend(info2.iter_names().map(|(name, _)| name.to_owned()));
        let unnamed = info2.bits() & !Infomask2::HEAP_NATTS_MASK & !Infomask2::all_named().bits();
        if unnamed != 0 {
            names.push(format!("{unnamed:#06x}"));
        }
        names
    }

    /// The same in short, as a person reads them: what both bits on an xid mean together.
    #[must_use]
    pub fn short_flags(&self) -> Vec<String> {
        let info = self.header.t_infomask();
        let short =
            |name: String| name.trim_start_matches("HEAP_").to_ascii_lowercase().replace('_', " ");
        let frozen = info.xmin_is_frozen();
        let is_of_frozen = |name: &String| {
            frozen && matches!(name.as_str(), "HEAP_XMIN_COMMITTED" | "HEAP_XMIN_INVALID")
        };
        let boring = |name: &String| {
            matches!(name.as_str(), "HEAP_HASNULL" | "HEAP_HASVARWIDTH" | "HEAP_HASEXTERNAL")
        };
        let mut names: Vec<_> = self
            .flags()
            .into_iter()
            .filter(|name| !is_of_frozen(name) && !boring(name))
            .map(short)
            .collect();
        if frozen {
            names.insert(0, "xmin frozen".to_owned());
        }
        if info.contains(Infomask::HEAP_HASEXTERNAL) {
            names.push("toast".to_owned());
        }
        names
    }

    /// The null bitmap as `heap_page_items()` spells it, a digit a bit, the lowest first.
    #[must_use]
    pub fn t_bits(&self) -> Option<String> {
        let bitmap = self.whole.as_ref().ok()?.null_bitmap()?;
        let bit = |byte: u8, at: u32| if byte >> at & 1 == 1 { '1' } else { '0' };
        Some(bitmap.iter().flat_map(|&byte| (0..8).map(move |at| bit(byte, at))).collect())
    }
}
