//! `pg_multixact`: which transactions hold a tuple together (access/multixact.h,
//! access/multixact_internal.h).
//!
//! `offsets` says of each multixact where its members begin in `members`; they end where those of
//! the next one begin.
//!
//! ```text
//! offsets   4 bytes a multixact; 8 from version 19 on
//! members   groups of 20 bytes:   flags of 4 members, a byte each │ their 4 xids, 4 bytes each
//! ```
//!
//! A group never crosses a page: one of 8 kB holds 409 of them, and 12 bytes stay unused. No
//! member stands at offset 0. The 32-bit offsets before 19 wrap around past it, and leave there
//! an xid of 0 that is no member.

use super::{entries_per_page, entry_offset};
use crate::format::{Bytes, Format, FormatError};
use crate::primitives::{MultiXactId, MultiXactOffset, TransactionId};

/// A transaction of a multixact, and what it did to the tuple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MultiXactMember {
    /// The transaction.
    pub xid: TransactionId,
    /// How it holds the tuple.
    pub status: MemberStatus,
}

/// How a member holds the tuple (`MultiXactStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberStatus(pub u8);

impl MemberStatus {
    /// `SELECT … FOR KEY SHARE`.
    pub const FOR_KEY_SHARE: Self = Self(0);
    /// `SELECT … FOR SHARE`.
    pub const FOR_SHARE: Self = Self(1);
    /// `SELECT … FOR NO KEY UPDATE`.
    pub const FOR_NO_KEY_UPDATE: Self = Self(2);
    /// `SELECT … FOR UPDATE`.
    pub const FOR_UPDATE: Self = Self(3);
    /// An update that leaves the key columns alone.
    pub const NO_KEY_UPDATE: Self = Self(4);
    /// Any other update, or a delete.
    pub const UPDATE: Self = Self(5);

    /// Whether it changes or deletes the tuple, not only locks it (`ISUPDATE_from_mxstatus`).
    #[must_use]
    pub const fn is_update(self) -> bool {
        self.0 > Self::FOR_UPDATE.0
    }

    /// The word of `pg_get_multixact_members()`, where the code is a known one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::FOR_KEY_SHARE => Some("keysh"),
            Self::FOR_SHARE => Some("sh"),
            Self::FOR_NO_KEY_UPDATE => Some("fornokeyupd"),
            Self::FOR_UPDATE => Some("forupd"),
            Self::NO_KEY_UPDATE => Some("nokeyupd"),
            Self::UPDATE => Some("upd"),
            _ => None,
        }
    }
}

/// The page of `offsets` that tells of a multixact.
#[must_use]
pub fn offset_page_of(multi: MultiXactId, format: Format) -> u64 {
    u64::from(multi.0 / entries_per_page(format, offset_size(format)))
}

/// Where the members of a multixact begin, by the page of `offsets` that tells of it. `None`
/// where the entry was never written.
pub fn members_start(
    page: &[u8],
    multi: MultiXactId,
    format: Format,
) -> Result<Option<MultiXactOffset>, FormatError> {
    let size = offset_size(format);
    let at = entry_offset(u64::from(multi.0), size, format);
    let offset = if size == 8 {
        Bytes(page).u64("multixact offset", at)?
    } else {
        u64::from(Bytes(page).u32("multixact offset", at)?)
    };
    Ok((offset != 0).then_some(MultiXactOffset(offset)))
}

/// The multixact after this one (`NextMultiXactId`): 0 is none.
#[must_use]
pub const fn next(multi: MultiXactId) -> MultiXactId {
    match multi.0.checked_add(1) {
        Some(next) => MultiXactId(next),
        None => MultiXactId(1),
    }
}

/// How many members stand from `start` to before `end`; `None` where `end` comes first.
#[must_use]
pub fn member_count(start: MultiXactOffset, end: MultiXactOffset, format: Format) -> Option<u64> {
    if format.version.multixact_offsets_are_64_bit() {
        end.0.checked_sub(start.0)
    } else {
        Some(end.0.wrapping_sub(start.0) & u64::from(u32::MAX))
    }
}

/// The place `count` members after `start`; before 19 it wraps around.
#[must_use]
pub fn advance(start: MultiXactOffset, count: u64, format: Format) -> MultiXactOffset {
    let next = start.0.wrapping_add(count);
    if format.version.multixact_offsets_are_64_bit() {
        MultiXactOffset(next)
    } else {
        MultiXactOffset(next & u64::from(u32::MAX))
    }
}

/// The page of `members` that holds the member at `offset`.
#[must_use]
pub fn member_page_of(offset: MultiXactOffset, format: Format) -> u64 {
    offset.0 / members_per_page(format)
}

/// The member at `offset`, on the page that holds it. `None` where nothing was ever written, or
/// where offset 0 was passed over.
pub fn member(
    page: &[u8],
    offset: MultiXactOffset,
    format: Format,
) -> Result<Option<MultiXactMember>, FormatError> {
    let within = usize::try_from(offset.0 % members_per_page(format)).unwrap_or(usize::MAX);
    let (group, slot) = (within / MEMBERS_PER_GROUP, within % MEMBERS_PER_GROUP);
    let group = Bytes(Bytes(page).slice(
        "multixact member group",
        group.saturating_mul(GROUP_BYTES),
        GROUP_BYTES,
    )?);
    let flags = group.u32("multixact member flags", 0)?.to_le_bytes();
    let xid = TransactionId(group.u32("multixact member xid", 4 + 4 * slot)?);
    let status = MemberStatus(flags.get(slot).copied().unwrap_or_default());
    Ok(xid.is_valid().then_some(MultiXactMember { xid, status }))
}

const MEMBERS_PER_GROUP: usize = 4;
const GROUP_BYTES: usize = 20;

fn members_per_page(format: Format) -> u64 {
    u64::from(entries_per_page(format, 20)) * 4
}

fn offset_size(format: Format) -> u32 {
    if format.version.multixact_offsets_are_64_bit() { 8 } else { 4 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::PgVersion;

    #[test]
    fn a_member_is_found_by_its_group() {
        let format = Format::usual(PgVersion::V17);
        let mut page = vec![0; 8192];
        page[20..40]
            .copy_from_slice(&[0, 1, 5, 9, 10, 0, 0, 0, 11, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0]);
        let at = |offset| member(&page, MultiXactOffset(offset), format).unwrap();
        let found = at(1636 + 6).unwrap();
        assert_eq!(found, MultiXactMember { xid: TransactionId(12), status: MemberStatus::UPDATE });
        assert!(found.status.is_update());
        assert_eq!(at(5).unwrap().status.name(), Some("sh"));
        assert_eq!(at(7), None, "an xid of 0 is no member");
        assert_eq!(member_page_of(MultiXactOffset(1635), format), 0);
        assert_eq!(member_page_of(MultiXactOffset(1636), format), 1);
    }

    #[test]
    fn offsets_wrap_around_before_19_only() {
        let (old, new) = (Format::usual(PgVersion::V18), Format::usual(PgVersion::V19));
        let (start, end) = (MultiXactOffset(u64::from(u32::MAX)), MultiXactOffset(3));
        assert_eq!(member_count(start, end, old), Some(4));
        assert_eq!(member_count(start, end, new), None);
        assert_eq!(advance(start, 2, old), MultiXactOffset(1));
        assert_eq!(advance(start, 2, new), MultiXactOffset(u64::from(u32::MAX) + 2));
        assert_eq!(next(MultiXactId(u32::MAX)), MultiXactId(1));
        assert_eq!(offset_page_of(MultiXactId(2048), old), 1);
        assert_eq!(offset_page_of(MultiXactId(2048), new), 2);
    }
}
