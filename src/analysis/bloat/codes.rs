//! What a scan of the pages of heaps and indexes can find wrong.

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

    /// A page of an index that leads to no other page of it.
    INDEX_LINK_BROKEN = Error "index_link_broken" {
        meaning: "A page of an index names itself, or a block that the index does not have, as the \
                  page beside it; a page of GIN's pending list leads to one that is none, or back; an \
                  address in the revmap of a BRIN index does not lead to the summary of its range.",
        advice: "Scans of the index may fail, miss rows, or never end. Nothing is lost that the table \
                 does not have: REINDEX builds the index anew.",
    }

    /// A meta page that says what is not so.
    INDEX_META_BROKEN = Error "index_meta_broken" {
        meaning: "What the meta page of an index says is not so.",
        advice: "The server may not find its way in the index. Nothing is lost that the table does \
                 not have: REINDEX builds the index anew.",
    }

    /// An item of an index that points to no row of its table.
    INDEX_ITEM_DANGLING = Error "index_item_dangling" {
        meaning: "An item of an index points behind its table's end, to a line pointer that is unused \
                  or not there, to a version of a row that no index may point to, or to a redirect \
                  that leads to no row.",
        advice: "Once a new row takes that place, the index finds it under a key that it does not \
                 have. REINDEX builds the index anew; why it does not fit its table (lost writes, files \
                 of different moments) is to be found out first.",
    }

    /// A page that the visibility map, or its own mark, calls all-visible, and is not.
    ALL_VISIBLE_CONTRADICTED = Error "all_visible_contradicted" {
        meaning: "A page is called all-visible by the visibility map, or by its own mark, and is \
                  not.",
        advice: "Index-only scans may show rows that are gone, or that nobody committed: on a running \
                 server, pg_truncate_visibility_map() and VACUUM (DISABLE_PAGE_SKIPPING) make the \
                 map and the marks anew.",
    }

    /// A page that the visibility map calls all-frozen, and is not.
    ALL_FROZEN_CONTRADICTED = Error "all_frozen_contradicted" {
        meaning: "The visibility map calls a page all-frozen that is not.",
        advice: "VACUUM will never freeze its rows, and they will be lost once their transactions \
                 are too old: on a running server, pg_truncate_visibility_map() and VACUUM \
                 (DISABLE_PAGE_SKIPPING, FREEZE) mend it.",
    }

    /// A map that is longer than what it is of.
    MAP_TOO_LONG = Warning "map_too_long" {
        meaning: "A free space map or a visibility map has pages for blocks that the relation does \
                  not have.",
        advice: "The main fork may have been cut off: compare its length with a backup's. Else \
                 VACUUM mends the map.",
    }
}
