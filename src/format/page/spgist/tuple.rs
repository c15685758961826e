use crate::format::page::index::IndexTuple;
use crate::format::page::item_pointer::ItemPointerData;
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::{ItemPointer, OffsetNumber, TransactionId};

/// What a tuple is (`tupstate`, access/spgist_private.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TupState {
    /// `SPGIST_LIVE`: an inner or a leaf tuple.
    Live,
    /// `SPGIST_REDIRECT`: it was moved; who was on the way to it goes on from there.
    Redirect,
    /// `SPGIST_DEAD`: empty, but something points here.
    Dead,
    /// `SPGIST_PLACEHOLDER`: empty, to keep the numbers of the others; the next tuple takes it.
    Placeholder,
}

impl TupState {
    /// PostgreSQL's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "SPGIST_LIVE",
            Self::Redirect => "SPGIST_REDIRECT",
            Self::Dead => "SPGIST_DEAD",
            Self::Placeholder => "SPGIST_PLACEHOLDER",
        }
    }

    const fn from_bits(word: u32) -> Self {
        match word & 3 {
            0 => Self::Live,
            1 => Self::Redirect,
            2 => Self::Dead,
            _ => Self::Placeholder,
        }
    }
}

/// A tuple of an SP-GiST index (access/spgist_private.h). The lowest two bits of the first word say
/// which.
///
/// ```text
/// inner  0  2 bits tupstate, 1 allTheSame, 13 nNodes, 16 prefixSize
///        4  size
///        8  prefix, then nodes: index tuples whose t_tid is the tuple below
/// leaf   0  2 bits tupstate, 30 size
///        4  14 bits nextOffset; 2 flags from 14 on: bit 15 says that a null bitmap follows
///        6  heapPtr
///       16  the value's rest; columns of INCLUDE (the null bitmap stands before, at 12)
/// other  0  2 bits tupstate, 30 size
///        6  pointer: where a redirect leads
///       12  xid: who moved it
/// ```
#[derive(Debug, Clone, Copy)]
pub enum SpGistTuple<'a> {
    /// Part of the way to the leaves.
    Inner(SpGistInner<'a>),
    /// What points to a heap tuple.
    Leaf(SpGistLeaf<'a>),
    /// A redirect, a dead tuple or a placeholder.
    Other(SpGistDead),
}

/// A live inner tuple.
#[derive(Debug, Clone, Copy)]
pub struct SpGistInner<'a> {
    /// Whether all nodes mean the same, since the values could not be told apart (`allTheSame`).
    pub all_the_same: bool,
    /// How many nodes there are (`nNodes`).
    pub n_nodes: u16,
    /// What all values below share; empty where they share nothing.
    pub prefix: &'a [u8],
    nodes: &'a [u8],
    format: Format,
}

/// A live leaf tuple.
#[derive(Debug, Clone, Copy)]
pub struct SpGistLeaf<'a> {
    /// The heap tuple (`heapPtr`).
    pub heap_ptr: ItemPointer,
    /// The next leaf tuple of the same node, on the same page; invalid on the last, and on a root.
    pub next_offset: OffsetNumber,
    /// One bit a column, 1 where it is *not* null; `None` where no bitmap is stored.
    pub null_bitmap: Option<&'a [u8]>,
    /// What of the value its way through the tree does not tell, and columns of INCLUDE.
    pub data: &'a [u8],
}

/// A tuple that is neither inner nor leaf any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpGistDead {
    /// What it is; never [`TupState::Live`].
    pub state: TupState,
    /// Where a redirect leads, in this index (`pointer`); of no meaning for the others.
    pub pointer: ItemPointer,
    /// Who moved what a redirect stands for; may be invalid.
    pub xid: TransactionId,
}

const INNER_HEADER: usize = 8;
const LEAF_HEADER: usize = 16;
const NULL_BITMAP: usize = 12;
const HAS_NULL_BITMAP: u16 = 0x8000;
const NEXT_OFFSET: u16 = 0x3FFF;

impl<'a> SpGistTuple<'a> {
    #[inline]
    pub(super) fn parse(
        bytes: &'a [u8],
        is_leaf: bool,
        format: Format,
    ) -> Result<Self, FormatError> {
        let word = Bytes(bytes).u32("SP-GiST tuple", 0)?;
        match TupState::from_bits(word) {
            TupState::Live if is_leaf => SpGistLeaf::parse(bytes, word, format).map(Self::Leaf),
            TupState::Live => SpGistInner::parse(bytes, word, format).map(Self::Inner),
            state => SpGistDead::parse(bytes, state).map(Self::Other),
        }
    }

    /// What the tuple is.
    #[must_use]
    pub const fn state(&self) -> TupState {
        match self {
            Self::Inner(_) | Self::Leaf(_) => TupState::Live,
            Self::Other(dead) => dead.state,
        }
    }
}

impl<'a> SpGistInner<'a> {
    fn parse(bytes: &'a [u8], word: u32, format: Format) -> Result<Self, FormatError> {
        let [_, _, prefix_low, prefix_high] = word.to_le_bytes();
        let prefix_size = usize::from(u16::from_le_bytes([prefix_low, prefix_high]));
        let [low, high, ..] = (word >> 3 & 0x1FFF).to_le_bytes();
        let size = usize::from(Bytes(bytes).u16("inner tuple size", 4)?);
        let bytes = Bytes(bytes).slice("inner tuple", 0, size)?;
        let prefix = Bytes(bytes).slice("prefix", INNER_HEADER, prefix_size)?;
        Ok(Self {
            all_the_same: word & 4 != 0,
            n_nodes: u16::from_le_bytes([low, high]),
            prefix,
            nodes: bytes.get(INNER_HEADER + prefix_size..).unwrap_or_default(),
            format,
        })
    }

    /// The nodes: `t_tid` of each is the tuple below, inner or the first leaf, or invalid where
    /// nothing is below. An error ends them.
    pub fn nodes(&self) -> impl Iterator<Item = Result<IndexTuple<'a>, FormatError>> + use<'a> {
        let format = self.format;
        let mut rest = Some(self.nodes);
        (0..self.n_nodes).map_while(move |_| {
            let bytes = rest?;
            let node = IndexTuple::parse(bytes, format);
            rest = node.as_ref().ok().and_then(|node| bytes.get(node.bytes().len()..));
            Some(node)
        })
    }
}

impl<'a> SpGistLeaf<'a> {
    #[inline]
    fn parse(bytes: &'a [u8], word: u32, format: Format) -> Result<Self, FormatError> {
        let size = usize::try_from(word >> 2).unwrap_or(usize::MAX);
        let bytes = Bytes(bytes).slice("leaf tuple", 0, size)?;
        let t_info = Bytes(bytes).u16("nextOffset", 4)?;
        let heap_ptr: &ItemPointerData = Bytes(bytes).view("heapPtr", 6)?;
        let has_flags = format.version.spgist_leaf_tuples_have_flags();
        let has_nulls = has_flags && t_info & HAS_NULL_BITMAP != 0;
        let next_offset = if has_flags { t_info & NEXT_OFFSET } else { t_info };
        Ok(Self {
            heap_ptr: heap_ptr.get(),
            next_offset: OffsetNumber(next_offset),
            null_bitmap: has_nulls.then(|| bytes.get(NULL_BITMAP..LEAF_HEADER)).flatten(),
            data: bytes.get(LEAF_HEADER..).unwrap_or_default(),
        })
    }
}

impl SpGistDead {
    fn parse(bytes: &[u8], state: TupState) -> Result<Self, FormatError> {
        let pointer: &ItemPointerData = Bytes(bytes).view("redirection", 6)?;
        let xid = TransactionId(Bytes(bytes).u32("xid of a redirection", 12)?);
        Ok(Self { state, pointer: pointer.get(), xid })
    }
}
