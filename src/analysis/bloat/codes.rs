//! What a scan of a heap's pages can find wrong.

crate::cluster::finding::codes! {
    /// A block that the system could not read.
    BLOCK_UNREADABLE = Error "block_unreadable" {
        meaning: "A block of a relation can't be read.",
        advice: "Copy the device with a tool that goes on behind errors, and look at the copy. The \
                 rows of the block are not part of this answer.",
    }

    /// A page that makes no sense.
    PAGE_BROKEN = Error "page_broken" {
        meaning: "A page's header makes no sense, or its items overlap or leave the page.",
        advice: "Its rows are not part of this answer. Take the page from a backup; its last \
                 full-page image may be in the WAL.",
    }

    /// A tuple that makes no sense.
    TUPLE_BROKEN = Error "tuple_broken" {
        meaning: "A tuple's header makes no sense.",
        advice: "The tuple is counted as of unknown fate. The server may fail on it, or show \
                 garbage.",
    }
}
