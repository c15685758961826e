//! What is known of the line pointers of a run of a heap's blocks, in few bits.

use super::Target;
use super::page::{Judge, Room};
use crate::format::page::Page;
use crate::primitives::{BlockNumber, ItemPointer, OffsetNumber};

/// What an item points to, in blocks that follow each other.
///
/// Each block has a word. Where all its line pointers are the same, as on most pages of most
/// tables, the word says it all; else it leads to half a byte for each.
///
/// ```text
/// 1 bit    whether what the page says has to hold (SETTLED)
/// 1 bit    whether all are the same (UNIFORM)
/// 30 bits  if so, the target's code and the number of line pointers (16 bits);
///          else where that number stands (2 bytes), and the codes behind it
/// ```
#[derive(Debug, Default)]
pub(super) struct Range {
    first: u32,
    blocks: Vec<u32>,
    codes: Vec<u8>,
}

const SETTLED: u32 = 1 << 31;
const UNIFORM: u32 = 1 << 30;
const CODE_SHIFT: u32 = 16;
const WORD: usize = size_of::<u32>();
/// Of a block of which nothing is known.
const UNKNOWN: u32 = UNIFORM | (Target::Unknown.code() as u32) << CODE_SHIFT | 0xFFFF;

/// What a page of `block_size` bytes may take up at most, if it is all line pointers.
pub(super) const fn most_bytes(block_size: u32) -> usize {
    WORD + 2 + block_size as usize / 4 / 2
}

impl Range {
    /// The range of no block, before block `first`.
    pub(super) const fn at(first: u32) -> Self {
        Self { first, blocks: Vec::new(), codes: Vec::new() }
    }

    /// The block behind the last.
    pub(super) fn end(&self) -> u32 {
        self.first.saturating_add(u32::try_from(self.blocks.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// What it takes up, in bytes.
    pub(super) fn len(&self) -> usize {
        self.blocks.len() * WORD + self.codes.len()
    }

    /// Adds the next block.
    pub(super) fn push(
        &mut self,
        page: &Page<'_>,
        judge: Judge<'_>,
        settled: bool,
        room: &mut Room,
    ) {
        let settled = if settled { SETTLED } else { 0 };
        let count = page.item_count();
        if Judge::all_live(page) {
            self.blocks.push(settled | uniform(Target::Live, count));
            return;
        }
        judge.look(page, room);
        let first = room.targets.first().copied().unwrap_or(Target::Unused);
        if room.targets.iter().all(|target| *target == first) {
            self.blocks.push(settled | uniform(first, count));
            return;
        }
        let Some(start) = u32::try_from(self.codes.len()).ok().filter(|start| *start < UNIFORM)
        else {
            return self.push_unknown();
        };
        self.blocks.push(settled | start);
        self.codes.extend(count.to_le_bytes());
        self.codes.extend(room.targets.chunks(2).map(|pair| {
            let code = |at: usize| pair.get(at).map_or(0, |target| target.code());
            code(0) | code(1) << 4
        }));
    }

    /// Adds the next block, of which nothing is known.
    pub(super) fn push_unknown(&mut self) {
        self.blocks.push(UNKNOWN);
    }

    /// Adds the blocks of a range that begins where this one ends.
    pub(super) fn append(&mut self, next: &Self) {
        let base = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        let fits = self.codes.len() + next.codes.len() < UNIFORM as usize;
        self.blocks.reserve_exact(next.blocks.len());
        self.blocks.extend(next.blocks.iter().map(|&word| match word & UNIFORM {
            0 if fits => word + base,
            0 => UNKNOWN,
            _ => word,
        }));
        if fits {
            self.codes.reserve_exact(next.codes.len());
            self.codes.extend_from_slice(&next.codes);
        }
    }

    /// What an item finds that points there, and whether the page has to be as it says; `None` for
    /// a block that is not in the range.
    #[inline]
    pub(super) fn get(&self, tid: ItemPointer) -> Option<(Target, bool)> {
        let ItemPointer { block: BlockNumber(block), offset } = tid;
        let word = *self.blocks.get(block.wrapping_sub(self.first) as usize)?;
        let settled = word & SETTLED != 0;
        if word & UNIFORM == 0 {
            return Some((self.code(word & !SETTLED, offset), settled));
        }
        let [low, high, code, _] = word.to_le_bytes();
        let is_there = offset.is_valid() && offset.0 <= u16::from_le_bytes([low, high]);
        let target = if is_there { Target::from_code(code) } else { Target::NoLinePointer };
        Some((target, settled))
    }

    #[inline]
    fn code(&self, start: u32, offset: OffsetNumber) -> Target {
        let codes = self.codes.get(start as usize..).unwrap_or_default();
        let Some((count, codes)) = codes.split_first_chunk() else { return Target::Unknown };
        let at = offset.index().filter(|at| *at < usize::from(u16::from_le_bytes(*count)));
        let Some(at) = at else { return Target::NoLinePointer };
        let pair = codes.get(at / 2).copied().unwrap_or_default();
        Target::from_code(if at.is_multiple_of(2) { pair & 0xF } else { pair >> 4 })
    }
}

fn uniform(target: Target, count: u16) -> u32 {
    UNIFORM | u32::from(target.code()) << CODE_SHIFT | u32::from(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::transactions::Transactions;
    use crate::format::{Format, PgVersion};

    fn tid(block: u32, offset: u16) -> ItemPointer {
        ItemPointer { block: BlockNumber(block), offset: OffsetNumber(offset) }
    }

    /// A page whose line pointers have these flags, and no tuples.
    fn page(flags: &[u32]) -> Vec<u8> {
        let mut page = vec![0; 8192];
        let lower = u16::try_from(24 + 4 * flags.len()).unwrap().to_le_bytes();
        page[12..20].copy_from_slice(&[lower[0], lower[1], 0, 0x20, 0, 0x20, 4, 0x20]);
        for (at, flags) in flags.iter().enumerate() {
            page[24 + 4 * at..28 + 4 * at].copy_from_slice(&(flags << 15).to_le_bytes());
        }
        page
    }

    fn range(first: u32, pages: &[&[u32]]) -> Range {
        let evidence: std::sync::Arc<dyn crate::evidence::Evidence> =
            std::sync::Arc::new(crate::evidence::MemoryEvidence::default());
        let format = Format::usual(PgVersion::V17);
        let transactions = Transactions::with_limits(&evidence, format, None, &mut Vec::new());
        let judge = Judge { transactions: &transactions, oldest: None };
        let (mut range, mut room) = (Range::at(first), Room::default());
        for flags in pages {
            let bytes = page(flags);
            let page = Page::new(&bytes, format).unwrap();
            range.push(&page, judge, flags.len().is_multiple_of(2), &mut room);
        }
        range
    }

    #[test]
    fn every_line_pointer_is_told_apart() {
        let mut range = range(7, &[&[3, 0, 0, 3, 3], &[0; 6], &[]]);
        range.push_unknown();
        let found = |block, offset| range.get(tid(block, offset)).unwrap();
        let expected =
            [Target::LpDead, Target::Unused, Target::Unused, Target::LpDead, Target::LpDead];
        for (at, target) in (1..).zip(expected) {
            assert_eq!(found(7, at), (target, false));
        }
        assert_eq!((found(8, 1), found(8, 6)), ((Target::Unused, true), (Target::Unused, true)));
        for (block, offset) in [(7, 0), (7, 6), (8, 0), (8, 7), (9, 1), (10, 0)] {
            assert_eq!(found(block, offset).0, Target::NoLinePointer, "({block},{offset})");
        }
        assert_eq!(found(10, u16::MAX), (Target::Unknown, false));
        assert_eq!((range.get(tid(6, 1)), range.get(tid(11, 1))), (None, None));
    }

    #[test]
    fn ranges_are_joined() {
        let pages: [&[u32]; 4] = [&[3, 0], &[0], &[0, 3, 0], &[3, 3, 0, 0]];
        let mut joined = range(0, &pages[..1]);
        joined.append(&range(1, &pages[1..3]));
        joined.append(&range(3, &pages[3..]));
        let whole = range(0, &pages);
        assert_eq!((joined.len(), joined.end()), (whole.len(), 4));
        for (block, offset) in (0..5).flat_map(|block| (0..6).map(move |offset| (block, offset))) {
            assert_eq!(joined.get(tid(block, offset)), whole.get(tid(block, offset)));
        }
    }
}
