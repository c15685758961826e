use std::marker::PhantomData;
use std::ops::{AddAssign, Index, IndexMut};

/// A line of the space ledger: what the bytes of a relation's main fork are taken up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// The first 24 bytes of each page.
    PageHeaders,
    /// Line pointers, whatever they are.
    LinePointers,
    /// Tuples that are live.
    Live,
    /// Tuples that can still go either way.
    InDoubt,
    /// Dead tuples that VACUUM would remove.
    Removable,
    /// Dead tuples that something keeps VACUUM from removing.
    Held,
    /// Tuples of which nothing tells what became.
    Unknown,
    /// What rounds tuples up to the alignment.
    Padding,
    /// Bytes among the items that no line pointer names.
    Unreferenced,
    /// Between the line pointers and the items.
    Free,
    /// At the end of pages; only sequences have any among heaps.
    Special,
    /// Pages that were never initialised.
    NewPages,
    /// Pages whose items overlap or leave them, or whose header makes no sense.
    BrokenPages,
    /// Blocks that the system could not read.
    Unreadable,
    /// What is left over at the end of a file, less than a page.
    PartialPage,
}

impl Line {
    /// Every line with its name, in the order in which they are shown.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::PageHeaders, "page_headers"),
        (Self::LinePointers, "line_pointers"),
        (Self::Live, "live"),
        (Self::InDoubt, "in_doubt"),
        (Self::Removable, "removable"),
        (Self::Held, "held"),
        (Self::Unknown, "unknown"),
        (Self::Padding, "padding"),
        (Self::Unreferenced, "unreferenced"),
        (Self::Free, "free"),
        (Self::Special, "special"),
        (Self::NewPages, "new_pages"),
        (Self::BrokenPages, "broken_pages"),
        (Self::Unreadable, "unreadable"),
        (Self::PartialPage, "partial_page"),
    ];
}

impl LedgerLine for Line {
    const NAMES: &'static [(Self, &'static str)] = &Self::ALL;

    fn number(self) -> usize {
        self as usize
    }
}

/// What a ledger has lines of: heaps and indexes have their own.
pub trait LedgerLine: Copy + 'static {
    /// Every line with its name, in the order in which they are shown.
    const NAMES: &'static [(Self, &'static str)];

    /// The line's place in that order.
    fn number(self) -> usize;
}

/// More lines than any ledger has.
const MOST_LINES: usize = 20;

/// The space ledger: bytes by [`Line`] (of a heap), or by
/// [`IndexLine`](super::index::IndexLine). Of a relation, they sum to the size of its main fork.
///
/// ```
/// use pgautopsy::analysis::bloat::{Ledger, Line};
/// let mut ledger = Ledger::default();
/// ledger[Line::PageHeaders] += 24;
/// ledger[Line::Free] += 8168;
/// assert_eq!(ledger.total(), 8192);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger<L = Line>([u64; MOST_LINES], PhantomData<L>);

impl<L> Default for Ledger<L> {
    fn default() -> Self {
        Self([0; MOST_LINES], PhantomData)
    }
}

impl<L: LedgerLine> Ledger<L> {
    /// The sum of all lines.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Each line's name and bytes.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, u64)> {
        L::NAMES.iter().map(|&(line, name)| (name, self[line]))
    }
}

impl<L: LedgerLine> Index<L> for Ledger<L> {
    type Output = u64;

    #[inline]
    fn index(&self, line: L) -> &u64 {
        &self.0[line.number()]
    }
}

impl<L: LedgerLine> IndexMut<L> for Ledger<L> {
    #[inline]
    fn index_mut(&mut self, line: L) -> &mut u64 {
        &mut self.0[line.number()]
    }
}

impl<L> AddAssign for Ledger<L> {
    fn add_assign(&mut self, other: Self) {
        for (sum, bytes) in self.0.iter_mut().zip(other.0) {
            *sum += bytes;
        }
    }
}
