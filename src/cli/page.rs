use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::PossibleValuesParser;

use super::Error;
use super::answer;
use super::global::Global;
use crate::analysis::page::PageSet;
use crate::cluster::finding::Finding;
use crate::cluster::naming::RelationPattern;
use crate::evidence::{self, Evidence};
use crate::format::PageType;
use crate::primitives::{BlockNumber, ForkNumber};
use crate::report::tables::pages;
use crate::report::{EvidenceHead, Tail};

/// Decode pages of tables, indexes and maps: header, items with flags and fate, bytes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy page /var/lib/postgresql/17/main shop.public.orders --block 0
  pgautopsy page base.tar.zst base/5/16384 --block 10-12 --hex
  pgautopsy page /mnt/clone shop.public.orders_pkey --block 0-3
  pgautopsy page /mnt/clone shop.public.orders --fork vm --all
  pgautopsy page /tmp/16384.1 --block 131072
  pgautopsy page /tmp/carved --type btree --all -f csv --table btree_items
  pgautopsy page /mnt/clone 16384 -d shop --all -f ndjson")]
pub(super) struct Args {
    /// Data directory, base backup, or a file of a relation
    evidence: PathBuf,

    /// The relation: [[database.]schema.]name, an OID, or a path; none with a file
    relation: Option<RelationPattern>,

    /// The database that the relation is in (name or OID)
    #[arg(short, long, value_name = "NAME")]
    database: Option<String>,

    /// A block, or a range of them (10-12)
    #[arg(short, long, value_name = "N[-M]", required_unless_present = "all")]
    block: Option<BlockRange>,

    /// Every block
    #[arg(long, conflicts_with = "block")]
    all: bool,

    /// The fork; by default as the path says (base/5/16384_fsm), else main
    #[arg(long, value_name = "FORK")]
    #[arg(value_parser = PossibleValuesParser::new(ForkNumber::ALL.map(ForkNumber::name)))]
    fork: Option<String>,

    /// What the pages are of, where neither the catalogs nor the pages tell
    #[arg(long = "type", value_name = "TYPE")]
    #[arg(value_parser = PossibleValuesParser::new(PageType::all().map(PageType::name)))]
    page_type: Option<String>,

    /// Show the bytes, too
    #[arg(long)]
    hex: bool,
}

/// Blocks from the first to the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockRange {
    pub(super) first: u32,
    pub(super) last: u32,
}

impl FromStr for BlockRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if first <= last => Ok(Self { first, last }),
            _ => Err("expected a block (7), or a range from low to high (10-12)".to_owned()),
        }
    }
}

impl Args {
    pub(super) fn run(&self, global: &Global) -> Result<(), Error> {
        match &self.relation {
            Some(relation) => self.of_cluster(relation, global),
            None if self.evidence.is_file() && !evidence::is_tar(&self.evidence) => {
                self.of_file(global)
            }
            None => Err("which relation? name it behind the evidence: [[database.]schema.]name, \
                         an OID, or a path"
                .into()),
        }
    }

    fn of_cluster(&self, relation: &RelationPattern, global: &Global) -> Result<(), Error> {
        let cluster = answer::cluster(&self.evidence, global)?;
        let found = cluster.relation(relation, self.database.as_deref())?;
        let fork = self.fork.as_deref().and_then(ForkNumber::from_name);
        let fork = fork.or_else(|| relation.fork()).unwrap_or_default();
        let set = PageSet::of_relation(&cluster, found, fork, self.page_type())?;
        let head = EvidenceHead::of_cluster(&cluster);
        self.show(&set, &head, cluster.evidence(), cluster.findings(), global)
    }

    fn of_file(&self, global: &Global) -> Result<(), Error> {
        let evidence = evidence::open_file(&self.evidence, &global.open_options())?;
        let set = PageSet::of_file(&evidence, &global.cluster_options(), self.page_type())?;
        let head = EvidenceHead::of_evidence(evidence.as_ref());
        self.show(&set, &head, &evidence, Vec::new(), global)
    }

    fn page_type(&self) -> Option<PageType> {
        self.page_type.as_deref().and_then(PageType::from_name)
    }

    fn show(
        &self,
        set: &PageSet<'_>,
        head: &EvidenceHead,
        evidence: &Arc<dyn Evidence>,
        mut findings: Vec<Finding>,
        global: &Global,
    ) -> Result<(), Error> {
        let mut pages = set.read(match self.block {
            Some(range) => set.checked(BlockNumber(range.first), BlockNumber(range.last))?,
            None => set.all(),
        });
        let tables = pages::tables(set.page_type(), self.hex);
        let schemas: Vec<_> = tables.iter().map(|table| table.schema).collect();
        let mut output = answer::begin(global, "page", evidence, head, &schemas)?;
        for table in tables {
            output.table(table.schema)?;
            if output.wants(table.schema) {
                pages.each(|page| table.rows(page, &mut |cells| output.row(cells)))?;
            }
        }
        findings.extend_from_slice(pages.findings());
        Ok(output.finish(&Tail { findings: &findings, summary: None })?)
    }
}
