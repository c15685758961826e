//! The free space map, `_fsm` (storage/fsm_internals.h).
//!
//! Each page holds a binary tree of bytes: the leaves are its slots, and each node above is the
//! greater of its two children. On the lowest level, a slot is a heap block; above, a slot is a
//! page of the level below, so that the root of page 0 is the most that any block has.
//!
//! ```text
//! header, 24 │ fp_next_slot, 4 │ upper nodes, block_size/2 - 1 │ slots …
//! ```
//!
//! Pages of all levels stand in one file, each before those below it.

use super::MapAddress;
use crate::format::page::PageHeader;
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::BlockNumber;

const FP_NEXT_SLOT: usize = 24;
const FP_NODES: usize = 28;
/// A page with fewer slots than this needs a level more to reach 2³² blocks (`FSM_TREE_DEPTH`).
const SLOTS_FOR_THREE_LEVELS: u32 = 1626;

/// How many slots a page has (`SlotsPerFSMPage`).
///
/// ```
/// use pgautopsy::format::{Format, PgVersion, map::free_space};
/// assert_eq!(free_space::slots_per_page(Format::usual(PgVersion::V17)), 4069);
/// ```
#[must_use]
pub fn slots_per_page(format: Format) -> u32 {
    format.block_size.saturating_sub(28).saturating_sub(upper_nodes(format)).max(1)
}

/// How many levels of pages there are: 0, the lowest, to one less than this.
#[must_use]
pub fn levels(format: Format) -> u32 {
    if slots_per_page(format) >= SLOTS_FOR_THREE_LEVELS { 3 } else { 4 }
}

/// Where the map keeps the free space of `heap` (`fsm_get_location`, `fsm_logical_to_physical`).
#[must_use]
pub fn address(heap: BlockNumber, format: Format) -> MapAddress {
    let slots = slots_per_page(format);
    // Before the page stand all pages of the lowest level to its left, and whatever is above those
    // and itself.
    let mut number = heap.0 / slots;
    let mut before = 0_u32;
    for _ in 0..levels(format) {
        before = before.saturating_add(number).saturating_add(1);
        number /= slots;
    }
    MapAddress { page: BlockNumber(before.saturating_sub(1)), slot: heap.0 % slots }
}

/// What a page of the map is for: its level (0 is the lowest), and its number among the pages of
/// that level; the inverse of [`address`]. `None` where no map is so long.
#[must_use]
pub fn location(page: BlockNumber, format: Format) -> Option<(u32, u32)> {
    let slots = u64::from(slots_per_page(format));
    // How many pages stand on a level and below, beneath one page of it.
    let tree = |level: u32| (0..level).fold(1_u64, |below, _| 1 + slots.saturating_mul(below));
    let mut level = levels(format).checked_sub(1)?;
    let (mut number, mut left) = (0_u64, u64::from(page.0));
    if left >= tree(level) {
        return None;
    }
    while let Some(behind) = left.checked_sub(1) {
        level = level.checked_sub(1)?;
        number = number.saturating_mul(slots).saturating_add(behind / tree(level));
        left = behind % tree(level);
    }
    Some((level, u32::try_from(number).ok()?))
}

/// How many pages a map has whose lowest level knows `heap_blocks` blocks.
#[must_use]
pub fn page_count(heap_blocks: u32, format: Format) -> u32 {
    heap_blocks.checked_sub(1).map_or(0, |last| address(BlockNumber(last), format).page.0 + 1)
}

/// A page of a free space map, borrowed. A page that was never initialised knows of no free space.
#[derive(Debug, Clone, Copy)]
pub struct FreeSpacePage<'a> {
    bytes: &'a [u8],
    format: Format,
}

impl<'a> FreeSpacePage<'a> {
    /// Takes `bytes`, a whole block, for a page of a free space map.
    pub fn new(bytes: &'a [u8], format: Format) -> Result<Self, FormatError> {
        let bytes = Bytes(bytes).slice("free space map page", 0, format.block_size as usize)?;
        Ok(Self { bytes, format })
    }

    /// The slot from which the next search starts (`fp_next_slot`).
    pub fn fp_next_slot(&self) -> Result<u32, FormatError> {
        Bytes(self.bytes).u32("fp_next_slot", FP_NEXT_SLOT)
    }

    /// All nodes of the tree, the root first; the children of node `n` are `2n + 1` and `2n + 2`
    /// (`fp_nodes`). What is not 0 is what `fsm_page_contents()` prints.
    #[must_use]
    pub fn fp_nodes(&self) -> &'a [u8] {
        self.bytes.get(FP_NODES..).unwrap_or_default()
    }

    /// The slots, by number.
    #[must_use]
    pub fn slots(&self) -> &'a [u8] {
        let upper = usize::try_from(upper_nodes(self.format)).unwrap_or(usize::MAX);
        self.fp_nodes().get(upper..).unwrap_or_default()
    }

    /// What a slot of the lowest level says of its block's free space, in bytes, as
    /// `pg_freespace()` returns it; `None` past the last slot.
    #[must_use]
    pub fn free_space(&self, slot: u32) -> Option<u32> {
        let slot = usize::try_from(slot).ok()?;
        self.slots().get(slot).map(|&category| category_to_bytes(category, self.format))
    }

    /// The first node, by number, that is not the greater of its children, if there is one. The
    /// server does not log changes of the map, and mends such pages when it comes by.
    #[must_use]
    pub fn first_wrong_node(&self) -> Option<usize> {
        let nodes = self.fp_nodes();
        let upper = usize::try_from(upper_nodes(self.format)).unwrap_or(usize::MAX);
        let child = |at: usize| nodes.get(at).copied().unwrap_or(0);
        nodes.iter().take(upper).enumerate().find_map(|(at, &node)| {
            (node != child(2 * at + 1).max(child(2 * at + 2))).then_some(at)
        })
    }
}

/// The least free space that a category stands for, in bytes (`fsm_space_cat_to_avail`).
#[must_use]
pub fn category_to_bytes(category: u8, format: Format) -> u32 {
    if category == u8::MAX {
        return max_request(format);
    }
    u32::from(category) * step(format)
}

/// The category that the server notes for so much free space (`fsm_space_avail_to_cat`).
#[must_use]
pub fn bytes_to_category(bytes: u32, format: Format) -> u8 {
    if bytes >= max_request(format) {
        return u8::MAX;
    }
    u8::try_from(bytes.checked_div(step(format)).unwrap_or(0)).unwrap_or(u8::MAX).min(254)
}

fn step(format: Format) -> u32 {
    format.block_size / 256
}

/// The largest tuple that fits a page (`MaxHeapTupleSize`, access/htup_details.h).
fn max_request(format: Format) -> u32 {
    let header = u32::try_from(size_of::<PageHeader>()).unwrap_or(u32::MAX);
    format.block_size.saturating_sub(format.max_align(header + 4))
}

fn upper_nodes(format: Format) -> u32 {
    (format.block_size / 2).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::PgVersion;
    use crate::format::page::index::testing::seed;

    fn format() -> Format {
        Format::usual(PgVersion::V17)
    }

    fn page_of(heap: u32) -> (u32, u32) {
        let address = address(BlockNumber(heap), format());
        (address.page.0, address.slot)
    }

    #[test]
    fn each_page_stands_before_those_below_it() {
        assert_eq!(page_of(0), (2, 0));
        assert_eq!(page_of(4068), (2, 4068));
        assert_eq!(page_of(4069), (3, 0));
        assert_eq!(page_of(4069 * 4068), (4070, 0));
        assert_eq!(page_of(4069 * 4069), (4072, 0), "a page of the middle level comes between");
        assert_eq!((page_count(0, format()), page_count(1, format())), (0, 3));
    }

    #[test]
    fn every_page_knows_what_it_is_for() {
        let of = |page| location(BlockNumber(page), format());
        assert_eq!(
            [of(0), of(1), of(2), of(3)],
            [Some((2, 0)), Some((1, 0)), Some((0, 0)), Some((0, 1))]
        );
        assert_eq!(
            [of(4070), of(4071), of(4072)],
            [Some((0, 4068)), Some((1, 1)), Some((0, 4069))]
        );
        assert_eq!(of(u32::MAX), None);
        for format in [format(), Format { block_size: 1024, ..format() }] {
            for heap in [0, 1, 500, 4069, 1 << 20, 1 << 24, u32::MAX - 1] {
                let address = address(BlockNumber(heap), format);
                let number = heap / slots_per_page(format);
                assert_eq!(location(address.page, format), Some((0, number)), "block {heap}");
            }
        }
    }

    #[test]
    fn small_pages_need_four_levels() {
        let small = Format { block_size: 1024, ..format() };
        assert_eq!((slots_per_page(small), levels(small)), (485, 4));
        assert_eq!(address(BlockNumber(0), small).page, BlockNumber(3));
        assert_eq!(levels(Format { block_size: 4096, ..format() }), 3);
    }

    #[test]
    fn a_category_is_the_least_that_is_there() {
        let bytes = |category| category_to_bytes(category, format());
        assert_eq!((bytes(0), bytes(1), bytes(254), bytes(255)), (0, 32, 8128, 8160));
        for space in [0, 31, 32, 8127, 8128, 8159, 8160, 8192, u32::MAX] {
            assert!(bytes(bytes_to_category(space, format())) <= space);
        }
    }

    #[test]
    fn a_real_page_says_what_pg_freespace_says() {
        let bytes = seed("map/free-space");
        let page = FreeSpacePage::new(&bytes, format()).unwrap();
        let blocks: Vec<_> = (0..8).map(|slot| page.free_space(slot).unwrap()).collect();
        assert_eq!(blocks, [224, 96, 96, 0, 96, 96, 5248, 0]);
        assert_eq!((page.fp_nodes()[0], page.first_wrong_node()), (164, None));
    }

    #[test]
    fn a_node_that_promises_too_much_is_found() {
        let mut bytes = vec![0; 8192];
        bytes[28 + 4095 + 5] = 9;
        let parent = |node: usize| (node - 1) / 2;
        let mut node = 4095 + 5;
        while node > 0 {
            node = parent(node);
            bytes[28 + node] = 9;
        }
        let page = FreeSpacePage::new(&bytes, format()).unwrap();
        assert_eq!((page.free_space(5), page.free_space(6)), (Some(288), Some(0)));
        assert_eq!((page.free_space(4069), page.first_wrong_node()), (None, None));
        bytes[28 + 1] = 8;
        assert_eq!(FreeSpacePage::new(&bytes, format()).unwrap().first_wrong_node(), Some(0));
    }
}
