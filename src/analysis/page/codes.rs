//! What can be wrong with a page of an index, or of a map.

crate::cluster::finding::codes! {
    /// A page that is not one of its index.
    INDEX_PAGE_BROKEN = Error "index_page_broken" {
        meaning: "A page of an index makes no sense: its header, its special space, or what it \
                  keeps instead of items.",
        advice: "Nothing is lost that the table does not have: REINDEX builds the index anew.",
    }

    /// An item that is none of its index.
    INDEX_TUPLE_BROKEN = Error "index_tuple_broken" {
        meaning: "An item of an index makes no sense, leaves its page, or lies over another one.",
        advice: "Nothing is lost that the table does not have: REINDEX builds the index anew.",
    }

    /// A page that is not one of a map.
    MAP_PAGE_BROKEN = Error "map_page_broken" {
        meaning: "A page of a free space map or a visibility map makes no sense.",
        advice: "A map holds nothing that the table does not tell: on a running server, \
                 pg_truncate_visibility_map() and VACUUM make a visibility map anew, VACUUM (and, \
                 while the server is stopped, removing the _fsm file) a free space map.",
    }
}
