//! The posting trees of a GIN index: how much each holds, put together from its leaves.

use std::collections::{BTreeMap, BTreeSet};

use crate::primitives::BlockNumber;

/// The leaves of posting trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PostingLeaves(Vec<Leaf>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Leaf {
    block: BlockNumber,
    right: BlockNumber,
    bytes: u16,
}

impl PostingLeaves {
    /// Notes a leaf, its right sibling (invalid where it is its tree's last), and how many bytes of
    /// heap tuples it holds.
    pub(super) fn add(&mut self, block: BlockNumber, right: BlockNumber, bytes: u16) {
        self.0.push(Leaf { block, right, bytes });
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many bytes each tree holds: each begins with a leaf that is no leaf's right sibling.
    pub(super) fn trees(&self) -> Vec<u64> {
        let leaves: BTreeMap<_, _> = self.0.iter().map(|leaf| (leaf.block, leaf)).collect();
        let behind: BTreeSet<_> = self.0.iter().map(|leaf| leaf.right).collect();
        // Whatever the links say, no leaf counts for two trees.
        let mut counted = BTreeSet::new();
        let first = self.0.iter().filter(|leaf| !behind.contains(&leaf.block));
        let trees = first.map(|first| {
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(leaf) = next.filter(|leaf| counted.insert(leaf.block)) {
                bytes += u64::from(leaf.bytes);
                next = leaves.get(&leaf.right).copied();
            }
            bytes
        });
        trees.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_put_together_to_trees_and_circles_end() {
        let mut leaves = PostingLeaves::default();
        let invalid = BlockNumber::INVALID.0;
        for (block, right, bytes) in
            [(7, 3, 10), (3, invalid, 20), (4, invalid, 5), (9, 8, 1), (8, 9, 1), (6, 7, 100)]
        {
            leaves.add(BlockNumber(block), BlockNumber(right), bytes);
        }
        assert_eq!(leaves.trees(), [5, 130]);
        leaves.add(BlockNumber(1), BlockNumber(1), 1);
        leaves.add(BlockNumber(2), BlockNumber(3), 1);
        assert_eq!(leaves.trees(), [5, 130, 1], "a leaf that two lead to counts once");
    }
}
