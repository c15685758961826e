//! The checksum of a page (`pg_checksum_page`, storage/checksum_impl.h).
//!
//! Thirty-two FNV-like sums run side by side over the page, taken as a table of 32-bit words, 32
//! to a row; two more rows of zeros stir them, and their XOR, with the block number, folds to 16
//! bits. The checksum's own field counts as zero. The 32 columns are what makes it fast: they
//! fill the machine's vectors, which [`pulp`] picks at run time.

use pulp::{Arch, Simd, WithSimd};

use crate::primitives::BlockNumber;

/// The checksum that a page must carry when it is block `block` of its fork.
///
/// `page` is a whole block; bytes past the last whole row of 128 do not count (there are none in
/// a block of any size that PostgreSQL builds with).
///
/// ```
/// use pgautopsy::{format::page::checksum, primitives::BlockNumber};
/// let page = [0; 8192];
/// assert_ne!(checksum::page(&page, BlockNumber(0)), checksum::page(&page, BlockNumber(1)));
/// ```
#[must_use]
pub fn page(page: &[u8], block: BlockNumber) -> u16 {
    let mixed = Arch::new().dispatch(BlockSum(page)) ^ block.0;
    u16::try_from(mixed % 65_535 + 1).unwrap_or(u16::MAX)
}

const COLUMNS: usize = 32;
const ROW: usize = COLUMNS * 4;
const FNV_PRIME: u32 = 16_777_619;
/// Where `pd_checksum` stands: the low half of the third word.
const CHECKSUM_WORD: usize = 2;

const INITIAL: [u32; COLUMNS] = [
    0x5B1F_36E9,
    0xB852_5960,
    0x02AB_50AA,
    0x1DE6_6D2A,
    0x79FF_467A,
    0x9BB9_F8A3,
    0x217E_7CD2,
    0x83E1_3D2C,
    0xF8D4_474F,
    0xE39E_B970,
    0x42C6_AE16,
    0x9932_16FA,
    0x7B09_3B5D,
    0x98DA_FF3C,
    0xF718_902A,
    0x0B1C_9CDB,
    0xE58F_764B,
    0x1876_36BC,
    0x5D7B_3BB1,
    0xE73D_E7DE,
    0x92BE_C979,
    0xCCA6_C0B2,
    0x304A_0979,
    0x85AA_43D4,
    0x7831_25BB,
    0x6CA8_EAA2,
    0xE407_EAC6,
    0x4B5C_FC3E,
    0x9FBF_8C76,
    0x15CA_20BE,
    0xF2CA_9FD3,
    0x959B_D756,
];

struct BlockSum<'a>(&'a [u8]);

impl WithSimd for BlockSum<'_> {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> u32 {
        let mut sums = INITIAL;
        let (rows, _) = self.0.as_chunks::<ROW>();
        let Some((first, rest)) = rows.split_first() else { return 0 };
        let mut words = row_words(first);
        if let Some(word) = words.get_mut(CHECKSUM_WORD) {
            *word &= 0xFFFF_0000;
        }
        stir(&mut sums, &words);
        for row in rest {
            stir(&mut sums, &row_words(row));
        }
        stir(&mut sums, &[0; COLUMNS]);
        stir(&mut sums, &[0; COLUMNS]);
        sums.iter().fold(0, |folded, sum| folded ^ sum)
    }
}

#[inline(always)]
fn row_words(row: &[u8; ROW]) -> [u32; COLUMNS] {
    let mut words = [0; COLUMNS];
    let (quads, _) = row.as_chunks::<4>();
    for (word, quad) in words.iter_mut().zip(quads) {
        *word = u32::from_le_bytes(*quad);
    }
    words
}

#[inline(always)]
fn stir(sums: &mut [u32; COLUMNS], words: &[u32; COLUMNS]) {
    for (sum, word) in sums.iter_mut().zip(words) {
        let mixed = *sum ^ word;
        *sum = mixed.wrapping_mul(FNV_PRIME) ^ (mixed >> 17);
    }
}
