//! The visibility map, `_vm` (access/visibilitymapdefs.h): two bits for each heap block, the lowest
//! first, behind the header of each page.

use super::MapAddress;
use crate::format::page::PageHeader;
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::BlockNumber;

bitflags::bitflags! {
    /// What the map says of a heap block.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct VisibilityBits: u8 {
        /// Every tuple is visible to everyone.
        const VISIBILITYMAP_ALL_VISIBLE = 0x01;
        /// Every tuple is frozen.
        const VISIBILITYMAP_ALL_FROZEN = 0x02;
    }
}

const BLOCKS_PER_BYTE: u32 = 4;
/// How many bytes are looked at at once where most are 0.
const CHUNK: usize = 64;
/// The all-visible bits of eight bytes; the all-frozen ones are the others.
const ALL_VISIBLE: u64 = 0x5555_5555_5555_5555;

/// How many heap blocks a page of the map knows (`HEAPBLOCKS_PER_PAGE`).
///
/// ```
/// use pgautopsy::format::{Format, PgVersion, map::visibility};
/// assert_eq!(visibility::blocks_per_page(Format::usual(PgVersion::V17)), 32_672);
/// ```
#[must_use]
pub fn blocks_per_page(format: Format) -> u32 {
    let header = u32::try_from(size_of::<PageHeader>()).unwrap_or(u32::MAX);
    format.block_size.saturating_sub(header).saturating_mul(BLOCKS_PER_BYTE).max(1)
}

/// Where the map keeps the bits of `heap`.
#[must_use]
pub fn address(heap: BlockNumber, format: Format) -> MapAddress {
    let blocks = blocks_per_page(format);
    MapAddress { page: BlockNumber(heap.0 / blocks), slot: heap.0 % blocks }
}

/// A page of a visibility map, borrowed. A page that was never initialised has no bits set.
#[derive(Debug, Clone, Copy)]
pub struct VisibilityPage<'a> {
    map: &'a [u8],
}

/// How many bits are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VisibilityCounts {
    /// Blocks whose all-visible bit is set.
    pub all_visible: u32,
    /// Blocks whose all-frozen bit is set.
    pub all_frozen: u32,
}

impl<'a> VisibilityPage<'a> {
    /// Takes `bytes`, a whole block, for a page of a visibility map.
    pub fn new(bytes: &'a [u8], format: Format) -> Result<Self, FormatError> {
        let bytes = Bytes(bytes).slice("visibility map page", 0, format.block_size as usize)?;
        Ok(Self { map: bytes.get(size_of::<PageHeader>()..).unwrap_or_default() })
    }

    /// The bits of the block in `slot`; `None` past the page's last.
    #[must_use]
    pub fn bits(&self, slot: u32) -> Option<VisibilityBits> {
        let byte = self.map.get(usize::try_from(slot / BLOCKS_PER_BYTE).ok()?)?;
        Some(VisibilityBits::from_bits_truncate(byte >> (slot % BLOCKS_PER_BYTE * 2)))
    }

    /// The first slot from `slot` on that has a bit set.
    #[must_use]
    pub fn first_set(&self, slot: u32) -> Option<u32> {
        let is_set = |slot: &u32| self.bits(*slot).is_some_and(|bits| !bits.is_empty());
        let slots = |bytes: usize| u32::try_from(bytes).ok()?.checked_mul(BLOCKS_PER_BYTE);
        let next = slot.checked_next_multiple_of(BLOCKS_PER_BYTE)?;
        if let Some(first) = (slot..next).find(is_set) {
            return Some(first);
        }
        // Most pages have none far and wide.
        let rest = self.map.get(usize::try_from(next / BLOCKS_PER_BYTE).ok()?..)?;
        let is_empty = |chunk: &&[u8]| chunk.iter().fold(0, |all, byte| all | byte) == 0;
        let empty = rest.chunks(CHUNK).take_while(is_empty).count();
        let begin = next.checked_add(slots(empty.checked_mul(CHUNK)?)?)?;
        (begin..slots(self.map.len())?).find(is_set)
    }

    /// How many bits the page has set, whether or not the heap has these blocks.
    #[must_use]
    pub fn counts(&self) -> VisibilityCounts {
        let (words, rest) = self.map.as_chunks::<8>();
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
        words.fold(VisibilityCounts::default(), |counts, word| VisibilityCounts {
            all_visible: counts.all_visible + (word & ALL_VISIBLE).count_ones(),
            all_frozen: counts.all_frozen + (word & !ALL_VISIBLE).count_ones(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::PgVersion;
    use crate::format::page::index::testing::seed;

    #[test]
    fn a_real_page_says_what_pg_visibility_says() {
        let bytes = seed("map/visibility");
        let page = VisibilityPage::new(&bytes, Format::usual(PgVersion::V17)).unwrap();
        assert_eq!(page.counts(), VisibilityCounts { all_visible: 7, all_frozen: 7 });
        assert_eq!(page.bits(6), Some(VisibilityBits::all()));
        assert_eq!(page.bits(7), Some(VisibilityBits::empty()));
    }

    #[test]
    fn the_first_bit_is_found_wherever_it_is() {
        let format = Format::usual(PgVersion::V17);
        for set in [0, 1, 5, 30, 31, 32, 33, 64, 1000, 32_670, 32_671] {
            let mut bytes = vec![0; 8192];
            bytes[24 + set / 4] = 0b10 << (set % 4 * 2);
            let page = VisibilityPage::new(&bytes, format).unwrap();
            let set = u32::try_from(set).unwrap();
            for from in [0, 1, 3, 4, 29, 32, 64, 999, 1000, 32_671, 32_672, u32::MAX] {
                let expected = (from <= set).then_some(set);
                assert_eq!(page.first_set(from), expected, "{set} from {from}");
            }
        }
    }

    #[test]
    fn bits_are_found_from_the_lowest_pair_up() {
        let format = Format::usual(PgVersion::V17);
        let mut bytes = vec![0; 8192];
        bytes[24] = 0b1101_0000;
        bytes[8191] = 0b1000_0000;
        let page = VisibilityPage::new(&bytes, format).unwrap();
        let all_visible = VisibilityBits::VISIBILITYMAP_ALL_VISIBLE;
        let all_frozen = VisibilityBits::VISIBILITYMAP_ALL_FROZEN;
        assert_eq!(page.bits(1), Some(VisibilityBits::empty()));
        assert_eq!(page.bits(2), Some(all_visible));
        assert_eq!(page.bits(3), Some(all_visible | all_frozen));
        assert_eq!(page.bits(32_671), Some(all_frozen));
        assert_eq!(page.bits(32_672), None);
        assert_eq!(page.counts(), VisibilityCounts { all_visible: 2, all_frozen: 2 });
        let next = address(BlockNumber(32_672), format);
        assert_eq!(next, MapAddress { page: BlockNumber(1), slot: 0 });
    }
}
