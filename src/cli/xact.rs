use std::path::PathBuf;

use super::Error;
use super::answer;
use super::global::Global;
use crate::analysis::xact::{XidRange, xact};
use crate::report::tables::xacts as tables;
use crate::report::{EvidenceHead, Tail};

/// Tell what became of transactions: committed when, aborted, in doubt, subtransaction of which
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy xact /var/lib/postgresql/17/main 733
  pgautopsy xact base.tar.zst 700-800 -f csv")]
pub(super) struct Args {
    /// Data directory or base backup
    evidence: PathBuf,

    /// Transaction ids, or ranges of them (700-800)
    #[arg(required = true, value_name = "XID")]
    xids: Vec<XidRange>,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let cluster = answer::cluster(&self.evidence, global)?;
        let head = EvidenceHead::of_cluster(&cluster);
        let mut output =
            answer::begin(global, "xact", cluster.evidence(), &head, &[&tables::XACTS])?;
        output.table(&tables::XACTS)?;
        for xid in self.xids.iter().flat_map(|range| range.iter()) {
            output.row(&tables::cells(&xact(cluster.transactions(), xid)))?;
        }
        Ok(output.finish(&Tail { findings: &cluster.findings(), summary: None })?)
    }
}
