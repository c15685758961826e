//! Pages of the maps.

use crate::format::FormatError;
use crate::format::map::free_space::{self, FreeSpacePage};
use crate::format::map::visibility::{self, VisibilityBits, VisibilityCounts, VisibilityPage};
use crate::format::page::Page;
use crate::primitives::BlockNumber;

/// A page of a free space map.
#[derive(Debug)]
pub struct FreeSpaceView<'a> {
    /// Its tree.
    pub page: FreeSpacePage<'a>,
    /// Its level, 0 for the lowest, whose slots are blocks; `None` where no map is so long.
    pub level: Option<u32>,
    /// Its number among the pages of that level.
    pub number: Option<u32>,
    /// The slot from which the next search starts.
    pub fp_next_slot: u32,
    /// The first node that is not the greater of its children.
    pub first_wrong_node: Option<usize>,
    /// On the lowest level, the blocks that it knows, and what it believes of their free space in
    /// bytes: as many as the relation has, or, where that is not known, up to the last that has
    /// any.
    pub blocks: Vec<(BlockNumber, u32)>,
}

impl<'a> FreeSpaceView<'a> {
    pub(super) fn of(
        page: &Page<'a>,
        block: BlockNumber,
        relation_blocks: Option<u32>,
    ) -> Result<Self, FormatError> {
        let format = page.format();
        let tree = FreeSpacePage::new(page.bytes(), format)?;
        let location = free_space::location(block, format);
        let lowest = location.filter(|&(level, _)| level == 0).map(|(_, number)| number);
        let blocks = lowest.map_or_else(Vec::new, |number| {
            let first = number.checked_mul(free_space::slots_per_page(format));
            let set = || tree.slots().iter().rposition(|&category| category != 0);
            known_blocks(first, relation_blocks, tree.slots().len(), set)
                .filter_map(|(slot, block)| Some((block, tree.free_space(slot)?)))
                .collect()
        });
        Ok(Self {
            page: tree,
            level: location.map(|(level, _)| level),
            number: location.map(|(_, number)| number),
            fp_next_slot: tree.fp_next_slot()?,
            first_wrong_node: tree.first_wrong_node(),
            blocks,
        })
    }
}

/// A page of a visibility map.
#[derive(Debug)]
pub struct VisibilityView {
    /// How many bits are set.
    pub counts: VisibilityCounts,
    /// The first block that it knows.
    pub first: Option<BlockNumber>,
    /// The blocks that it knows, with their bits: as many as the relation has, or, where that is
    /// not known, up to the last that has any.
    pub blocks: Vec<(BlockNumber, VisibilityBits)>,
}

impl VisibilityView {
    pub(super) fn of(
        page: &Page<'_>,
        block: BlockNumber,
        relation_blocks: Option<u32>,
    ) -> Result<Self, FormatError> {
        let format = page.format();
        let map = VisibilityPage::new(page.bytes(), format)?;
        let slots = visibility::blocks_per_page(format);
        let first = block.0.checked_mul(slots);
        let is_set = |&slot: &u32| map.bits(slot).is_some_and(|bits| !bits.is_empty());
        let last = || (0..slots).rev().find(is_set).map(|slot| slot as usize);
        let known = known_blocks(first, relation_blocks, slots as usize, last);
        let blocks = known.filter_map(|(slot, block)| Some((block, map.bits(slot)?))).collect();
        Ok(Self { counts: map.counts(), first: first.map(BlockNumber), blocks })
    }
}

/// The slots of a page whose first slot is block `first`, with their blocks: up to the relation's
/// last block, or to the page's last slot that says something.
fn known_blocks(
    first: Option<u32>,
    relation_blocks: Option<u32>,
    slots: usize,
    last_set: impl FnOnce() -> Option<usize>,
) -> impl Iterator<Item = (u32, BlockNumber)> {
    let first = first.unwrap_or(u32::MAX);
    let count = match relation_blocks {
        Some(blocks) => blocks.saturating_sub(first) as usize,
        None => last_set().map_or(0, |last| last + 1),
    };
    let blocks = (first..u32::MAX).map(BlockNumber);
    (0..).zip(blocks).take(count.min(slots))
}
