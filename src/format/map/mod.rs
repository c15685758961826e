//! The maps beside a relation: where it has free space, and which of its pages everyone sees whole.
//!
//! Both are forks of their own, of ordinary pages, and know a heap block by its number alone; a
//! block past a map's end has no free space, and no bits.

pub mod free_space;
pub mod visibility;

use crate::primitives::BlockNumber;

/// Where a map keeps what it knows of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapAddress {
    /// The page of the map's fork.
    pub page: BlockNumber,
    /// The place on that page.
    pub slot: u32,
}
