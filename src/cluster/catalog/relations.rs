//! Every relation of the cluster: what the catalogs name, joined with the files that are there.

use std::collections::BTreeSet;

use super::Context;
use super::database::DatabaseCatalogs;
use super::rows::PgClass;
use super::scan::Standing;
use crate::cluster::codes;
use crate::cluster::files::RelationFiles;
use crate::cluster::finding::{Finding, Location};
use crate::cluster::identity::Identity;
use crate::cluster::relation::{
    Certainty, DatabaseRef, IndexTraits, Persistence, Relation, RelationKind, usual_directory,
};
use crate::format::Format;
use crate::primitives::{BlockNumber, ForkNumber, Oid, RelFileLocator};

/// Every relation, sorted as [`Cluster::relations`](crate::cluster::Cluster::relations) says.
pub(super) fn all(
    context: Context<'_>,
    identity: &Identity,
    databases: &[DatabaseCatalogs],
    findings: &mut Vec<Finding>,
) -> Vec<Relation> {
    let mut relations = Relations { context, identity, seen: BTreeSet::new(), all: Vec::new() };
    let mut shared = BTreeSet::new();
    for own in databases {
        for (standing, class) in own.classes.values() {
            if !class.relisshared || shared.insert(class.oid) {
                relations.named(own, *standing, class, findings);
            }
        }
    }
    relations.unnamed(databases, findings);
    let mut all = relations.all;
    all.sort_by(|left, right| order(left).cmp(&order(right)));
    for relation in &all {
        check_files(relation, identity.format, findings);
    }
    all
}

/// OIDs from here on are not the server's own catalogs (`FirstUnpinnedObjectId`,
/// access/transam.h).
const FIRST_UNPINNED_OID: u32 = 12_000;

struct Relations<'a> {
    context: Context<'a>,
    identity: &'a Identity,
    /// What has a name.
    seen: BTreeSet<(RelFileLocator, Option<u32>)>,
    all: Vec<Relation>,
}

impl Relations<'_> {
    fn named(
        &mut self,
        own: &DatabaseCatalogs,
        standing: Standing,
        class: &PgClass,
        findings: &mut Vec<Finding>,
    ) {
        let kind = RelationKind::from_code(class.relkind);
        let persistence = Persistence::from_code(class.relpersistence);
        let schema = own.schemas.get(&class.relnamespace);
        let backend = match persistence {
            Persistence::Temporary => schema.and_then(|schema| backend_of(schema)),
            _ => None,
        };
        let stored = kind.is_heap() || kind.is_index() || class.file_number().is_some();
        let locator = own.locate(self.context, class).filter(|_| stored);
        let files = locator.and_then(|locator| self.context.inventory.files(locator, backend));
        self.seen.extend(locator.map(|locator| (locator, backend)));
        let oid = |oid: Oid| oid.is_valid().then_some(oid);
        let relation = Relation {
            database: (!class.relisshared).then(|| own.database.clone()),
            schema: schema.cloned(),
            name: Some(class.relname.0.clone()),
            kind,
            oid: Some(class.oid),
            locator,
            path: locator.map(|locator| self.path(locator, backend)),
            access_method: own.access_methods.get(&class.relam).cloned(),
            persistence,
            is_catalog: class.oid.0 < FIRST_UNPINNED_OID,
            is_user_catalog_table: class.option("user_catalog_table").is_some_and(is_true),
            fillfactor: class.option("fillfactor").and_then(|value| value.parse().ok()),
            index: own.indexes.get(&class.oid).map(|index| IndexTraits {
                is_unique: index.indisunique,
                is_exclusion: index.indisexclusion,
                is_valid: index.indisvalid,
                deduplicates: class.option("deduplicate_items").is_none_or(is_true),
            }),
            owner: own.owners.get(&class.oid).copied(),
            toast: oid(class.reltoastrelid),
            partition_of: own.parents.get(&class.oid).copied(),
            certainty: standing.certainty(),
            files: files.cloned().unwrap_or_default(),
        };
        let expected = relation.locator.is_some()
            && relation.certainty == Certainty::Certain
            && persistence != Persistence::Temporary
            && !locator.is_some_and(|locator| self.context.inventory.lacks(locator.tablespace));
        if expected && relation.files.fork(ForkNumber::Main).is_none() {
            let mut finding = Finding::in_file(
                &codes::RELATION_FILE_MISSING,
                relation.path.clone().unwrap_or_default(),
                "a file",
                "none",
            );
            finding.location.relation = Some(relation.qualified_name());
            findings.push(finding);
        }
        self.all.push(relation);
    }

    /// The files that no row names.
    fn unnamed(&mut self, databases: &[DatabaseCatalogs], findings: &mut Vec<Finding>) {
        for (locator, backend, files) in self.context.inventory.all() {
            if self.seen.contains(&(locator, backend)) {
                continue;
            }
            let own = databases.iter().find(|own| own.database.oid == locator.database);
            let path = self.path(locator, backend);
            let readable = own.is_some_and(|own| !own.classes.is_empty());
            // An empty file is what a dropped relation leaves until the next checkpoint.
            if readable && files.fork(ForkNumber::Main).is_some_and(|main| !main.is_empty()) {
                let code = &codes::RELATION_FILE_UNNAMED;
                let found = format!("{} bytes", total_len(files));
                findings.push(Finding::in_file(code, path.clone(), "", found));
            }
            self.all.push(Relation {
                persistence: match backend {
                    Some(_) => Persistence::Temporary,
                    None => Persistence::Unknown,
                },
                files: files.clone(),
                ..Relation::unnamed(locator, database_of(locator, own), path)
            });
        }
    }

    /// As `pg_relation_filepath()` prints it (`GetRelationPath`, common/relpath.c).
    fn path(&self, locator: RelFileLocator, backend: Option<u32>) -> String {
        let RelFileLocator { tablespace, database, number } = locator;
        let directory = match self.context.inventory.directory_of(tablespace, database) {
            Some(directory) => directory.path.clone(),
            None => usual_directory(locator, self.identity.tablespace_directory().as_deref()),
        };
        match backend {
            Some(backend) => format!("{directory}/t{backend}_{number}"),
            None => format!("{directory}/{number}"),
        }
    }
}

fn database_of(locator: RelFileLocator, own: Option<&DatabaseCatalogs>) -> Option<DatabaseRef> {
    let unnamed = || DatabaseRef { oid: locator.database, name: None };
    locator.database.is_valid().then(|| own.map_or_else(unnamed, |own| own.database.clone()))
}

/// The session of a temporary schema: the number in `pg_temp_3` or `pg_toast_temp_3`
/// (`GetTempNamespaceProcNumber`, catalog/namespace.c).
fn backend_of(schema: &str) -> Option<u32> {
    let number = schema.strip_prefix("pg_temp_").or_else(|| schema.strip_prefix("pg_toast_temp_"));
    number?.parse().ok()
}

/// As the server reads a boolean option (`parse_bool`, utils/adt/bool.c), in what it stores.
fn is_true(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "on" | "yes" | "1" | "t" | "y")
}

fn total_len(files: &RelationFiles) -> u64 {
    let forks = ForkNumber::ALL.into_iter().filter_map(|fork| files.fork(fork));
    forks.map(crate::cluster::files::ForkFiles::len).sum()
}

/// Shared ones first, then by database, schema, name; what has no name last, by path.
fn order(relation: &Relation) -> impl Ord + '_ {
    let database = relation.database.as_ref();
    (
        database.map(|database| (database.name.is_none(), &database.name, database.oid)),
        relation.name.is_none(),
        &relation.schema,
        &relation.name,
        &relation.path,
        relation.oid,
    )
}

/// Whether the segments of each fork follow each other without a gap, in whole pages.
fn check_files(relation: &Relation, format: Format, findings: &mut Vec<Finding>) {
    for fork in ForkNumber::ALL {
        let Some(files) = relation.files.fork(fork) else { continue };
        let page = u64::from(format.block_size);
        let whole = page * u64::from(format.blocks_per_segment);
        let last = files.segments().last().map_or(0, |segment| segment.number);
        let mut report = |code, path: &str, block, expected: String, found: String| {
            findings.push(Finding {
                code,
                location: Location {
                    relation: relation.name.as_ref().map(|_| relation.qualified_name()),
                    path: Some(path.to_owned()),
                    fork: Some(fork),
                    block,
                    ..Location::default()
                },
                expected,
                found,
            });
        };
        let mut next = 0;
        for segment in files.segments() {
            let (path, len) = (segment.path.as_str(), segment.len);
            if segment.number > next {
                let numbers = match segment.number - next {
                    1 => format!("no segment {next}"),
                    _ => format!("no segments {next} to {}", segment.number - 1),
                };
                let first = next.checked_mul(format.blocks_per_segment).map(BlockNumber);
                let expected = "segments without a gap".to_owned();
                report(&codes::SEGMENT_MISSING, path, first, expected, numbers);
            }
            next = segment.number.saturating_add(1);
            if len > whole {
                let expected = format!("at most {whole} bytes");
                let found = format!("{len} bytes");
                report(&codes::SEGMENT_TOO_LONG, path, None, expected, found);
            } else if segment.number < last && len < whole {
                let (expected, found) = (format!("{whole} bytes"), format!("{len} bytes"));
                report(&codes::SEGMENT_MISSING, path, None, expected, found);
            } else if !len.is_multiple_of(page) {
                let expected = format!("a multiple of {page} bytes");
                let found = format!("{len} bytes, {} over", len % page);
                report(&codes::PARTIAL_PAGE, path, None, expected, found);
            }
        }
    }
}
