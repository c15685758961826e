use std::collections::BTreeMap;

use super::hash_meta::Meta;
use super::rebuild::{LINE_POINTER, Room};
use super::{Damage, IndexFacts, IndexTally, Method, Whole, check_items};
use crate::format::page::LpFlags;
use crate::format::page::hash::{self, HashPage};
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::primitives::BlockNumber;

pub(super) struct Hash;

impl Method for Hash {
    fn of(&self) -> IndexMethod {
        IndexMethod::Hash
    }

    fn links(&self, page: &IndexPage<'_>) -> [Option<BlockNumber>; 2] {
        let IndexPage::Hash(page) = page else { return [None, None] };
        let opaque = page.opaque();
        let valid = |block: BlockNumber| Some(block).filter(|block| block.is_valid());
        match page.kind() {
            IndexPageKind::Bucket => [None, valid(opaque.hasho_nextblkno())],
            IndexPageKind::Overflow => {
                [valid(opaque.hasho_prevblkno()), valid(opaque.hasho_nextblkno())]
            }
            _ => [None, None],
        }
    }

    fn look(
        &self,
        page: &IndexPage<'_>,
        _: BlockNumber,
        tally: &mut IndexTally,
        damaged: &mut dyn FnMut(Damage),
    ) {
        let IndexPage::Hash(page) = page else { return };
        check_items(page.item_ids(), |_, item| page.tuple(item), damaged);
        count_bucket(page, tally);
    }

    fn facts(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        let meta = |page: &IndexPage<'_>| match page {
            IndexPage::Hash(page) if page.kind() == IndexPageKind::Meta => {
                Some(page.meta().map(|meta| Meta::of(&meta)))
            }
            _ => None,
        };
        let Some(meta) = index.meta(meta, damaged) else { return IndexFacts::default() };
        meta.check(index, damaged);
        IndexFacts {
            version: Some(meta.version.into()),
            hashm_bsize: Some(meta.bsize),
            ..IndexFacts::default()
        }
    }

    /// As `_hash_init` (access/hash/hashpage.c) makes as many buckets as the rows need, and each
    /// bucket gets the overflow pages that its items need: those of today's buckets, put together
    /// as their hashes tell.
    fn rebuilt_pages(&self, index: &Whole<'_>, _: &IndexFacts) -> u64 {
        let held = index.tally.kinds.sum(&[IndexPageKind::Bucket, IndexPageKind::Overflow]);
        let fillfactor = u64::from(index.fillfactor.unwrap_or(FILLFACTOR));
        let target = u64::from(index.format.block_size) * fillfactor / 100;
        let per_bucket = (target / ITEM).max(LEAST_PER_BUCKET);
        let buckets = hash::buckets_for(held.items.count / per_bucket);
        let per_page = (Room::new(index.format, SPECIAL).whole / ITEM).max(1);
        let share = if index.tally.is_small() { 1 } else { REMEMBERED_ONE_IN };
        let mut folded: BTreeMap<u32, u64> = BTreeMap::new();
        for (&bucket, &items) in &index.tally.hints.buckets {
            *folded.entry(hash::fold(bucket, buckets)).or_default() += items;
        }
        // Where there are to be more buckets than there are, each will share its items with others.
        let known = (folded.len() as u64 * u64::from(share)).max(1);
        let shares = u64::from(buckets).div_ceil(known);
        let overflow: u64 = folded
            .values()
            .map(|items| items.div_ceil(shares).div_ceil(per_page).saturating_sub(1) * shares)
            .sum();
        let overflow = overflow * u64::from(share);
        let bits = u64::from(index.format.block_size / 2) * 8;
        let bitmaps = (overflow + 1).div_ceil(bits);
        1 + u64::from(buckets) + bitmaps + overflow
    }
}

/// The fillfactor of an index that sets none (`HASH_DEFAULT_FILLFACTOR`, access/hash.h).
const FILLFACTOR: u8 = 75;
/// An item with its line pointer: a header, the hash, aligned.
const ITEM: u64 = 16 + LINE_POINTER;
/// A bucket is meant for as many items at the least.
const LEAST_PER_BUCKET: u64 = 10;
/// The special space (`HashPageOpaqueData`).
pub(super) const SPECIAL: u64 = 16;

/// Of a large index the buckets are remembered whose number is a multiple of this power of two: they
/// fold onto one another.
const REMEMBERED_ONE_IN: u32 = 64;

/// Notes how many items that are not known to be dead are in the page's bucket.
fn count_bucket(page: &HashPage<'_>, tally: &mut IndexTally) {
    let bucket = page.opaque().hasho_bucket();
    let may_be = bucket < tally.end;
    if page.has_items() && may_be && (tally.is_small() || bucket.is_multiple_of(REMEMBERED_ONE_IN))
    {
        let live = page.item_ids().filter(|(_, item)| item.lp_flags() != LpFlags::Dead);
        let items = live.count() as u64;
        *tally.hints.buckets.entry(bucket).or_default() += items;
    }
}
