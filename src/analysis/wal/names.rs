//! What the files are called that the WAL is about.

use std::borrow::Cow;
use std::collections::BTreeMap;

use foldhash::HashMap;

use super::sightings::Sightings;
use crate::cluster::Cluster;
use crate::cluster::relation::{Relation, usual_directory};
use crate::primitives::{Oid, RelFileLocator};

/// How a relation's name is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// A live row of `pg_class`.
    Catalog,
    /// A dead one: the relation is gone, or was rewritten since.
    DeadRow,
    /// A record that gave the files to a mapped catalog, and not the last one.
    RelationMap,
}

impl NamedBy {
    /// The words that output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::DeadRow => "dead catalog row",
            Self::RelationMap => "relation map in the WAL",
        }
    }
}

/// The names of files.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    cluster: Option<&'a Cluster>,
    live: HashMap<RelFileLocator, &'a Relation>,
    gone: BTreeMap<RelFileLocator, Relation>,
    mapped: BTreeMap<RelFileLocator, Oid>,
    /// What to call them in one word.
    labels: HashMap<RelFileLocator, String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(cluster: Option<&'a Cluster>, sightings: &Sightings) -> Self {
        let Some(cluster) = cluster else { return Self::default() };
        let named = cluster.relations().iter().filter(|relation| relation.name.is_some());
        let live: HashMap<_, _> =
            named.filter_map(|relation| Some((relation.locator?, relation))).collect();
        let gone = cluster.former_relations();
        let label = |(locator, relation): (&RelFileLocator, &Relation)| {
            (*locator, relation.qualified_name())
        };
        let labels = gone.iter().map(label);
        let labels =
            labels.chain(live.iter().map(|(locator, relation)| label((locator, relation))));
        Self {
            cluster: Some(cluster),
            labels: labels.collect(),
            live,
            gone,
            mapped: sightings.mapped().collect(),
        }
    }

    /// What the relation is called whose files these are, or were.
    #[inline]
    pub(super) fn label(&self, locator: RelFileLocator) -> Option<&str> {
        self.labels.get(&locator).map(String::as_str)
    }

    /// The relation whose files these are, or were; one without a name where nothing tells.
    pub(super) fn name(&self, locator: RelFileLocator) -> (Cow<'a, Relation>, Option<NamedBy>) {
        if let Some(relation) = self.live.get(&locator) {
            return (Cow::Borrowed(*relation), Some(NamedBy::Catalog));
        }
        if let Some(relation) = self.gone.get(&locator) {
            return (Cow::Owned(relation.clone()), Some(NamedBy::DeadRow));
        }
        let unnamed = match self.cluster {
            Some(cluster) => cluster.unnamed_relation(locator),
            None => without_cluster(locator),
        };
        if let Some(catalog) = self.mapped.get(&locator).and_then(|oid| self.catalog(locator, *oid))
        {
            let relation = Relation {
                locator: Some(locator),
                path: unnamed.path,
                files: unnamed.files,
                certainty: crate::cluster::relation::Certainty::Gone,
                ..catalog.clone()
            };
            return (Cow::Owned(relation), Some(NamedBy::RelationMap));
        }
        (Cow::Owned(unnamed), None)
    }

    /// The catalog of that OID in the database of these files.
    fn catalog(&self, locator: RelFileLocator, oid: Oid) -> Option<&'a Relation> {
        self.cluster?.relations().iter().find(|relation| {
            let database = relation.database.as_ref().map_or(Oid::INVALID, |own| own.oid);
            relation.oid == Some(oid) && database == locator.database
        })
    }
}

fn without_cluster(locator: RelFileLocator) -> Relation {
    let directory = usual_directory(locator, None);
    let database = locator
        .database
        .is_valid()
        .then_some(crate::cluster::relation::DatabaseRef { oid: locator.database, name: None });
    Relation::unnamed(locator, database, format!("{directory}/{}", locator.number))
}
