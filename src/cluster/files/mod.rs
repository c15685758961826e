//! The files of relations: which there are, and how long each is.

mod inventory;
mod name;

pub use inventory::{Inventory, RelationDirectory};
pub use name::RelationFileName;

use crate::format::Format;
use crate::primitives::ForkNumber;

/// The files of one relation, fork by fork.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelationFiles {
    forks: [ForkFiles; ForkNumber::ALL.len()],
}

/// The segment files of one fork.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForkFiles {
    /// By number; a number that is left out is a file that is missing.
    segments: Vec<SegmentFile>,
}

/// One segment file of a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFile {
    /// Its number: 0 for the file without a suffix, then 1 for `.1`, and so on.
    pub number: u32,
    /// Its path, from the data directory on.
    pub path: String,
    /// Its length in bytes.
    pub len: u64,
}

impl RelationFiles {
    /// The files of a fork, if there are any.
    #[must_use]
    pub fn fork(&self, fork: ForkNumber) -> Option<&ForkFiles> {
        self.forks.get(fork.code()).filter(|fork| !fork.segments.is_empty())
    }

    /// Whether there are no files at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forks.iter().all(|fork| fork.segments.is_empty())
    }

    fn add(&mut self, fork: ForkNumber, segment: SegmentFile) {
        if let Some(fork) = self.forks.get_mut(fork.code()) {
            let at = fork.segments.partition_point(|other| other.number < segment.number);
            fork.segments.insert(at, segment);
        }
    }
}

impl ForkFiles {
    /// The segment files, by number.
    #[must_use]
    pub fn segments(&self) -> &[SegmentFile] {
        &self.segments
    }

    /// The segment file of that number, if it is there.
    #[must_use]
    pub fn segment(&self, number: u32) -> Option<&SegmentFile> {
        let at = self.segments.binary_search_by_key(&number, |segment| segment.number).ok()?;
        self.segments.get(at)
    }

    /// The length of all segments together, in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len).sum()
    }

    /// Whether the segments hold no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many whole pages the segments hold.
    #[must_use]
    pub fn pages(&self, format: Format) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.pages(format))).sum()
    }

    /// What is left over at the ends of segments, less than a page each, in bytes.
    #[must_use]
    pub fn partial_len(&self, format: Format) -> u64 {
        self.len().saturating_sub(self.pages(format).saturating_mul(format.block_size.into()))
    }

    /// The path of the first segment that is there; empty where there is none.
    #[must_use]
    pub fn first_path(&self) -> &str {
        self.segments.first().map_or("", |segment| &segment.path)
    }
}

impl FromIterator<SegmentFile> for ForkFiles {
    fn from_iter<I: IntoIterator<Item = SegmentFile>>(segments: I) -> Self {
        let mut segments: Vec<_> = segments.into_iter().collect();
        segments.sort_by_key(|segment| segment.number);
        Self { segments }
    }
}

impl SegmentFile {
    /// How many whole pages the file holds; never more than a segment has room for.
    #[must_use]
    pub fn pages(&self, format: Format) -> u32 {
        let pages = self.len / u64::from(format.block_size.max(1));
        u32::try_from(pages).unwrap_or(u32::MAX).min(format.blocks_per_segment)
    }
}
