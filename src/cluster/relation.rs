//! Relations: what a table, index or sequence is called, what it is, and where its files are.

use std::fmt;

use super::files::RelationFiles;
use crate::primitives::{ForkNumber, Oid, RelFileLocator, RelFileNumber};

/// A relation that the catalogs name, or files that no catalog row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The database; `None` for a relation that all databases share.
    pub database: Option<DatabaseRef>,
    /// The schema's name; `None` where no catalog row that can be read tells.
    pub schema: Option<String>,
    /// The relation's name; `None` where no catalog row that can be read tells.
    pub name: Option<String>,
    /// What it is.
    pub kind: RelationKind,
    /// Its OID in `pg_class`; `None` for files that no row names.
    pub oid: Option<Oid>,
    /// Where its files are; `None` for what has no storage (a view, a partitioned table).
    pub locator: Option<RelFileLocator>,
    /// The path of its main fork's first segment, as `pg_relation_filepath()` prints it; `None`
    /// for what has no storage.
    pub path: Option<String>,
    /// The name of its access method (`heap`, `btree` …), where it has one.
    pub access_method: Option<String>,
    /// How long it lives, and whether it is logged.
    pub persistence: Persistence,
    /// Whether it is a system catalog or the TOAST table of one (`IsCatalogRelation`).
    pub is_catalog: bool,
    /// Whether it has the storage option `user_catalog_table`.
    pub is_user_catalog_table: bool,
    /// Its storage option `fillfactor`, in percent, where it is set.
    pub fillfactor: Option<u8>,
    /// Of an index, what its table's owner made of it; `None` for what is none.
    pub index: Option<IndexTraits>,
    /// The table that it belongs to: of an index the indexed one, of a TOAST table its owner.
    pub owner: Option<Oid>,
    /// Its own TOAST table.
    pub toast: Option<Oid>,
    /// The partitioned table (or index) that it is a partition of.
    pub partition_of: Option<Oid>,
    /// How sure it is that the relation exists under this name.
    pub certainty: Certainty,
    /// The files that are there.
    pub files: RelationFiles,
}

/// What an index is beside its pages (catalog/pg_index.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column, or an option")]
pub struct IndexTraits {
    /// No two rows may have the same key (`indisunique`).
    pub is_unique: bool,
    /// It serves an exclusion constraint (`indisexclusion`).
    pub is_exclusion: bool,
    /// Queries can use it (`indisvalid`); a `CREATE INDEX CONCURRENTLY` or a `REINDEX` of that kind
    /// that failed leaves one that they can't.
    pub is_valid: bool,
    /// Its storage option `deduplicate_items`: equal keys of a B-tree may share a posting list.
    pub deduplicates: bool,
}

/// Where a relation's files are, as its locator says (`GetRelationPath`, common/relpath.c);
/// `version` is what the cluster calls its directory in a tablespace.
#[must_use]
pub fn usual_directory(locator: RelFileLocator, version: Option<&str>) -> String {
    let RelFileLocator { tablespace, database, .. } = locator;
    match tablespace {
        Oid::GLOBAL_TABLESPACE => "global".to_owned(),
        Oid::DEFAULT_TABLESPACE => format!("base/{database}"),
        _ => format!("pg_tblspc/{tablespace}/{}/{database}", version.unwrap_or("PG_?")),
    }
}

/// A database, by OID and by name where that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatabaseRef {
    /// Its OID, and the name of its directory.
    pub oid: Oid,
    /// Its name.
    pub name: Option<String>,
}

/// The name, or the OID where no name is known.
impl fmt::Display for DatabaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => self.oid.fmt(f),
        }
    }
}

/// What a relation is (`relkind`, catalog/pg_class.h; TOAST indexes are indexes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationKind {
    /// `r`: a table.
    Table,
    /// `i`: an index.
    Index,
    /// `S`: a sequence.
    Sequence,
    /// `t`: a table of out-of-line values.
    Toast,
    /// `v`: a view; it has no storage.
    View,
    /// `m`: a materialised view.
    MaterializedView,
    /// `c`: a composite type; it has no storage.
    CompositeType,
    /// `f`: a foreign table; it has no storage.
    ForeignTable,
    /// `p`: a partitioned table; it has no storage.
    PartitionedTable,
    /// `I`: a partitioned index; it has no storage.
    PartitionedIndex,
    /// `g`: a property graph (19 and later); it has no storage.
    PropertyGraph,
    /// Files that no catalog row names, or a `relkind` that this build does not know.
    Unknown(Option<u8>),
}

/// The kinds that have a letter, and their names in output.
const KINDS: [(u8, RelationKind, &str); 11] = [
    (b'r', RelationKind::Table, "table"),
    (b'i', RelationKind::Index, "index"),
    (b'S', RelationKind::Sequence, "sequence"),
    (b't', RelationKind::Toast, "toast"),
    (b'v', RelationKind::View, "view"),
    (b'm', RelationKind::MaterializedView, "matview"),
    (b'c', RelationKind::CompositeType, "composite type"),
    (b'f', RelationKind::ForeignTable, "foreign table"),
    (b'p', RelationKind::PartitionedTable, "partitioned table"),
    (b'I', RelationKind::PartitionedIndex, "partitioned index"),
    (b'g', RelationKind::PropertyGraph, "property graph"),
];

impl RelationKind {
    /// The kind of that letter.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        KINDS
            .into_iter()
            .find(|(letter, ..)| *letter == code)
            .map_or(Self::Unknown(Some(code)), |(_, kind, _)| kind)
    }

    /// What output calls it; `unknown` for what no catalog row names.
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS.into_iter().find(|(_, kind, _)| *kind == self).map_or("unknown", |(.., name)| name)
    }

    /// Every name that [`name`](Self::name) can give.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KINDS.into_iter().map(|(.., name)| name).chain(["unknown"])
    }

    /// Whether its pages hold heap tuples.
    #[must_use]
    pub const fn is_heap(self) -> bool {
        matches!(self, Self::Table | Self::Toast | Self::MaterializedView | Self::Sequence)
    }

    /// Whether it is an index with pages of its own.
    #[must_use]
    pub const fn is_index(self) -> bool {
        matches!(self, Self::Index)
    }
}

/// How long a relation lives, and whether it is logged (`relpersistence`, catalog/pg_class.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Persistence {
    /// `p`: logged.
    Permanent,
    /// `u`: not logged, and emptied after a crash.
    Unlogged,
    /// `t`: of one session.
    Temporary,
    /// Not known: no catalog row tells.
    Unknown,
}

impl Persistence {
    /// The persistence of that letter.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            b'p' => Self::Permanent,
            b'u' => Self::Unlogged,
            b't' => Self::Temporary,
            _ => Self::Unknown,
        }
    }

    /// What output calls it; `None` where it is not known.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Permanent => Some("permanent"),
            Self::Unlogged => Some("unlogged"),
            Self::Temporary => Some("temporary"),
            Self::Unknown => None,
        }
    }
}

/// How sure it is that a relation exists as its catalog row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Its row is live.
    Certain,
    /// Its row, or the row's deletion, is in doubt: a prepared transaction made or changed it, or
    /// WAL that was not read would tell.
    InDoubt,
    /// No row names its files.
    Unnamed,
    /// Its row is dead: it was dropped, or its files were those before a rewrite.
    Gone,
}

impl Relation {
    /// Files of which nothing but their place is known.
    #[must_use]
    pub fn unnamed(locator: RelFileLocator, database: Option<DatabaseRef>, path: String) -> Self {
        Self {
            database,
            schema: None,
            name: None,
            kind: RelationKind::Unknown(None),
            oid: None,
            locator: Some(locator),
            path: Some(path),
            access_method: None,
            persistence: Persistence::Unknown,
            is_catalog: false,
            is_user_catalog_table: false,
            fillfactor: None,
            index: None,
            owner: None,
            toast: None,
            partition_of: None,
            certainty: Certainty::Unnamed,
            files: RelationFiles::default(),
        }
    }

    /// Whether its pages hold heap tuples: by its kind, and by its access method where that is
    /// known (a sequence before 14 has none).
    #[must_use]
    pub fn is_heap(&self) -> bool {
        self.kind.is_heap() && self.access_method.as_deref().is_none_or(|method| method == "heap")
    }

    /// The number of its files; `None` for what has no storage.
    #[must_use]
    pub fn relfilenode(&self) -> Option<RelFileNumber> {
        self.locator.map(|locator| locator.number)
    }

    /// The size of a fork in bytes: all its segments together; 0 where it has none.
    #[must_use]
    pub fn fork_len(&self, fork: ForkNumber) -> u64 {
        self.files.fork(fork).map_or(0, super::files::ForkFiles::len)
    }

    /// `database.schema.name` as one would write it in SQL, or the path where no name is known.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        let (Some(schema), Some(name)) = (&self.schema, &self.name) else {
            let oid = || self.oid.map_or_else(String::new, |oid| oid.to_string());
            return self.path.clone().unwrap_or_else(oid);
        };
        let quoted = super::naming::quote_identifier;
        match &self.database {
            Some(database) => {
                let database = database.to_string();
                format!("{}.{}.{}", quoted(&database), quoted(schema), quoted(name))
            }
            None => format!("{}.{}", quoted(schema), quoted(name)),
        }
    }
}
