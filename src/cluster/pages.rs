//! Pages of relations, handed out by block number.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::READ_BYTES;
use super::files::{ForkFiles, SegmentFile};
use crate::evidence::{Evidence, EvidenceFile};
use crate::format::Format;
use crate::primitives::BlockNumber;

/// Where every page of a relation is taken from.
#[derive(Debug, Clone)]
pub struct PageSource {
    evidence: Arc<dyn Evidence>,
    format: Format,
}

/// A run of pages within one segment file: a piece of work for one thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRun {
    /// The first page.
    pub first: BlockNumber,
    /// How many follow each other from it on.
    pub count: u32,
}

/// Why a block could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read block {block} in {path}: {source}")]
pub struct UnreadableBlock {
    /// The block, counted over all segments.
    pub block: BlockNumber,
    /// The segment file.
    pub path: String,
    /// What the system said.
    pub source: io::Error,
}

impl PageSource {
    /// The pages as they lie in the evidence.
    #[must_use]
    pub const fn new(evidence: Arc<dyn Evidence>, format: Format) -> Self {
        Self { evidence, format }
    }

    /// The layout of the pages.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// A fork's whole pages, cut into runs of at most `most` pages, none across a segment.
    pub fn runs<'a>(&self, fork: &'a ForkFiles, most: u32) -> impl Iterator<Item = PageRun> + 'a {
        let format = self.format;
        fork.segments().iter().flat_map(move |segment| {
            let start = u64::from(segment.number) * u64::from(format.blocks_per_segment);
            let pages = segment.pages(format);
            (0..pages).step_by(most.max(1) as usize).filter_map(move |at| {
                let first = u32::try_from(start + u64::from(at)).ok()?;
                Some(PageRun { first: BlockNumber(first), count: (pages - at).min(most.max(1)) })
            })
        })
    }

    /// Shows `visit` each page of a run, in its order; a block that can't be read is shown as an
    /// error, and those after it still come. `buffer` is room to keep between calls.
    ///
    /// `None` from the fork's files for that run's segment shows nothing.
    pub fn visit(
        &self,
        fork: &ForkFiles,
        run: PageRun,
        buffer: &mut Vec<u8>,
        mut visit: impl FnMut(BlockNumber, Result<&[u8], UnreadableBlock>),
    ) {
        let Some((segment, within)) = self.segment_of(fork, run.first) else { return };
        let file = match self.evidence.open(&segment.path) {
            Ok(file) => file,
            Err(error) => {
                let text = error.to_string();
                for block in blocks(run) {
                    let source = io::Error::other(text.clone());
                    visit(
                        block,
                        Err(UnreadableBlock { block, path: segment.path.clone(), source }),
                    );
                }
                return;
            }
        };
        let at_once = (READ_BYTES / self.format.block_size.max(1) as usize).max(1);
        let at_once = u32::try_from(at_once).unwrap_or(1);
        for done in (0..run.count).step_by(at_once as usize) {
            let piece = PageRun {
                first: BlockNumber(run.first.0.saturating_add(done)),
                count: at_once.min(run.count - done),
            };
            self.visit_piece(segment, file.as_ref(), within + done, piece, buffer, &mut visit);
        }
    }

    /// Whether the fork's files hold the whole of a page.
    #[must_use]
    pub fn has(&self, fork: &ForkFiles, block: BlockNumber) -> bool {
        let segment = self.segment_of(fork, block);
        segment.is_some_and(|(segment, within)| within < segment.pages(self.format))
    }

    /// Shows `look` the pages of a run all at once, or says which of its blocks is the first that
    /// can't be read. `buffer` is room to keep between calls.
    pub fn with<R>(
        &self,
        fork: &ForkFiles,
        run: PageRun,
        buffer: &mut Vec<u8>,
        look: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, UnreadableBlock> {
        let unreadable = |path: &str, behind: usize, source| {
            let behind = u32::try_from(behind / self.format.block_size as usize);
            let block = BlockNumber(run.first.0.saturating_add(behind.unwrap_or(u32::MAX)));
            Err(UnreadableBlock { block, path: path.to_owned(), source })
        };
        let short = |text| io::Error::new(io::ErrorKind::UnexpectedEof, text);
        let Some((segment, within)) = self.segment_of(fork, run.first) else {
            return unreadable(fork.first_path(), 0, short("the fork ends before it"));
        };
        let file = match self.evidence.open(&segment.path) {
            Ok(file) => file,
            Err(error) => return unreadable(&segment.path, 0, io::Error::other(error.to_string())),
        };
        let offset = u64::from(within) * u64::from(self.format.block_size);
        let len = (self.format.block_size as usize).saturating_mul(run.count as usize);
        match file.read_at(offset, len, buffer) {
            Ok(bytes) if bytes.len() == len => Ok(look(bytes)),
            Ok(bytes) => unreadable(&segment.path, bytes.len(), short("the file ends in it")),
            Err(source) => unreadable(&segment.path, 0, source),
        }
    }

    /// One page, copied into `buffer`.
    pub fn read<'a>(
        &self,
        fork: &ForkFiles,
        block: BlockNumber,
        buffer: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], UnreadableBlock> {
        let run = PageRun { first: block, count: 1 };
        self.with(fork, run, &mut Vec::new(), |page| {
            buffer.clear();
            buffer.extend_from_slice(page);
        })?;
        Ok(buffer)
    }

    fn visit_piece(
        &self,
        segment: &SegmentFile,
        file: &dyn EvidenceFile,
        within: u32,
        piece: PageRun,
        buffer: &mut Vec<u8>,
        visit: &mut impl FnMut(BlockNumber, Result<&[u8], UnreadableBlock>),
    ) {
        let page_len = self.format.block_size as usize;
        let offset = u64::from(within) * u64::from(self.format.block_size);
        let whole = file.read_at(offset, page_len.saturating_mul(piece.count as usize), buffer);
        if let Ok(bytes) = whole
            && bytes.len() == page_len * piece.count as usize
        {
            for (block, page) in blocks(piece).zip(bytes.chunks_exact(page_len)) {
                visit(block, Ok(page));
            }
            return;
        }
        for (index, block) in (0_u64..).zip(blocks(piece)) {
            let at = offset + index * u64::from(self.format.block_size);
            let read = file.read_at(at, page_len, buffer).and_then(|bytes| {
                let short = || io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends in it");
                if bytes.len() == page_len { Ok(bytes) } else { Err(short()) }
            });
            let path = || segment.path.clone();
            visit(block, read.map_err(|source| UnreadableBlock { block, path: path(), source }));
        }
    }

    fn segment_of<'a>(
        &self,
        fork: &'a ForkFiles,
        block: BlockNumber,
    ) -> Option<(&'a SegmentFile, u32)> {
        let number = block.0 / self.format.blocks_per_segment;
        let segment = fork.segment(number)?;
        Some((segment, block.0 % self.format.blocks_per_segment))
    }
}

fn blocks(run: PageRun) -> impl Iterator<Item = BlockNumber> {
    let Range { start, end } = run.first.0..run.first.0.saturating_add(run.count);
    (start..end).map(BlockNumber)
}
