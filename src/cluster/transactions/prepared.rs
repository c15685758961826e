//! What `pg_twophase` and `pg_replslot` hold.

use super::{PREPARED_UNREADABLE, SLOT_UNREADABLE};
use crate::cluster::finding::{Code, Finding, Location};
use crate::evidence::{Entry, EntryKind, Evidence};
use crate::format::PgVersion;
use crate::format::slot::ReplicationSlot;
use crate::format::twophase::{self, TwoPhaseState};
use crate::primitives::{Oid, Timestamp, TransactionId};

/// A transaction that was prepared, and has neither been committed nor rolled back.
///
/// Of one whose state file is damaged only the xid is known, from the file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedTransaction {
    /// The transaction.
    pub xid: TransactionId,
    /// The name that it was prepared under.
    pub gid: Option<String>,
    /// The database that it worked in.
    pub database: Option<Oid>,
    /// Its subtransactions.
    pub subxids: Vec<TransactionId>,
    /// When it was prepared.
    pub prepared_at: Option<Timestamp>,
    /// The role that prepared it.
    pub owner: Option<Oid>,
}

/// The prepared transactions, by xid.
pub(super) fn load(
    evidence: &dyn Evidence,
    version: PgVersion,
    findings: &mut Vec<Finding>,
) -> Vec<PreparedTransaction> {
    let mut all = Vec::new();
    for Entry { name, kind } in evidence.list("pg_twophase").unwrap_or_default() {
        let (EntryKind::File(_), Some(file_xid)) = (kind, twophase::file_xid(&name, version))
        else {
            continue;
        };
        let path = format!("pg_twophase/{name}");
        let state = read(evidence, &path).and_then(|bytes| {
            let state = TwoPhaseState::parse(&bytes, version).map_err(|error| error.to_string())?;
            let named_right = state.xid == file_xid.xid();
            named_right.then_some(state).ok_or_else(|| "another transaction's state".to_owned())
        });
        all.push(match state {
            Ok(state) => PreparedTransaction {
                xid: state.xid,
                gid: Some(state.gid),
                database: Some(state.database),
                subxids: state.subxids,
                prepared_at: Some(state.prepared_at),
                owner: Some(state.owner),
            },
            Err(found) => {
                findings.push(damaged(&PREPARED_UNREADABLE, path, found));
                PreparedTransaction {
                    xid: file_xid.xid(),
                    gid: None,
                    database: None,
                    subxids: Vec::new(),
                    prepared_at: None,
                    owner: None,
                }
            }
        });
    }
    all.sort_by(|left, right| left.xid.age_order(right.xid));
    all
}

/// The replication slots, by name.
pub(super) fn load_slots(
    evidence: &dyn Evidence,
    version: PgVersion,
    findings: &mut Vec<Finding>,
) -> Vec<ReplicationSlot> {
    let mut all = Vec::new();
    for Entry { name, kind } in evidence.list("pg_replslot").unwrap_or_default() {
        // A slot that was being dropped or made leaves NAME.tmp, which the server throws away.
        let leftover = name.rsplit_once('.').is_some_and(|(_, end)| end == "tmp");
        if kind != EntryKind::Directory || leftover {
            continue;
        }
        let path = format!("pg_replslot/{name}/state");
        let slot = read(evidence, &path).and_then(|bytes| {
            ReplicationSlot::parse(&bytes, version).map_err(|error| error.to_string())
        });
        match slot {
            Ok(slot) => all.push(slot),
            Err(found) => findings.push(damaged(&SLOT_UNREADABLE, path, found)),
        }
    }
    all
}

/// More than a state file that makes sense can have: room for 16 million subtransactions.
const MAX_FILE_BYTES: u64 = 64 << 20;

fn read(evidence: &dyn Evidence, path: &str) -> Result<Vec<u8>, String> {
    let file = evidence.open(path).map_err(|error| error.to_string())?;
    if file.len() > MAX_FILE_BYTES {
        return Err(format!("{} bytes", file.len()));
    }
    let len = usize::try_from(file.len()).unwrap_or(usize::MAX);
    let mut buffer = Vec::new();
    file.read_at(0, len, &mut buffer).map(<[u8]>::to_vec).map_err(|error| error.to_string())
}

fn damaged(code: &'static Code, path: String, found: String) -> Finding {
    Finding {
        code,
        location: Location { path: Some(path), ..Location::default() },
        expected: "a whole state file".to_owned(),
        found,
    }
}
