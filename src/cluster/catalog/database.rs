//! The catalogs of one database.

use std::collections::BTreeMap;

use super::columns::ColumnCatalogs;
use super::rows::{
    CatalogRow, PgAm, PgAttribute, PgClass, PgIndex, PgInherits, PgNamespace, PgType,
};
use super::scan::Standing;
use super::{Context, Layouts};
use crate::cluster::finding::Finding;
use crate::cluster::relation::DatabaseRef;
use crate::primitives::{Oid, RelFileLocator};

/// What the catalogs of one database say about its relations.
pub(super) struct DatabaseCatalogs {
    pub(super) database: DatabaseRef,
    /// Its tablespace: where `pg_class` says 0.
    pub(super) tablespace: Oid,
    pub(super) classes: BTreeMap<Oid, (Standing, PgClass)>,
    pub(super) schemas: BTreeMap<Oid, String>,
    pub(super) access_methods: BTreeMap<Oid, String>,
    /// The table of each index, the owner of each TOAST table.
    pub(super) owners: BTreeMap<Oid, Oid>,
    pub(super) indexes: BTreeMap<Oid, PgIndex>,
    /// The parent of each partition.
    pub(super) parents: BTreeMap<Oid, Oid>,
}

impl DatabaseCatalogs {
    pub(super) fn read(
        context: Context<'_>,
        layouts: &Layouts,
        database: DatabaseRef,
        tablespace: Oid,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let locator = context.maps.locate(PgClass::CATALOG, database.oid, tablespace);
        let classes = context.rows(layouts, locator, findings, |row: &PgClass| row.oid);
        let mut own = Self {
            database,
            tablespace,
            classes,
            schemas: BTreeMap::new(),
            access_methods: BTreeMap::new(),
            owners: BTreeMap::new(),
            indexes: BTreeMap::new(),
            parents: BTreeMap::new(),
        };
        // Without pg_class nothing tells where the others are, and one finding says enough.
        if own.classes.is_empty() {
            return own;
        }
        let schemas = own.table(context, layouts, findings, |row: &PgNamespace| row.oid);
        own.schemas = schemas.into_iter().map(|(oid, (_, row))| (oid, row.nspname.0)).collect();
        let methods = own.table(context, layouts, findings, |row: &PgAm| row.oid);
        own.access_methods =
            methods.into_iter().map(|(oid, (_, row))| (oid, row.amname.0)).collect();
        let indexes = own.table(context, layouts, findings, |row: &PgIndex| row.indexrelid);
        own.owners = indexes.iter().map(|(oid, (_, row))| (*oid, row.indrelid)).collect();
        own.indexes = indexes.into_iter().map(|(oid, (_, row))| (oid, row)).collect();
        let toast_owners = own
            .classes
            .values()
            .filter(|(_, class)| class.reltoastrelid.is_valid())
            .map(|(_, class)| (class.reltoastrelid, class.oid));
        own.owners.extend(toast_owners);
        let children =
            own.table(context, layouts, findings, |row: &PgInherits| (row.inhrelid, row.inhseqno));
        own.parents = children
            .into_values()
            .map(|(_, row)| (row.inhrelid, row.inhparent))
            .filter(|(child, _)| {
                own.classes.get(child).is_some_and(|(_, class)| class.relispartition)
            })
            .collect();
        own
    }

    /// Where `oid`, a relation of this database that `pg_class` knows, has its files.
    pub(super) fn locate(&self, context: Context<'_>, class: &PgClass) -> Option<RelFileLocator> {
        let mapped_in = (!class.relisshared).then_some(self.database.oid);
        let number = class.file_number().or_else(|| context.maps.number(class.oid, mapped_in))?;
        if class.relisshared {
            let (tablespace, database) = (Oid::GLOBAL_TABLESPACE, Oid::INVALID);
            return Some(RelFileLocator { tablespace, database, number });
        }
        let tablespace =
            if class.reltablespace.is_valid() { class.reltablespace } else { self.tablespace };
        Some(RelFileLocator { tablespace, database: self.database.oid, number })
    }

    /// What is looked into when columns, or relations that are gone, are asked for.
    pub(super) fn column_catalogs(&self, context: Context<'_>) -> ColumnCatalogs {
        let files = |locator| context.files(locator).cloned().unwrap_or_default();
        let mapped = |catalog| context.maps.locate(catalog, self.database.oid, self.tablespace);
        ColumnCatalogs {
            attributes: files(mapped(PgAttribute::CATALOG)),
            types: files(mapped(PgType::CATALOG)),
            classes: files(mapped(PgClass::CATALOG)),
            database: self.database.clone(),
            tablespace: self.tablespace,
            schemas: self.schemas.clone(),
        }
    }

    /// The rows of a catalog of this database that `pg_class` names.
    fn table<R: CatalogRow, K: Ord>(
        &self,
        context: Context<'_>,
        layouts: &Layouts,
        findings: &mut Vec<Finding>,
        key: impl Fn(&R) -> K,
    ) -> BTreeMap<K, (Standing, R)> {
        let locator = self
            .classes
            .get(&R::CATALOG)
            .and_then(|(_, class)| self.locate(context, class))
            .unwrap_or_else(|| context.maps.locate(R::CATALOG, self.database.oid, self.tablespace));
        context.rows(layouts, locator, findings, key)
    }
}
