//! Where the columns of a catalog lie in its rows.
//!
//! Only the layout of `pg_attribute` is known beforehand; those of the other catalogs are read
//! from it.

use std::collections::BTreeMap;

use super::rows::PgAttribute;
use super::scan::Standing;
use crate::format::PgVersion;
use crate::format::datum::{Align, Attribute};
use crate::primitives::Oid;

/// The columns of a catalog, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    names: Vec<String>,
    attributes: Vec<Attribute>,
}

impl Layout {
    /// Where `pg_attribute` keeps its columns of fixed width: all that is needed to read the
    /// layouts of catalogs.
    pub(super) fn of_pg_attribute(version: PgVersion) -> Self {
        let mut layout = Self::default();
        for column in PG_ATTRIBUTE.iter().filter(|column| column.is_in(version)) {
            layout.push(column.name.to_owned(), column.len, Align::natural(column.len));
        }
        layout
    }

    /// The place of a column among the others.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }

    /// How each column lies in a tuple.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute> + '_ {
        self.attributes.iter().copied()
    }

    fn push(&mut self, name: String, len: i16, align: Align) {
        self.names.push(name);
        self.attributes.push(Attribute { len, align });
    }
}

/// The layouts of several catalogs, put together from rows of `pg_attribute` in any order.
#[derive(Debug, Default)]
pub(super) struct LayoutBuilder {
    columns: BTreeMap<(Oid, i16), (Standing, String, i16, Align)>,
}

impl LayoutBuilder {
    /// Takes in a row that is or may be current; of two about one column, the one to rely on more.
    pub(super) fn add(&mut self, standing: Standing, row: PgAttribute) {
        let (1.., Some(align)) = (row.attnum, Align::from_code(row.attalign)) else { return };
        let key = (row.attrelid, row.attnum);
        if self.columns.get(&key).is_none_or(|(known, ..)| *known <= standing) {
            self.columns.insert(key, (standing, row.attname.0, row.attlen, align));
        }
    }

    /// The layout of a catalog as far as its columns are known from the first one on without a
    /// gap.
    pub(super) fn layout(&self, catalog: Oid) -> Layout {
        let mut layout = Layout::default();
        for number in 1.. {
            let Some((_, name, len, align)) = self.columns.get(&(catalog, number)) else { break };
            layout.push(name.clone(), *len, *align);
        }
        layout
    }
}

/// A column of `pg_attribute`, with the first and the last version that has it there.
struct Bootstrap {
    name: &'static str,
    len: i16,
    since: Option<PgVersion>,
    until: Option<PgVersion>,
}

impl Bootstrap {
    fn is_in(&self, version: PgVersion) -> bool {
        self.since.is_none_or(|since| since <= version)
            && self.until.is_none_or(|until| version <= until)
    }

    const fn since(self, since: PgVersion) -> Self {
        Self { since: Some(since), ..self }
    }

    const fn until(self, until: PgVersion) -> Self {
        Self { until: Some(until), ..self }
    }
}

const fn column(name: &'static str, len: i16) -> Bootstrap {
    Bootstrap { name, len, since: None, until: None }
}

/// `FormData_pg_attribute` (catalog/pg_attribute.h), up to the last column that is read here.
const PG_ATTRIBUTE: [Bootstrap; 21] = [
    column("attrelid", 4),
    column("attname", 64),
    column("atttypid", 4),
    column("attstattarget", 4).until(PgVersion::V15),
    column("attlen", 2),
    column("attnum", 2),
    column("attndims", 4).until(PgVersion::V15),
    column("attcacheoff", 4).until(PgVersion::V17),
    column("atttypmod", 4),
    column("attndims", 2).since(PgVersion::V16),
    column("attbyval", 1),
    column("attstorage", 1).until(PgVersion::V13),
    column("attalign", 1),
    column("attstorage", 1).since(PgVersion::V14),
    column("attcompression", 1).since(PgVersion::V14),
    column("attnotnull", 1),
    column("atthasdef", 1),
    column("atthasmissing", 1),
    column("attidentity", 1),
    column("attgenerated", 1),
    column("attisdropped", 1),
];
