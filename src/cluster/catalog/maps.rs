//! `pg_filenode.map` of each database, and of the shared catalogs.

use std::collections::BTreeMap;

use crate::cluster::files::{Inventory, RelationDirectory};
use crate::cluster::finding::Finding;
use crate::cluster::{codes, whole_file};
use crate::evidence::Evidence;
use crate::format::PgVersion;
use crate::format::relmap::RelationMap;
use crate::primitives::{Oid, RelFileLocator, RelFileNumber};

/// The relation maps of a cluster.
#[derive(Debug, Default)]
pub(super) struct Maps {
    shared: Option<RelationMap>,
    /// By database, with the tablespace in whose directory the map stands.
    own: BTreeMap<Oid, (Oid, Option<RelationMap>)>,
}

const MAP: &str = "pg_filenode.map";
const MAX_MAP_BYTES: u64 = 64 << 10;

impl Maps {
    pub(super) fn read(
        evidence: &dyn Evidence,
        version: PgVersion,
        inventory: &Inventory,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut maps = Self::default();
        for directory in &inventory.directories {
            let RelationDirectory { path, tablespace, database } = directory;
            let path = format!("{path}/{MAP}");
            if !database.is_valid() {
                maps.shared = map(evidence, &path, version, findings);
            } else if evidence.open(&path).is_ok() {
                let own = map(evidence, &path, version, findings);
                maps.own.insert(*database, (*tablespace, own));
            }
        }
        for directory in &inventory.directories {
            // A database's own directory has the map; others hold what was put into a tablespace.
            let (database, tablespace) = (directory.database, directory.tablespace);
            if tablespace == Oid::DEFAULT_TABLESPACE && !maps.own.contains_key(&database) {
                // One that can't be there: this reports it as missing.
                let path = format!("{}/{MAP}", directory.path);
                maps.own.insert(database, (tablespace, map(evidence, &path, version, findings)));
            }
        }
        maps
    }

    /// Each database that has a map, with its tablespace.
    pub(super) fn databases(&self) -> impl Iterator<Item = (Oid, Oid)> {
        self.own.iter().map(|(&database, &(tablespace, _))| (database, tablespace))
    }

    /// The tablespace whose directory has the database's map.
    pub(super) fn tablespace_of(&self, database: Oid) -> Oid {
        self.own.get(&database).map_or(Oid::DEFAULT_TABLESPACE, |&(tablespace, _)| tablespace)
    }

    /// The file number of a mapped relation of a database; of an unshared one in its map, of a
    /// shared one in the global map.
    pub(super) fn number(&self, oid: Oid, database: Option<Oid>) -> Option<RelFileNumber> {
        let map = match database {
            Some(database) => self.own.get(&database).and_then(|(_, map)| map.as_ref()),
            None => self.shared.as_ref(),
        };
        map.and_then(|map| map.file_number(oid))
    }

    /// Where a mapped catalog of a database is; where no map tells, it has the number that
    /// `initdb` gave it.
    pub(super) fn locate(&self, catalog: Oid, database: Oid, tablespace: Oid) -> RelFileLocator {
        let number = self.number(catalog, Some(database)).unwrap_or(RelFileNumber(catalog.0));
        RelFileLocator { tablespace, database, number }
    }

    /// The same for a shared catalog.
    pub(super) fn locate_shared(&self, catalog: Oid) -> RelFileLocator {
        let number = self.number(catalog, None).unwrap_or(RelFileNumber(catalog.0));
        RelFileLocator { tablespace: Oid::GLOBAL_TABLESPACE, database: Oid::INVALID, number }
    }
}

fn map(
    evidence: &dyn Evidence,
    path: &str,
    version: PgVersion,
    findings: &mut Vec<Finding>,
) -> Option<RelationMap> {
    let map = whole_file(evidence, path, MAX_MAP_BYTES)
        .map_err(|error| error.to_string())
        .and_then(|bytes| RelationMap::parse(&bytes, version).map_err(|error| error.to_string()));
    let wrong_crc = |map: &RelationMap| map.check_crc().err().map(|error| error.to_string());
    let found = match &map {
        Ok(map) => wrong_crc(map),
        Err(error) => Some(error.clone()),
    };
    findings.extend(found.map(|found| {
        let code = &codes::RELATION_MAP_UNREADABLE;
        Finding::in_file(code, path, "a whole map with its CRC", found)
    }));
    map.ok()
}
