use foldhash::HashMap;

/// Which blocks of a fork records touched, and which they hold images of: four bits a block, so
/// that the blocks of a long WAL need little room.
///
/// ```text
/// 1  touched    2  touched again    4  imaged    8  imaged again
/// ```
#[derive(Debug, Default)]
pub(super) struct BlockSet {
    /// Where in `runs` a run is, by the block's high bits.
    places: HashMap<u32, usize>,
    runs: Vec<(u32, Box<[u8; RUN_BYTES]>)>,
    /// The run that came last: the next reference is often to it, too.
    latest: usize,
}

/// How many blocks there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockCounts {
    /// Blocks that a record references.
    pub touched: u64,
    /// Blocks that more than one does.
    pub touched_again: u64,
    /// Blocks that there is an image of.
    pub imaged: u64,
    /// Blocks that there is more than one of.
    pub imaged_again: u64,
}

/// So few that blocks far apart need little room, and so many that neighbours do.
const RUN_BLOCKS: u32 = 256;
const RUN_BYTES: usize = RUN_BLOCKS as usize / 2;

const TOUCHED: u8 = 0x1;
const IMAGED: u8 = 0x4;
/// Once more makes it the bit above.
const ONCE: u8 = TOUCHED | IMAGED;

impl BlockSet {
    /// Notes that a record references a block, with or without an image of it. Whether that took
    /// more room.
    #[inline]
    pub(super) fn add(&mut self, block: u32, imaged: bool) -> bool {
        let before = self.runs.len();
        let run = self.run(block / RUN_BLOCKS);
        let within = block % RUN_BLOCKS;
        if let Some(byte) = run.get_mut((within / 2) as usize) {
            let shift = within % 2 * 4;
            let more = TOUCHED | if imaged { IMAGED } else { 0 };
            *byte |= merged(*byte >> shift & 0xF, more) << shift;
        }
        self.runs.len() > before
    }

    #[inline]
    fn run(&mut self, key: u32) -> &mut [u8; RUN_BYTES] {
        if self.runs.get(self.latest).is_none_or(|(latest, _)| *latest != key) {
            let next = self.runs.len();
            self.latest = *self.places.entry(key).or_insert(next);
            if self.latest == next {
                self.runs.push((key, Box::new([0; RUN_BYTES])));
            }
        }
        &mut self.runs[self.latest].1
    }

    /// Takes in what later records touched, and says how many runs more that took.
    pub(super) fn append(&mut self, later: Self) -> usize {
        let before = self.runs.len();
        for (key, later) in later.runs {
            // Both halves of a byte at once.
            for (byte, later) in self.run(key).iter_mut().zip(later.iter()) {
                *byte = merged(*byte, *later);
            }
        }
        self.runs.len() - before
    }

    pub(super) fn counts(&self) -> BlockCounts {
        let mut counts = BlockCounts::default();
        for byte in self.runs.iter().flat_map(|(_, run)| run.iter()) {
            let ones = |bit: u8| u64::from((byte & (bit | bit << 4)).count_ones());
            counts.touched += ones(TOUCHED);
            counts.touched_again += ones(TOUCHED << 1);
            counts.imaged += ones(IMAGED);
            counts.imaged_again += ones(IMAGED << 1);
        }
        counts
    }
}

/// What was once on both sides was there again.
const fn merged(left: u8, right: u8) -> u8 {
    let once = ONCE | ONCE << 4;
    left | right | (left & right & once) << 1
}

impl std::ops::AddAssign for BlockCounts {
    fn add_assign(&mut self, other: Self) {
        self.touched += other.touched;
        self.touched_again += other.touched_again;
        self.imaged += other.imaged;
        self.imaged_again += other.imaged_again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_in_parts_is_counting_at_once() {
        fastrand::seed(7);
        let touches: Vec<_> =
            (0..5000).map(|_| (fastrand::u32(0..9000), fastrand::u8(0..4) == 0)).collect();
        let of = |touches: &[(u32, bool)]| {
            let mut set = BlockSet::default();
            for (block, imaged) in touches {
                set.add(*block, *imaged);
            }
            set
        };
        let mut parts = of(&touches[..1700]);
        parts.append(of(&touches[1700..1701]));
        parts.append(of(&touches[1701..]));
        let mut seen: HashMap<u32, (u64, u64)> = HashMap::default();
        for (block, imaged) in &touches {
            let (refs, images) = seen.entry(*block).or_default();
            *refs += 1;
            *images += u64::from(*imaged);
        }
        let count =
            |is: fn(&(u64, u64)) -> bool| seen.values().filter(|counts| is(counts)).count() as u64;
        let expected = BlockCounts {
            touched: count(|_| true),
            touched_again: count(|counts| counts.0 > 1),
            imaged: count(|counts| counts.1 > 0),
            imaged_again: count(|counts| counts.1 > 1),
        };
        assert!(expected.imaged_again > 0 && expected.touched_again > expected.imaged_again);
        assert_eq!(parts.counts(), expected);
        assert_eq!(of(&touches).counts(), expected);
    }
}
