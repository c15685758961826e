use std::fmt;

/// The number of a page in a fork of a relation, counted over all its segments (`BlockNumber`,
/// storage/block.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BlockNumber(pub u32);

impl BlockNumber {
    /// `InvalidBlockNumber`: no page.
    pub const INVALID: Self = Self(u32::MAX);

    /// Whether it can name a page.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != Self::INVALID.0
    }
}

impl fmt::Display for BlockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a line pointer on its page, from 1 (`OffsetNumber`, storage/off.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OffsetNumber(pub u16);

impl OffsetNumber {
    /// `InvalidOffsetNumber`.
    pub const INVALID: Self = Self(0);
    /// `FirstOffsetNumber`.
    pub const FIRST: Self = Self(1);

    /// Whether it can name a line pointer.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }

    /// The place in an array that counts from 0; `None` for the invalid number.
    #[must_use]
    pub const fn index(self) -> Option<usize> {
        if self.0 == 0 { None } else { Some(self.0 as usize - 1) }
    }
}

impl fmt::Display for OffsetNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A page and a line pointer on it: a tuple's address, or `ctid` (`ItemPointerData`,
/// storage/itemptr.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ItemPointer {
    /// The page.
    pub block: BlockNumber,
    /// The line pointer.
    pub offset: OffsetNumber,
}

impl fmt::Display for ItemPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.block, self.offset)
    }
}

/// Which of a relation's files (`ForkNumber`, common/relpath.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ForkNumber {
    /// The pages themselves.
    #[default]
    Main,
    /// The free space map, `_fsm`.
    FreeSpace,
    /// The visibility map, `_vm`.
    Visibility,
    /// What an unlogged relation is reset to after a crash, `_init`.
    Init,
}

impl ForkNumber {
    /// Every fork, in the order of its code.
    pub const ALL: [Self; 4] = [Self::Main, Self::FreeSpace, Self::Visibility, Self::Init];

    /// PostgreSQL's name of the fork (`forkNames`, common/relpath.c).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::FreeSpace => "fsm",
            Self::Visibility => "vm",
            Self::Init => "init",
        }
    }

    /// The fork that a WAL record's code means (0 to 3).
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The fork of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fork| fork.name() == name)
    }

    /// The code in WAL records, and the place in an array of forks.
    #[must_use]
    pub const fn code(self) -> usize {
        self as usize
    }
}

impl fmt::Display for ForkNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
