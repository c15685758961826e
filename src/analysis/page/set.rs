use std::sync::Arc;

use super::{PageContext, PageView};
use crate::cluster::files::{ForkFiles, RelationFileName, SegmentFile};
use crate::cluster::identity::IdentityError;
use crate::cluster::pages::{PageRun, PageSource};
use crate::cluster::relation::Relation;
use crate::cluster::transactions::Transactions;
use crate::cluster::{Cluster, ClusterOptions};
use crate::evidence::{Evidence, EvidenceError};
use crate::format::page::Page;
use crate::format::{Format, PgVersion};
use crate::primitives::{BlockNumber, ForkNumber};

/// The pages of one fork, or of one file of it.
#[derive(Debug)]
pub struct PageSet<'a> {
    source: PageSource,
    files: ForkFiles,
    transactions: Option<&'a Transactions>,
    is_heap: Option<bool>,
}

/// There are no such pages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageSetError {
    /// The relation has no files of that fork.
    #[error("{relation} has no {fork} fork")]
    NoFork {
        /// The relation.
        relation: String,
        /// The fork.
        fork: ForkNumber,
    },
    /// A block that the fork does not have.
    #[error("there is no block {block}: the {what} has {}", extent(*first, *end))]
    NoBlock {
        /// The block.
        block: BlockNumber,
        /// What it was looked for in.
        what: String,
        /// The first block that is there.
        first: u32,
        /// The block behind the last.
        end: u32,
    },
    /// The file can't be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Pages can't be as long as was asked for.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

fn extent(first: u32, end: u32) -> String {
    match end.checked_sub(first) {
        None | Some(0) => "none".to_owned(),
        Some(_) => format!("blocks {first} to {}", end - 1),
    }
}

impl<'a> PageSet<'a> {
    /// The pages of a relation's fork.
    pub fn of_relation(
        cluster: &'a Cluster,
        relation: &Relation,
        fork: ForkNumber,
    ) -> Result<Self, PageSetError> {
        let no_fork = || PageSetError::NoFork { relation: relation.qualified_name(), fork };
        let files = relation.files.fork(fork).ok_or_else(no_fork)?;
        let is_heap =
            relation.kind.is_heap() && matches!(fork, ForkNumber::Main | ForkNumber::Init);
        let known = relation.name.is_some();
        Ok(Self {
            source: cluster.pages(),
            files: files.clone(),
            transactions: Some(cluster.transactions()),
            is_heap: known.then_some(is_heap),
        })
    }

    /// The pages of a file on its own: its name says which segment it is, and its first page how
    /// long pages are.
    pub fn of_file(
        evidence: &Arc<dyn Evidence>,
        options: &ClusterOptions,
    ) -> Result<Self, PageSetError> {
        let entry = evidence.list("")?.into_iter().next();
        let name = entry.map(|entry| entry.name).unwrap_or_default();
        let file = evidence.open(&name)?;
        let version = options.version.unwrap_or(PgVersion::V19);
        let mut format = Format::usual(version);
        let mut buffer = Vec::new();
        let start = file.read_at(0, format.block_size as usize, &mut buffer);
        let said = start.ok().and_then(|bytes| Page::header_of(bytes).ok());
        let said = said.map(|header| u32::from(header.page_size()));
        let said =
            said.filter(|size| size.is_power_of_two() && (1 << 10..=32 << 10).contains(size));
        if let Some(block_size) = options.checked_block_size()?.or(said) {
            format = format.with_block_size(block_size);
        }
        let parsed = RelationFileName::parse(&name);
        let segment = SegmentFile {
            number: parsed.map_or(0, |name| name.segment),
            path: name,
            len: file.len(),
        };
        let is_map = |name: RelationFileName| {
            matches!(name.fork, ForkNumber::FreeSpace | ForkNumber::Visibility)
        };
        Ok(Self {
            source: PageSource::new(Arc::clone(evidence), format),
            files: ForkFiles::from_iter([segment]),
            transactions: None,
            is_heap: parsed.filter(|&name| is_map(name)).map(|_| false),
        })
    }

    /// Every block that is there, by number.
    #[must_use]
    pub fn all(&self) -> (BlockNumber, BlockNumber) {
        (BlockNumber(0), BlockNumber(u32::MAX))
    }

    /// The blocks from `first` to `last`; an error where either is not there.
    pub fn checked(
        &self,
        first: BlockNumber,
        last: BlockNumber,
    ) -> Result<(BlockNumber, BlockNumber), PageSetError> {
        let runs = || self.source.runs(&self.files, u32::MAX);
        let end_of = |run: PageRun| run.first.0.saturating_add(run.count);
        for block in [first, last] {
            if !runs().any(|run| run.first <= block && block.0 < end_of(run)) {
                return Err(PageSetError::NoBlock {
                    block,
                    what: self.files.first_path().to_owned(),
                    first: runs().next().map_or(0, |run| run.first.0),
                    end: runs().last().map_or(0, end_of),
                });
            }
        }
        Ok((first, last))
    }

    /// The blocks between two, both with them, that are there.
    pub fn blocks(
        &self,
        (first, last): (BlockNumber, BlockNumber),
    ) -> impl Iterator<Item = BlockNumber> {
        self.source.runs(&self.files, u32::MAX).flat_map(move |run| {
            let end = run.first.0.saturating_add(run.count).min(last.0.saturating_add(1));
            (run.first.0.max(first.0)..end).map(BlockNumber)
        })
    }

    /// What the pages are looked at with.
    #[must_use]
    pub const fn context(&self) -> PageContext<'a> {
        PageContext {
            format: self.source.format(),
            transactions: self.transactions,
            is_heap: self.is_heap,
        }
    }

    /// One page, decoded; one that can't be read is a view with nothing but the reason.
    #[must_use]
    pub fn view<'b>(&self, block: BlockNumber, buffer: &'b mut Vec<u8>) -> PageView<'b> {
        match self.source.read(&self.files, block, buffer) {
            Ok(bytes) => self.context().view(bytes, block),
            Err(error) => PageView::unreadable(block, &error),
        }
    }
}
