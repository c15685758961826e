//! The catalogs, read from their own pages: what every relation is called, and where it is.
//!
//! `pg_filenode.map` says where `pg_class` and `pg_attribute` are, `pg_attribute` how every
//! catalog's rows are laid out, and `pg_class` where the other catalogs are.

mod columns;
mod database;
mod former;
mod layout;
mod maps;
mod relations;
mod rows;
mod scan;
mod types;

pub use columns::ColumnInfo;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::database::DatabaseCatalogs;
use self::layout::{Layout, LayoutBuilder};
use self::maps::Maps;
use self::rows::{
    CatalogRow, PgAm, PgAttribute, PgClass, PgDatabase, PgIndex, PgInherits, PgNamespace,
    PgTablespace, PgType,
};
use self::scan::Reader;
use super::codes;
use super::files::{Inventory, RelationFiles};
use super::finding::{Finding, Location};
use super::identity::Identity;
use super::pages::PageSource;
use super::relation::{DatabaseRef, Relation};
use super::transactions::Transactions;
use crate::evidence::Evidence;
use crate::primitives::{Oid, RelFileLocator};

/// What the catalogs of all databases tell.
#[derive(Debug, Default)]
pub(super) struct Catalogs {
    pub(super) databases: Vec<DatabaseRef>,
    pub(super) tablespaces: Vec<(Oid, Option<String>)>,
    pub(super) relations: Vec<Relation>,
    layouts: Layouts,
    /// What is looked into again when more is asked for, by database.
    columns_in: BTreeMap<Oid, columns::ColumnCatalogs>,
}

/// The layouts of the catalogs; they are the same in every database of a cluster.
#[derive(Debug, Default)]
struct Layouts(BTreeMap<Oid, Layout>);

impl Layouts {
    /// The catalogs whose layouts are needed, with the columns that must be there.
    const WANTED: [(Oid, &'static [&'static str]); 9] = [
        wanted::<PgAttribute>(),
        wanted::<PgClass>(),
        wanted::<PgNamespace>(),
        wanted::<PgAm>(),
        wanted::<PgIndex>(),
        wanted::<PgInherits>(),
        wanted::<PgType>(),
        wanted::<PgDatabase>(),
        wanted::<PgTablespace>(),
    ];

    fn of<R: CatalogRow>(&self) -> Option<&Layout> {
        self.0.get(&R::CATALOG)
    }

    fn are_complete(&self) -> bool {
        self.0.len() == Self::WANTED.len()
    }

    /// Takes those layouts that have every column that is wanted.
    fn take(&mut self, builder: &LayoutBuilder) {
        for (catalog, columns) in Self::WANTED {
            let layout = builder.layout(catalog);
            if columns.iter().all(|column| layout.position(column).is_some()) {
                self.0.entry(catalog).or_insert(layout);
            }
        }
    }
}

const fn wanted<R: CatalogRow>() -> (Oid, &'static [&'static str]) {
    (R::CATALOG, R::COLUMNS)
}

/// Reads the catalogs of every database.
pub(super) fn load(
    evidence: &Arc<dyn Evidence>,
    pages: &PageSource,
    identity: &Identity,
    transactions: &Transactions,
    inventory: &Inventory,
    findings: &mut Vec<Finding>,
) -> Catalogs {
    let maps = Maps::read(evidence.as_ref(), identity.format.version, inventory, findings);
    let context = Context { reader: Reader { pages, transactions }, maps: &maps, inventory };
    let layouts = context.layouts(identity, findings);
    let mut catalogs = Catalogs { layouts, ..Catalogs::default() };
    let names = context.shared::<PgDatabase, _>(&catalogs.layouts, findings, |row| row.oid);
    let tablespaces = context.shared::<PgTablespace, _>(&catalogs.layouts, findings, |row| row.oid);
    catalogs.tablespaces =
        tablespaces.into_iter().map(|(oid, (_, row))| (oid, Some(row.spcname.0))).collect();

    let mut databases: Vec<_> = inventory
        .directories
        .iter()
        .map(|directory| directory.database)
        .filter(|database| database.is_valid())
        .chain(names.keys().copied())
        .collect();
    databases.sort_unstable();
    databases.dedup();
    let mut read = Vec::new();
    for oid in databases {
        let row = names.get(&oid).map(|(_, row)| row);
        let database = DatabaseRef { oid, name: row.map(|row| row.datname.0.clone()) };
        let tablespace = row.map_or_else(|| maps.tablespace_of(oid), |row| row.dattablespace);
        let own = DatabaseCatalogs::read(
            context,
            &catalogs.layouts,
            database.clone(),
            tablespace,
            findings,
        );
        catalogs.databases.push(database);
        read.push(own);
    }
    catalogs.columns_in =
        read.iter().map(|own| (own.database.oid, own.column_catalogs(context))).collect();
    catalogs.relations = relations::all(context, identity, &read, findings);
    catalogs
}

/// What reading catalogs rests on.
#[derive(Clone, Copy)]
struct Context<'a> {
    reader: Reader<'a>,
    maps: &'a Maps,
    inventory: &'a Inventory,
}

impl<'a> Context<'a> {
    /// The layouts, from whichever databases have them whole.
    fn layouts(self, identity: &Identity, findings: &mut Vec<Finding>) -> Layouts {
        let mut layouts = Layouts::default();
        let bootstrap = Layout::of_pg_attribute(identity.format.version);
        for (database, tablespace) in self.maps.databases() {
            let locator = self.maps.locate(PgAttribute::CATALOG, database, tablespace);
            let Some(files) = self.inventory.files(locator, None) else { continue };
            let mut builder = LayoutBuilder::default();
            self.reader.rows(files, &bootstrap, findings, |standing, row: PgAttribute| {
                if Layouts::WANTED.iter().any(|(catalog, _)| *catalog == row.attrelid) {
                    builder.add(standing, row);
                }
                true
            });
            layouts.take(&builder);
            if layouts.are_complete() {
                break;
            }
        }
        layouts
    }

    /// The rows of a catalog that all databases share.
    fn shared<R: CatalogRow, K: Ord>(
        self,
        layouts: &Layouts,
        findings: &mut Vec<Finding>,
        key: impl Fn(&R) -> K,
    ) -> BTreeMap<K, (scan::Standing, R)> {
        let locator = self.maps.locate_shared(R::CATALOG);
        self.rows(layouts, locator, findings, key)
    }

    /// The rows of the catalog whose files `locator` names.
    fn rows<R: CatalogRow, K: Ord>(
        self,
        layouts: &Layouts,
        locator: RelFileLocator,
        findings: &mut Vec<Finding>,
        key: impl Fn(&R) -> K,
    ) -> BTreeMap<K, (scan::Standing, R)> {
        match (layouts.of::<R>(), self.files(locator)) {
            (Some(layout), Some(files)) => self.reader.by_key(files, layout, findings, key),
            (layout, _) => {
                let found = if layout.is_none() { "no layout" } else { "no file" };
                findings.push(missing::<R>(locator, found));
                BTreeMap::new()
            }
        }
    }

    fn files(self, locator: RelFileLocator) -> Option<&'a RelationFiles> {
        self.inventory.files(locator, None)
    }
}

fn missing<R: CatalogRow>(locator: RelFileLocator, found: &str) -> Finding {
    Finding {
        code: &codes::CATALOG_MISSING,
        location: Location {
            relation: Some(format!("pg_catalog.{}", R::NAME)),
            ..Location::default()
        },
        expected: format!("a file, for {locator}, and a layout in pg_attribute"),
        found: found.to_owned(),
    }
}
