//! Every kind of finding that an answer can carry.

use super::{bloat, page, wal};
use crate::cluster::codes;
use crate::cluster::finding::Code;
use crate::cluster::{transactions, wal as files};

/// The tables of codes, floor by floor.
const TABLES: &[&[&Code]] = &[
    codes::ALL,
    transactions::codes::ALL,
    files::codes::ALL,
    bloat::codes::ALL,
    page::codes::ALL,
    wal::codes::ALL,
];

/// Every kind of finding, by name.
#[must_use]
pub fn codes() -> Vec<&'static Code> {
    let mut codes: Vec<_> = TABLES.iter().flat_map(|table| table.iter().copied()).collect();
    codes.sort_by_key(|code| code.name);
    codes
}
