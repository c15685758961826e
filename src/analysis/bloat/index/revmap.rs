//! The revmap of a BRIN index, held to the summaries: each address leads to the summary of its
//! range, and so all of them together to all summaries (access/brin/brin_revmap.c).

use std::ops::AddAssign;

use super::brin::{ADDRESS, SPECIAL};
use super::rebuild::Room;
use super::{Damage, Whole};
use crate::format::Format;
use crate::format::page::LpFlags;
use crate::format::page::brin::{BrinMeta, BrinPage, BrinTuple};
use crate::format::page::index::{IndexPage, IndexPageKind};
use crate::primitives::{BlockNumber, ItemPointer};

/// Sums over the addresses of the revmap and over the summaries. Where all is sound they agree; a
/// single look at each tells, and nothing has to be remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Revmap {
    /// Of each address its place, and the number of its range.
    addresses: Sums,
    /// Of each summary its place, and the first heap block of its range.
    summaries: Sums,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sums {
    /// The sum of the places, well mixed.
    places: u64,
    /// The sum of what stands for each place.
    values: u64,
    /// The sum of the products.
    products: u64,
}

impl Sums {
    fn add(&mut self, place: ItemPointer, value: u64) {
        let place = mixed(place);
        self.places = self.places.wrapping_add(place);
        self.values = self.values.wrapping_add(value);
        self.products = self.products.wrapping_add(place.wrapping_mul(value));
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.places = self.places.wrapping_add(other.places);
        self.values = self.values.wrapping_add(other.values);
        self.products = self.products.wrapping_add(other.products);
    }
}

impl AddAssign for Revmap {
    fn add_assign(&mut self, other: Self) {
        self.addresses += other.addresses;
        self.summaries += other.summaries;
    }
}

/// A number in which every bit depends on the whole place (`splitmix64`).
const fn mixed(place: ItemPointer) -> u64 {
    let mut bits = (place.block.0 as u64) << 16 | place.offset.0 as u64;
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

/// How many pages that addresses lead to are read again, at the most.
const MOST_STEPS: u32 = 1 << 18;

impl Revmap {
    /// Adds what a page of the revmap leads to.
    pub(super) fn add_page(&mut self, page: &BrinPage<'_>, block: BlockNumber) {
        for (place, range) in addresses(page, block) {
            self.addresses.add(place, range);
        }
    }

    /// Adds the summary at `place`.
    pub(super) fn add_summary(&mut self, place: ItemPointer, summary: &BrinTuple<'_>) {
        self.summaries.add(place, summary.bt_blkno().0.into());
    }

    /// Where the sums do not agree, looks at each address for those that are wrong.
    pub(super) fn check(
        &self,
        index: &Whole<'_>,
        meta: &BrinMeta,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let per_range = u64::from(meta.pages_per_range());
        if self.fits(per_range) {
            return;
        }
        let borne_out = self.summaries.values.checked_div(self.addresses.values);
        if let Some(borne_out) = borne_out.filter(|per_range| self.fits(*per_range)) {
            let expected = format!("pages_per_range {borne_out}, as the summaries have it");
            return damaged(Damage::meta(expected, per_range));
        }
        let mut steps = MOST_STEPS;
        for block in (1..=meta.last_revmap_page().0.min(index.end)).map(BlockNumber) {
            if !index.check_kind("a page of the revmap", block, IndexPageKind::Revmap, damaged) {
                continue;
            }
            let collect = |page: &IndexPage<'_>| match page {
                IndexPage::Brin(page) => addresses(page, block).collect(),
                _ => Vec::new(),
            };
            let mut addresses = index.page(block, collect).unwrap_or_default();
            addresses.sort_unstable();
            let (mut first, mut count) = (None, 0_u32);
            for same in addresses.chunk_by(|(one, _), (other, _)| one.block == other.block) {
                let Some(left) = steps.checked_sub(1) else { break };
                steps = left;
                wrong(index, per_range, same, |wrong| {
                    count += 1;
                    first.get_or_insert_with(wrong);
                });
            }
            if let Some(Wrong { place, heap_block, found }) = first {
                let expected = format!("the summary of blocks from {heap_block} on at {place}");
                let more =
                    if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
                damaged(Damage::target(block, expected, format!("{found}{more}")));
            }
            if steps == 0 {
                return;
            }
        }
    }

    fn fits(&self, per_range: u64) -> bool {
        let (addresses, summaries) = (&self.addresses, &self.summaries);
        addresses.places == summaries.places
            && addresses.products.wrapping_mul(per_range) == summaries.products
    }
}

/// The addresses on a page of the revmap, each with the number of its range.
fn addresses<'a>(
    page: &BrinPage<'a>,
    block: BlockNumber,
) -> impl Iterator<Item = (ItemPointer, u64)> + use<'a> {
    let per_page = per_page(page.page().format());
    let first = u64::from(block.0.saturating_sub(1)).saturating_mul(per_page);
    let places = page.revmap().iter().map(|place| place.get());
    places.zip(first..).filter(|(place, _)| place.offset.is_valid())
}

/// How many addresses a page of the revmap has (`REVMAP_PAGE_MAXITEMS`, access/brin_page.h).
fn per_page(format: Format) -> u64 {
    Room::new(format, SPECIAL).whole / ADDRESS
}

/// An address that does not lead to the summary of its range.
struct Wrong {
    place: ItemPointer,
    /// The first heap block of the range.
    heap_block: u64,
    found: String,
}

/// Tells of those that are wrong among addresses that lead to one page. Of a page that can't be
/// read, or makes no sense, nothing is said: it was found so already.
fn wrong(
    index: &Whole<'_>,
    per_range: u64,
    addresses: &[(ItemPointer, u64)],
    mut tell: impl FnMut(&dyn Fn() -> Wrong),
) {
    let Some(&(ItemPointer { block, .. }, _)) = addresses.first() else { return };
    let mut each = |contradiction: &dyn Fn(ItemPointer, u64) -> Option<Contradiction>| {
        for &(place, range) in addresses {
            let heap_block = range.saturating_mul(per_range);
            if let Some(found) = contradiction(place, heap_block) {
                tell(&|| Wrong { place, heap_block, found: found.to_string() });
            }
        }
    };
    if block.0 >= index.end {
        return each(&|_, _| Some(Contradiction::BehindEnd));
    }
    index.page(block, |page| match page {
        IndexPage::Brin(page) if page.kind() == IndexPageKind::Regular => {
            each(&|place, heap_block| contradiction(page, place, heap_block));
        }
        _ => each(&|_, _| Some(Contradiction::Kind(page.kind(block)))),
    });
}

/// What is where the summary of a range should be.
#[derive(Debug, thiserror::Error)]
enum Contradiction {
    #[error("a block behind the end")]
    BehindEnd,
    #[error("a page of kind {}", .0.name())]
    Kind(IndexPageKind),
    #[error("a line pointer that the page does not have")]
    NoLinePointer,
    #[error("an unused line pointer")]
    Unused,
    #[error("that of blocks from {0} on")]
    OtherRange(BlockNumber),
}

/// What is at a place, where it is not the summary of the range from `heap_block` on.
fn contradiction(
    page: &BrinPage<'_>,
    place: ItemPointer,
    heap_block: u64,
) -> Option<Contradiction> {
    let Ok(item) = page.page().item_id(place.offset) else {
        return Some(Contradiction::NoLinePointer);
    };
    if item.lp_flags() == LpFlags::Unused {
        return Some(Contradiction::Unused);
    }
    // One that can't be read was found so already.
    let found = page.tuple(item).ok().flatten()?.bt_blkno();
    (u64::from(found.0) != heap_block).then_some(Contradiction::OtherRange(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::OffsetNumber;

    fn sums(values: &[(u32, u16, u64)]) -> Sums {
        let mut sums = Sums::default();
        for &(block, offset, value) in values {
            let place = ItemPointer { block: BlockNumber(block), offset: OffsetNumber(offset) };
            sums.add(place, value);
        }
        sums
    }

    #[test]
    fn sums_agree_where_each_address_leads_to_its_summary() {
        let addresses = sums(&[(2, 1, 0), (2, 2, 1), (3, 1, 2)]);
        let fits = |summaries: &[(u32, u16, u64)]| {
            Revmap { addresses, summaries: sums(summaries) }.fits(128)
        };
        assert!(fits(&[(3, 1, 256), (2, 1, 0), (2, 2, 128)]), "in any order");
        assert!(!fits(&[(3, 1, 128), (2, 1, 0), (2, 2, 256)]), "two in each other's place");
        assert!(!fits(&[(3, 2, 256), (2, 1, 0), (2, 2, 128)]), "one elsewhere");
        assert!(!fits(&[(2, 1, 0), (2, 2, 128)]), "one missing");
        assert!(!fits(&[(3, 1, 256), (2, 1, 0), (2, 2, 129)]), "one of another range");
    }
}
