use super::{Cell, TableSchema};
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::wal::Wal;
use crate::evidence::Evidence;

/// What stands before the tables.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The command, as it was called: `bloat`, `wal stats`.
    pub command: &'a str,
    /// Every table that the answer can have, the main one first.
    pub tables: &'a [&'static TableSchema],
    /// What was read; `None` where the command reads nothing.
    pub evidence: Option<&'a EvidenceHead>,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvidenceHead {
    /// The path, as a person gave it.
    pub path: String,
    /// What stands there: `directory`, `tar`, `tar set`, `file`.
    pub kind: String,
    /// The major version of the server that wrote it, where known.
    pub version: Option<u32>,
    /// The cluster's own identifier, where known.
    pub system_identifier: Option<u64>,
    /// How the cluster stopped, in words, where known.
    pub state: Option<String>,
    /// What makes every part of the answer less certain, in sentences.
    pub cautions: Vec<String>,
    /// How the evidence was read: links followed, entries passed over.
    pub notes: Vec<String>,
}

impl EvidenceHead {
    /// The head of an answer about a cluster.
    #[must_use]
    pub fn of_cluster(cluster: &Cluster) -> Self {
        Self {
            version: Some(cluster.version().major()),
            system_identifier: cluster.control().map(|control| control.system_identifier),
            state: cluster.state().describe(),
            cautions: cluster.state().cautions(),
            ..Self::of_evidence(cluster.evidence().as_ref())
        }
    }

    /// The head of an answer about WAL without its cluster.
    #[must_use]
    pub fn of_wal(wal: &Wal, evidence: &dyn Evidence) -> Self {
        Self {
            version: Some(wal.format().version.major()),
            system_identifier: wal.system_identifier(),
            ..Self::of_evidence(evidence)
        }
    }

    /// The head of an answer about files, whatever they are.
    #[must_use]
    pub fn of_evidence(evidence: &dyn Evidence) -> Self {
        Self {
            path: evidence.name(),
            kind: evidence.kind().name().to_owned(),
            notes: evidence.notes(),
            ..Self::default()
        }
    }
}

/// What stands after the tables.
#[derive(Debug, Clone, Default)]
pub struct Tail<'a> {
    /// What is wrong with the evidence.
    pub findings: &'a [Finding],
    /// The answer in a few numbers.
    pub summary: Option<Summary<'a>>,
}

/// The answer in a few numbers: one row of a table of its own.
#[derive(Debug, Clone)]
pub struct Summary<'a> {
    /// Names and titles.
    pub schema: &'static TableSchema,
    /// The values.
    pub cells: Vec<Cell<'a>>,
}
