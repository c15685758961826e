//! How each transaction ended, as the evidence can tell.
//!
//! `pg_xact` has two bits for each; what they leave open is settled by the prepared transactions
//! that are still there, by the way the cluster was stopped, or by the WAL, where that was read.
//! Pages of these logs are read as they are asked for, and a bounded number of them is kept.

pub mod codes;
mod gaps;
mod limits;
mod multixact;
mod pages;
mod prepared;
#[cfg(test)]
mod tests;
mod wal;

use codes::{PREPARED_UNREADABLE, SLOT_UNREADABLE, SLRU_SEGMENT_MISSING, SLRU_UNREADABLE};
pub use limits::Limits;
pub use multixact::UnknownMulti;
pub use prepared::PreparedTransaction;
pub use wal::{OutcomeMap, WalOutcome, WalOutcomes};

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use self::pages::{PageError, SlruPages};
use super::finding::Finding;
use crate::evidence::Evidence;
use crate::format::Format;
use crate::format::slot::ReplicationSlot;
use crate::format::slru::clog::ClogStatus;
use crate::format::slru::commit_ts::CommitTimestamp;
use crate::format::slru::{SlruKind, clog, commit_ts, subtrans};
use crate::primitives::{Timestamp, TransactionId};

/// What is known of a transaction's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum XidStatus {
    /// It committed.
    Committed,
    /// It was rolled back, or can never commit any more.
    Aborted,
    /// It can still go either way, as far as the evidence that was read tells.
    InDoubt,
    /// What would tell is missing.
    Unknown,
}

/// A [status](XidStatus), and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Resolution {
    /// The status.
    pub status: XidStatus,
    /// What it rests on.
    pub reason: Reason,
}

/// What a transaction's [status](XidStatus) rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is one of the xids below 3 that no session gets.
    Permanent,
    /// `pg_xact` says so.
    Clog,
    /// It is a subtransaction, and ended as this parent did.
    Parent(TransactionId),
    /// The WAL says so.
    Wal,
    /// It, or its parent, is prepared and waits for `COMMIT PREPARED` or `ROLLBACK PREPARED`.
    Prepared,
    /// It was in progress when the server was shut down, and so was ended by that.
    ShutDown,
    /// It was in progress when the evidence was taken; only WAL that was not read could tell.
    InProgress,
    /// It is older than `oldestXid`: its status was thrown away when everything that it wrote had
    /// been frozen. Only hint bits can tell.
    BeforeOldestXid,
    /// It was not yet given out when the server was shut down.
    NotAssigned,
    /// Its page of `pg_xact` is missing.
    PageMissing,
    /// Its page of `pg_xact` can't be read.
    PageUnreadable,
}

/// The transactions of a cluster.
///
/// It can be asked by several threads at once; repeated questions about neighbouring xids cost a
/// look into a page that the thread has at hand.
#[derive(Debug)]
pub struct Transactions {
    format: Format,
    pages: SlruPages,
    limits: Option<Limits>,
    prepared: Vec<PreparedTransaction>,
    /// Prepared transactions and their subtransactions.
    waiting: HashSet<TransactionId>,
    slots: Vec<ReplicationSlot>,
    wal: WalOutcomes,
    /// By path; `None` for what was reported when it was loaded.
    failures: Mutex<BTreeMap<String, Option<Finding>>>,
}

impl Transactions {
    /// Reads `pg_twophase` and `pg_replslot`, and looks whether `pg_xact` is whole. `limits` are
    /// what `pg_control` says, if it can be read.
    pub fn with_limits(
        evidence: &Arc<dyn Evidence>,
        format: Format,
        limits: Option<Limits>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut transactions = Self {
            format,
            pages: SlruPages::new(Arc::clone(evidence), format),
            limits,
            prepared: prepared::load(evidence.as_ref(), format.version, findings),
            waiting: HashSet::new(),
            slots: prepared::load_slots(evidence.as_ref(), format.version, findings),
            wal: WalOutcomes::default(),
            failures: Mutex::default(),
        };
        transactions.forget_ended_prepared();
        transactions.look_for_gaps(evidence.as_ref(), findings);
        transactions
    }

    /// Lets the WAL decide what `pg_xact` leaves open.
    pub fn decide_by_wal(&mut self, outcomes: WalOutcomes) {
        for prepared in &outcomes.prepared {
            if self.prepared.iter().all(|known| known.xid != prepared.xid) {
                self.prepared.push(prepared.clone());
            }
        }
        self.prepared.sort_by(|left, right| left.xid.age_order(right.xid));
        self.wal = outcomes;
        self.forget_ended_prepared();
    }

    /// How the transaction ended.
    #[inline]
    #[must_use]
    pub fn status(&self, xid: TransactionId) -> XidStatus {
        self.resolve(xid).status
    }

    /// How the transaction ended, and what that rests on.
    #[must_use]
    pub fn resolve(&self, xid: TransactionId) -> Resolution {
        if !xid.is_normal() {
            let committed = xid.is_valid();
            let status = if committed { XidStatus::Committed } else { XidStatus::Aborted };
            return Resolution { status, reason: Reason::Permanent };
        }
        if let Some(limits) = &self.limits {
            if xid.precedes(limits.oldest_xid) {
                return unknown(Reason::BeforeOldestXid);
            }
            let next_xid = match self.wal.next_xid {
                Some(next) if limits.next_xid.precedes(next) => next,
                _ => limits.next_xid,
            };
            if (limits.shut_down || self.wal.complete) && !xid.precedes(next_xid) {
                return unknown(Reason::NotAssigned);
            }
        }
        match self.clog_status(xid) {
            Ok(ClogStatus::Committed) => {
                Resolution { status: XidStatus::Committed, reason: Reason::Clog }
            }
            Ok(ClogStatus::Aborted) => {
                Resolution { status: XidStatus::Aborted, reason: Reason::Clog }
            }
            Ok(ClogStatus::InProgress) => self.settle(xid),
            Ok(ClogStatus::SubCommitted) => self.settle_with_parent(xid),
            Err(reason) => self.settle_without_clog(xid, reason),
        }
    }

    /// The transaction that this one is a subtransaction of, where `pg_subtrans` still knows.
    #[must_use]
    pub fn parent(&self, xid: TransactionId) -> Option<TransactionId> {
        let page = subtrans::page_of(xid, self.format);
        let parent = self.pages.with(SlruKind::Subtrans, page, |page| {
            subtrans::parent(page.ok()?, xid, self.format).ok().flatten()
        })?;
        (parent.is_normal() && parent.precedes(xid)).then_some(parent)
    }

    /// When the transaction committed, where `track_commit_timestamp` was on.
    #[must_use]
    pub fn commit_time(&self, xid: TransactionId) -> Option<Timestamp> {
        self.commit_timestamp(xid).map(|timestamp| timestamp.time)
    }

    /// When the transaction committed and which replication origin it came from.
    #[must_use]
    pub fn commit_timestamp(&self, xid: TransactionId) -> Option<CommitTimestamp> {
        let limits = self.limits.as_ref()?;
        let recorded = xid.is_normal()
            && limits.oldest_commit_ts_xid.is_normal()
            && !xid.precedes(limits.oldest_commit_ts_xid)
            && !(limits.shut_down && limits.newest_commit_ts_xid.precedes(xid));
        if !recorded {
            return None;
        }
        let page = commit_ts::page_of(xid, self.format);
        self.pages.with(SlruKind::CommitTs, page, |page| {
            commit_ts::commit_timestamp(page.ok()?, xid, self.format).ok().flatten()
        })
    }

    /// The transactions that are prepared, by xid.
    #[must_use]
    pub fn prepared(&self) -> &[PreparedTransaction] {
        &self.prepared
    }

    /// The prepared transaction that this xid is, or is a subtransaction of.
    #[must_use]
    pub fn prepared_as(&self, xid: TransactionId) -> Option<&PreparedTransaction> {
        if !self.waiting.contains(&xid) {
            return None;
        }
        self.prepared.iter().find(|prepared| prepared.xid == xid || prepared.subxids.contains(&xid))
    }

    /// The replication slots, by name.
    #[must_use]
    pub fn slots(&self) -> &[ReplicationSlot] {
        &self.slots
    }

    /// What `pg_control` says about xids and multixacts, if it could be read.
    #[must_use]
    pub const fn limits(&self) -> Option<&Limits> {
        self.limits.as_ref()
    }

    /// What turned out to be missing or unreadable since it was loaded: one finding a
    /// file, sorted by path.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.values().flatten().cloned().collect()
    }

    #[inline]
    fn clog_status(&self, xid: TransactionId) -> Result<ClogStatus, Reason> {
        let page = clog::page_of(xid, self.format);
        self.pages.with(SlruKind::Clog, page, |page| match page {
            Ok(page) => clog::status(page, xid, self.format).map_err(|_| Reason::PageMissing),
            Err(PageError::Missing) => Err(Reason::PageMissing),
            Err(PageError::Unreadable(_)) => Err(Reason::PageUnreadable),
        })
    }

    /// What `pg_xact` calls in progress.
    fn settle(&self, xid: TransactionId) -> Resolution {
        if let Some(status) = self.wal.status(xid) {
            return Resolution { status, reason: Reason::Wal };
        }
        if self.waiting.contains(&xid) {
            return Resolution { status: XidStatus::InDoubt, reason: Reason::Prepared };
        }
        let all_prepared_are_known = self.prepared.iter().all(|prepared| prepared.gid.is_some());
        if all_prepared_are_known && self.limits.as_ref().is_some_and(|limits| limits.shut_down) {
            return Resolution { status: XidStatus::Aborted, reason: Reason::ShutDown };
        }
        if all_prepared_are_known && self.wal.complete {
            return Resolution { status: XidStatus::Aborted, reason: Reason::Wal };
        }
        Resolution { status: XidStatus::InDoubt, reason: Reason::InProgress }
    }

    /// What `pg_xact` calls sub-committed: as its parent, and so on up; parents are older than
    /// their children, so this comes to an end.
    fn settle_with_parent(&self, xid: TransactionId) -> Resolution {
        let mut child = xid;
        for _ in 0..MAX_NESTING {
            let Some(parent) = self.parent(child) else { break };
            let status = match self.clog_status(parent) {
                Ok(ClogStatus::SubCommitted) => {
                    child = parent;
                    continue;
                }
                Ok(ClogStatus::Committed) => XidStatus::Committed,
                Ok(ClogStatus::Aborted) => XidStatus::Aborted,
                Ok(ClogStatus::InProgress) | Err(_) => break,
            };
            return Resolution { status, reason: Reason::Parent(parent) };
        }
        self.settle(xid)
    }

    /// What `pg_xact` has no page for. After a crash that is as it should be for what was begun
    /// since the checkpoint; else the page is lost.
    fn settle_without_clog(&self, xid: TransactionId, reason: Reason) -> Resolution {
        let since_checkpoint = self
            .limits
            .as_ref()
            .is_some_and(|limits| !limits.shut_down && !xid.precedes(limits.next_xid));
        if since_checkpoint || self.wal.status(xid).is_some() {
            return self.settle(xid);
        }
        self.report_page(SlruKind::Clog, clog::page_of(xid, self.format));
        unknown(reason)
    }

    /// Drops those of which `pg_xact` or the WAL knows an end: the server was stopped between
    /// writing that and removing the file.
    fn forget_ended_prepared(&mut self) {
        let mut prepared = std::mem::take(&mut self.prepared);
        prepared.retain(|prepared| {
            let ended = self.clog_status(prepared.xid);
            !matches!(ended, Ok(ClogStatus::Committed | ClogStatus::Aborted))
                && !matches!(
                    self.wal.status(prepared.xid),
                    Some(XidStatus::Committed | XidStatus::Aborted)
                )
        });
        self.waiting = prepared
            .iter()
            .flat_map(|prepared| prepared.subxids.iter().copied().chain([prepared.xid]))
            .collect();
        self.prepared = prepared;
    }
}

/// How many subtransactions may stand in each other before it is taken for damage.
const MAX_NESTING: u32 = 1 << 16;

const fn unknown(reason: Reason) -> Resolution {
    Resolution { status: XidStatus::Unknown, reason }
}
