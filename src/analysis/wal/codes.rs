//! What can be wrong with the records of the WAL.

crate::cluster::finding::codes! {
    /// Records stop, and pages follow that were written later.
    WAL_BROKEN = Error "wal_broken" {
        meaning: "A place in the WAL can't be read, though more was written behind it.",
        advice: "Recovery would stop there. Only what comes before is part of this answer; --resync \
                 goes on behind it. Take the file from the archive or from a standby.",
    }

    /// A part was passed over.
    WAL_SKIPPED = Error "wal_skipped" {
        meaning: "A part of the WAL could not be read and was passed over (--resync).",
        advice: "Records in it are not part of this answer. Take the file from the archive or from \
                 a standby.",
    }

    /// A record whose checksum fits makes no sense.
    WAL_RECORD_BROKEN = Error "wal_record_broken" {
        meaning: "A record's checksum fits, but its parts do not make sense.",
        advice: "The server can't replay it. It is counted by its length alone.",
    }

    /// A full-page image can't be made a page again.
    WAL_IMAGE_BROKEN = Error "wal_image_broken" {
        meaning: "A full-page image can't be made a page again.",
        advice: "The server can't replay the record. The page must come from a backup.",
    }

    /// There is more of a kind than memory has room for.
    WAL_TOO_MANY = Warning "wal_too_many" {
        meaning: "The WAL holds more of a kind (relations, their blocks or files, checkpoints, \
                  minutes) than are told apart.",
        advice: "Records and bytes of what is beyond are counted as one, so that sums are whole. A \
                 part of the WAL (--start, --end) holds less.",
    }

    /// A transaction has more subtransactions than memory has room for.
    WAL_FAMILY_CUT = Error "wal_family_cut" {
        meaning: "The transaction that was followed has more subtransactions than there is room for.",
        advice: "Records of the others are not part of this answer: ask for them by --xid.",
    }

    /// The end of a transaction that was followed is not in the WAL.
    WAL_OUTCOME_UNKNOWN = Warning "wal_outcome_unknown" {
        meaning: "The outcome of the transaction is unknown: no commit or abort of it is in the WAL \
                  that was read.",
        advice: "It may stand in WAL that is missing or can't be read (--resync, --wal DIR), or the \
                 transaction never ended; xact shows what the cluster itself says.",
    }
}
