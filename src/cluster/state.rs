//! How the cluster stopped, and what that makes uncertain.

use super::finding::Finding;
use super::identity::Identity;
use super::transactions::{Limits, WalOutcomes};
use super::wal::{UnappliedWal, Wal};
use super::whole_file;
use crate::evidence::{Evidence, is_served_by};
use crate::format::backup_label::BackupLabel;
use crate::format::control::{ControlFile, DbState};
use crate::format::postmaster_pid;

/// How the cluster stopped.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What `pg_control` says; `None` where it can't be read.
    pub control: Option<DbState>,
    /// The label of the base backup that it is, before its first start.
    pub backup_label: Option<BackupLabel>,
    /// The process that wrote `postmaster.pid`, if that file is there.
    pub postmaster_pid: Option<u32>,
    /// Whether that process is a server that runs on this machine now.
    pub is_running: bool,
    /// Whether it would start as a standby, or as a restore.
    pub is_standby: bool,
    /// The WAL that recovery would apply, where the cluster was not shut down cleanly.
    pub unapplied: Option<UnappliedWal>,
}

/// More than either file has.
const MAX_TEXT_BYTES: u64 = 1 << 20;

impl State {
    /// Looks at `pg_control`, `backup_label`, `postmaster.pid` and the WAL that there is.
    #[must_use]
    pub fn read(evidence: &dyn Evidence, identity: &Identity) -> Self {
        let text = |path| whole_file(evidence, path, MAX_TEXT_BYTES).ok();
        let postmaster_pid = text("postmaster.pid").and_then(|text| postmaster_pid::pid(&text));
        Self {
            control: identity.control.as_ref().map(|control| control.state),
            backup_label: text("backup_label").map(|text| BackupLabel::parse(&text)),
            postmaster_pid,
            is_running: postmaster_pid.is_some_and(|pid| is_served_by(evidence, pid)),
            is_standby: ["standby.signal", "recovery.signal"]
                .into_iter()
                .any(|signal| evidence.open(signal).is_ok()),
            unapplied: None,
        }
    }

    /// Where the cluster was not shut down cleanly, reads the WAL that recovery would apply, and
    /// gives what it says about transactions. What is wrong with its files is added to `findings`.
    pub fn read_unapplied(
        &mut self,
        wal: &Wal,
        control: &ControlFile,
        findings: &mut Vec<Finding>,
    ) -> Option<WalOutcomes> {
        if self.is_shut_down() {
            return None;
        }
        let label = self.backup_label.as_ref();
        let redo = label.and_then(|label| label.start_wal_location);
        let by_primary = label.is_none()
            && !self.is_standby
            && !self.is_running
            && !matches!(
                control.state,
                DbState::ShutDownInRecovery | DbState::InArchiveRecovery | DbState::Unknown(_)
            );
        let redo = redo.unwrap_or(control.checkpoint_copy.redo);
        let (unapplied, outcomes) = wal.recover(redo, by_primary, findings)?;
        self.unapplied = Some(unapplied);
        Some(outcomes)
    }

    /// Whether it was shut down as a primary, so that nothing is in progress any more and every
    /// page is as the server left it.
    #[must_use]
    pub fn is_shut_down(&self) -> bool {
        self.control == Some(DbState::ShutDown) && self.backup_label.is_none() && !self.is_running
    }

    /// What bounds transactions and multixacts.
    #[must_use]
    pub fn limits(&self, control: &ControlFile) -> Limits {
        let checkpoint = &control.checkpoint_copy;
        Limits {
            shut_down: self.is_shut_down(),
            next_xid: checkpoint.next_xid.xid(),
            oldest_xid: checkpoint.oldest_xid,
            next_multi: checkpoint.next_multi,
            oldest_multi: checkpoint.oldest_multi,
            next_multi_offset: checkpoint.next_multi_offset,
            oldest_commit_ts_xid: checkpoint.oldest_commit_ts_xid,
            newest_commit_ts_xid: checkpoint.newest_commit_ts_xid,
        }
    }

    /// How it stopped, in the words of `pg_controldata`.
    #[must_use]
    pub fn describe(&self) -> Option<String> {
        let state = self.control?;
        Some(match (&self.backup_label, self.is_running) {
            (Some(_), _) => "base backup".to_owned(),
            (None, true) => "running".to_owned(),
            (None, false) => state.to_string(),
        })
    }

    /// What makes every answer about the cluster less certain, in sentences.
    #[must_use]
    pub fn cautions(&self) -> Vec<String> {
        let mut cautions = Vec::new();
        if self.is_running {
            let pid = self.postmaster_pid.unwrap_or_default();
            cautions.push(format!(
                "a server (process {pid}) is running on this data directory: pages change while \
                 they are read, and what it has in memory is not seen"
            ));
        }
        if self.backup_label.is_some() {
            cautions.push(format!(
                "this is a base backup that was never started: its pages are from different \
                 moments, and {}",
                self.missing_wal()
            ));
        } else if let Some(how) = self.control.and_then(unclean) {
            cautions.push(format!("{how}; {}", self.missing_wal()));
        }
        if self.control.is_none() {
            cautions.push(
                "pg_control can't be read: it is not known how the cluster was stopped".to_owned(),
            );
        }
        cautions
    }
}

impl State {
    /// How much WAL the pages may lack.
    fn missing_wal(&self) -> String {
        match &self.unapplied {
            Some(wal) => format!(
                "up to {} KiB of WAL, from {} to {}, were not applied to them{}",
                wal.len().div_ceil(1024),
                wal.from,
                wal.to,
                if wal.is_whole { "" } else { ", and more follows that can't be read" }
            ),
            None => "the WAL that they may lack is not in pg_wal".to_owned(),
        }
    }
}

fn unclean(state: DbState) -> Option<String> {
    Some(match state {
        DbState::ShutDown => return None,
        DbState::ShutDownInRecovery => {
            "this is a standby: a transaction that it calls in progress may have ended on the \
             primary since"
                .to_owned()
        }
        DbState::InArchiveRecovery => {
            "this is a standby, or a restore, that was not shut down: pages are as they were on \
             disk"
                .to_owned()
        }
        state => format!(
            "the server was not shut down cleanly ({state}): pages are as they were on disk"
        ),
    })
}
