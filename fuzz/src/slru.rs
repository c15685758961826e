//! A page of `pg_xact`, `pg_subtrans`, `pg_commit_ts` or `pg_multixact`.

use pgautopsy::format::slru::multixact::{self, MemberStatus};
use pgautopsy::format::slru::{SlruKind, clog, commit_ts, locate, subtrans};
use pgautopsy::format::{Format, PgVersion};
use pgautopsy::primitives::{MultiXactId, MultiXactOffset, TransactionId};

/// The input is a page of the usual size, or what is there of it; its first bytes are a number to
/// look up, too.
pub fn run(data: &[u8]) {
    let own = data.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    for version in PgVersion::ALL {
        let format = Format::usual(version);
        for number in [own, own >> 32, 0, 3, 1635, 8191, 32_767, u64::from(u32::MAX), u64::MAX] {
            look_up(data, number, format);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "any number serves")]
fn look_up(page: &[u8], number: u64, format: Format) {
    let xid = TransactionId(number as u32);
    let multi = MultiXactId(number as u32);
    let offset = MultiXactOffset(number);
    let whole = page.len() >= format.block_size as usize;

    assert!(clog::status(page, xid, format).is_ok() || !whole);
    assert!(subtrans::parent(page, xid, format).is_ok() || !whole);
    assert!(commit_ts::commit_timestamp(page, xid, format).is_ok() || !whole);
    let start = multixact::members_start(page, multi, format);
    assert!(start.is_ok() || !whole);
    let member = multixact::member(page, offset, format);
    assert!(member.is_ok() || !whole);
    if let Ok(Some(member)) = member {
        let known = member.status <= MemberStatus::UPDATE;
        assert_eq!(member.status.name().is_some(), known);
    }
    if let Ok(Some(start)) = start {
        let end = multixact::advance(start, 7, format);
        assert!(matches!(multixact::member_count(start, end, format), None | Some(7)));
    }
    assert_ne!(multixact::next(multi), MultiXactId(0));
    places(xid, multi, offset, format);
}

/// Where an entry is sought is a place in a file.
fn places(xid: TransactionId, multi: MultiXactId, offset: MultiXactOffset, format: Format) {
    for (kind, page) in [
        (SlruKind::Clog, clog::page_of(xid, format)),
        (SlruKind::Subtrans, subtrans::page_of(xid, format)),
        (SlruKind::CommitTs, commit_ts::page_of(xid, format)),
        (SlruKind::MultiXactOffsets, multixact::offset_page_of(multi, format)),
        (SlruKind::MultiXactMembers, multixact::member_page_of(offset, format)),
    ] {
        let (segment, at) = locate(page, format);
        assert!(at.is_multiple_of(format.block_size.into()));
        let path = kind.segment_path(segment, format.version);
        let name = path.strip_prefix(kind.directory()).and_then(|rest| rest.strip_prefix('/'));
        let read = name.and_then(|name| kind.segment_number(name, format.version));
        assert!(read == Some(segment) || segment > 0xFF_FFFF, "{path}");
    }
}
