//! What is wrong with a page as a whole.

use crate::format::FormatError;
use crate::format::page::{ItemId, PageHeader};

#[cold]
pub(super) fn out_of_place(at: usize, item: ItemId, header: &PageHeader) -> FormatError {
    FormatError::Invalid {
        what: "line pointer",
        offset: size_of::<PageHeader>() + at * size_of::<ItemId>(),
        expected: format!(
            "an aligned item between {} and {}",
            header.pd_upper(),
            header.pd_special()
        ),
        found: format!("number {} with {} bytes at {}", at + 1, item.lp_len(), item.lp_off()),
    }
}

#[cold]
pub(super) fn overlapping() -> FormatError {
    FormatError::Invalid {
        what: "line pointers",
        offset: size_of::<PageHeader>(),
        expected: "items that lie apart".to_owned(),
        found: "items that overlap".to_owned(),
    }
}

#[cold]
pub(super) fn not_all_zero() -> FormatError {
    FormatError::Invalid {
        what: "pd_upper",
        offset: 14,
        expected: "a page of zeros, where it is 0".to_owned(),
        found: "other bytes".to_owned(),
    }
}
