//! Maps that reach further than what they are of.

use super::Settled;
use crate::analysis::bloat::{codes, location};
use crate::analysis::scan::ScanFindings;
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::relation::Relation;
use crate::format::map::free_space;
use crate::format::map::visibility;
use crate::primitives::{BlockNumber, ForkNumber};

/// Finds maps that have pages for blocks from `end` on, which the relation does not have.
///
/// A map may well be shorter: of blocks behind its end it knows nothing.
pub(in crate::analysis::bloat) fn check_ends(
    cluster: &Cluster,
    relation: &Relation,
    end: u32,
    findings: &mut ScanFindings,
) {
    if Settled::of(cluster, relation) != Settled::All {
        return;
    }
    let format = cluster.format();
    // What is left of a free space map that was cut off can be a page too long.
    let most = [
        (ForkNumber::FreeSpace, free_space::page_count(end.saturating_add(1), format)),
        (ForkNumber::Visibility, end.div_ceil(visibility::blocks_per_page(format))),
    ];
    for (fork, most) in most {
        let Some(files) = relation.files.fork(fork) else { continue };
        let pages = files.pages(format);
        if pages > u64::from(most) {
            findings.add(Finding {
                code: &codes::MAP_TOO_LONG,
                location: location(relation, fork, BlockNumber(most), None),
                expected: format!("at most {most} pages for {end} blocks"),
                found: format!("{pages} pages"),
            });
        }
    }
}

/// The visibility map's page `page` has bits of a block that is `further` blocks behind the
/// relation's end: once it grows again, they would be taken for true.
pub(super) fn bits_behind(
    relation: &Relation,
    page: BlockNumber,
    end: u32,
    further: u32,
) -> Finding {
    let block = u64::from(end) + u64::from(further);
    Finding {
        code: &codes::ALL_VISIBLE_CONTRADICTED,
        location: location(relation, ForkNumber::Visibility, page, None),
        expected: format!("no bits behind block {end}, where the relation ends"),
        found: format!("bits of block {block}"),
    }
}
