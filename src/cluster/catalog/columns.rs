//! The columns of relations.

use std::collections::BTreeMap;

use super::Catalogs;
use super::rows::{PgAttribute, PgType};
use super::scan::Reader;
use super::types::Types;
use crate::cluster::files::RelationFiles;
use crate::cluster::pages::PageSource;
use crate::cluster::relation::Relation;
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

/// The catalogs of one database that tell of columns.
#[derive(Debug, Clone)]
pub(super) struct ColumnCatalogs {
    pub(super) attributes: RelationFiles,
    pub(super) types: RelationFiles,
    pub(super) schemas: BTreeMap<Oid, String>,
}

impl Catalogs {
    /// The columns of a relation by number. A shared relation's are in every database.
    pub(in crate::cluster) fn columns(
        &self,
        relation: &Relation,
        pages: &PageSource,
        transactions: &Transactions,
    ) -> Vec<ColumnInfo> {
        let catalogs = match &relation.database {
            Some(database) => self.columns_in.get(&database.oid),
            None => self.columns_in.values().next(),
        };
        let (Some(catalogs), Some(layout), Some(oid)) =
            (catalogs, self.layouts.of::<PgAttribute>(), relation.oid)
        else {
            return Vec::new();
        };
        let reader = Reader { pages, transactions };
        // Damage was reported when the catalogs were first read.
        let mut rows = BTreeMap::new();
        reader.rows(&catalogs.attributes, layout, &mut Vec::new(), |standing, row: PgAttribute| {
            let known = |(known, _): &(_, PgAttribute)| *known <= standing;
            if row.attrelid == oid && row.attnum > 0 && rows.get(&row.attnum).is_none_or(known) {
                rows.insert(row.attnum, (standing, row));
            }
            true
        });
        let types = catalogs.types(self, reader);
        rows.into_values().filter_map(|(_, row)| column(row, &types)).collect()
    }
}

impl ColumnCatalogs {
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
