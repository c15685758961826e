//! What pages are of that no catalog row names.

use crate::cluster::files::ForkFiles;
use crate::cluster::pages::PageSource;
use crate::format::PageType;
use crate::format::page::Page;

/// How many pages are asked for what they look like.
const VOTES: u32 = 16;
/// How many are read to find these; the others were never initialised, or make no sense.
const LOOKED_AT: u32 = 1024;

/// What most of the first pages look like; the earliest, where several are as many.
pub(super) fn page_type(source: &PageSource, files: &ForkFiles) -> Option<PageType> {
    let mut votes: Vec<(PageType, u32)> = Vec::new();
    let (mut counted, mut looked) = (0, 0);
    let mut buffer = Vec::new();
    for run in source.runs(files, VOTES) {
        if counted >= VOTES || looked >= LOOKED_AT {
            break;
        }
        looked += run.count;
        source.visit(files, run, &mut buffer, |_, page| {
            let Ok(page) = page.map(|bytes| Page::new(bytes, source.format())) else { return };
            let Some(of) = page.ok().as_ref().and_then(PageType::of) else { return };
            counted += 1;
            match votes.iter_mut().find(|(other, _)| *other == of) {
                Some((_, count)) => *count += 1,
                None => votes.push((of, 1)),
            }
        });
    }
    let most = votes.iter().map(|&(_, count)| count).max()?;
    votes.iter().find(|&&(_, count)| count == most).map(|&(of, _)| of)
}
