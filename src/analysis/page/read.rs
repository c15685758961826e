//! Pages read once, and shown as often as there are tables of them.

use super::{PageSet, PageView};
use crate::cluster::finding::Finding;
use crate::cluster::pages::UnreadableBlock;
use crate::primitives::BlockNumber;

/// Pages of a set, read when they are first asked for.
///
/// 64 MiB of them are kept, so that they are read once, whatever number of tables they are shown
/// in. More than that are read again for each table: memory stays bounded.
#[derive(Debug)]
pub struct Pages<'s> {
    set: &'s PageSet<'s>,
    blocks: (BlockNumber, BlockNumber),
    kept: Option<Vec<Kept>>,
    findings: Option<Vec<Finding>>,
}

#[derive(Debug)]
struct Kept {
    block: BlockNumber,
    /// Its bytes, or why they can't be read.
    page: Result<Vec<u8>, String>,
}

/// How many bytes of pages are kept.
const KEPT: u64 = 64 << 20;
/// How many pages are read before it is looked whether anybody still listens.
const RUN: u32 = 64;

impl<'s> Pages<'s> {
    pub(super) const fn new(set: &'s PageSet<'s>, blocks: (BlockNumber, BlockNumber)) -> Self {
        Self { set, blocks, kept: None, findings: None }
    }

    /// Shows every page, decoded, in order; one that can't be read is a view with nothing but the
    /// reason. An error of `show` ends it.
    pub fn each<E>(
        &mut self,
        mut show: impl FnMut(&PageView<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.kept {
            Some(kept) => {
                kept.iter().try_for_each(|Kept { block, page }| show(&self.view(*block, page)))
            }
            None => self.read(show),
        }
    }

    /// What is wrong with the pages.
    pub fn findings(&mut self) -> &[Finding] {
        if self.findings.is_none() {
            let Ok(()) = self.read(|_| Ok::<(), std::convert::Infallible>(()));
        }
        self.findings.as_deref().unwrap_or_default()
    }

    fn read<E>(&mut self, mut show: impl FnMut(&PageView<'_>) -> Result<(), E>) -> Result<(), E> {
        let set = self.set;
        let pages: u64 = set.runs(self.blocks, u32::MAX).map(|run| u64::from(run.count)).sum();
        let keep = pages.saturating_mul(set.context().format.block_size.into()) <= KEPT;
        let mut kept = Vec::new();
        let mut findings = Vec::new();
        let mut buffer = Vec::new();
        for run in set.runs(self.blocks, RUN) {
            let mut outcome = Ok(());
            set.visit(run, &mut buffer, |block, page| {
                if outcome.is_err() {
                    return;
                }
                if let Err(error) = &page {
                    findings.push(set.unreadable(error));
                }
                let page = page.map_err(|error: UnreadableBlock| error.to_string());
                let view = self.view(block, &page);
                findings.extend(set.finding(&view));
                outcome = show(&view);
                if keep {
                    kept.push(Kept { block, page: page.map(<[u8]>::to_vec) });
                }
            });
            outcome?;
        }
        self.kept = keep.then_some(kept);
        self.findings = Some(findings);
        Ok(())
    }

    fn view<'p, B: AsRef<[u8]>>(
        &self,
        block: BlockNumber,
        page: &'p Result<B, String>,
    ) -> PageView<'p> {
        match page {
            Ok(bytes) => self.set.context().view(bytes.as_ref(), block),
            Err(why) => PageView::unreadable(block, why.clone()),
        }
    }
}
