//! What can be wrong with the files of the WAL.

crate::cluster::finding::codes! {
    /// There is no WAL.
    WAL_MISSING = Error "wal_missing" {
        meaning: "No segment of the WAL is there.",
        advice: "Name the folder that holds the WAL with --wal DIR; where pg_wal is a link, put \
                 what it leads to at its place.",
    }

    /// A segment file has another size than a segment.
    WAL_SEGMENT_SIZE = Warning "wal_segment_size" {
        meaning: "A file of the WAL does not have the size of a segment.",
        advice: "It was read as far as it goes. It is what a copy that was cut short leaves; take \
                 the file from the archive.",
    }

    /// A segment file can't be read or decompressed.
    WAL_SEGMENT_UNREADABLE = Error "wal_segment_unreadable" {
        meaning: "A file of the WAL can't be read, or can't be decompressed.",
        advice: "The WAL ends there. Take the file from the archive or from a standby, or go on \
                 behind it with --resync.",
    }

    /// A history file makes no sense.
    WAL_HISTORY_UNREADABLE = Warning "wal_history_unreadable" {
        meaning: "The history of a timeline is missing or makes no sense.",
        advice: "Which WAL of older timelines belongs to it is not known, so that only the \
                 timeline's own segments were read. Take its .history file from the archive.",
    }

    /// Two files claim to be the same segment, and do not agree.
    WAL_COPIES_DIFFER = Warning "wal_copies_differ" {
        meaning: "Two files have the name of the same segment, and do not begin alike.",
        advice: "One of them is of another cluster, or of a timeline that was forked off without \
                 a number of its own. The one named first was read, if it can be read as part of \
                 this WAL.",
    }

    /// A copy of a segment is damaged, and another one is not.
    WAL_COPY_BROKEN = Warning "wal_copy_broken" {
        meaning: "Of several copies of a segment, one is damaged or ends before another one.",
        advice: "The better copy was read, so that nothing is missing from this answer. Put it in \
                 the place of the other one: a recovery that takes that stops there.",
    }
}
