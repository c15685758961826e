use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::global::Global;
use super::super::progress::Bar;
use super::super::{Error, answer};
use crate::analysis::wal::{WalPlace, WalScan, resolve};
use crate::cluster::finding::Finding;
use crate::cluster::wal::{self, Wal, WalError, WalOptions};
use crate::cluster::{Cluster, ClusterOptions};
use crate::evidence::{Evidence, EvidenceError};
use crate::primitives::TimelineId;
use crate::report::EvidenceHead;

/// Which WAL is read.
#[derive(Debug, clap::Args)]
pub(super) struct SourceArgs {
    /// Data directory, base backup, folder or tar of WAL segments (an archive), or one segment
    evidence: PathBuf,

    /// Read this timeline (default: the cluster's own; of an archive, the newest)
    #[arg(long, value_name = "N")]
    timeline: Option<u32>,

    /// Begin with the records from here on: an LSN (16/B374D848), or a time (2026-11-26 08:21)
    #[arg(long, value_name = "LSN|TIME")]
    start: Option<WalPlace>,

    /// End with the records up to here: an LSN, or a time
    #[arg(long, value_name = "LSN|TIME")]
    end: Option<WalPlace>,

    /// Go on behind what can't be read, at the next page that starts a record
    #[arg(long)]
    resync: bool,
}

/// The WAL that was named, with its cluster where that is there.
pub(super) enum Source {
    Cluster(Box<Cluster>),
    Alone(Wal, Arc<dyn Evidence>),
}

impl SourceArgs {
    pub(super) fn open(&self, global: &Global) -> Result<Source, Error> {
        let source = self.open_any(global)?;
        match self.timeline {
            Some(timeline) if source.wal().segments().is_empty() => {
                Err(no_timeline(timeline, source.wal()).into())
            }
            _ => Ok(source),
        }
    }

    fn open_any(&self, global: &Global) -> Result<Source, Error> {
        if wal::looks_like_wal(&self.evidence) {
            return Ok(self.open_alone(global)?);
        }
        let options = ClusterOptions { timeline: self.timeline(), ..global.cluster_options() };
        match answer::cluster_with(&self.evidence, global, options) {
            Ok(cluster) => Ok(Source::Cluster(Box::new(cluster))),
            // A tar of WAL may have any name.
            Err(error) if is_no_data_directory(&error) => self
                .open_alone(global)
                .map_err(|_| format!("{error}; nor is it WAL: {}", wal::EXPECTED).into()),
            Err(error) => Err(error),
        }
    }

    fn open_alone(&self, global: &Global) -> Result<Source, WalError> {
        let options = WalOptions { cluster: global.cluster_options(), timeline: self.timeline() };
        let (open, archives) = (global.open_options(), global.archives()?);
        let (wal, evidence) = Wal::open(&self.evidence, &open, &archives, &options)?;
        Ok(Source::Alone(wal, evidence))
    }

    fn timeline(&self) -> Option<TimelineId> {
        self.timeline.map(TimelineId)
    }

    /// How it is read; times are looked up in it.
    pub(super) fn scan(&self, source: &Source, global: &Global) -> Result<WalScan, Error> {
        let scan = WalScan { resync: self.resync, threads: global.threads(), ..WalScan::default() };
        let bar = Bar::new(global, source.wal().format());
        Ok(resolve(source.wal(), scan, self.start, self.end, &bar)?)
    }
}

/// Says that there is no such timeline, and which there are.
fn no_timeline(timeline: u32, wal: &Wal) -> String {
    let known: BTreeSet<_> = wal.unread().iter().map(|file| file.timeline.0).collect();
    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
    let known = match known.as_slice() {
        [] => "no WAL at all is there".to_owned(),
        [one] => format!("all that is there is of timeline {one}"),
        several => format!("there is WAL of the timelines {}", several.join(", ")),
    };
    format!("there is no WAL of timeline {timeline}: {known}")
}

fn is_no_data_directory(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(EvidenceError::NoDataDirectory(_)))
}

impl Source {
    pub(super) fn wal(&self) -> &Wal {
        match self {
            Self::Cluster(cluster) => cluster.wal(),
            Self::Alone(wal, _) => wal,
        }
    }

    pub(super) fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Cluster(cluster) => Some(cluster),
            Self::Alone(..) => None,
        }
    }

    pub(super) fn evidence(&self) -> &Arc<dyn Evidence> {
        match self {
            Self::Cluster(cluster) => cluster.evidence(),
            Self::Alone(_, evidence) => evidence,
        }
    }

    pub(super) fn head(&self) -> EvidenceHead {
        match self {
            Self::Cluster(cluster) => EvidenceHead::of_cluster(cluster),
            Self::Alone(wal, evidence) => EvidenceHead::of_wal(wal, evidence.as_ref()),
        }
    }

    /// What is wrong with the files of the WAL.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.wal().findings().to_vec()
    }
}
