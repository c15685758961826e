//! One page, decoded.

use crate::analysis::bloat::codes::BLOCK_UNREADABLE;
use crate::cluster::fate::TupleFate;
use crate::cluster::finding::Finding;
use crate::cluster::pages::UnreadableBlock;
use crate::cluster::transactions::Transactions;
use crate::format::page::heap::{HeapTuple, Infomask, Infomask2};
use crate::format::page::{ItemId, Page, PageHeader, checksum};
use crate::format::{Format, FormatError};
use crate::primitives::{BlockNumber, OffsetNumber};

/// A page and its items.
#[derive(Debug)]
pub struct PageView<'a> {
    /// Which block it is.
    pub block: BlockNumber,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its header, whatever it says; `None` where the page is shorter than that.
    pub header: Option<&'a PageHeader>,
    /// The checksum that its bytes have as that block; `None` for a page that was never
    /// initialised, which has none.
    pub computed_checksum: Option<u16>,
    /// Why its items can't be shown, if they can't.
    pub error: Option<String>,
    /// What is wrong with it, where the system could not read it.
    pub finding: Option<Finding>,
    /// Its line pointers, with the tuples of a heap.
    pub items: Vec<ItemView<'a>>,
}

/// A line pointer, and the heap tuple that it points to.
#[derive(Debug)]
pub struct ItemView<'a> {
    /// Its number.
    pub number: OffsetNumber,
    /// The line pointer.
    pub item: ItemId,
    /// The tuple; `None` where there is none, where it leaves the page, and on pages of indexes.
    pub tuple: Option<TupleView<'a>>,
}

/// A heap tuple.
#[derive(Debug)]
pub struct TupleView<'a> {
    /// All its bytes.
    pub bytes: &'a [u8],
    /// Its header.
    pub header: &'a crate::format::page::heap::HeapTupleHeader,
    /// The whole of it; an error where `t_hoff` makes no sense.
    pub whole: Result<HeapTuple<'a>, FormatError>,
    /// What became of it; `None` where no transactions are known.
    pub fate: Option<TupleFate>,
}

/// What a page is looked at with.
#[derive(Debug, Clone, Copy)]
pub struct PageContext<'a> {
    /// Its layout.
    pub format: Format,
    /// How transactions ended, where that is known.
    pub transactions: Option<&'a Transactions>,
    /// Whether it is a heap's; `None` to go by its look.
    pub is_heap: Option<bool>,
}

/// How much `pageinspect` wants of a tuple before it looks at it (`MinHeapTupleSize`).
const MIN_TUPLE: u16 = 24;

impl PageContext<'_> {
    /// Decodes `bytes`, a block.
    #[must_use]
    pub fn view<'p>(&self, bytes: &'p [u8], block: BlockNumber) -> PageView<'p> {
        let header = Page::header_of(bytes).ok();
        let is_new = header.is_none_or(PageHeader::is_new);
        let (items, error) = match Page::new(bytes, self.format) {
            Ok(page) => (self.items(&page), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        PageView {
            block,
            bytes,
            header,
            computed_checksum: (!is_new).then(|| checksum::page(bytes, block)),
            error,
            finding: None,
            items,
        }
    }

    fn items<'p>(&self, page: &Page<'p>) -> Vec<ItemView<'p>> {
        let is_heap = self.is_heap.unwrap_or_else(|| page.looks_like_a_heap());
        page.item_ids()
            .map(|(number, item)| {
                let tuple = is_heap.then(|| self.tuple(page, item)).flatten();
                ItemView { number, item, tuple }
            })
            .collect()
    }

    /// As `heap_page_items()` decides whether there is a tuple (contrib/pageinspect/heapfuncs.c).
    fn tuple<'p>(&self, page: &Page<'p>, item: ItemId) -> Option<TupleView<'p>> {
        let aligned = u32::from(item.lp_off()).is_multiple_of(self.format.max_align);
        if item.lp_len() < MIN_TUPLE || !aligned {
            return None;
        }
        let bytes = page.item_on_page(item).ok()?;
        let header = page.heap_tuple_header(item).ok()?;
        let fate = self.transactions.map(|transactions| transactions.tuple_fate(header));
        Some(TupleView { bytes, header, whole: HeapTuple::parse(bytes, self.format), fate })
    }
}

impl PageView<'_> {
    /// A page that could not be read.
    pub(super) fn unreadable(block: BlockNumber, error: &UnreadableBlock) -> Self {
        let mut finding = Finding::in_file(&BLOCK_UNREADABLE, &error.path, "", &error.source);
        finding.location.block = Some(block);
        Self {
            block,
            bytes: &[],
            header: None,
            computed_checksum: None,
            error: Some(error.to_string()),
            finding: Some(finding),
            items: Vec::new(),
        }
    }

    /// Whether the stored checksum is that of the page's bytes; `None` where there is none to
    /// compare.
    #[must_use]
    pub fn checksum_is_valid(&self) -> Option<bool> {
        Some(self.header?.pd_checksum() == self.computed_checksum?)
    }
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
