//! The rows of catalogs, with the columns that are read of each.

use crate::format::FormatError;
use crate::format::datum::{FromDatum, Name};
use crate::primitives::{Oid, RelFileNumber};

/// A row of a catalog, put together from its columns by name.
pub(super) trait CatalogRow: Sized {
    /// The catalog's OID in `pg_class`.
    const CATALOG: Oid;
    /// Its name.
    const NAME: &'static str;
    /// The columns that are read, by name.
    const COLUMNS: &'static [&'static str];

    /// Makes a row of these columns' values, given in the order of `COLUMNS`.
    fn from_values<'a>(values: impl Iterator<Item = Option<&'a [u8]>>)
    -> Result<Self, FormatError>;
}

/// Declares the rows of catalogs: a column that is null or missing is an error, unless it stands
/// behind `+ null`.
macro_rules! catalog_rows {
    ($(
        $(#[$doc:meta])*
        $row:ident = $oid:literal $catalog:literal {
            $($column:ident: $type:ty,)*
        } $(+ null {
            $($maybe:ident: $maybe_type:ty,)*
        })?
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(super) struct $row {
            $(pub(super) $column: $type,)*
            $($(pub(super) $maybe: Option<$maybe_type>,)*)?
        }

        impl CatalogRow for $row {
            const CATALOG: Oid = Oid($oid);
            const NAME: &'static str = $catalog;
            const COLUMNS: &'static [&'static str] =
                &[$(stringify!($column),)* $($(stringify!($maybe),)*)?];

            fn from_values<'a>(
                mut values: impl Iterator<Item = Option<&'a [u8]>>,
            ) -> Result<Self, FormatError> {
                Ok(Self {
                    $($column: required(stringify!($column), values.next().flatten())?,)*
                    $($($maybe: optional(values.next().flatten())?,)*)?
                })
            }
        }
    )*};
}

catalog_rows! {
    /// A column of a relation (catalog/pg_attribute.h).
    PgAttribute = 1249 "pg_attribute" {
        attrelid: Oid,
        attname: Name,
        atttypid: Oid,
        attlen: i16,
        attnum: i16,
        atttypmod: i32,
        attalign: u8,
        attisdropped: bool,
    }

    /// A relation (catalog/pg_class.h).
    PgClass = 1259 "pg_class" {
        oid: Oid,
        relname: Name,
        relnamespace: Oid,
        relam: Oid,
        relfilenode: Oid,
        reltablespace: Oid,
        reltoastrelid: Oid,
        relisshared: bool,
        relpersistence: u8,
        relkind: u8,
        relispartition: bool,
    } + null {
        reloptions: Vec<String>,
    }

    /// A schema (catalog/pg_namespace.h).
    PgNamespace = 2615 "pg_namespace" {
        oid: Oid,
        nspname: Name,
    }

    /// An access method (catalog/pg_am.h).
    PgAm = 2601 "pg_am" {
        oid: Oid,
        amname: Name,
    }

    /// An index (catalog/pg_index.h).
    PgIndex = 2610 "pg_index" {
        indexrelid: Oid,
        indrelid: Oid,
        indisunique: bool,
        indisexclusion: bool,
        indisvalid: bool,
    }

    /// A partition or a child table (catalog/pg_inherits.h).
    PgInherits = 2611 "pg_inherits" {
        inhrelid: Oid,
        inhparent: Oid,
        inhseqno: i32,
    }

    /// A type (catalog/pg_type.h).
    PgType = 1247 "pg_type" {
        oid: Oid,
        typname: Name,
        typnamespace: Oid,
        typelem: Oid,
        typlen: i16,
        typstorage: u8,
    }

    /// A database (catalog/pg_database.h).
    PgDatabase = 1262 "pg_database" {
        oid: Oid,
        datname: Name,
        dattablespace: Oid,
    }

    /// A tablespace (catalog/pg_tablespace.h).
    PgTablespace = 1213 "pg_tablespace" {
        oid: Oid,
        spcname: Name,
    }
}

impl PgClass {
    /// `relfilenode`; `None` for 0, which stands for a mapped relation or for no storage.
    pub(super) fn file_number(&self) -> Option<RelFileNumber> {
        let number = RelFileNumber(self.relfilenode.0);
        number.is_valid().then_some(number)
    }

    /// A storage option, as it is written.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        let options = self.reloptions.as_deref().unwrap_or_default();
        options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }
}

fn required<'a, T: FromDatum<'a>>(
    column: &'static str,
    value: Option<&'a [u8]>,
) -> Result<T, FormatError> {
    let missing = || FormatError::Invalid {
        what: column,
        offset: 0,
        expected: "a value".to_owned(),
        found: "null".to_owned(),
    };
    T::from_datum(value.ok_or_else(missing)?)
}

/// A value of variable width that can't be read (it is stored out of line) is taken for null.
fn optional<'a, T: FromDatum<'a>>(value: Option<&'a [u8]>) -> Result<Option<T>, FormatError> {
    match value.map(T::from_datum) {
        None | Some(Err(FormatError::Unsupported(_))) => Ok(None),
        Some(value) => value.map(Some),
    }
}
