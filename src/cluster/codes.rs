//! What can be wrong with a cluster as a whole, and with the files of its relations.

crate::cluster::finding::codes! {
    /// A directory of the evidence can't be listed.
    DIRECTORY_UNREADABLE = Error "directory_unreadable" {
        meaning: "A directory that should hold relations is missing or can't be listed.",
        advice: "What is in there is not part of this answer. Where it is a tablespace that stands \
                 elsewhere, name its place with --tablespace OID=DIR.",
    }

    /// A tablespace is not there.
    TABLESPACE_MISSING = Error "tablespace_missing" {
        meaning: "A tablespace is not there.",
        advice: "Its relations are not part of this answer. Name its place with --tablespace OID=DIR, or \
                 put its tar beside base.tar.",
    }

    /// `pg_control` is missing, too short or of another version.
    CONTROL_UNREADABLE = Error "control_unreadable" {
        meaning: "global/pg_control is missing, too short, or makes no sense.",
        advice: "Sizes are taken for the usual ones, and nothing is known of how the cluster was \
                 stopped. Take the file from a backup or a standby of the same cluster.",
    }

    /// The CRC of `pg_control` is wrong.
    CONTROL_CRC = Error "control_crc" {
        meaning: "global/pg_control does not have the CRC that it carries.",
        advice: "Its fields were used as they are, and any of them may be wrong. The server \
                 refuses to start with it.",
    }

    /// A relation map is damaged or missing.
    RELATION_MAP_UNREADABLE = Error "relation_map_unreadable" {
        meaning: "A pg_filenode.map is missing or damaged, so that it does not tell where the \
                  catalogs are.",
        advice: "What can be read of it was used as it is; else the catalogs were looked for under \
                 the numbers that initdb gives them, and if they had been rewritten since, \
                 relations are shown by path alone.",
    }

    /// A page or a row of a catalog can't be read.
    CATALOG_UNREADABLE = Error "catalog_unreadable" {
        meaning: "A page of a catalog is damaged or can't be read.",
        advice: "Relations whose rows stood there are shown by path.",
    }

    /// A catalog is missing, or does not have the columns that are needed.
    CATALOG_MISSING = Error "catalog_missing" {
        meaning: "A catalog has no file, or its columns can't be made out.",
        advice: "Whatever it would tell is not part of this answer; relations are shown by path.",
    }

    /// A relation that should have files has none.
    RELATION_FILE_MISSING = Error "relation_file_missing" {
        meaning: "A relation of the catalogs has no file.",
        advice: "Its rows are gone from this copy. Where its tablespace stands elsewhere, name its \
                 place with --tablespace OID=DIR; else take the file from a backup.",
    }

    /// Files that no catalog row names.
    RELATION_FILE_UNNAMED = Notice "relation_file_unnamed" {
        meaning: "A file that looks like a relation's is named by no row of pg_class.",
        advice: "After a crash these are the leftovers of transactions that never ended: dead \
                 weight that the server does not remove by itself. Be sure that no catalog page is \
                 damaged before removing any.",
    }

    /// A segment between others is missing.
    SEGMENT_MISSING = Error "segment_missing" {
        meaning: "A segment file is missing, or shorter than a whole segment, while later ones \
                  exist.",
        advice: "The server sees nothing behind it. The later segments were counted all the same; \
                 take the missing one from a backup.",
    }

    /// A file that ends in the middle of a page.
    PARTIAL_PAGE = Warning "partial_page" {
        meaning: "The size of a relation's file is no multiple of a page.",
        advice: "The last piece is counted as a partial page. It is what a copy that was cut \
                 short, or a full disk, leaves.",
    }

    /// A segment file that is longer than segments are.
    SEGMENT_TOO_LONG = Error "segment_too_long" {
        meaning: "A segment file is longer than a segment of this cluster.",
        advice: "What stands behind the segment's end was not looked at; the server does not, \
                 either.",
    }
}
