//! Relations that are gone, by the rows of `pg_class` that are still on their page: dropped ones,
//! and what a rewritten one was stored as before.

use std::collections::BTreeMap;

use super::Catalogs;
use super::rows::PgClass;
use super::scan::Reader;
use crate::cluster::identity::Identity;
use crate::cluster::pages::PageSource;
use crate::cluster::relation::{Certainty, Persistence, Relation, RelationKind, usual_directory};
use crate::cluster::transactions::Transactions;
use crate::primitives::{Oid, RelFileLocator, TransactionId};

impl Catalogs {
    /// What dead rows say about files that no live row names, by the youngest row of each.
    pub(in crate::cluster) fn former(
        &self,
        pages: &PageSource,
        transactions: &Transactions,
        identity: &Identity,
    ) -> BTreeMap<RelFileLocator, Relation> {
        let reader = Reader { pages, transactions };
        let mut found: BTreeMap<RelFileLocator, (TransactionId, Relation)> = BTreeMap::new();
        let Some(layout) = self.layouts.of::<PgClass>() else { return BTreeMap::new() };
        let version = identity.tablespace_directory();
        for own in self.columns_in.values() {
            reader.former_rows(&own.classes, layout, |xmin, class: PgClass| {
                let Some(number) = class.file_number() else { return };
                let tablespace = if class.reltablespace.is_valid() {
                    class.reltablespace
                } else {
                    own.tablespace
                };
                let locator = RelFileLocator { tablespace, database: own.database.oid, number };
                let known = found.get(&locator);
                if known.is_some_and(|(youngest, _)| !youngest.precedes(xmin)) {
                    return;
                }
                let directory = usual_directory(locator, version.as_deref());
                let path = format!("{directory}/{number}");
                let relation = Relation {
                    schema: own.schemas.get(&class.relnamespace).cloned(),
                    kind: RelationKind::from_code(class.relkind),
                    oid: Some(class.oid),
                    persistence: Persistence::from_code(class.relpersistence),
                    toast: Some(class.reltoastrelid).filter(|oid: &Oid| oid.is_valid()),
                    certainty: Certainty::Gone,
                    name: Some(class.relname.0),
                    ..Relation::unnamed(locator, Some(own.database.clone()), path)
                };
                found.insert(locator, (xmin, relation));
            });
        }
        let named = self.relations.iter().filter(|relation| relation.name.is_some());
        for locator in named.filter_map(|relation| relation.locator) {
            found.remove(&locator);
        }
        found.into_iter().map(|(locator, (_, relation))| (locator, relation)).collect()
    }
}
