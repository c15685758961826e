//! The meta page of a hash index, held to its pages (access/hash/hashpage.c, hashovfl.c).

use std::collections::BTreeSet;

use super::rebuild::Room;
use super::{Damage, Whole, hash};
use crate::format::page::hash::{HashMeta, splitpoint_of, total_buckets};
use crate::format::page::index::IndexPageKind;
use crate::primitives::BlockNumber;

/// What the meta page says.
pub(super) struct Meta {
    pub(super) version: u32,
    pub(super) bsize: u16,
    bmsize: u16,
    bmshift: u16,
    maxbucket: u32,
    highmask: u32,
    lowmask: u32,
    ovflpoint: u32,
    /// Overflow pages allocated up to each splitpoint.
    spares: Vec<u32>,
    nmaps: u32,
    /// Where bitmap pages are, and room for further ones.
    mapp: Vec<BlockNumber>,
}

impl Meta {
    pub(super) fn of(meta: &HashMeta<'_>) -> Self {
        Self {
            version: meta.hashm_version(),
            bsize: meta.hashm_bsize(),
            bmsize: meta.hashm_bmsize(),
            bmshift: meta.hashm_bmshift(),
            maxbucket: meta.hashm_maxbucket(),
            highmask: meta.hashm_highmask(),
            lowmask: meta.hashm_lowmask(),
            ovflpoint: meta.hashm_ovflpoint(),
            spares: meta.hashm_spares().collect(),
            nmaps: meta.hashm_nmaps(),
            mapp: meta.hashm_mapp().collect(),
        }
    }

    pub(super) fn check(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) {
        self.check_sizes(index, damaged);
        let buckets = index.tally.kinds[IndexPageKind::Bucket].pages;
        let said = u64::from(self.maxbucket) + 1;
        if index.check_count("buckets", said, buckets, damaged) && index.is_settled {
            self.check_masks(damaged);
            self.check_spares(index, damaged);
        }
        self.check_bitmaps(index, damaged);
    }

    /// The sizes follow from that of a page (`_hash_init_metabuffer`).
    fn check_sizes(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) {
        let room = Room::new(index.format, hash::SPECIAL).whole;
        let bitmap = 1 << room.ilog2();
        let sizes = [
            ("hashm_bsize", room, self.bsize),
            ("hashm_bmsize", bitmap, self.bmsize),
            ("hashm_bmshift", u64::from((bitmap * 8).ilog2()), self.bmshift),
        ];
        for (what, expected, said) in sizes {
            if u64::from(said) != expected {
                damaged(Damage::meta(format!("{what} {expected}"), said));
            }
        }
    }

    /// Hashes are cut to the bits that all buckets need (`_hash_hashkey2bucket`), which may be one
    /// more than that.
    fn check_masks(&self, damaged: &mut dyn FnMut(Damage)) {
        let (high, low) = (self.highmask, self.lowmask);
        let is_mask = high.checked_add(1).is_some_and(u32::is_power_of_two);
        if !is_mask || low != high >> 1 || !(low..=high).contains(&self.maxbucket) {
            let expected = format!("masks for buckets up to {}", self.maxbucket);
            damaged(Damage::meta(expected, format!("{high:#x} and {low:#x}")));
        }
    }

    /// Buckets are made for a whole splitpoint at once, and each begins behind the overflow pages of
    /// those before: as many pages must be there at the least.
    fn check_spares(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) {
        let splitpoint = splitpoint_of(u64::from(self.maxbucket) + 1);
        if splitpoint != Some(self.ovflpoint) {
            let expected =
                splitpoint.map_or_else(String::new, |at| format!("hashm_ovflpoint {at}"));
            return damaged(Damage::meta(expected, self.ovflpoint));
        }
        let last = usize::try_from(self.ovflpoint).unwrap_or(usize::MAX);
        let spares = self.spares.get(..=last).unwrap_or_default();
        if !spares.is_sorted() {
            let expected = "hashm_spares that rise from splitpoint to splitpoint";
            return damaged(Damage::meta(expected, format!("{spares:?}")));
        }
        let spare = spares.last().copied().unwrap_or_default();
        let pages = 1 + u64::from(total_buckets(self.ovflpoint)) + u64::from(spare);
        if pages > u64::from(index.end) {
            let expected = format!("hashm_spares within {} pages", index.end);
            damaged(Damage::meta(expected, format!("{spare}, which makes {pages} pages")));
        }
    }

    fn check_bitmaps(&self, index: &Whole<'_>, damaged: &mut dyn FnMut(Damage)) {
        let bitmaps = index.tally.kinds[IndexPageKind::Bitmap].pages;
        if !index.check_count("bitmap pages", self.nmaps.into(), bitmaps, damaged) {
            return;
        }
        let count = usize::try_from(self.nmaps).unwrap_or(usize::MAX);
        let mut seen = BTreeSet::new();
        for &block in self.mapp.iter().take(count) {
            let is_one = index.check_kind("hashm_mapp", block, IndexPageKind::Bitmap, damaged);
            if is_one && !seen.insert(block) && index.is_settled {
                let expected = "hashm_mapp with each bitmap page once";
                damaged(Damage::meta(expected, format!("block {block} again")));
            }
        }
    }
}
