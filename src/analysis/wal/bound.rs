//! How much is kept of what a WAL may hold any number of: relations, minutes, checkpoints.
//!
//! Memory stays below 64 MB whatever the WAL holds, but for a single record that is longer than that:
//! it is put together whole, as the server does. What there is no room for is counted as one, and a
//! finding says so. What is counted of a segment has a bound of its own, since some ten segments wait
//! to be joined at a time. Both bounds keep what comes first, segment by segment, so that the answer
//! does not depend on how many threads read it.

use std::collections::BTreeMap;

use super::codes;
use crate::cluster::finding::{Finding, Location};

/// At most so many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    /// In what is counted of one segment.
    pub(super) segment: usize,
    /// In all.
    pub(super) all: usize,
}

/// The value of a key; `None` where it is not there, and the map has no room.
pub(super) fn room<K: Ord, V: Default>(
    map: &mut BTreeMap<K, V>,
    key: K,
    most: usize,
) -> Option<&mut V> {
    if map.len() >= most && !map.contains_key(&key) {
        return None;
    }
    Some(map.entry(key).or_default())
}

/// Says what there was no room for.
pub(super) fn too_many(found: String) -> Finding {
    let location = Location::default();
    Finding { code: &codes::WAL_TOO_MANY, location, expected: String::new(), found }
}
