//! What can be wrong with the records of transactions.

crate::cluster::finding::codes! {
    /// A file of `pg_xact` or `pg_multixact` that should be there is not.
    SLRU_SEGMENT_MISSING = Error "slru_segment_missing" {
        meaning: "A file that says how transactions ended, or which of them share a row, is \
                  missing or too short.",
        advice: "Rows whose fate it would tell are counted as unknown. Take the file from a backup \
                 or a standby of the same cluster; do not let a server make an empty one.",
    }

    /// A file of `pg_xact` or `pg_multixact` can't be read.
    SLRU_UNREADABLE = Error "slru_unreadable" {
        meaning: "A file that says how transactions ended, or which of them share a row, can't be \
                  read.",
        advice: "Rows whose fate it would tell are counted as unknown. Check the device, and copy \
                 the evidence from it first.",
    }

    /// A file of `pg_twophase` can't be read or is damaged.
    PREPARED_UNREADABLE = Error "prepared_transaction_unreadable" {
        meaning: "The state file of a prepared transaction is damaged or can't be read.",
        advice: "The server refuses to start with it. Its subtransactions are not known, so \
                 whatever was in progress is counted as in doubt. Take the file from a backup.",
    }

    /// A slot's state file can't be read or is damaged.
    SLOT_UNREADABLE = Error "replication_slot_unreadable" {
        meaning: "The state file of a replication slot is damaged or can't be read.",
        advice: "The server refuses to start with it. What the slot holds back is not known: rows \
                 that it keeps are shown as removable.",
    }
}
