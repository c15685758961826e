use super::posting::{GinPostingList, GinTidIter};
use crate::format::page::index::IndexTuple;
use crate::format::page::item_pointer::{self, ItemPointerData};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, ItemPointer};

/// An entry of a leaf of the entry tree: a key, and where it occurs (access/ginblock.h).
///
/// ```text
/// few heap tuples    t_tid: where the list begins | 2³¹, their number │ t_info │ key │ list
/// many               t_tid: root of the posting tree, 0xFFFF          │ t_info │ key
/// ```
///
/// The key is a column number of two bytes, where the index has several columns, then the value;
/// where the null bit of `t_info` is set, a category byte stands for it. Without the 2³¹ the list is
/// an array of addresses: servers before 9.4 wrote it.
#[derive(Debug, Clone, Copy)]
pub struct GinEntry<'a> {
    /// The index tuple.
    pub tuple: IndexTuple<'a>,
    /// The key's bytes.
    pub key: &'a [u8],
    /// Where it occurs.
    pub pointers: GinPointers<'a>,
}

/// Where a key occurs.
#[derive(Debug, Clone, Copy)]
pub enum GinPointers<'a> {
    /// In the heap tuples of a posting tree, whose root this is.
    Tree(BlockNumber),
    /// In the heap tuples of this list, which VACUUM may have emptied.
    List(Option<GinPostingList<'a>>),
    /// In these heap tuples.
    Array(&'a [ItemPointerData]),
}

const GIN_TREE_POSTING: u16 = 0xFFFF;
const GIN_ITUP_COMPRESSED: u32 = 1 << 31;

impl<'a> GinEntry<'a> {
    pub(super) fn parse(tuple: IndexTuple<'a>) -> Result<Self, FormatError> {
        let tid = tuple.header.t_tid();
        if tid.ip_posid() == GIN_TREE_POSTING {
            return Ok(Self { tuple, key: tuple.data(), pointers: GinPointers::Tree(tid.block()) });
        }
        let offset = tid.block().0 & !GIN_ITUP_COMPRESSED;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = tuple.bytes();
        let left = bytes.len().saturating_sub(start);
        let list = Bytes(bytes).slice("posting list", start, left)?;
        let pointers = if tid.block().0 & GIN_ITUP_COMPRESSED == 0 {
            let len = usize::from(tid.ip_posid()) * size_of::<ItemPointerData>();
            GinPointers::Array(item_pointer::array(Bytes(list).slice("posting list", 0, len)?))
        } else if tid.ip_posid() == 0 {
            GinPointers::List(None)
        } else {
            GinPointers::List(Some(GinPostingList::parse(list)?.0))
        };
        let key = bytes.get(tuple.data_offset().min(start)..start).unwrap_or_default();
        Ok(Self { tuple, key, pointers })
    }

    /// How many heap tuples it says that its list has; `None` where they are in a posting tree.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        let is_list = !matches!(self.pointers, GinPointers::Tree(_));
        is_list.then(|| self.tuple.header.t_tid().ip_posid().into())
    }

    /// The heap tuples in which the key occurs, but for those of a posting tree, whose leaves hold
    /// them.
    #[must_use]
    pub fn heap_tids(&self) -> GinTids<'a> {
        match self.pointers {
            GinPointers::Tree(_) | GinPointers::List(None) => GinTids::Array([].iter()),
            GinPointers::List(Some(list)) => GinTids::List(list.tids()),
            GinPointers::Array(tids) => GinTids::Array(tids.iter()),
        }
    }
}

/// The heap tuples of an entry, one by one.
#[derive(Debug, Clone)]
pub enum GinTids<'a> {
    /// Of a compressed list.
    List(GinTidIter<'a>),
    /// Of an array.
    Array(std::slice::Iter<'a, ItemPointerData>),
}

impl Iterator for GinTids<'_> {
    type Item = Result<ItemPointer, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::List(list) => list.next(),
            Self::Array(array) => array.next().map(|tid| Ok(tid.get())),
        }
    }
}
