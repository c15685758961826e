use std::path::PathBuf;
use std::sync::Arc;

use super::Error;
use super::answer;
use super::global::Global;
use crate::cluster::identity;
use crate::evidence::{self, Evidence};
use crate::report::tables::control as tables;
use crate::report::{EvidenceHead, Tail};

/// Show the cluster's identity and state, as pg_controldata does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy control /var/lib/postgresql/17/main
  pgautopsy control /tmp/pg_control
  pgautopsy control base.tar.zst -f json | jq -r '.tables.control[0].system_identifier'")]
pub(super) struct Args {
    /// Data directory, base backup, or a pg_control file
    evidence: PathBuf,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let (evidence, head, control, findings) = if let Some(file) = self.single_file(global) {
            let evidence = file?;
            let options = global.cluster_options();
            let (control, findings) = identity::single_control_file(&*evidence, &options)?;
            let head = EvidenceHead {
                version: Some(control.version.major()),
                system_identifier: Some(control.system_identifier),
                state: Some(control.state.to_string()),
                ..EvidenceHead::of_evidence(evidence.as_ref())
            };
            (evidence, head, Some(control), findings)
        } else {
            let cluster = answer::cluster(&self.evidence, global)?;
            let head = EvidenceHead::of_cluster(&cluster);
            let control = cluster.control().cloned();
            (cluster.evidence().clone(), head, control, cluster.findings())
        };
        let mut output = answer::begin(global, "control", &evidence, &head, &[&tables::CONTROL])?;
        output.table(&tables::CONTROL)?;
        if let Some(control) = control {
            output.row(&tables::cells(&control))?;
        }
        Ok(output.finish(&Tail { findings: &findings, summary: None })?)
    }

    /// The evidence as one file, where it is one and no tar.
    fn single_file(&self, global: &Global) -> Option<Result<Arc<dyn Evidence>, Error>> {
        let alone = self.evidence.is_file() && !evidence::is_tar(&self.evidence);
        alone.then(|| Ok(evidence::open_file(&self.evidence, &global.open_options())?))
    }
}
