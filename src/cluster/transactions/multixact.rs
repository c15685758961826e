//! Which transactions stand behind a multixact.

use super::Transactions;
use super::pages::PageError;
use crate::format::slru::multixact::{self, MultiXactMember};
use crate::format::slru::{self, SlruKind};
use crate::primitives::{MultiXactId, MultiXactOffset, TransactionId};

/// A multixact whose members can't be known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownMulti {
    /// It is older than `oldestMulti`: its members were thrown away.
    #[error("multixact {0} is older than the oldest that pg_multixact tells of")]
    TooOld(MultiXactId),
    /// It was not yet made when the server was shut down, or it is 0.
    #[error("multixact {0} was never made")]
    NeverMade(MultiXactId),
    /// The file that would tell is missing, too short or unreadable.
    #[error("{0} is missing, too short or unreadable")]
    NoPage(String),
    /// What `pg_multixact` says of it makes no sense.
    #[error("multixact {multi}: {what}")]
    Damaged {
        /// The multixact.
        multi: MultiXactId,
        /// What is wrong.
        what: &'static str,
    },
}

/// More members than a multixact can have: each needs a session or prepared transaction of its
/// own, and there are at most 2¹⁸ of either.
const MAX_MEMBERS: u64 = 1 << 20;

impl Transactions {
    /// The member of a multixact that updated or deleted the tuple, if any did.
    pub fn update_xid(&self, multi: MultiXactId) -> Result<Option<TransactionId>, UnknownMulti> {
        let members = self.multixact_members(multi)?;
        Ok(members.iter().find(|member| member.status.is_update()).map(|member| member.xid))
    }

    /// The members of a multixact, in the order in which they are stored.
    pub fn multixact_members(
        &self,
        multi: MultiXactId,
    ) -> Result<Vec<MultiXactMember>, UnknownMulti> {
        self.check_range(multi)?;
        let damaged = |what| UnknownMulti::Damaged { multi, what };
        let start = self.members_start(multi)?.ok_or(damaged("it has no offset"))?;
        let end = self.members_end(multi)?.ok_or(damaged("the next one has no offset"))?;
        let count = multixact::member_count(start, end, self.format)
            .ok_or(damaged("its members end before they begin"))?;
        if count == 0 || count > MAX_MEMBERS {
            return Err(damaged("its number of members makes no sense"));
        }
        let mut members = Vec::new();
        for index in 0..count {
            match self.member(multixact::advance(start, index, self.format))? {
                Some(member) => members.push(member),
                // Before 19, offset 0 is passed over, and stays empty.
                None if !self.format.version.multixact_offsets_are_64_bit() => {}
                None => return Err(damaged("a member is empty")),
            }
        }
        Ok(members)
    }

    fn check_range(&self, multi: MultiXactId) -> Result<(), UnknownMulti> {
        if !multi.is_valid() {
            return Err(UnknownMulti::NeverMade(multi));
        }
        let Some(limits) = &self.limits else { return Ok(()) };
        if multi.precedes(limits.oldest_multi) {
            return Err(UnknownMulti::TooOld(multi));
        }
        if limits.shut_down && !multi.precedes(limits.next_multi) {
            return Err(UnknownMulti::NeverMade(multi));
        }
        Ok(())
    }

    fn members_start(&self, multi: MultiXactId) -> Result<Option<MultiXactOffset>, UnknownMulti> {
        let page = multixact::offset_page_of(multi, self.format);
        self.multixact_page(SlruKind::MultiXactOffsets, page, |page| {
            multixact::members_start(page, multi, self.format).ok()
        })
    }

    /// The next multixact's members begin where these end; of the last one `pg_control` knows.
    fn members_end(&self, multi: MultiXactId) -> Result<Option<MultiXactOffset>, UnknownMulti> {
        let next = multixact::next(multi);
        match &self.limits {
            Some(limits) if next == limits.next_multi => Ok(Some(limits.next_multi_offset)),
            _ => self.members_start(next),
        }
    }

    fn member(&self, offset: MultiXactOffset) -> Result<Option<MultiXactMember>, UnknownMulti> {
        let page = multixact::member_page_of(offset, self.format);
        self.multixact_page(SlruKind::MultiXactMembers, page, |page| {
            multixact::member(page, offset, self.format).ok()
        })
    }

    fn multixact_page<R>(
        &self,
        kind: SlruKind,
        page: u64,
        read: impl FnOnce(&[u8]) -> Option<R>,
    ) -> Result<R, UnknownMulti> {
        let found = self.pages.with(kind, page, |bytes| {
            read(bytes.map_err(PageError::clone)?).ok_or(PageError::Missing)
        });
        found.map_err(|_| {
            self.report_page(kind, page);
            let (segment, _) = slru::locate(page, self.format);
            UnknownMulti::NoPage(kind.segment_path(segment, self.format.version))
        })
    }
}
