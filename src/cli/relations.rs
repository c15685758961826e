use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use super::Error;
use super::answer;
use super::global::Global;
use crate::analysis::relations::list;
use crate::cluster::Cluster;
use crate::cluster::naming::RelationPattern;
use crate::cluster::relation::{Relation, RelationKind};
use crate::report::tables::relations as tables;
use crate::report::{EvidenceHead, Tail};

/// List what is in a cluster, and which file is which relation
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy relations /var/lib/postgresql/17/main -d shop
  pgautopsy relations base.tar.zst -r base/16384/16385
  pgautopsy relations /mnt/clone -r public.orders --columns")]
pub(super) struct Args {
    /// Data directory or base backup
    evidence: PathBuf,

    #[command(flatten)]
    selection: Selection,

    /// Show the columns of each relation, too
    #[arg(long)]
    columns: bool,
}

/// Which relations.
#[derive(Debug, clap::Args)]
pub(super) struct Selection {
    /// Only those of this database (name or OID)
    #[arg(short, long, value_name = "NAME")]
    database: Option<String>,

    /// Only these: [[database.]schema.]name with * and ?, an OID, or a path; repeatable
    #[arg(short, long, value_name = "PATTERN")]
    relation: Vec<RelationPattern>,

    /// Only those of this kind; repeatable
    #[arg(long, value_name = "KIND")]
    #[arg(value_parser = PossibleValuesParser::new(RelationKind::names()))]
    kind: Vec<String>,
}

impl Selection {
    pub(super) fn select<'a>(&self, cluster: &'a Cluster) -> Result<Vec<&'a Relation>, Error> {
        let relations = cluster.select(&self.relation, self.database.as_deref())?;
        let is_wanted = |relation: &&Relation| {
            self.kind.is_empty() || self.kind.iter().any(|kind| kind == relation.kind.name())
        };
        Ok(relations.into_iter().filter(is_wanted).collect())
    }
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        let cluster = answer::cluster(&self.evidence, global)?;
        let relations = self.selection.select(&cluster)?;
        let head = EvidenceHead::of_cluster(&cluster);
        let mut schemas = vec![&tables::RELATIONS];
        schemas.extend(self.columns.then_some(&tables::COLUMNS));
        let mut output = answer::begin(global, "relations", cluster.evidence(), &head, &schemas)?;
        output.table(&tables::RELATIONS)?;
        for listed in &list(&cluster, &relations) {
            output.row(&tables::cells(listed))?;
        }
        if self.columns {
            output.table(&tables::COLUMNS)?;
            for (relation, columns) in relations.iter().zip(cluster.columns_of(&relations)) {
                for column in &columns {
                    output.row(&tables::column_cells(relation, column))?;
                }
            }
        }
        Ok(output.finish(&Tail { findings: &cluster.findings(), summary: None })?)
    }
}
