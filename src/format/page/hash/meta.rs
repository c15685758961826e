use zerocopy::little_endian::{F64, U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::format::page::Page;
use crate::format::page::index::CONTENTS;
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, Oid};

/// `HASH_MAX_SPLITPOINTS`: 10 splitpoints of one phase, 22 groups of four.
const MAX_SPLITPOINTS: usize = 98;
/// `HASH_SPLITPOINT_GROUPS_WITH_ONE_PHASE`.
const ONE_PHASE: u32 = 10;

/// The fixed part of a hash index's first page (`HashMetaPageData`, access/hash.h).
///
/// ```text
///   0  hashm_magic       0x6440640
///   4  hashm_version     4
///   8  hashm_ntuples     double: items in the index
///  16  hashm_ffactor     items for which a bucket is meant
///  18  hashm_bsize       bytes of a page for items
///  20  hashm_bmsize      bytes of a bitmap, a power of 2
///  22  hashm_bmshift     log2 of its bits
///  24  hashm_maxbucket   the highest bucket
///  28  hashm_highmask    hash & this is the bucket, if there is such a bucket;
///  32  hashm_lowmask     else hash & this
///  36  hashm_ovflpoint   the current splitpoint
///  40  hashm_firstfree   the lowest overflow page that may be free, as a bit number
///  44  hashm_nmaps       bitmap pages
///  48  hashm_procid      the hash function
///  52  hashm_spares[98]  overflow pages allocated up to each splitpoint
/// 444  hashm_mapp[…]     where the bitmap pages are: as many as a page has 8 bytes, at most 1024
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct HashMetaHeader {
    hashm_magic: U32,
    hashm_version: U32,
    hashm_ntuples: F64,
    hashm_ffactor: U16,
    hashm_bsize: U16,
    hashm_bmsize: U16,
    hashm_bmshift: U16,
    hashm_maxbucket: U32,
    hashm_highmask: U32,
    hashm_lowmask: U32,
    hashm_ovflpoint: U32,
    hashm_firstfree: U32,
    hashm_nmaps: U32,
    hashm_procid: U32,
    hashm_spares: [U32; MAX_SPLITPOINTS],
}

const _: () = assert!(size_of::<HashMetaHeader>() == 444);

/// `hashm_magic` of every hash index (`HASH_MAGIC`).
const HASH_MAGIC: u32 = 0x0644_0640;

/// What stands on a hash index's first page, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct HashMeta<'a> {
    header: &'a HashMetaHeader,
    hashm_mapp: &'a [U32],
}

impl<'a> HashMeta<'a> {
    pub(super) fn of(page: &Page<'a>) -> Result<Self, FormatError> {
        let header: &HashMetaHeader = Bytes(page.bytes()).view("hash meta page", CONTENTS)?;
        if header.hashm_magic.get() != HASH_MAGIC {
            return Err(FormatError::Invalid {
                what: "hashm_magic",
                offset: CONTENTS,
                expected: format!("{HASH_MAGIC:#x}"),
                found: format!("{:#x}", header.hashm_magic.get()),
            });
        }
        let count = (page.bytes().len() / 8).min(1024);
        let at = CONTENTS + size_of::<HashMetaHeader>();
        let mapp = Bytes(page.bytes()).slice("hashm_mapp", at, count * size_of::<U32>())?;
        let hashm_mapp = <[U32]>::ref_from_bytes(mapp).unwrap_or_default();
        Ok(Self { header, hashm_mapp })
    }

    /// Which page of a bitmap, and which bit of it, says whether overflow page `block` is in use
    /// (`_hash_ovflblkno_to_bitno`). `None` where that block is no overflow page: overflow pages
    /// stand behind the buckets of each splitpoint.
    #[must_use]
    pub fn overflow_bit(&self, block: BlockNumber) -> Option<(BlockNumber, u32)> {
        let splitpoint = self.hashm_ovflpoint().min(97);
        for phase in 1..=splitpoint {
            let Some(bit) = block.0.checked_sub(total_buckets(phase)).filter(|&bit| bit > 0) else {
                break;
            };
            if bit > self.spare(phase - 1) && bit <= self.spare(phase) {
                let bits = u32::from(self.hashm_bmsize()) * 8;
                let bit = bit - 1;
                let map = usize::try_from(bit.checked_div(bits)?).ok()?;
                let known = map < usize::try_from(self.hashm_nmaps()).unwrap_or(usize::MAX);
                let page = self.hashm_mapp().nth(map).filter(|_| known)?;
                return Some((page, bit % bits));
            }
        }
        None
    }

    fn spare(&self, splitpoint: u32) -> u32 {
        let at = usize::try_from(splitpoint).unwrap_or(usize::MAX);
        self.header.hashm_spares.get(at).map_or(0, |pages| pages.get())
    }

    /// The magic number.
    #[must_use]
    pub fn hashm_magic(&self) -> u32 {
        self.header.hashm_magic.get()
    }

    /// The version of the index's own layout.
    #[must_use]
    pub fn hashm_version(&self) -> u32 {
        self.header.hashm_version.get()
    }

    /// Items in the index.
    #[must_use]
    pub fn hashm_ntuples(&self) -> f64 {
        self.header.hashm_ntuples.get()
    }

    /// Items for which a bucket is meant.
    #[must_use]
    pub fn hashm_ffactor(&self) -> u16 {
        self.header.hashm_ffactor.get()
    }

    /// Bytes of a page for items.
    #[must_use]
    pub fn hashm_bsize(&self) -> u16 {
        self.header.hashm_bsize.get()
    }

    /// Bytes of a bitmap.
    #[must_use]
    pub fn hashm_bmsize(&self) -> u16 {
        self.header.hashm_bmsize.get()
    }

    /// The logarithm, to the base of 2, of a bitmap's bits.
    #[must_use]
    pub fn hashm_bmshift(&self) -> u16 {
        self.header.hashm_bmshift.get()
    }

    /// The highest bucket.
    #[must_use]
    pub fn hashm_maxbucket(&self) -> u32 {
        self.header.hashm_maxbucket.get()
    }

    /// The mask for all buckets.
    #[must_use]
    pub fn hashm_highmask(&self) -> u32 {
        self.header.hashm_highmask.get()
    }

    /// The mask for the buckets that there were before the table began to double.
    #[must_use]
    pub fn hashm_lowmask(&self) -> u32 {
        self.header.hashm_lowmask.get()
    }

    /// The current splitpoint.
    #[must_use]
    pub fn hashm_ovflpoint(&self) -> u32 {
        self.header.hashm_ovflpoint.get()
    }

    /// The lowest overflow page that may be free, as a bit number.
    #[must_use]
    pub fn hashm_firstfree(&self) -> u32 {
        self.header.hashm_firstfree.get()
    }

    /// Bitmap pages.
    #[must_use]
    pub fn hashm_nmaps(&self) -> u32 {
        self.header.hashm_nmaps.get()
    }

    /// The hash function.
    #[must_use]
    pub fn hashm_procid(&self) -> Oid {
        Oid(self.header.hashm_procid.get())
    }

    /// Overflow pages allocated up to each splitpoint.
    pub fn hashm_spares(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.header.hashm_spares.iter().map(|pages| pages.get())
    }

    /// Where the bitmap pages are, the places for further ones (0) included.
    pub fn hashm_mapp(&self) -> impl Iterator<Item = BlockNumber> + use<'a> {
        self.hashm_mapp.iter().map(|block| BlockNumber(block.get()))
    }
}

/// How many buckets a new index has that is meant for `wanted` (`_hash_init_metabuffer`).
#[must_use]
pub fn buckets_for(wanted: u64) -> u32 {
    const LEAST: u32 = 2;
    const MOST: u32 = 0x4000_0000;
    splitpoint_of(wanted).map_or(MOST, total_buckets).clamp(LEAST, MOST)
}

/// The bucket of an index of `buckets` buckets that items go to which are in bucket `bucket` of a
/// larger one (`_hash_hashkey2bucket`): its number is the low bits of their hashes.
#[must_use]
pub const fn fold(bucket: u32, buckets: u32) -> u32 {
    let mut mask = match buckets.checked_next_power_of_two() {
        Some(power) => power - 1,
        None => u32::MAX,
    };
    while bucket & mask >= buckets && mask > 0 {
        mask >>= 1;
    }
    bucket & mask
}

/// The splitpoint at which an index of `buckets` buckets is (`_hash_spareindex`): the first that
/// makes as many. `None` for more than there can be.
#[must_use]
pub fn splitpoint_of(buckets: u64) -> Option<u32> {
    let phases = 0..u32::try_from(MAX_SPLITPOINTS).unwrap_or(0);
    phases.into_iter().find(|&phase| u64::from(total_buckets(phase)) >= buckets)
}

/// Buckets that exist once `phase` is complete (`_hash_get_totalbuckets`): they double with each
/// of the first ten, then in four steps each.
#[must_use]
pub fn total_buckets(phase: u32) -> u32 {
    let power = |exponent| 1_u32.checked_shl(exponent).unwrap_or(u32::MAX);
    if phase < ONE_PHASE {
        return power(phase);
    }
    let (group, step) = (ONE_PHASE + (phase - ONE_PHASE) / 4, (phase - ONE_PHASE) % 4 + 1);
    let before = power(group - 1);
    before.saturating_add((before / 4).saturating_mul(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_double_at_once_then_in_four_steps() {
        let counts: Vec<u32> = (0..=14).map(total_buckets).collect();
        assert_eq!(counts[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
        assert_eq!(counts[10..], [640, 768, 896, 1024, 1280]);
        assert_eq!(total_buckets(97), 1 << 31);
    }

    #[test]
    fn a_splitpoint_goes_up_to_its_last_bucket() {
        let splitpoints = [1, 2, 3, 512, 513, 640, 641, 1 << 31].map(splitpoint_of);
        assert_eq!(splitpoints, [0, 1, 2, 9, 10, 10, 11, 97].map(Some));
        assert_eq!(splitpoint_of((1 << 31) + 1), None);
    }

    #[test]
    fn a_new_index_has_the_buckets_of_a_whole_step() {
        let buckets = [0, 2, 3, 260, 512, 513, 700, u64::MAX].map(buckets_for);
        assert_eq!(buckets, [2, 2, 4, 512, 512, 640, 768, 1 << 30]);
    }

    #[test]
    fn buckets_fold_by_their_low_bits() {
        assert_eq!([0, 5, 127, 128, 300].map(|bucket| fold(bucket, 128)), [0, 5, 127, 0, 44]);
        assert_eq!([600, 640, 700, 1023].map(|bucket| fold(bucket, 640)), [600, 128, 188, 511]);
        assert_eq!(fold(7, 0), 0);
    }
}
