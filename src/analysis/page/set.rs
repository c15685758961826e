use std::sync::Arc;

use super::recognise;
use super::{Beside, OtherPages, PageContext, PageView, Pages};
use crate::analysis::bloat::codes::BLOCK_UNREADABLE;
use crate::cluster::files::{ForkFiles, RelationFileName, SegmentFile};
use crate::cluster::finding::{Finding, Location};
use crate::cluster::identity::IdentityError;
use crate::cluster::pages::{PageRun, PageSource, UnreadableBlock};
use crate::cluster::relation::Relation;
use crate::cluster::transactions::Transactions;
use crate::cluster::{Cluster, ClusterOptions};
use crate::evidence::{Evidence, EvidenceError};
use crate::format::page::Page;
use crate::format::page::index::IndexMethod;
use crate::format::{Format, PageType, PgVersion};
use crate::primitives::{BlockNumber, ForkNumber};

/// The pages of one fork, or of one file of it.
#[derive(Debug)]
pub struct PageSet<'a> {
    source: PageSource,
    files: ForkFiles,
    transactions: Option<&'a Transactions>,
    page_type: Option<PageType>,
    /// Where the pages are, but for the block.
    location: Location,
    columns: Option<u16>,
    relation_blocks: Option<u32>,
    others: OtherPages,
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
    /// The pages of a relation's fork; `page_type` where they are to be taken for something else
    /// than the catalogs say.
    pub fn of_relation(
        cluster: &'a Cluster,
        relation: &Relation,
        fork: ForkNumber,
        page_type: Option<PageType>,
    ) -> Result<Self, PageSetError> {
        let no_fork = || PageSetError::NoFork { relation: relation.qualified_name(), fork };
        let files = relation.files.fork(fork).ok_or_else(no_fork)?;
        let main = relation.files.fork(ForkNumber::Main);
        let blocks = main.map(|main| main.pages(cluster.format()));
        let look = || recognise::page_type(&cluster.pages(), files);
        let own = || type_of(relation, fork, look);
        let page_type = page_type.or_else(own);
        let is_brin = page_type == Some(PageType::Index(IndexMethod::Brin));
        let columns = is_brin.then(|| cluster.columns(relation).len()).filter(|&count| count > 0);
        Ok(Self {
            transactions: Some(cluster.transactions()),
            location: Location {
                relation: relation.name.as_ref().map(|_| relation.qualified_name()),
                fork: Some(fork),
                ..Location::default()
            },
            columns: columns.and_then(|count| u16::try_from(count).ok()),
            relation_blocks: blocks.and_then(|count| u32::try_from(count).ok()),
            ..Self::of_files(cluster.pages(), files.clone(), page_type)
        })
    }

    /// The pages of a file on its own: its name says which segment it is, and its first page how
    /// long pages are. What they are of is told by the name or by the pages, unless `page_type`
    /// does.
    pub fn of_file(
        evidence: &Arc<dyn Evidence>,
        options: &ClusterOptions,
        page_type: Option<PageType>,
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
        let source = PageSource::new(Arc::clone(evidence), format);
        let files = ForkFiles::from_iter([segment]);
        let page_type = page_type
            .or_else(|| parsed.and_then(|name| map_type(name.fork)))
            .or_else(|| recognise::page_type(&source, &files));
        Ok(Self::of_files(source, files, page_type))
    }

    fn of_files(source: PageSource, files: ForkFiles, page_type: Option<PageType>) -> Self {
        Self {
            others: OtherPages::new(source.clone(), files.clone()),
            source,
            files,
            transactions: None,
            page_type,
            location: Location::default(),
            columns: None,
            relation_blocks: None,
        }
    }

    /// What the pages are of; `None` where nobody can tell.
    #[must_use]
    pub const fn page_type(&self) -> Option<PageType> {
        self.page_type
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

    /// The pages between two blocks, both with them, that are there.
    #[must_use]
    pub const fn read(&self, blocks: (BlockNumber, BlockNumber)) -> Pages<'_> {
        Pages::new(self, blocks)
    }

    /// What the pages are looked at with.
    #[must_use]
    pub const fn context(&self) -> PageContext<'_> {
        PageContext {
            format: self.source.format(),
            transactions: self.transactions,
            page_type: self.page_type,
            beside: Beside {
                columns: self.columns,
                blocks: self.relation_blocks,
                pages: Some(&self.others),
            },
        }
    }

    /// The runs of pages between two blocks, none longer than `most`.
    pub(super) fn runs(
        &self,
        (first, last): (BlockNumber, BlockNumber),
        most: u32,
    ) -> impl Iterator<Item = PageRun> {
        self.source.runs(&self.files, most).filter_map(move |run| {
            let start = run.first.0.max(first.0);
            let end = end_of(run).min(last.0.saturating_add(1));
            let count = end.checked_sub(start).filter(|&count| count > 0)?;
            Some(PageRun { first: BlockNumber(start), count })
        })
    }

    /// Shows each page of a run, or why it can't be read.
    pub(super) fn visit(
        &self,
        run: PageRun,
        buffer: &mut Vec<u8>,
        visit: impl FnMut(BlockNumber, Result<&[u8], UnreadableBlock>),
    ) {
        self.source.visit(&self.files, run, buffer, visit);
    }

    /// What is to be said of a page that could be read.
    pub(super) fn finding(&self, page: &PageView<'_>) -> Option<Finding> {
        let trouble = page.trouble.as_ref()?;
        let segment = page.block.0.checked_div(self.source.format().blocks_per_segment);
        let segment = segment.and_then(|number| self.files.segment(number));
        Some(Finding {
            code: trouble.code,
            location: Location {
                path: segment.map(|segment| segment.path.clone()),
                block: Some(page.block),
                offset: trouble.offset,
                ..self.location.clone()
            },
            expected: String::new(),
            found: trouble.to_string(),
        })
    }

    /// What is to be said of one that could not.
    pub(super) fn unreadable(&self, error: &UnreadableBlock) -> Finding {
        let location = Location {
            path: Some(error.path.clone()),
            block: Some(error.block),
            ..self.location.clone()
        };
        let found = error.source.to_string();
        Finding { code: &BLOCK_UNREADABLE, location, expected: String::new(), found }
    }
}

fn end_of(run: PageRun) -> u32 {
    run.first.0.saturating_add(run.count)
}

/// What the pages of a fork are of, by the catalogs; by their look, where these don't tell.
fn type_of(
    relation: &Relation,
    fork: ForkNumber,
    look: impl FnOnce() -> Option<PageType>,
) -> Option<PageType> {
    if let Some(map) = map_type(fork) {
        return Some(map);
    }
    if relation.is_heap() {
        return Some(PageType::Heap);
    }
    let is_index = relation.kind.is_index();
    match relation.access_method.as_deref().filter(|_| is_index) {
        Some(method) => IndexMethod::from_name(method).map(PageType::Index),
        None if is_index || relation.name.is_none() => look(),
        None => None,
    }
}

const fn map_type(fork: ForkNumber) -> Option<PageType> {
    match fork {
        ForkNumber::FreeSpace => Some(PageType::FreeSpaceMap),
        ForkNumber::Visibility => Some(PageType::VisibilityMap),
        ForkNumber::Main | ForkNumber::Init => None,
    }
}
