//! Something about a page of an index that is not as it should be.

use crate::analysis::bloat::codes;
use crate::analysis::page::codes as page_codes;
use crate::cluster::finding::Code;
use crate::format::FormatError;
use crate::primitives::{BlockNumber, OffsetNumber};

/// What is wrong.
#[derive(Debug)]
pub(super) struct Damage {
    pub(super) code: &'static Code,
    /// The page that it is on, where that is not the one that is being looked at.
    pub(super) block: Option<BlockNumber>,
    pub(super) offset: Option<OffsetNumber>,
    pub(super) expected: String,
    pub(super) found: String,
}

impl Damage {
    /// The page as a whole can't be relied on.
    #[cold]
    pub(super) fn page(error: &FormatError) -> Self {
        Self::new(&page_codes::INDEX_PAGE_BROKEN, "", error)
    }

    /// An item makes no sense.
    #[cold]
    pub(super) fn item(offset: Option<OffsetNumber>, error: &FormatError) -> Self {
        Self { offset, ..Self::new(&page_codes::INDEX_TUPLE_BROKEN, "", error) }
    }

    /// A page leads to itself, or out of the file, which ends before block `end`, where that is
    /// known.
    #[cold]
    pub(super) fn link(link: BlockNumber, end: u32) -> Self {
        let expected = match end {
            u32::MAX => "another block".to_owned(),
            end => format!("another block below {end}"),
        };
        Self::new(&codes::INDEX_LINK_BROKEN, expected, format!("block {link}"))
    }

    /// What block `from` names is not what it has to be.
    #[cold]
    pub(super) fn target(
        from: BlockNumber,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self { block: Some(from), ..Self::new(&codes::INDEX_LINK_BROKEN, expected, found) }
    }

    /// The meta page says what is not so.
    #[cold]
    pub(super) fn meta(expected: impl Into<String>, found: impl std::fmt::Display) -> Self {
        Self::new(&codes::INDEX_META_BROKEN, expected, found)
    }

    fn new(
        code: &'static Code,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self {
            code,
            block: None,
            offset: None,
            expected: expected.into(),
            found: found.to_string(),
        }
    }
}
