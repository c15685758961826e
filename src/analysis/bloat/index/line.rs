use crate::analysis::bloat::LedgerLine;

/// A line of an index's space ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexLine {
    /// The first 24 bytes of each page.
    PageHeaders,
    /// Line pointers, whatever they are.
    LinePointers,
    /// What points to the heap, or sums up a range of it, with its keys.
    Items,
    /// Of that, what is known to be dead (`LP_DEAD`).
    DeadItems,
    /// Redirects, dead tuples and placeholders of SP-GiST: they stand for tuples that are gone.
    Placeholders,
    /// What leads to other pages of the index: the items of internal pages, high keys, bounds.
    Navigation,
    /// What meta pages, bitmaps and revmaps hold; of an access method that this build does not
    /// know, whatever stands in place of line pointers.
    Contents,
    /// What rounds items up to the alignment.
    Padding,
    /// Bytes among the items that no line pointer names.
    Unreferenced,
    /// Between the line pointers and the items.
    Free,
    /// At the end of pages: links and flags.
    Special,
    /// Pages that are empty, and still in the tree.
    HalfDeadPages,
    /// Pages that were taken out of their tree.
    DeletedPages,
    /// Pages of hash indexes that hold nothing.
    UnusedPages,
    /// Pages that were never initialised.
    NewPages,
    /// Pages whose items overlap or leave them, or that make no sense.
    BrokenPages,
    /// Blocks that the system could not read.
    Unreadable,
    /// What is left over at the end of a file, less than a page.
    PartialPage,
}

impl LedgerLine for IndexLine {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::PageHeaders, "page_headers"),
        (Self::LinePointers, "line_pointers"),
        (Self::Items, "items"),
        (Self::DeadItems, "dead_items"),
        (Self::Placeholders, "placeholders"),
        (Self::Navigation, "navigation"),
        (Self::Contents, "contents"),
        (Self::Padding, "padding"),
        (Self::Unreferenced, "unreferenced"),
        (Self::Free, "free"),
        (Self::Special, "special"),
        (Self::HalfDeadPages, "half_dead_pages"),
        (Self::DeletedPages, "deleted_pages"),
        (Self::UnusedPages, "unused_pages"),
        (Self::NewPages, "new_pages"),
        (Self::BrokenPages, "broken_pages"),
        (Self::Unreadable, "unreadable"),
        (Self::PartialPage, "partial_page"),
    ];

    fn number(self) -> usize {
        self as usize
    }
}
