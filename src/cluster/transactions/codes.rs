//! What can be wrong with the records of transactions.

use crate::cluster::finding::{Code, Severity};

/// A file of `pg_xact` or `pg_multixact` that should be there is not.
pub static SLRU_SEGMENT_MISSING: Code = Code {
    name: "slru_segment_missing",
    severity: Severity::Error,
    meaning: "A file that says how transactions ended, or which of them share a row, is missing or \
              too short.",
    advice: "Rows whose fate it would tell are counted as unknown. Take the file from a backup or \
             a standby of the same cluster; do not let a server make an empty one.",
};

/// A file of `pg_xact` or `pg_multixact` can't be read.
pub static SLRU_UNREADABLE: Code = Code {
    name: "slru_unreadable",
    severity: Severity::Error,
    meaning: "A file that says how transactions ended, or which of them share a row, can't be read.",
    advice: "Rows whose fate it would tell are counted as unknown. Check the device, and copy the \
             evidence from it first.",
};

/// A file of `pg_twophase` can't be read or is damaged.
pub static PREPARED_UNREADABLE: Code = Code {
    name: "prepared_transaction_unreadable",
    severity: Severity::Error,
    meaning: "The state file of a prepared transaction is damaged or can't be read.",
    advice: "The server refuses to start with it. Its subtransactions are not known, so whatever \
             was in progress is counted as in doubt. Take the file from a backup.",
};

/// A slot's state file can't be read or is damaged.
pub static SLOT_UNREADABLE: Code = Code {
    name: "replication_slot_unreadable",
    severity: Severity::Error,
    meaning: "The state file of a replication slot is damaged or can't be read.",
    advice: "The server refuses to start with it. What the slot holds back is not known: rows \
             that it keeps are shown as removable.",
};
