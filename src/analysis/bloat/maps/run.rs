//! What the maps say of a run of blocks.

use std::iter::repeat_n;
use std::ops::Range;

use super::ends;
use crate::analysis::bloat::{codes, location};
use crate::analysis::page::codes as page_codes;
use crate::analysis::scan::ScanFindings;
use crate::cluster::Cluster;
use crate::cluster::finding::{Code, Finding};
use crate::cluster::pages::PageRun;
use crate::cluster::relation::Relation;
use crate::format::map::MapAddress;
use crate::format::map::free_space::{self, FreeSpacePage};
use crate::format::map::visibility::{self, VisibilityBits, VisibilityPage};
use crate::format::page::Page;
use crate::format::{Format, FormatError};
use crate::primitives::{BlockNumber, ForkNumber, Lsn};

/// What the maps say of a run of blocks.
#[derive(Debug, Default)]
pub(in crate::analysis::bloat) struct RunMaps {
    first: u32,
    /// By block; empty where the relation has no such map.
    free_space: Vec<Option<u32>>,
    bits: Vec<Option<VisibilityBits>>,
    /// The first block that each page of the visibility map knows, and when it was changed last.
    map_lsns: Vec<(BlockNumber, Lsn)>,
}

impl RunMaps {
    /// Reads the pages of the maps that know of these blocks. What can't be read is a finding, and
    /// so are bits of blocks from `end` on, where the relation is known to end there.
    pub(in crate::analysis::bloat) fn read(
        cluster: &Cluster,
        relation: &Relation,
        run: PageRun,
        end: Option<u32>,
        findings: &mut ScanFindings,
    ) -> Self {
        let format = cluster.format();
        let mut maps = Self { first: run.first.0, ..Self::default() };
        let mut reader = MapReader { cluster, relation, run, findings };
        let layout = (free_space::slots_per_page(format), free_space::address as Address);
        maps.free_space = reader.read(ForkNumber::FreeSpace, layout, 0, |page, part, values| {
            let map = FreeSpacePage::new(page.bytes(), format)?;
            values.extend(part.slots.clone().map(|slot| map.free_space(slot)));
            Ok(())
        });
        let layout = (visibility::blocks_per_page(format), visibility::address as Address);
        let (none, map_lsns) = (VisibilityBits::empty(), &mut maps.map_lsns);
        let mut behind = None;
        maps.bits = reader.read(ForkNumber::Visibility, layout, none, |page, part, values| {
            let map = VisibilityPage::new(page.bytes(), format)?;
            values.extend(part.slots.clone().map(|slot| map.bits(slot)));
            map_lsns.push((part.first, page.header().pd_lsn()));
            if end == Some(part.end()) {
                behind =
                    map.first_set(part.slots.end).map(|slot| (part.page, slot - part.slots.end));
            }
            Ok(())
        });
        if let Some(((page, further), end)) = behind.zip(end) {
            findings.add(ends::bits_behind(relation, page, end, further));
        }
        maps
    }

    /// What the free space map believes of a block, in bytes; `None` where there is no map, or
    /// where its page can't be read.
    pub(in crate::analysis::bloat) fn free_space(&self, block: BlockNumber) -> Option<u32> {
        self.free_space.get(self.at(block)?).copied().flatten()
    }

    /// What the visibility map says of a block: nothing where there is no map, or where its page
    /// can't be read.
    pub(in crate::analysis::bloat) fn bits(&self, block: BlockNumber) -> VisibilityBits {
        let bits = self.at(block).and_then(|at| self.bits.get(at).copied().flatten());
        bits.unwrap_or(VisibilityBits::empty())
    }

    /// When the visibility map's page that knows of a block was changed last.
    pub(in crate::analysis::bloat) fn map_lsn(&self, block: BlockNumber) -> Lsn {
        let page = self.map_lsns.iter().rfind(|(first, _)| *first <= block);
        page.map_or(Lsn::INVALID, |(_, lsn)| *lsn)
    }

    fn at(&self, block: BlockNumber) -> Option<usize> {
        usize::try_from(block.0.checked_sub(self.first)?).ok()
    }
}

/// Where a map keeps what it knows of a block.
type Address = fn(BlockNumber, Format) -> MapAddress;

/// The blocks of a run that one page of a map knows.
struct Part {
    first: BlockNumber,
    page: BlockNumber,
    slots: Range<u32>,
}

impl Part {
    /// The block behind the last.
    fn end(&self) -> u32 {
        self.first.0.saturating_add(self.slots.end - self.slots.start)
    }
}

struct MapReader<'a> {
    cluster: &'a Cluster,
    relation: &'a Relation,
    run: PageRun,
    findings: &'a mut ScanFindings,
}

impl MapReader<'_> {
    /// What `get` finds in the map's slot of each block; `nothing` on a page that is new, or behind
    /// the map's end. A page has so many slots.
    fn read<T: Copy>(
        &mut self,
        fork: ForkNumber,
        (slots_per_page, address): (u32, Address),
        nothing: T,
        mut get: impl FnMut(&Page<'_>, &Part, &mut Vec<Option<T>>) -> Result<(), FormatError>,
    ) -> Vec<Option<T>> {
        let Some(files) = self.relation.files.fork(fork) else { return Vec::new() };
        let (format, source) = (self.cluster.format(), self.cluster.pages());
        let end = self.run.first.0.saturating_add(self.run.count);
        let mut buffer = Vec::new();
        let mut values = Vec::with_capacity(self.run.count as usize);
        let mut first = self.run.first;
        while first.0 < end {
            let MapAddress { page, slot } = address(first, format);
            let count = slots_per_page.saturating_sub(slot).clamp(1, end - first.0);
            let part = Part { first, page, slots: slot..slot + count };
            first = BlockNumber(part.end());
            if !source.has(files, page) {
                values.extend(repeat_n(Some(nothing), count as usize));
                continue;
            }
            let run = PageRun { first: page, count: 1 };
            let read = source.with(files, run, &mut buffer, |bytes| {
                let page = Page::new(bytes, format)?;
                if page.is_new() {
                    values.extend(repeat_n(Some(nothing), count as usize));
                    return Ok(());
                }
                get(&page, &part, &mut values)
            });
            let (code, error) = match read {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => (&page_codes::MAP_PAGE_BROKEN, error.to_string()),
                Err(error) => (&codes::BLOCK_UNREADABLE, error.source.to_string()),
            };
            self.found(code, fork, page, error);
            values.extend(repeat_n(None, count as usize));
        }
        values
    }

    fn found(&mut self, code: &'static Code, fork: ForkNumber, block: BlockNumber, found: String) {
        let location = location(self.relation, fork, block, None);
        self.findings.add(Finding { code, location, expected: String::new(), found });
    }
}
