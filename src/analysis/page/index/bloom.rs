use crate::analysis::page::trouble::Troubles;
use crate::format::page::bloom::{BloomMeta, BloomPage, BloomTuple};
use crate::format::page::index::IndexPageKind;
use crate::primitives::BlockNumber;

/// A page of a bloom index.
#[derive(Debug)]
pub struct BloomView<'a> {
    /// The page.
    pub page: BloomPage<'a>,
    /// What holds for the whole index, on the meta page.
    pub meta: Option<&'a BloomMeta>,
    /// The pages that had room at the last VACUUM, on the meta page.
    pub not_full_pages: Vec<BlockNumber>,
    /// The tuples, in their order; they have no line pointers.
    pub tuples: Vec<BloomTuple<'a>>,
}

impl<'a> BloomView<'a> {
    pub(super) fn of(page: BloomPage<'a>, troubles: &mut Troubles) -> Self {
        let meta = (page.kind() == IndexPageKind::Meta).then(|| page.meta());
        let meta = meta.and_then(|meta| troubles.of_page(meta));
        let not_full = meta.and_then(|_| troubles.of_page(page.not_full_pages()));
        let tuples = troubles.of_page(page.tuples());
        Self {
            page,
            meta,
            not_full_pages: not_full.into_iter().flatten().collect(),
            tuples: tuples.into_iter().flatten().collect(),
        }
    }
}
