//! The columns of relations.

use std::collections::{BTreeMap, BTreeSet};

use super::Catalogs;
use super::layout::Layout;
use super::rows::{PgAttribute, PgType};
use super::scan::Reader;
use super::types::Types;
use crate::cluster::files::RelationFiles;
use crate::cluster::pages::PageSource;
use crate::cluster::relation::{DatabaseRef, Relation};
use crate::cluster::transactions::Transactions;
use crate::format::datum::{Align, Attribute};
use crate::primitives::Oid;

/// A column of a relation, dropped or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its number, from 1.
    pub number: i16,
    /// Its name; of a dropped one, what the server left in its place.
    pub name: String,
    /// Its type; 0 where it was dropped.
    pub type_oid: Oid,
    /// The type in SQL's words, as `format_type()` spells it, where `pg_type` tells.
    pub type_name: Option<String>,
    /// The type's modifier; -1 for none.
    pub type_modifier: i32,
    /// How it lies in a tuple.
    pub attribute: Attribute,
    /// Whether it was dropped: its values are still in the rows that had it.
    pub is_dropped: bool,
}

/// The catalogs of one database that are looked into again.
#[derive(Debug, Clone)]
pub(super) struct ColumnCatalogs {
    pub(super) attributes: RelationFiles,
    pub(super) types: RelationFiles,
    pub(super) classes: RelationFiles,
    pub(super) database: DatabaseRef,
    pub(super) tablespace: Oid,
    pub(super) schemas: BTreeMap<Oid, String>,
}

impl Catalogs {
    /// The columns of relations, by number, for each relation in the order in which they are
    /// given. The catalogs of each database are read once.
    pub(in crate::cluster) fn columns(
        &self,
        relations: &[&Relation],
        pages: &PageSource,
        transactions: &Transactions,
    ) -> Vec<Vec<ColumnInfo>> {
        let reader = Reader { pages, transactions };
        let database_of = |relation: &Relation| match &relation.database {
            Some(database) => Some(database.oid),
            // A shared relation's columns are in every database.
            None => self.columns_in.keys().next().copied(),
        };
        let mut wanted: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
        for relation in relations {
            if let (Some(database), Some(oid)) = (database_of(relation), relation.oid) {
                wanted.entry(database).or_default().insert(oid);
            }
        }
        let mut known = BTreeMap::new();
        for (database, oids) in wanted {
            if let (Some(catalogs), Some(layout)) =
                (self.columns_in.get(&database), self.layouts.of::<PgAttribute>())
            {
                known.insert(database, catalogs.columns(self, reader, layout, &oids));
            }
        }
        let of = |relation: &&Relation| {
            let columns = known.get(&database_of(relation)?)?.get(&relation.oid?)?;
            Some(columns.clone())
        };
        relations.iter().map(|relation| of(relation).unwrap_or_default()).collect()
    }
}

impl ColumnCatalogs {
    /// The columns of these relations.
    fn columns(
        &self,
        catalogs: &Catalogs,
        reader: Reader<'_>,
        layout: &Layout,
        oids: &BTreeSet<Oid>,
    ) -> BTreeMap<Oid, Vec<ColumnInfo>> {
        // Damage was reported when the catalogs were first read.
        let mut rows = BTreeMap::new();
        reader.rows(&self.attributes, layout, &mut Vec::new(), |standing, row: PgAttribute| {
            let key = (row.attrelid, row.attnum);
            let known = |(known, _): &(_, PgAttribute)| *known <= standing;
            if oids.contains(&row.attrelid) && row.attnum > 0 && rows.get(&key).is_none_or(known) {
                rows.insert(key, (standing, row));
            }
            true
        });
        let types = self.types(catalogs, reader);
        let mut columns: BTreeMap<Oid, Vec<ColumnInfo>> = BTreeMap::new();
        for ((oid, _), (_, row)) in rows {
            columns.entry(oid).or_default().extend(column(row, &types));
        }
        columns
    }

    fn types(&self, catalogs: &Catalogs, reader: Reader<'_>) -> Types<'_> {
        let rows = catalogs.layouts.of::<PgType>().map(|layout| {
            reader.by_key(&self.types, layout, &mut Vec::new(), |row: &PgType| row.oid)
        });
        let rows = rows.unwrap_or_default().into_iter();
        Types { types: rows.map(|(oid, (_, row))| (oid, row)).collect(), schemas: &self.schemas }
    }
}

fn column(row: PgAttribute, types: &Types<'_>) -> Option<ColumnInfo> {
    Some(ColumnInfo {
        number: row.attnum,
        name: row.attname.0,
        type_oid: row.atttypid,
        type_name: types.format_type(row.atttypid, row.atttypmod),
        type_modifier: row.atttypmod,
        attribute: Attribute { len: row.attlen, align: Align::from_code(row.attalign)? },
        is_dropped: row.attisdropped,
    })
}
