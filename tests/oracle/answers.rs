//! The stored clusters, and the servers' answers about them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pgautopsy::cluster::relation::Relation;
use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, OpenOptions};
use pgautopsy::primitives::Oid;
use serde_json::Value;

/// The clusters that were stopped cleanly, one for each version.
const STOPPED: [&str; 8] = ["pg12", "pg13", "pg14", "pg15", "pg16", "pg17", "pg18", "pg19"];
/// All clusters whose pages the answers are about, too.
const ALL: [&str; 11] = [
    "pg12",
    "pg13",
    "pg14",
    "pg15",
    "pg16",
    "pg17",
    "pg18",
    "pg19",
    "pg17-killed",
    "pg17-promoted",
    "pg16-standby",
];
/// Those that are there for their WAL.
const WAL: [&str; 8] = [
    "pg12-wal", "pg13-wal", "pg14-wal", "pg15-wal", "pg16-wal", "pg17-wal", "pg18-wal", "pg19-wal",
];

/// Where they are: in testdata/, or where `PGAUTOPSY_TESTDATA` says, for clusters that were made
/// just now by servers that are here.
fn folder() -> PathBuf {
    let fresh = std::env::var_os("PGAUTOPSY_TESTDATA").map(PathBuf::from);
    fresh.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"))
}

/// Those of `names` that are there: in testdata/ that is all of them.
fn present(names: &[&'static str]) -> Vec<&'static str> {
    let is_there = |name: &&&str| folder().join(format!("{name}.answers.json.zst")).exists();
    let found: Vec<_> = names.iter().filter(is_there).copied().collect();
    let complete = std::env::var_os("PGAUTOPSY_TESTDATA").is_some() || found.len() == names.len();
    assert!(complete && !found.is_empty(), "only {found:?} are in {}", folder().display());
    found
}

/// The clusters that were stopped cleanly.
pub(crate) fn stopped() -> Vec<&'static str> {
    present(&STOPPED)
}

/// All clusters whose pages the answers are about, too.
pub(crate) fn all() -> Vec<&'static str> {
    present(&ALL)
}

/// The clusters that are there for their WAL.
pub(crate) fn kept_for_wal() -> Vec<&'static str> {
    present(&WAL)
}

/// All clusters: the answers tell of the WAL of each.
pub(crate) fn with_wal() -> Vec<&'static str> {
    [present(&ALL), present(&WAL)].concat()
}

/// A stored cluster.
pub(crate) struct Stored {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) cluster: Cluster,
    pub(crate) answers: Value,
}

impl Stored {
    /// The cluster of that name; all tests share it.
    pub(crate) fn open(name: &'static str) -> &'static Self {
        const COUNT: usize = ALL.len() + WAL.len();
        static OPENED: [OnceLock<Stored>; COUNT] = [const { OnceLock::new() }; COUNT];
        let at = ALL.iter().chain(&WAL).position(|known| *known == name).unwrap();
        OPENED[at].get_or_init(|| Self::read(name))
    }

    fn read(name: &'static str) -> Self {
        let folder = folder();
        let path = folder.join(format!("{name}.tar.zst"));
        let evidence = evidence::open(&path, &OpenOptions::default()).unwrap();
        let cluster = Cluster::open(evidence, &ClusterOptions::default()).unwrap();
        let answers = std::fs::File::open(folder.join(format!("{name}.answers.json.zst"))).unwrap();
        let answers = serde_json::from_reader(zstd::Decoder::new(answers).unwrap()).unwrap();
        Self { name, path, cluster, answers }
    }

    /// The relation of that OID, in that database or shared by all.
    pub(crate) fn relation(&self, database: u64, oid: u64) -> &Relation {
        let is_it = |relation: &&Relation| {
            let own = relation.database.as_ref().is_none_or(|own| u64::from(own.oid.0) == database);
            own && relation.oid.is_some_and(|Oid(own)| u64::from(own) == oid)
        };
        let found = self.cluster.relations().iter().find(is_it);
        found.unwrap_or_else(|| panic!("{}: no relation {oid} in database {database}", self.name))
    }
}

/// A list of the answers.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("a list, not {value}"))
}

/// A number of the answers; some types come as text.
pub(crate) fn number(value: &Value) -> u64 {
    let text = || value.as_str().and_then(|text| text.parse().ok());
    value.as_u64().or_else(text).unwrap_or_else(|| panic!("a number, not {value}"))
}

/// A text of the answers, if it is not null.
pub(crate) fn text(value: &Value) -> Option<&str> {
    value.as_str()
}
