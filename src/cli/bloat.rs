use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use super::Error;
use super::answer;
use super::global::Global;
use super::progress::Bar;
use super::relations::Selection;
use crate::analysis::bloat::{
    BloatOptions, DanglingOptions, SortKey, bloat, follow_items, with_family, with_indexes,
};
use crate::report::tables::bloat as tables;
use crate::report::{EvidenceHead, Summary, Tail};

/// Show who wastes the space, what holds it, and what gives it back
///
/// Each relation's live, dead and free bytes; dead rows apart by whether VACUUM would remove them
/// or something (a slot, a prepared transaction) holds them back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy bloat /var/lib/postgresql/17/main
  pgautopsy bloat base.tar.zst -d shop --kind table --sort dead
  pgautopsy bloat /mnt/clone -r 'public.orders*' --blocks
  pgautopsy bloat /mnt/clone -d shop --total
  pgautopsy bloat /mnt/clone -r public.orders --dangling
  pgautopsy bloat /mnt/clone -f json | jq '.tables.relations[] | select(.held_len > 0)'")]
pub(super) struct Args {
    /// Data directory or base backup
    evidence: PathBuf,

    #[command(flatten)]
    selection: Selection,

    /// What comes first
    #[arg(long, value_name = "KEY", default_value = "waste")]
    #[arg(default_value_if("dangling", "true", "dangling"))]
    #[arg(value_parser = PossibleValuesParser::new(SortKey::ALL.map(|(_, name)| name)))]
    sort: String,

    /// How many relations are shown; 0 for all (default: 20 in a table, else all)
    #[arg(long, value_name = "N")]
    top: Option<usize>,

    /// Show where in each table the dead rows are, in this many strips
    #[arg(long, value_name = "STRIPS", num_args = 0..=1, default_missing_value = "32")]
    #[arg(require_equals = true)]
    blocks: Option<u32>,

    /// One line for each table, with its indexes and its TOAST table
    #[arg(long, conflicts_with = "blocks")]
    total: bool,

    /// Follow the items of indexes, those of the chosen tables too, and count what points to dead
    /// rows or to nothing
    #[arg(long, conflicts_with = "total")]
    dangling: bool,
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let cluster = answer::cluster(&self.evidence, global)?;
        let relations = self.selection.select(&cluster)?;
        let stored: Vec<_> = if self.total {
            with_family(&cluster, &relations)
        } else if self.dangling {
            with_indexes(&cluster, &relations)
        } else {
            relations.into_iter().filter(|relation| relation.locator.is_some()).collect()
        };
        let options =
            BloatOptions { threads: global.threads(), strips: self.blocks.unwrap_or_default() };
        let mut found = {
            let bar = Bar::new(global, cluster.format());
            let mut found = bloat(&cluster, &stored, options, &bar);
            if self.dangling {
                let options = DanglingOptions { threads: options.threads, ..<_>::default() };
                follow_items(&cluster, &mut found, options, &bar);
            }
            found
        };
        let key = SortKey::ALL.into_iter().find(|(_, name)| *name == self.sort);
        let key = key.map_or(SortKey::default(), |(key, _)| key);
        key.sort(&mut found.relations);

        let top = global.top(self.top);
        let shown = || found.relations.iter().take(top);
        let head = EvidenceHead::of_cluster(&cluster);
        let first = if self.total { &tables::TOTALS } else { &tables::RELATIONS };
        let mut schemas = vec![first, &tables::HOLDERS];
        schemas.extend(self.blocks.map(|_| &tables::BLOCKS));
        let mut output = answer::begin(global, "bloat", cluster.evidence(), &head, &schemas)?;
        output.table(first)?;
        let count = if self.total {
            let mut families = found.families();
            key.sort_families(&mut families);
            for family in families.iter().take(top) {
                output.row(&tables::total_cells(family))?;
            }
            families.len().min(top)
        } else {
            for row in shown() {
                output.row(&tables::cells(row))?;
            }
            shown().count()
        };
        let holders = found.holders();
        if !holders.is_empty() || !global.is_for_people() {
            output.table(&tables::HOLDERS)?;
        }
        for holder in &holders {
            output.row(&tables::holder_cells(holder))?;
        }
        if self.blocks.is_some() {
            output.table(&tables::BLOCKS)?;
            for row in shown() {
                for (first, strip) in row.strips() {
                    let size = cluster.format().block_size;
                    output.row(&tables::strip_cells(row.relation, first, strip, size))?;
                }
            }
        }
        let cells = tables::summary_cells(&found.totals(), count as u64);
        let summary = Summary { schema: &tables::SUMMARY, cells };
        let mut findings = cluster.findings();
        findings.extend(found.findings);
        Ok(output.finish(&Tail { findings: &findings, summary: Some(summary) })?)
    }
}
