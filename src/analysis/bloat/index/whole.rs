//! An index as a whole: what its meta page says is held to what its pages are.

use super::{Damage, IndexLine, IndexTally};
use crate::cluster::pages::{PageRun, PageSource};
use crate::cluster::relation::Relation;
use crate::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use crate::format::{Format, FormatError};
use crate::primitives::{BlockNumber, ForkNumber};

/// An index once every page was looked at.
pub(super) struct Whole<'a> {
    pub(super) tally: &'a IndexTally,
    pub(super) format: Format,
    /// The block behind the last.
    pub(super) end: u32,
    /// Its fillfactor, where it sets one.
    pub(super) fillfactor: Option<u8>,
    /// Whether all pages are of the same moment, so that what one says of another has to hold.
    pub(super) is_settled: bool,
    pub(super) relation: &'a Relation,
    pub(super) method: IndexMethod,
    pub(super) source: PageSource,
    /// All its pages, where they need not be read again; else none of them.
    pub(super) at_hand: &'a [u8],
}

impl Whole<'_> {
    /// Looks at one page again; `None` where it can't be read or makes no sense.
    pub(super) fn page<R>(
        &self,
        block: BlockNumber,
        look: impl FnOnce(&IndexPage<'_>) -> R,
    ) -> Option<R> {
        let look = |bytes: &[u8]| {
            IndexPage::parse(bytes, self.format, self.method).ok().map(|page| look(&page))
        };
        let page_len = self.format.block_size as usize;
        let at_hand = self.at_hand.chunks_exact(page_len).nth(usize::try_from(block.0).ok()?);
        if let Some(bytes) = at_hand {
            return look(bytes);
        }
        let main = self.relation.files.fork(ForkNumber::Main)?;
        let run = PageRun { first: block, count: 1 };
        self.source.with(main, run, &mut Vec::new(), look).ok()?
    }

    /// What the meta page says, which `get` takes from it; `get` gives `None` for any other page.
    pub(super) fn meta<M>(
        &self,
        get: impl FnOnce(&IndexPage<'_>) -> Option<Result<M, FormatError>>,
        damaged: &mut dyn FnMut(Damage),
    ) -> Option<M> {
        // A page that can't be read, or makes no sense, was found so already.
        match self.page(BlockNumber(0), get)? {
            Some(Ok(meta)) => return Some(meta),
            Some(Err(error)) => damaged(Damage::meta("", error)),
            // A build that the crash has ended may have written other pages first.
            None if !self.is_settled && self.is_new(BlockNumber(0)) => {}
            None => damaged(Damage::meta("the meta page", "another page")),
        }
        None
    }

    fn is_new(&self, block: BlockNumber) -> bool {
        self.page(block, |page| matches!(page, IndexPage::New)).unwrap_or(false)
    }

    /// Finds it wrong where the meta page names a block that the file does not have.
    pub(super) fn check_block(
        &self,
        what: &str,
        block: BlockNumber,
        damaged: &mut dyn FnMut(Damage),
    ) -> bool {
        let is_there = block.0 < self.end;
        if !is_there && self.is_settled {
            let expected = format!("{what} below {}", self.end);
            damaged(Damage::meta(expected, format!("{what} {block}")));
        }
        is_there
    }

    /// Finds it wrong where the block that the meta page names is no page of that kind. One that
    /// can't be read, or makes no sense, was found so already.
    pub(super) fn check_kind(
        &self,
        what: &str,
        block: BlockNumber,
        kind: IndexPageKind,
        damaged: &mut dyn FnMut(Damage),
    ) -> bool {
        if !self.check_block(what, block, damaged) {
            return false;
        }
        let found = self.page(block, |page| page.kind(block)).filter(|found| *found != kind);
        let Some(found) = found else { return true };
        if self.is_settled {
            let expected = format!("{what} of kind {}", kind.name());
            damaged(Damage::meta(expected, format!("block {block} of kind {}", found.name())));
        }
        false
    }

    /// Finds it wrong where the meta page counts what the index does not have as many of. A page
    /// that can't be read, or makes no sense, may be one of them.
    pub(super) fn check_count(
        &self,
        what: &str,
        said: u64,
        there: u64,
        damaged: &mut dyn FnMut(Damage),
    ) -> bool {
        let is_so = (there..=there + self.senseless_pages()).contains(&said);
        if !is_so && self.is_settled {
            let expected = format!("{what} {there}, as there are");
            damaged(Damage::meta(expected, said));
        }
        is_so
    }

    /// Pages of which nobody knows what they were for.
    fn senseless_pages(&self) -> u64 {
        let ledger = &self.tally.ledger;
        let bytes = ledger[IndexLine::BrokenPages] + ledger[IndexLine::Unreadable];
        bytes / u64::from(self.format.block_size.max(1))
    }
}
