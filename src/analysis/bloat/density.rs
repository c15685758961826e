use std::ops::AddAssign;

/// How many pages are how dead: a page's share is the length of its dead tuples over its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Density {
    /// Pages without any dead tuple.
    pub none: u64,
    /// Pages with more than 0 and up to 10 percent, with more than that and up to 20, and so on.
    pub tenths: [u64; 10],
}

impl Density {
    /// Counts a page.
    pub(super) fn add(&mut self, dead_len: u64, page_len: u64) {
        let tenth = (dead_len * 10).div_ceil(page_len.max(1)).min(10);
        match usize::try_from(tenth).ok().and_then(|tenth| tenth.checked_sub(1)) {
            Some(at) => self.tenths[at] += 1,
            None => self.none += 1,
        }
    }
}

impl AddAssign<&Self> for Density {
    fn add_assign(&mut self, other: &Self) {
        self.none += other.none;
        for (sum, pages) in self.tenths.iter_mut().zip(other.tenths) {
            *sum += pages;
        }
    }
}

/// The dead and free bytes of a run of blocks: a piece of the picture of a relation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strip {
    /// How many blocks.
    pub blocks: u64,
    /// The length of live and in-doubt tuples.
    pub live_len: u64,
    /// The length of dead tuples.
    pub dead_len: u64,
    /// Space between line pointers and items, and pages that were never initialised.
    pub free_len: u64,
}

impl AddAssign for Strip {
    fn add_assign(&mut self, other: Self) {
        self.blocks += other.blocks;
        self.live_len += other.live_len;
        self.dead_len += other.dead_len;
        self.free_len += other.free_len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_just_a_tenth_counts_below_it() {
        let mut density = Density::default();
        for dead in [0, 1, 100, 101, 999, 1000] {
            density.add(dead, 1000);
        }
        assert_eq!(density.none, 1);
        assert_eq!(density.tenths, [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    }
}
