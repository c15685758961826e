//! Heap tuples: the rows of tables, TOAST tables, materialised views and sequences.

mod hints;
mod infomask;
mod tuple;

pub use hints::HeapTupleHints;
pub use infomask::{Infomask, Infomask2};
pub use tuple::{HeapTuple, HeapTupleHeader};

use super::Page;
use crate::format::page::sequence::SEQ_MAGIC;
use crate::format::page::{ItemId, PageHeader};
use crate::format::{Bytes, Format, FormatError};

impl<'a> Page<'a> {
    /// The heap tuple that a line pointer points to.
    pub fn heap_tuple(&self, item: ItemId) -> Result<HeapTuple<'a>, FormatError> {
        HeapTuple::parse(self.item_bytes(item)?, self.format())
    }

    /// The header alone of the heap tuple that a line pointer points to: all that visibility
    /// needs, at a fraction of the cost of [`heap_tuple`](Self::heap_tuple).
    #[inline]
    pub fn heap_tuple_header(&self, item: ItemId) -> Result<&'a HeapTupleHeader, FormatError> {
        Bytes(self.bytes()).view("heap tuple header", usize::from(item.lp_off()))
    }
}

impl Page<'_> {
    /// Whether it looks like a heap's page: unlike those of indexes it has no special space, but
    /// for that of a sequence, where a magic number stands.
    #[must_use]
    pub fn looks_like_a_heap(&self) -> bool {
        let special = self.special();
        let sequence = || Bytes(special).u32("sequence_magic", 0) == Ok(SEQ_MAGIC);
        special.is_empty() || (special.len() == 8 && sequence())
    }
}

/// How many tuples fit a heap page at the most (`MaxHeapTuplesPerPage`, access/htup_details.h).
///
/// ```
/// use pgautopsy::format::{Format, PgVersion, page::heap};
/// assert_eq!(heap::max_tuples_per_page(Format::usual(PgVersion::V17)), 291);
/// ```
#[must_use]
pub fn max_tuples_per_page(format: Format) -> u32 {
    let header = u32::try_from(size_of::<PageHeader>()).unwrap_or(u32::MAX);
    let tuple = u32::try_from(size_of::<HeapTupleHeader>()).unwrap_or(u32::MAX);
    format.block_size.saturating_sub(header) / (format.max_align(tuple) + 4)
}
