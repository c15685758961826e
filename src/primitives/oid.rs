use std::fmt;

/// An object's number in the catalogs (`Oid`, postgres_ext.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Oid(pub u32);

impl Oid {
    /// `InvalidOid`: no object. As a database it means “shared by all”.
    pub const INVALID: Self = Self(0);
    /// The tablespace `pg_default`, whose files stand in `base/`.
    pub const DEFAULT_TABLESPACE: Self = Self(1663);
    /// The tablespace `pg_global`, whose files stand in `global/`.
    pub const GLOBAL_TABLESPACE: Self = Self(1664);

    /// Whether it names an object.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }

    /// The OID of which a file or directory has the name: as the server writes it, without sign
    /// or zeros in front.
    ///
    /// ```
    /// use pgautopsy::primitives::Oid;
    /// assert_eq!(Oid::from_file_name("16384"), Some(Oid(16384)));
    /// assert_eq!(Oid::from_file_name("016384"), None);
    /// ```
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        name.parse().ok().map(Self).filter(|oid| oid.to_string() == name)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number that a relation's files carry as their name (`RelFileNumber`, common/relpath.h;
/// `relfilenode` in the catalogs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RelFileNumber(pub u32);

impl RelFileNumber {
    /// Whether it names a file; 0 in `pg_class` means “ask `pg_filenode.map`”, or no storage.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for RelFileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which files are a relation's: tablespace, database, number (`RelFileLocator`,
/// storage/relfilelocator.h; `RelFileNode` before 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RelFileLocator {
    /// The tablespace, never 0 here: [`Oid::DEFAULT_TABLESPACE`] stands for `base/`.
    pub tablespace: Oid,
    /// The database; [`Oid::INVALID`] for a shared relation in `global/`.
    pub database: Oid,
    /// The files' number.
    pub number: RelFileNumber,
}

impl fmt::Display for RelFileLocator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.tablespace, self.database, self.number)
    }
}
