use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::PossibleValuesParser;

use super::Error;
use super::answer;
use super::global::Global;
use crate::analysis::page::PageSet;
use crate::cluster::finding::Finding;
use crate::cluster::naming::RelationPattern;
use crate::evidence;
use crate::primitives::{BlockNumber, ForkNumber};
use crate::report::tables::pages as tables;
use crate::report::{EvidenceHead, Output, TableSchema, Tail};

/// Decode pages: header, line pointers, tuples with their flags and fate, bytes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgautopsy page /var/lib/postgresql/17/main shop.public.orders --block 0
  pgautopsy page base.tar.zst base/5/16384 --block 10-12 --hex
  pgautopsy page /tmp/16384.1 --block 131072
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

    /// The fork
    #[arg(long, value_name = "FORK", default_value = "main")]
    #[arg(value_parser = PossibleValuesParser::new(ForkNumber::ALL.map(ForkNumber::name)))]
    fork: String,

    /// Show the bytes, too
    #[arg(long)]
    hex: bool,
}

/// Blocks from the first to the last.
#[derive(Debug, Clone, Copy)]
struct BlockRange {
    first: u32,
    last: u32,
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
        let relation = cluster.relation(relation, self.database.as_deref())?;
        let fork = ForkNumber::from_name(&self.fork).unwrap_or_default();
        let set = PageSet::of_relation(&cluster, relation, fork)?;
        let blocks = self.blocks(&set)?;
        let head = EvidenceHead::of_cluster(&cluster);
        let output = answer::begin(global, "page", cluster.evidence(), &head, &self.schemas())?;
        self.show(output, &set, blocks, cluster.findings())
    }

    fn of_file(&self, global: &Global) -> Result<(), Error> {
        let evidence = evidence::open_file(&self.evidence, &global.open_options())?;
        let set = PageSet::of_file(&evidence, &global.cluster_options())?;
        let blocks = self.blocks(&set)?;
        let head = EvidenceHead::of_evidence(evidence.as_ref());
        let output = answer::begin(global, "page", &evidence, &head, &self.schemas())?;
        self.show(output, &set, blocks, Vec::new())
    }

    fn blocks(&self, set: &PageSet<'_>) -> Result<(BlockNumber, BlockNumber), Error> {
        Ok(match self.block {
            Some(range) => set.checked(BlockNumber(range.first), BlockNumber(range.last))?,
            None => set.all(),
        })
    }

    fn schemas(&self) -> Vec<&'static TableSchema> {
        let mut schemas = vec![&tables::PAGES, &tables::ITEMS];
        schemas.extend(self.hex.then_some(&tables::BYTES));
        schemas
    }

    /// The tables come one after the other, so that pages are read once for each.
    fn show(
        &self,
        mut output: Box<dyn Output>,
        set: &PageSet<'_>,
        blocks: (BlockNumber, BlockNumber),
        mut findings: Vec<Finding>,
    ) -> Result<(), Error> {
        let mut buffer = Vec::new();
        output.table(&tables::PAGES)?;
        for block in set.blocks(blocks) {
            let page = set.view(block, &mut buffer);
            output.row(&tables::cells(&page))?;
            findings.extend(page.finding);
        }
        output.table(&tables::ITEMS)?;
        for block in set.blocks(blocks) {
            for item in &set.view(block, &mut buffer).items {
                output.row(&tables::item_cells(block, item))?;
            }
        }
        if self.hex {
            output.table(&tables::BYTES)?;
            for block in set.blocks(blocks) {
                for row in tables::byte_rows(&set.view(block, &mut buffer)) {
                    output.row(&row)?;
                }
            }
        }
        Ok(output.finish(&Tail { findings: &findings, summary: None })?)
    }
}
