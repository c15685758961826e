//! Whether a page bears out what is said of its visibility.

use super::Settled;
use crate::analysis::bloat::codes;
use crate::cluster::finding::Code;
use crate::format::map::visibility::VisibilityBits;
use crate::format::page::heap::HeapTupleHeader;
use crate::format::page::{LpFlags, Page, PageFlags};
use crate::primitives::{Lsn, OffsetNumber};

/// Why not everyone can see all rows of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analysis::bloat) enum Hidden {
    /// Some are deleted, or of a transaction that was rolled back.
    DeadRows,
    /// Some can still go either way.
    RowsInDoubt,
    /// Some line pointers are dead.
    DeadLinePointers,
}

/// Something that a page does not bear out.
#[derive(Debug)]
pub(in crate::analysis::bloat) struct Contradiction {
    pub(in crate::analysis::bloat) code: &'static Code,
    pub(in crate::analysis::bloat) offset: Option<OffsetNumber>,
    pub(in crate::analysis::bloat) expected: &'static str,
    pub(in crate::analysis::bloat) found: String,
}

/// What speaks against the bits that the map has of a page, or against the page's own mark.
///
/// `map_lsn` tells when the map's page was changed last, `hidden` why not everyone can see all rows.
#[inline]
pub(in crate::analysis::bloat) fn contradiction(
    bits: VisibilityBits,
    map_lsn: impl FnOnce() -> Lsn,
    page: &Page<'_>,
    hidden: Option<Hidden>,
    settled: Settled,
) -> Option<Contradiction> {
    let is_marked = page.header().pd_flags().contains(PageFlags::PD_ALL_VISIBLE);
    if bits.is_empty() && !(is_marked && hidden.is_some()) {
        return None;
    }
    let is_settled = settled.has(page.header().pd_lsn()) && settled.has(map_lsn());
    if is_settled { contradiction_of(bits, page, is_marked, hidden) } else { None }
}

fn contradiction_of(
    bits: VisibilityBits,
    page: &Page<'_>,
    is_marked: bool,
    hidden: Option<Hidden>,
) -> Option<Contradiction> {
    let is_visible = bits.contains(VisibilityBits::VISIBILITYMAP_ALL_VISIBLE);
    let is_frozen = bits.contains(VisibilityBits::VISIBILITYMAP_ALL_FROZEN);
    let contradiction = |code, offset, expected, found: &str| {
        Some(Contradiction { code, offset, expected, found: found.to_owned() })
    };
    let (visible, frozen) = (&codes::ALL_VISIBLE_CONTRADICTED, &codes::ALL_FROZEN_CONTRADICTED);
    if let Some(hidden) = hidden {
        let found = match hidden {
            Hidden::DeadRows => "dead rows",
            Hidden::RowsInDoubt => "rows that can still go either way",
            Hidden::DeadLinePointers => "dead line pointers",
        };
        return contradiction(visible, None, "rows that everyone sees", found);
    }
    if is_visible && !is_marked {
        let expected = "a page that is marked, too (PD_ALL_VISIBLE)";
        return contradiction(visible, None, expected, "one that is not");
    }
    if is_frozen && !is_visible {
        return contradiction(frozen, None, "all-visible, too", "all-frozen alone");
    }
    if is_frozen && let Some(unfrozen) = first_unfrozen(page) {
        return contradiction(frozen, Some(unfrozen), "rows that are frozen", "one that is not");
    }
    None
}

/// The first row that a VACUUM would have to freeze some day.
fn first_unfrozen(page: &Page<'_>) -> Option<OffsetNumber> {
    let rows = page.item_ids().filter(|(_, item)| item.lp_flags() == LpFlags::Normal);
    let mut unfrozen = rows.filter(|(_, item)| {
        page.heap_tuple_header(*item).is_ok_and(HeapTupleHeader::needs_eventual_freeze)
    });
    unfrozen.next().map(|(number, _)| number)
}
