//! Real pages for the tests of each index type: the seeds of the fuzz target `index`, which
//! `fuzz/seeds.sh` makes. What the tests expect of them is what pageinspect said on that server.

use std::fs;
use std::path::Path;

use crate::format::page::Page;
use crate::format::{Format, PgVersion};

/// The bytes of a seed.
pub(in crate::format) fn seed(name: &str) -> Vec<u8> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    fs::read(seeds.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The page that `bytes` are, of version 17.
pub(in crate::format) fn page(bytes: &[u8]) -> Page<'_> {
    page_of(bytes, PgVersion::V17)
}

/// The same, of another version.
pub(in crate::format) fn page_of(bytes: &[u8], version: PgVersion) -> Page<'_> {
    Page::new(bytes, Format::usual(version)).unwrap()
}
