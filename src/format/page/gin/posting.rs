use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::page::item_pointer::{BlockIdData, ItemPointerData};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, ItemPointer, OffsetNumber};

/// A child of an internal page of a posting tree (`PostingItem`, access/ginblock.h).
///
/// ```text
///  0  child_blkno   the page below
///  4  key           the highest heap address that may stand there
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct PostingItem {
    child_blkno: BlockIdData,
    key: ItemPointerData,
}

const _: () = assert!(size_of::<PostingItem>() == 10);

impl PostingItem {
    /// The page below.
    #[must_use]
    pub fn child_blkno(&self) -> BlockNumber {
        self.child_blkno.get()
    }

    /// The highest heap address that may stand there.
    #[must_use]
    pub fn key(&self) -> ItemPointer {
        self.key.get()
    }
}

/// Heap addresses in ascending order, compressed (`GinPostingList`, access/ginblock.h).
///
/// ```text
///  0  first    the first address
///  6  nbytes   how many bytes follow
///  8  bytes    how far each further address is from the one before: 7 bits a byte, the lowest
///              first, bit 7 set where more follow, at most 7 bytes
/// ```
///
/// An address counts as the number `block << 11 | offset`.
#[derive(Debug, Clone, Copy)]
pub struct GinPostingList<'a> {
    /// The first address (`first`).
    pub first: ItemPointer,
    /// The distances of the others (`bytes`).
    pub bytes: &'a [u8],
}

/// `offsetof(GinPostingList, bytes)`.
const HEADER: usize = 8;
/// `MaxHeapTuplesPerPageBits`.
const OFFSET_BITS: u32 = 11;
/// `MaxBytesPerInteger`: enough for a block number with an offset.
const MAX_BYTES: usize = 7;

impl<'a> GinPostingList<'a> {
    /// The list at the start of `bytes`, and what follows it.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), FormatError> {
        let first: &ItemPointerData = Bytes(bytes).view("posting list", 0)?;
        let nbytes = usize::from(Bytes(bytes).u16("posting list length", 6)?);
        let list = Bytes(bytes).slice("posting list bytes", HEADER, nbytes)?;
        // Lists begin at even offsets; the last one's padding may lie past the end.
        let rest = bytes.get(HEADER + nbytes.next_multiple_of(2)..).unwrap_or_default();
        Ok((Self { first: first.get(), bytes: list }, rest))
    }

    /// How many bytes the distances take (`nbytes`).
    #[must_use]
    pub const fn nbytes(&self) -> usize {
        self.bytes.len()
    }

    /// The addresses, the first one included. An error ends them.
    #[must_use]
    pub fn tids(&self) -> GinTidIter<'a> {
        let OffsetNumber(offset) = self.first.offset;
        let fits = offset >> OFFSET_BITS == 0;
        let next = if fits { Next::Is(number(self.first)) } else { Next::TooHigh(offset) };
        GinTidIter { next, bytes: self.bytes }
    }
}

/// The lists of a page, one behind the other. An error ends them.
#[derive(Debug, Clone)]
pub struct GinPostingLists<'a> {
    rest: &'a [u8],
}

impl<'a> GinPostingLists<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for GinPostingLists<'a> {
    type Item = Result<GinPostingList<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let parsed = GinPostingList::parse(self.rest);
        self.rest = parsed.as_ref().map(|(_, rest)| *rest).unwrap_or_default();
        Some(parsed.map(|(list, _)| list))
    }
}

/// The addresses of a list, decoded one by one.
#[derive(Debug, Clone)]
pub struct GinTidIter<'a> {
    next: Next,
    bytes: &'a [u8],
}

/// What follows in a list.
#[derive(Debug, Clone, Copy, Default)]
enum Next {
    /// An address, as a number.
    Is(u64),
    /// An address whose offset no page has.
    TooHigh(u16),
    /// A distance that the list ends within.
    RunsOff,
    /// The same address again.
    Repeats,
    #[default]
    None,
}

impl Iterator for GinTidIter<'_> {
    type Item = Result<ItemPointer, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let current = match std::mem::take(&mut self.next) {
            Next::Is(current) => current,
            Next::TooHigh(offset) => {
                return Some(Err(broken_list("an offset below 2048", offset.to_string())));
            }
            Next::RunsOff => {
                return Some(Err(broken_list("distances that end", "one that does not")));
            }
            Next::Repeats => {
                return Some(Err(broken_list("heap addresses that rise", "one again")));
            }
            Next::None => return None,
        };
        let Some(tid) = address(current) else {
            let found = format!("{current:#x}");
            return Some(Err(broken_list(
                "heap addresses of 43 bits, and in them a number",
                found,
            )));
        };
        // What is wrong with the next one, the next call reports; the address before it still counts.
        if !self.bytes.is_empty() {
            self.next = match distance(self.bytes) {
                Some((0, _)) => Next::Repeats,
                Some((distance, rest)) => {
                    self.bytes = rest;
                    Next::Is(current.saturating_add(distance))
                }
                None => Next::RunsOff,
            };
        }
        Some(Ok(tid))
    }
}

/// What a list or its addresses should be, and what is there.
#[cold]
pub(in crate::format::page) fn broken_list(
    expected: &str,
    found: impl Into<String>,
) -> FormatError {
    FormatError::Invalid {
        what: "posting list",
        offset: 0,
        expected: expected.to_owned(),
        found: found.into(),
    }
}

/// The distance at the start of `bytes`, and what follows it.
fn distance(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(MAX_BYTES).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..).unwrap_or_default()));
        }
    }
    None
}

fn number(tid: ItemPointer) -> u64 {
    u64::from(tid.block.0) << OFFSET_BITS | u64::from(tid.offset.0)
}

fn address(number: u64) -> Option<ItemPointer> {
    let block = u32::try_from(number >> OFFSET_BITS).ok()?;
    let offset = u16::try_from(number & ((1 << OFFSET_BITS) - 1)).ok()?;
    let offset = OffsetNumber(offset);
    offset.is_valid().then_some(ItemPointer { block: BlockNumber(block), offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tids(bytes: &[u8]) -> Vec<Option<(u32, u16)>> {
        let (list, _) = GinPostingList::parse(bytes).unwrap();
        list.tids().map(|tid| tid.ok().map(|tid| (tid.block.0, tid.offset.0))).collect()
    }

    #[test]
    fn distances_are_added_up_across_blocks() {
        let mut bytes = vec![0, 0, 5, 0, 7, 0, 4, 0];
        bytes.extend([1, 0x80, 0x10, 0x7F]);
        assert_eq!(tids(&bytes), [Some((5, 7)), Some((5, 8)), Some((6, 8)), Some((6, 135))]);
    }

    #[test]
    fn a_distance_that_does_not_end_ends_the_list() {
        let mut bytes = vec![0, 0, 5, 0, 7, 0, 2, 0];
        bytes.extend([1, 0x80]);
        assert_eq!(tids(&bytes), [Some((5, 7)), Some((5, 8)), None]);
        bytes = vec![0, 0, 5, 0, 7, 0, 8, 0];
        bytes.extend([0xFF; 8]);
        assert_eq!(tids(&bytes), [Some((5, 7)), None]);
    }

    #[test]
    fn addresses_rise_and_have_a_line_pointer() {
        let mut bytes = vec![0, 0, 5, 0, 7, 0, 3, 0];
        bytes.extend([1, 0, 1]);
        assert_eq!(tids(&bytes), [Some((5, 7)), Some((5, 8)), None]);
        // From (5,7) to (6,0).
        bytes[8..].copy_from_slice(&[0xF9, 0x0F, 1]);
        assert_eq!(tids(&bytes), [Some((5, 7)), None]);
        bytes[4] = 0;
        assert_eq!(tids(&bytes), [None]);
        // 2048, which would be taken for the block behind.
        bytes[4..6].copy_from_slice(&[0, 8]);
        assert_eq!(tids(&bytes), [None]);
    }

    #[test]
    fn an_address_past_the_last_block_is_refused() {
        let mut bytes = vec![0xFF, 0xFF, 0xFF, 0xFF, 7, 0, 3, 0];
        bytes.extend([0x80, 0x80, 0x01]);
        assert_eq!(tids(&bytes), [Some((u32::MAX, 7)), None]);
    }

    #[test]
    fn lists_follow_each_other_at_even_offsets() {
        let bytes = [0, 0, 1, 0, 1, 0, 1, 0, 1, 0xEE, 0, 0, 2, 0, 1, 0, 0, 0];
        let lists: Vec<_> = GinPostingLists::new(&bytes).map(Result::unwrap).collect();
        assert_eq!(lists.iter().map(|list| list.first.block.0).collect::<Vec<_>>(), [1, 2]);
        let short = &bytes[..16];
        assert!(GinPostingLists::new(short).last().unwrap().is_err());
    }
}
