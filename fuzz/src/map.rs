//! A page of a free space map, and of a visibility map.

use pgautopsy::format::map::free_space::{self, FreeSpacePage};
use pgautopsy::format::map::visibility::{self, VisibilityBits, VisibilityPage};
use pgautopsy::primitives::BlockNumber;

use super::is_within;
use super::page::format_for;

/// The input is a page, of the largest size that it fills; its first bytes are a heap block, too.
pub fn run(data: &[u8]) {
    let format = format_for(data);
    if let Ok(page) = FreeSpacePage::new(data, format) {
        let slots = free_space::slots_per_page(format);
        assert!(is_within(page.slots(), data) && is_within(page.fp_nodes(), data));
        assert_eq!(page.slots().len(), slots as usize);
        assert!(page.fp_next_slot().is_ok());
        assert_eq!(page.free_space(slots), None);
        let space = page.free_space(slots - 1).expect("a slot of the page");
        let noted = free_space::bytes_to_category(space, format);
        // The highest category stands for all that no tuple needs more than.
        assert!(noted == u8::MAX || free_space::category_to_bytes(noted, format) == space);
        let _ = page.first_wrong_node();
    }
    if let Ok(page) = VisibilityPage::new(data, format) {
        let blocks = visibility::blocks_per_page(format);
        assert_eq!(page.bits(blocks), None);
        let bits = (0..blocks).filter_map(|slot| page.bits(slot));
        let (visible, frozen) = bits.fold((0, 0), |(visible, frozen), bits| {
            let has = |bit| u32::from(bits.contains(bit));
            (
                visible + has(VisibilityBits::VISIBILITYMAP_ALL_VISIBLE),
                frozen + has(VisibilityBits::VISIBILITYMAP_ALL_FROZEN),
            )
        });
        let counts = page.counts();
        assert_eq!((counts.all_visible, counts.all_frozen), (visible, frozen));
    }
    if let Some(block) = data.first_chunk().map(|bytes| BlockNumber(u32::from_le_bytes(*bytes))) {
        let space = free_space::address(block, format);
        let slots = free_space::slots_per_page(format);
        assert!(space.slot < slots);
        assert_eq!(free_space::location(space.page, format), Some((0, block.0 / slots)));
        let _ = free_space::location(block, format);
        let visible = visibility::address(block, format);
        assert!(visible.slot < visibility::blocks_per_page(format));
    }
}
