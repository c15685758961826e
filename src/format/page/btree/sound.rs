//! Whether the tuples of a leaf make sense, told from their headers several at a time.

use pulp::{Arch, Simd, WithSimd};

use super::tuple::{BT_IS_POSTING, BT_OFFSET_MASK, TID};
use crate::format::page::ItemId;
use crate::format::page::index::{INDEX_AM_RESERVED_BIT, INDEX_SIZE_MASK, IndexTupleHeader};

/// Whether each of these items is a plain tuple, or one with a posting list that lies in it.
pub(super) fn are_sound(page: &[u8], items: &[ItemId]) -> bool {
    Arch::new().dispatch(Faults { page, items }) >= 0
}

/// Below 0 unless all is well with each.
struct Faults<'a> {
    page: &'a [u8],
    items: &'a [ItemId],
}

impl WithSimd for Faults<'_> {
    type Output = i32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> i32 {
        self.items.chunks(GROUP).fold(0, |all, group| all | faults(self.page, group))
    }
}

/// So many headers are looked at together.
const GROUP: usize = 64;
/// The size of a tuple's header.
const LEAST: usize = size_of::<IndexTupleHeader>();
const LEAST_SIZE: i32 = 8;
const _: () = assert!(LEAST == LEAST_SIZE as usize && TID == 6);

/// What tells whether a tuple makes sense: its header in two words, and the length that its line
/// pointer has.
///
/// ```text
/// bits 0–15   upper half of t_tid's block    t_tid's line pointer: how many heap tuples
/// bits 16–31  lower half: where they begin   t_info
/// ```
type Head = ([u32; 2], i32);

/// A header with which all is well.
const SOUND: Head = ([0, 8 << 16], LEAST_SIZE);

/// Below 0 unless all is well with each of a group.
#[inline(always)]
fn faults(page: &[u8], group: &[ItemId]) -> i32 {
    let ([tid, info], len) = SOUND;
    let (mut tids, mut infos, mut lens) = ([tid; GROUP], [info; GROUP], [len; GROUP]);
    for (((tid, info), len), item) in tids.iter_mut().zip(&mut infos).zip(&mut lens).zip(group) {
        let start = usize::from(item.lp_off());
        let header = page.get(start..start + LEAST).and_then(<[u8]>::first_chunk);
        // What is not on the page is too short a tuple.
        let [t0, t1, t2, t3, i0, i1, i2, i3] = header.copied().unwrap_or([0; LEAST]);
        (*tid, *info) =
            (u32::from_le_bytes([t0, t1, t2, t3]), u32::from_le_bytes([i0, i1, i2, i3]));
        *len = item.lp_len().into();
    }
    let heads = tids.iter().zip(&infos).zip(&lens);
    heads.fold(0, |all, ((tid, info), len)| all | fault(([*tid, *info], *len)))
}

/// Below 0 unless the tuple is plain, or has a posting list that lies in it. There is no branch on
/// what they hold, so that several are looked at in one go: what must not be negative is put
/// together bit by bit.
#[inline(always)]
fn fault(([tid, info], len): Head) -> i32 {
    // None of these can overflow: each number has 16 bits.
    let low_half = |word: u32| (word & 0xFFFF).cast_signed();
    let high_half = |word: u32| (word >> 16).cast_signed();
    let mask = |bits: u16| i32::from(bits);
    let (block_high, list, count, t_info) =
        (low_half(tid), high_half(tid), low_half(info), high_half(info));
    let size = t_info & mask(INDEX_SIZE_MASK);
    let list_end = list.wrapping_add((count & mask(BT_OFFSET_MASK)).wrapping_mul(6));
    let is_list = (count & mask(BT_IS_POSTING)).wrapping_sub(1);
    // A null bitmap comes before the key, and the list behind it.
    let list = list.wrapping_sub(2 * LEAST_SIZE) | size.wrapping_sub(list_end);
    let list = is_list | block_high.wrapping_neg() | list;
    let is_plain = (t_info & mask(INDEX_AM_RESERVED_BIT)).wrapping_sub(1) >> 31;
    size.wrapping_sub(LEAST_SIZE) | len.wrapping_sub(size) | (list & !is_plain)
}

#[cfg(test)]
mod tests {
    use zerocopy::FromBytes;

    use super::*;

    #[test]
    fn a_look_at_the_header_tells_lists_that_run_off() {
        let is_sound = |list: u32, count: u16, t_info: u16, len: i32| {
            let tid = list.rotate_left(16);
            fault(([tid, u32::from(count) | u32::from(t_info) << 16], len)) >= 0
        };
        assert!(is_sound(7, 3, 16, 16) && is_sound(7, 3, 16, 24) && is_sound(7, 3, 0xC010, 16));
        assert!(!is_sound(7, 3, 24, 16) && !is_sound(7, 3, 7, 16) && !is_sound(7, 3, 0, 0));
        assert!(is_sound(16, 0x2003, 0x2000 | 40, 40), "16 bytes, and 18 of a list");
        assert!(!is_sound(16, 0x2005, 0x2000 | 40, 40), "the list runs off");
        assert!(!is_sound(1 << 16, 0x2001, 0x2000 | 40, 40), "it begins far behind");
        assert!(!is_sound(8, 0x2001, 0x2000 | 40, 40), "there is no room for a key");
        assert!(!is_sound(0, 1, 0x2000 | 16, 16), "a pivot is for others to look at");
    }

    #[test]
    fn one_of_many_is_enough() {
        let mut page = vec![0; 8192];
        let item = |start: u32| {
            let raw = start | 1 << 15 | 16 << 17;
            ItemId::read_from_bytes(&raw.to_le_bytes()).unwrap()
        };
        for start in (4096..8192).step_by(16) {
            page[start + 6..start + 8].copy_from_slice(&16_u16.to_le_bytes());
        }
        let mut items: Vec<ItemId> = (0..100).map(|at| item(4096 + 16 * at)).collect();
        assert!(are_sound(&page, &items) && are_sound(&page, &[]));
        for (at, start) in [(0, 0), (63, 8188), (64, 8190), (99, 32_000)] {
            let sound = std::mem::replace(&mut items[at], item(start));
            assert!(!are_sound(&page, &items), "{at}");
            items[at] = sound;
        }
    }
}
