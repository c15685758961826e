//! What the pages of all index types have in common: the index tuple, the kinds of pages, and the
//! addresses of heap tuples that items hold.
//!
//! [`IndexPage`] takes a page of any type; what is peculiar to one stands in its own module.

mod heap_tids;
mod kind;
mod page;
mod stats;
#[cfg(test)]
pub(in crate::format) mod testing;
mod tuple;

pub use heap_tids::{BrokenTids, HeapTid};
pub use kind::IndexPageKind;
pub use page::{IndexMethod, IndexPage};
pub use stats::{ItemStats, free_size};
pub(super) use tuple::{INDEX_AM_RESERVED_BIT, INDEX_SIZE_MASK};
pub use tuple::{IndexTuple, IndexTupleHeader};

use bitflags::Flags;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::Page;
use crate::format::{Bytes, FormatError};

/// Where a page's contents begin: behind its header, aligned (`PageGetContents`).
pub(super) const CONTENTS: usize = 24;

/// The special space as the structure that an index type keeps there; it must have that size.
pub(super) fn special<'a, T>(page: &Page<'a>, what: &'static str) -> Result<&'a T, FormatError>
where
    T: FromBytes + KnownLayout + Immutable + Unaligned,
{
    let special = page.special();
    if special.len() != size_of::<T>() {
        return Err(FormatError::Invalid {
            what,
            offset: page.bytes().len().saturating_sub(special.len()),
            expected: format!("a special space of {} bytes", size_of::<T>()),
            found: format!("{} bytes", special.len()),
        });
    }
    Bytes(special).view(what, 0)
}

/// The words for the flags that are set, in the order of `names`; what has none as a number in
/// hexadecimal digits, as pageinspect shows it.
pub(super) fn flag_words<F: Flags<Bits = u16> + Copy>(
    flags: F,
    names: &[(F, &str)],
) -> Vec<String> {
    let set = names.iter().filter(|(flag, _)| flags.contains(*flag));
    let mut words: Vec<_> = set.map(|(_, word)| (*word).to_owned()).collect();
    let unnamed = names.iter().fold(flags.bits(), |rest, (flag, _)| rest & !flag.bits());
    if unnamed != 0 {
        words.push(format!("{unnamed:x}"));
    }
    words
}

/// Refuses a page whose last two bytes do not name the index type.
pub(super) fn check_page_id(
    page: &Page<'_>,
    what: &'static str,
    expected: u16,
    found: u16,
) -> Result<(), FormatError> {
    if found == expected {
        return Ok(());
    }
    Err(FormatError::Invalid {
        what,
        offset: page.bytes().len().saturating_sub(2),
        expected: format!("{expected:#06x}"),
        found: format!("{found:#06x}"),
    })
}

/// The bytes of a page from its contents to `pd_lower`, for those that have no line pointers.
pub(super) fn contents<'a>(page: &Page<'a>) -> &'a [u8] {
    page.bytes().get(CONTENTS..usize::from(page.header().pd_lower())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
