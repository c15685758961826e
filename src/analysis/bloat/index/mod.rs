//! Indexes: what their pages are for, how full they are, and how long they would be built anew.
//!
//! Each type has a file, and a line in the table at the end of this one.

mod bloom;
mod brin;
mod btree;
mod damage;
mod facts;
mod gin;
mod gist;
mod hash;
mod hash_meta;
mod items;
mod line;
mod merge;
mod page;
mod pending;
mod posting_trees;
mod rebuild;
mod revmap;
mod scan;
mod spgist;
mod tally;
mod whole;

pub use facts::{IndexBloat, IndexFacts, StatTuple};
pub use line::IndexLine;
pub use tally::{IndexTally, KindTally, Kinds};

pub(super) use scan::Index;

use damage::Damage;
use whole::Whole;

use crate::format::FormatError;
use crate::format::page::ItemId;
use crate::format::page::index::{IndexMethod, IndexPage};
use crate::primitives::{BlockNumber, OffsetNumber};

/// What is peculiar to an access method.
trait Method: Sync {
    /// Which it is.
    fn of(&self) -> IndexMethod;

    /// The pages beside a page, or behind it: blocks of the same index, and none of them itself.
    fn links(&self, _page: &IndexPage<'_>) -> [Option<BlockNumber>; 2] {
        [None, None]
    }

    /// Takes what the estimate needs from a page in use, and looks for what is broken in it.
    fn look(
        &self,
        _page: &IndexPage<'_>,
        _block: BlockNumber,
        _tally: &mut IndexTally,
        _damaged: &mut dyn FnMut(Damage),
    ) {
    }

    /// What the meta page says, and whether the index bears it out.
    fn facts(&self, _index: &Whole<'_>, _damaged: &mut dyn FnMut(Damage)) -> IndexFacts {
        IndexFacts::default()
    }

    /// How many pages the index would have if it were built anew from the items that are not known
    /// to be dead.
    fn rebuilt_pages(&self, index: &Whole<'_>, facts: &IndexFacts) -> u64;
}

/// Reads each item of a page, and tells of those that make no sense.
fn check_items<T>(
    items: impl Iterator<Item = (OffsetNumber, ItemId)>,
    mut read: impl FnMut(OffsetNumber, ItemId) -> Result<T, FormatError>,
    damaged: &mut dyn FnMut(Damage),
) {
    for (number, item) in items {
        if let Err(error) = read(number, item) {
            damaged(Damage::item(Some(number), &error));
        }
    }
}

/// Every access method that is known.
const METHODS: [&dyn Method; 7] = [
    &btree::Btree,
    &hash::Hash,
    &gin::Gin,
    &gist::Gist,
    &spgist::SpGist,
    &brin::Brin,
    &bloom::Bloom,
];

fn method(of: IndexMethod) -> Option<&'static dyn Method> {
    METHODS.into_iter().find(|method| method.of() == of)
}
