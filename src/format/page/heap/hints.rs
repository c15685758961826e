use super::{HeapTupleHeader, Infomask};
use crate::format::page::{ItemId, Page};

/// What of a heap tuple's header is enough for most tuples: `t_infomask`, and `t_hoff` behind it.
/// For loops over many, where [`HeapTupleHeader`] would be too dear (`HeapTupleHeaderData`,
/// access/htup_details.h).
///
/// ```text
/// bits  0–15  t_infomask
/// bits 16–23  t_hoff
/// bits 24–31  the first byte behind the header
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct HeapTupleHints(u32);

/// Where `t_infomask` stands in the header.
const T_INFOMASK: usize = 20;
const HEADER_LEN: u32 = 23;
const _: () = assert!(size_of::<HeapTupleHeader>() == HEADER_LEN as usize);

impl HeapTupleHints {
    /// Whether the tuple of that line pointer is live by these alone: its inserter is known to have
    /// committed, nobody deleted it, and its data begins behind its header and not behind its end.
    ///
    /// Where it says no, [`HeapTupleHeader`] knows more.
    #[expect(clippy::needless_bitwise_bool, reason = "many are looked at as one vector")]
    #[inline(always)]
    #[must_use]
    pub fn are_plainly_live(self, item: ItemId) -> bool {
        let plainly_live = u32::from(Infomask::PLAINLY_LIVE.bits());
        let t_hoff = self.0 >> 16 & 0xFF;
        (self.0 & plainly_live == plainly_live)
            & (t_hoff >= HEADER_LEN)
            & (t_hoff <= item.lp_len().into())
    }
}

impl Page<'_> {
    /// The hints of the heap tuple that a line pointer points to: none where its header does not
    /// lie on the page.
    #[inline(always)]
    #[must_use]
    pub fn heap_tuple_hints(&self, item: ItemId) -> HeapTupleHints {
        let start = usize::from(item.lp_off()) + T_INFOMASK;
        let bytes = self.bytes().get(start..start + 4).and_then(<[u8]>::first_chunk);
        HeapTupleHints(bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    }
}
