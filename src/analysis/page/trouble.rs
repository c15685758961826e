//! What is wrong with a page.

use crate::analysis::bloat::codes::{PAGE_BROKEN, TUPLE_BROKEN};
use crate::analysis::page::codes::{INDEX_PAGE_BROKEN, INDEX_TUPLE_BROKEN, MAP_PAGE_BROKEN};
use crate::cluster::finding::Code;
use crate::format::{FormatError, PageType};
use crate::primitives::OffsetNumber;

/// What is wrong with a page: the first thing, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind of thing.
    pub code: &'static Code,
    /// The line pointer, where it is one of those.
    pub offset: Option<OffsetNumber>,
    /// What was expected, and what is there.
    pub error: FormatError,
    /// How many more things are wrong.
    pub further: usize,
}

/// What is found while a page is decoded.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    first: Option<(Option<OffsetNumber>, FormatError)>,
    further: usize,
}

impl Troubles {
    /// What was read, if it could be; else the error belongs to the page.
    pub(super) fn of_page<T>(&mut self, read: Result<T, FormatError>) -> Option<T> {
        self.add(None, read)
    }

    /// What was read, if it could be; else the error belongs to a line pointer.
    pub(super) fn of_item<T>(
        &mut self,
        number: OffsetNumber,
        read: Result<T, FormatError>,
    ) -> Option<T> {
        self.add(Some(number), read)
    }

    fn add<T>(&mut self, at: Option<OffsetNumber>, read: Result<T, FormatError>) -> Option<T> {
        match read {
            Ok(value) => return Some(value),
            Err(_) if self.first.is_some() => self.further += 1,
            Err(error) => self.first = Some((at, error)),
        }
        None
    }

    /// All of it, named for what the page is of.
    pub(super) fn finish(self, of: Option<PageType>) -> Option<Trouble> {
        let (offset, error) = self.first?;
        let code = match (of, offset) {
            (Some(PageType::Index(_)), None) => &INDEX_PAGE_BROKEN,
            (Some(PageType::Index(_)), Some(_)) => &INDEX_TUPLE_BROKEN,
            (Some(PageType::FreeSpaceMap | PageType::VisibilityMap), _) => &MAP_PAGE_BROKEN,
            (_, None) => &PAGE_BROKEN,
            (_, Some(_)) => &TUPLE_BROKEN,
        };
        Some(Trouble { code, offset, error, further: self.further })
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)?;
        match self.further {
            0 => Ok(()),
            further => write!(f, " (and {further} more on this page)"),
        }
    }
}
