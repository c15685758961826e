use crate::format::page::index::IndexTuple;
use crate::format::page::item_pointer::{self, ItemPointerData};
use crate::format::page::{ItemId, LpFlags};
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::{BlockNumber, ItemPointer};

/// A B-tree's index tuple, in one of three shapes (access/nbtree.h).
///
/// ```text
/// plain     t_tid: the heap tuple         │ t_info │ key
/// posting   t_tid: where the list begins, │ t_info │ key │ heap tuples, 6 bytes each
///                  0x2000 | their number  │
/// pivot     t_tid: the page below,        │ t_info │ key │ heap tuple, where the number has 0x1000
///                  number of attributes   │
/// ```
///
/// Posting lists and pivots have the reserved bit of `t_info` set. Pivots of indexes made before
/// 12 may look plain; their place on the page tells them.
#[derive(Debug, Clone, Copy)]
pub struct BtreeTuple<'a> {
    tuple: IndexTuple<'a>,
    item: ItemId,
    is_pivot: bool,
    heap_tids: &'a [ItemPointerData],
    data: &'a [u8],
}

pub(super) const BT_OFFSET_MASK: u16 = 0x0FFF;
const BT_PIVOT_HEAP_TID_ATTR: u16 = 0x1000;
pub(super) const BT_IS_POSTING: u16 = 0x2000;
/// Room for a heap tuple's address behind a pivot's key: 6 bytes, aligned. The address stands at
/// the end.
const PIVOT_HEAP_TID: usize = 8;
pub(super) const TID: usize = size_of::<ItemPointerData>();

impl<'a> BtreeTuple<'a> {
    /// Takes `bytes` for a tuple; `is_pivot` is what its place on the page says.
    #[inline]
    pub(super) fn parse(
        bytes: &'a [u8],
        item: ItemId,
        is_pivot: bool,
        format: Format,
    ) -> Result<Self, FormatError> {
        let tuple = IndexTuple::parse(bytes, format)?;
        let data_offset = tuple.data_offset();
        if !tuple.header.has_reserved_bit() {
            let tid = tuple.bytes().get(..TID).unwrap_or_default();
            let heap_tids = if is_pivot { &[] } else { item_pointer::array(tid) };
            return Ok(Self { tuple, item, is_pivot, heap_tids, data: tuple.data() });
        }
        let size = tuple.bytes().len();
        let tid = tuple.header.t_tid();
        let (start, end) = if is_posting(tuple) {
            let start = usize::try_from(tid.block().0).unwrap_or(usize::MAX);
            let len = usize::from(tid.ip_posid() & BT_OFFSET_MASK) * TID;
            (start, Bytes(tuple.bytes()).slice("posting list", start, len)?)
        } else if tid.ip_posid() & BT_PIVOT_HEAP_TID_ATTR != 0 {
            let start = size.saturating_sub(PIVOT_HEAP_TID);
            (
                start,
                Bytes(tuple.bytes()).slice("pivot's heap tuple", size.saturating_sub(TID), TID)?,
            )
        } else {
            (size, <&[u8]>::default())
        };
        let separate = is_posting(tuple) || format.version.bt_page_items_separates_heap_tids();
        let data_end = if separate { start } else { size };
        if data_end < data_offset.min(size) {
            return Err(FormatError::Invalid {
                what: "end of the key",
                offset: 0,
                expected: format!("{data_offset} or more"),
                found: data_end.to_string(),
            });
        }
        let data = tuple.bytes().get(data_offset..data_end).unwrap_or_default();
        Ok(Self { tuple, item, is_pivot, heap_tids: item_pointer::array(end), data })
    }

    /// The index tuple as such: its `t_tid` is pageinspect's `ctid`, its size `itemlen`.
    #[must_use]
    pub const fn tuple(&self) -> IndexTuple<'a> {
        self.tuple
    }

    /// The key, as `bt_page_items()` has it in `data`: without heap addresses behind it (of pivots
    /// only from 13 on).
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Whether the item bounds keys and points at no heap tuple.
    #[must_use]
    pub const fn is_pivot(&self) -> bool {
        self.is_pivot
    }

    /// Whether a scan found all that it points to dead (`LP_DEAD`); `None` for pivots, which
    /// cannot be.
    #[must_use]
    pub fn dead(&self) -> Option<bool> {
        (!self.is_pivot).then(|| self.item.lp_flags() == LpFlags::Dead)
    }

    /// The heap address by which equal keys are told apart: the tuple's own, the first of a
    /// posting list, or what a pivot kept (`BTreeTupleGetHeapTID`).
    #[must_use]
    pub fn htid(&self) -> Option<ItemPointer> {
        self.heap_tids.first().map(|tid| tid.get())
    }

    /// The posting list; `None` where the tuple is none.
    #[must_use]
    pub fn posting(&self) -> Option<&'a [ItemPointerData]> {
        is_posting(self.tuple).then_some(self.heap_tids)
    }

    /// The heap tuples that the item points to: one, those of a posting list, or none for a pivot.
    #[inline]
    #[must_use]
    pub fn heap_tids(&self) -> &'a [ItemPointerData] {
        if self.is_pivot { &[] } else { self.heap_tids }
    }

    /// Where a pivot of an internal page leads (`BTreeTupleGetDownLink`). On a half-dead leaf's
    /// high key it is the highest page of the branch to be deleted, or invalid.
    #[must_use]
    pub fn downlink(&self) -> Option<BlockNumber> {
        self.is_pivot.then(|| self.tuple.header.t_tid().block())
    }

    /// How many attributes a pivot has kept; `None` where it does not say.
    #[must_use]
    pub fn pivot_attributes(&self) -> Option<u16> {
        let header = self.tuple.header;
        (header.has_reserved_bit() && !is_posting(self.tuple))
            .then(|| header.t_tid().ip_posid() & BT_OFFSET_MASK)
    }
}

fn is_posting(tuple: IndexTuple<'_>) -> bool {
    tuple.header.has_reserved_bit() && tuple.header.t_tid().ip_posid() & BT_IS_POSTING != 0
}
