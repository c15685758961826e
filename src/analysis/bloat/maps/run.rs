//! What the maps say of a run of blocks.

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
    bits: Vec<Option<(VisibilityBits, Lsn)>>,
}

impl RunMaps {
    /// Reads the pages of the maps that know of these blocks. What can't be read is a finding.
    pub(in crate::analysis::bloat) fn read(
        cluster: &Cluster,
        relation: &Relation,
        run: PageRun,
        findings: &mut ScanFindings,
    ) -> Self {
        let format = cluster.format();
        let mut reader = MapReader { cluster, relation, findings };
        let free_space =
            reader.read(ForkNumber::FreeSpace, run, free_space::address, 0, |page, slot| {
                Ok(FreeSpacePage::new(page.bytes(), format)?.free_space(slot))
            });
        let none = (VisibilityBits::empty(), Lsn(0));
        let bits =
            reader.read(ForkNumber::Visibility, run, visibility::address, none, |page, slot| {
                let bits = VisibilityPage::new(page.bytes(), format)?.bits(slot);
                Ok(bits.map(|bits| (bits, page.header().pd_lsn())))
            });
        Self { first: run.first.0, free_space, bits }
    }

    /// What the free space map believes of a block, in bytes; `None` where there is no map, or
    /// where its page can't be read.
    pub(in crate::analysis::bloat) fn free_space(&self, block: BlockNumber) -> Option<u32> {
        self.free_space.get(self.at(block)?).copied().flatten()
    }

    /// What the visibility map says of a block, and when its page was changed last.
    pub(in crate::analysis::bloat) fn bits(
        &self,
        block: BlockNumber,
    ) -> Option<(VisibilityBits, Lsn)> {
        self.bits.get(self.at(block)?).copied().flatten()
    }

    fn at(&self, block: BlockNumber) -> Option<usize> {
        usize::try_from(block.0.checked_sub(self.first)?).ok()
    }
}

struct MapReader<'a> {
    cluster: &'a Cluster,
    relation: &'a Relation,
    findings: &'a mut ScanFindings,
}

impl MapReader<'_> {
    /// What `get` finds in the map's slot of each block; `nothing` on a page that is new, or behind
    /// the map's end.
    fn read<T: Copy>(
        &mut self,
        fork: ForkNumber,
        run: PageRun,
        address: fn(BlockNumber, Format) -> MapAddress,
        nothing: T,
        get: impl Fn(&Page<'_>, u32) -> Result<Option<T>, FormatError>,
    ) -> Vec<Option<T>> {
        let Some(files) = self.relation.files.fork(fork) else { return Vec::new() };
        let (format, source) = (self.cluster.format(), self.cluster.pages());
        let addresses = (run.first.0..run.first.0.saturating_add(run.count))
            .map(|block| address(BlockNumber(block), format));
        let addresses: Vec<_> = addresses.collect();
        let mut buffer = Vec::new();
        let mut values = Vec::with_capacity(addresses.len());
        for of_page in addresses.chunk_by(|one, next| one.page == next.page) {
            let Some(MapAddress { page, .. }) = of_page.first().copied() else { continue };
            if !source.has(files, page) {
                values.extend(of_page.iter().map(|_| Some(nothing)));
                continue;
            }
            let read = match source.read(files, page, &mut buffer) {
                Ok(bytes) => Page::new(bytes, format).and_then(|page| {
                    let is_new = page.is_new();
                    let value = |address: &MapAddress| {
                        if is_new { Ok(Some(nothing)) } else { get(&page, address.slot) }
                    };
                    of_page.iter().map(value).collect::<Result<Vec<_>, _>>()
                }),
                Err(error) => {
                    self.found(&codes::BLOCK_UNREADABLE, fork, page, error.source.to_string());
                    values.extend(of_page.iter().map(|_| None));
                    continue;
                }
            };
            match read {
                Ok(read) => values.extend(read),
                Err(error) => {
                    self.found(&page_codes::MAP_PAGE_BROKEN, fork, page, error.to_string());
                    values.extend(of_page.iter().map(|_| None));
                }
            }
        }
        values
    }

    fn found(&mut self, code: &'static Code, fork: ForkNumber, block: BlockNumber, found: String) {
        let location = location(self.relation, fork, block, None);
        self.findings.add(Finding { code, location, expected: String::new(), found });
    }
}
