use std::ops::{AddAssign, Index};

/// What an index scan finds where an item of the index points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A row that is there for somebody, or may be: it is live, or in doubt.
    Live,
    /// A row all of whose versions in the chain VACUUM would remove.
    Removable,
    /// A row that is dead, and that something holds.
    Held,
    /// A line pointer that is dead (`LP_DEAD`): its row was removed, and VACUUM has yet to remove
    /// the item.
    LpDead,
    /// A line pointer that is free to be taken (`LP_UNUSED`).
    Unused,
    /// A line pointer that its page does not have.
    NoLinePointer,
    /// A block behind the table's end.
    BehindEnd,
    /// A version of a row that only its chain may lead to (`HEAP_ONLY_TUPLE`).
    HeapOnly,
    /// A redirect to a line pointer that has no row.
    LostRedirect,
    /// What can't be read, or a row of unknown fate.
    Unknown,
}

impl Target {
    /// Every target, in the order of its code.
    pub const ALL: [Self; 10] = [
        Self::Live,
        Self::Removable,
        Self::Held,
        Self::LpDead,
        Self::Unused,
        Self::NoLinePointer,
        Self::BehindEnd,
        Self::HeapOnly,
        Self::LostRedirect,
        Self::Unknown,
    ];

    /// A number below 16.
    pub(super) const fn code(self) -> u8 {
        self as u8
    }

    /// The target of that code.
    #[inline]
    pub(super) fn from_code(code: u8) -> Self {
        Self::ALL.get(usize::from(code)).copied().unwrap_or(Self::Unknown)
    }

    /// Whether no item may point to such a thing.
    #[inline]
    #[must_use]
    pub const fn is_wrong(self) -> bool {
        matches!(
            self,
            Self::Unused
                | Self::NoLinePointer
                | Self::BehindEnd
                | Self::HeapOnly
                | Self::LostRedirect
        )
    }

    /// What it is, in words.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Live => "a row",
            Self::Removable => "a dead row",
            Self::Held => "a dead row that something holds",
            Self::LpDead => "a dead line pointer",
            Self::Unused => "an unused line pointer",
            Self::NoLinePointer => "a line pointer that the page does not have",
            Self::BehindEnd => "a block behind the table's end",
            Self::HeapOnly => "a version of a row that no index may point to",
            Self::LostRedirect => "a redirect to no row",
            Self::Unknown => "something unknown",
        }
    }
}

/// How many heap tuples of the items of an index are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Targets([u64; Target::ALL.len()]);

impl Targets {
    /// All that the items point to; a posting list points to many.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Rows that are dead for everybody, or line pointers that are: VACUUM takes the items away.
    #[must_use]
    pub fn removable(&self) -> u64 {
        self[Target::Removable] + self[Target::LpDead]
    }

    /// Line pointers and blocks that are not there, or not in use.
    #[must_use]
    pub fn gone(&self) -> u64 {
        self[Target::Unused] + self[Target::NoLinePointer] + self[Target::BehindEnd]
    }

    /// What is there, and leads an index scan nowhere.
    #[must_use]
    pub fn astray(&self) -> u64 {
        self[Target::HeapOnly] + self[Target::LostRedirect]
    }

    /// All that is known to be no row that somebody sees.
    #[must_use]
    pub fn dangling(&self) -> u64 {
        self.removable() + self[Target::Held] + self.gone() + self.astray()
    }

    #[inline]
    pub(super) fn add(&mut self, target: Target) {
        self.0[target as usize] += 1;
    }
}

impl Index<Target> for Targets {
    type Output = u64;

    fn index(&self, target: Target) -> &u64 {
        &self.0[target as usize]
    }
}

impl AddAssign for Targets {
    fn add_assign(&mut self, other: Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }
}
