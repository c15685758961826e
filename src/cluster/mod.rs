//! What the bytes are about: databases, relations, names, the fates of transactions.
//!
//! [`Cluster`] is the way in.

pub mod catalog;
#[expect(clippy::module_inception, reason = "the room is named for what it is about")]
mod cluster;
pub mod codes;
pub mod fate;
pub mod files;
pub mod finding;
pub mod identity;
pub mod kept;
pub mod naming;
pub mod pages;
pub mod relation;
pub mod settings;
pub mod state;
pub mod transactions;
pub mod wal;

pub use cluster::{Cluster, ClusterOptions};

use crate::evidence::{Evidence, EvidenceError};

/// How much is read at once of what is read from end to end: enough that the system's own work for
/// a read is none beside the copy, and so little that a core's second-level cache still has it when
/// it is looked at.
const READ_BYTES: usize = 512 << 10;

/// All of a file that is at most `most` bytes long.
fn whole_file(evidence: &dyn Evidence, path: &str, most: u64) -> Result<Vec<u8>, EvidenceError> {
    let file = evidence.open(path)?;
    if file.len() > most {
        return Err(EvidenceError::Unusable(format!(
            "{path} has {} bytes, where at most {most} make sense",
            file.len()
        )));
    }
    let len = usize::try_from(file.len()).unwrap_or(usize::MAX);
    let mut buffer = Vec::new();
    match file.read_at(0, len, &mut buffer) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(source) => Err(EvidenceError::Io { action: "read", path: path.to_owned(), source }),
    }
}
