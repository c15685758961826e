use std::collections::{BTreeMap, BTreeSet};

use super::{RelationFileName, RelationFiles, SegmentFile};
use crate::cluster::finding::Finding;
use crate::cluster::identity::Identity;
use crate::cluster::{codes, whole_file};
use crate::evidence::{Entry, EntryKind, Evidence, EvidenceError};
use crate::format::backup_label::tablespace_map;
use crate::primitives::{Oid, RelFileLocator, RelFileNumber};

/// A directory that holds the files of relations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelationDirectory {
    /// Its path, from the data directory on: `global`, `base/5`,
    /// `pg_tblspc/16400/PG_17_202406281/5`.
    pub path: String,
    /// The tablespace.
    pub tablespace: Oid,
    /// The database; [`Oid::INVALID`] for `global`.
    pub database: Oid,
}

/// Every relation file of a cluster, by relation.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The directories that were looked into, by tablespace and database.
    pub directories: Vec<RelationDirectory>,
    /// A relation's files; a temporary relation's by its session, too.
    files: BTreeMap<(RelFileLocator, Option<u32>), RelationFiles>,
    /// The tablespaces that should be here and are not.
    missing: BTreeSet<Oid>,
}

impl Inventory {
    /// Lists every directory. One that can't be listed is a finding.
    pub fn take(evidence: &dyn Evidence, identity: &Identity, findings: &mut Vec<Finding>) -> Self {
        let mut inventory = Self::default();
        let global = RelationDirectory {
            path: "global".to_owned(),
            tablespace: Oid::GLOBAL_TABLESPACE,
            database: Oid::INVALID,
        };
        inventory.directory(evidence, global, findings);
        inventory.databases(evidence, "base", Oid::DEFAULT_TABLESPACE, findings);
        let tablespaces = subdirectories(evidence, "pg_tblspc", findings);
        inventory.missing = missing_tablespaces(evidence, &tablespaces, findings);
        for tablespace in tablespaces {
            let Some(oid) = Oid::from_file_name(&tablespace) else { continue };
            let root = format!("pg_tblspc/{tablespace}");
            // A cluster of another version may have a directory of its own in there.
            for version in subdirectories(evidence, &root, findings) {
                if identity.owns_tablespace_directory(&version) {
                    inventory.databases(evidence, &format!("{root}/{version}"), oid, findings);
                }
            }
        }
        inventory
    }

    /// The files of a relation; `backend` where it is temporary.
    #[must_use]
    pub fn files(&self, locator: RelFileLocator, backend: Option<u32>) -> Option<&RelationFiles> {
        self.files.get(&(locator, backend))
    }

    /// Every relation that has files, with the session of a temporary one.
    pub fn all(&self) -> impl Iterator<Item = (RelFileLocator, Option<u32>, &RelationFiles)> {
        self.files.iter().map(|(&(locator, backend), files)| (locator, backend, files))
    }

    /// Whether the tablespace is known to be elsewhere, with all that is in it.
    #[must_use]
    pub fn lacks(&self, tablespace: Oid) -> bool {
        self.missing.contains(&tablespace)
    }

    /// The directory of a database in a tablespace, if there is one.
    #[must_use]
    pub fn directory_of(&self, tablespace: Oid, database: Oid) -> Option<&RelationDirectory> {
        let is_it = |directory: &&RelationDirectory| {
            directory.tablespace == tablespace && directory.database == database
        };
        self.directories.iter().find(is_it)
    }

    fn databases(
        &mut self,
        evidence: &dyn Evidence,
        root: &str,
        tablespace: Oid,
        findings: &mut Vec<Finding>,
    ) {
        for name in subdirectories(evidence, root, findings) {
            if let Some(database) = Oid::from_file_name(&name) {
                let path = format!("{root}/{name}");
                let directory = RelationDirectory { path, tablespace, database };
                self.directory(evidence, directory, findings);
            }
        }
    }

    fn directory(
        &mut self,
        evidence: &dyn Evidence,
        directory: RelationDirectory,
        findings: &mut Vec<Finding>,
    ) {
        for Entry { name, kind } in list(evidence, &directory.path, findings) {
            let (EntryKind::File(len), Some(file)) = (kind, RelationFileName::parse(&name)) else {
                continue;
            };
            let locator = RelFileLocator {
                tablespace: directory.tablespace,
                database: directory.database,
                number: RelFileNumber(file.number.0),
            };
            let path = format!("{}/{name}", directory.path);
            let segment = SegmentFile { number: file.segment, path, len };
            self.files.entry((locator, file.backend)).or_default().add(file.fork, segment);
        }
        self.directories.push(directory);
    }
}

/// The tablespaces that a link in `pg_tblspc` or the `tablespace_map` of a base backup names, and
/// that are not here.
fn missing_tablespaces(
    evidence: &dyn Evidence,
    present: &[String],
    findings: &mut Vec<Finding>,
) -> BTreeSet<Oid> {
    let mut missing = BTreeMap::new();
    for entry in evidence.list("pg_tblspc").unwrap_or_default() {
        if let (EntryKind::Other, Some(oid)) = (entry.kind, Oid::from_file_name(&entry.name))
            && let Err(error) = evidence.list(&format!("pg_tblspc/{oid}"))
        {
            missing.insert(oid, error.to_string());
        }
    }
    let map = whole_file(evidence, "tablespace_map", MAX_MAP_BYTES).unwrap_or_default();
    for (oid, place) in tablespace_map(&map) {
        if !present.contains(&oid.to_string()) {
            missing.entry(oid).or_insert_with(|| format!("none; it stood at {place}"));
        }
    }
    findings.extend(missing.iter().map(|(oid, found)| {
        let path = format!("pg_tblspc/{oid}");
        Finding::in_file(&codes::TABLESPACE_MISSING, path, "a directory", found)
    }));
    missing.into_keys().collect()
}

/// More than any `tablespace_map` has.
const MAX_MAP_BYTES: u64 = 16 << 20;

fn subdirectories(evidence: &dyn Evidence, path: &str, findings: &mut Vec<Finding>) -> Vec<String> {
    let entries = list(evidence, path, findings).into_iter();
    entries.filter(|entry| entry.kind == EntryKind::Directory).map(|entry| entry.name).collect()
}

fn list(evidence: &dyn Evidence, path: &str, findings: &mut Vec<Finding>) -> Vec<Entry> {
    match evidence.list(path) {
        Ok(entries) => entries,
        // A cluster without tablespaces may have lost the empty directory on its way here.
        Err(EvidenceError::NotFound(_)) if path == "pg_tblspc" => Vec::new(),
        Err(error) => {
            findings.push(Finding::in_file(
                &codes::DIRECTORY_UNREADABLE,
                path,
                "a directory that can be listed",
                error,
            ));
            Vec::new()
        }
    }
}
