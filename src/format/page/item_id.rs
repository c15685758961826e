use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// A line pointer: where on its page an item lies (`ItemIdData`, storage/itemid.h).
///
/// ```text
///  bits  0–14  lp_off     offset of the item from the page's start; a redirect's target number
///  bits 15–16  lp_flags   what the line pointer is
///  bits 17–31  lp_len     length of the item in bytes; 0 where it has no storage
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(transparent)]
pub struct ItemId(U32);

const _: () = assert!(size_of::<ItemId>() == 4);

/// What a line pointer is (`lp_flags`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LpFlags {
    /// `LP_UNUSED`: free to be taken.
    Unused,
    /// `LP_NORMAL`: it points to an item.
    Normal,
    /// `LP_REDIRECT`: it names another line pointer, the head of a HOT chain that was pruned.
    Redirect,
    /// `LP_DEAD`: its item is dead; the storage may or may not be gone.
    Dead,
}

impl LpFlags {
    /// PostgreSQL's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unused => "LP_UNUSED",
            Self::Normal => "LP_NORMAL",
            Self::Redirect => "LP_REDIRECT",
            Self::Dead => "LP_DEAD",
        }
    }

    /// PostgreSQL's code, 0 to 3.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl ItemId {
    /// A line pointer that is free to be taken (`ItemIdSetUnused`).
    pub const UNUSED: Self = Self(U32::ZERO);

    /// The four bytes as one number.
    #[inline]
    #[must_use]
    pub fn raw(self) -> u32 {
        self.0.get()
    }

    /// Where the item starts on the page; for a redirect, the number of the target.
    #[inline]
    #[must_use]
    pub fn lp_off(self) -> u16 {
        low_15_bits(self.raw())
    }

    /// What the line pointer is.
    #[inline]
    #[must_use]
    pub fn lp_flags(self) -> LpFlags {
        match self.lp_flags_code() {
            0 => LpFlags::Unused,
            1 => LpFlags::Normal,
            2 => LpFlags::Redirect,
            _ => LpFlags::Dead,
        }
    }

    /// The code of that, 0 to 3: for loops that can't afford a branch a kind.
    #[inline]
    #[must_use]
    pub fn lp_flags_code(self) -> u8 {
        (self.raw() >> 15 & 3) as u8
    }

    /// The item's length in bytes.
    #[inline]
    #[must_use]
    pub fn lp_len(self) -> u16 {
        low_15_bits(self.raw() >> 17)
    }

    /// Whether there is an item (`ItemIdHasStorage`).
    #[inline]
    #[must_use]
    pub fn has_storage(self) -> bool {
        self.lp_len() != 0
    }
}

/// The line pointers in `bytes`; what is left over at the end is no whole one.
#[inline]
pub(super) fn array(bytes: &[u8]) -> &[ItemId] {
    <[ItemId]>::ref_from_prefix_with_elems(bytes, bytes.len() / size_of::<ItemId>())
        .map(|(items, _)| items)
        .unwrap_or_default()
}

#[inline]
const fn low_15_bits(value: u32) -> u16 {
    (value & 0x7FFF) as u16
}
