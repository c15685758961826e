use super::super::global::Global;
use super::super::progress::Bar;
use super::super::{Error, answer};
use super::source::SourceArgs;
use crate::analysis::wal::wal_relations;
use crate::cluster::Cluster;
use crate::report::tables::wal_relations as tables;
use crate::report::{Summary, Tail};

/// Show what the WAL spent on each relation: bytes, records, full-page images
///
/// The bytes of a block reference (with its data and image) count for its relation, what is left
/// of a record for that of its first reference: the rows add up to the WAL. Of more than 32,768
/// relations (with --cycles, those of each cycle apart) the first have rows, the rest is
/// "(other relations)".
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy wal relations /var/lib/postgresql/17/main
  pgautopsy wal relations /mnt/clone --wal /mnt/archive --cycles
  pgautopsy wal relations /mnt/clone -f json | jq '.tables.relations[] | select(.fpi_ratio > 0.9)'")]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// Account for each checkpoint cycle on its own
    #[arg(long)]
    cycles: bool,

    /// How many relations are shown; 0 for all (default: 20 in a table, else all)
    #[arg(long, value_name = "N")]
    top: Option<usize>,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let source = self.source.open(global)?;
        let scan = self.source.scan(&source, global)?;
        let wal = source.wal();
        let found = {
            let bar = Bar::new(global, wal.format());
            wal_relations(wal, source.cluster(), scan, self.cycles, &bar)
        };
        let mut schemas = vec![&tables::RELATIONS];
        schemas.extend(self.cycles.then_some(&tables::CYCLES));
        let (evidence, head) = (source.evidence(), source.head());
        let mut output = answer::begin(global, "wal relations", evidence, &head, &schemas)?;
        output.table(&tables::RELATIONS)?;
        for row in found.rows.iter().take(global.top(self.top)) {
            output.row(&tables::cells(row))?;
        }
        if self.cycles {
            output.table(&tables::CYCLES)?;
            for (cycle, count) in &found.cycles {
                output.row(&tables::cycle_cells(cycle, count))?;
            }
        }
        let cells = tables::summary_cells(wal, &found);
        let summary = Summary { schema: &tables::SUMMARY, cells };
        let mut findings = source.findings();
        findings.extend(source.cluster().map(Cluster::findings).unwrap_or_default());
        // Of the files that recovery would read, it was said when the cluster was opened.
        let mut more = found.extent.findings;
        more.retain(|finding| !findings.contains(finding));
        findings.extend(more);
        Ok(output.finish(&Tail { findings: &findings, summary: Some(summary) })?)
    }
}
