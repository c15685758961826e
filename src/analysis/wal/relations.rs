//! What the WAL spent on each relation.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::blocks::BlockCounts;
use super::checkpoints::{Cycle, cycle_of, cycles};
use super::codes;
use super::fold::{Extent, Tally, WalScan, fold};
use super::ledger::{Ledger, RelationCount};
use super::names::{NamedBy, Names};
use super::sightings::{Sighting, Sightings};
use crate::analysis::scan::Progress;
use crate::cluster::Cluster;
use crate::cluster::finding::Finding;
use crate::cluster::relation::Relation;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;

/// WAL by relation.
#[derive(Debug)]
pub struct WalRelations<'a> {
    /// A row for each relation, and one for what is about none; the most bytes first. Where cycles
    /// were asked for, a row for each relation and cycle, the cycles in their order.
    pub rows: Vec<RelationWal<'a>>,
    /// All of them.
    pub total: RelationCount,
    /// The cycles, where they were asked for.
    pub cycles: Vec<(Cycle, RelationCount)>,
    /// What was read.
    pub extent: Extent,
}

/// What the WAL spent on one relation.
#[derive(Debug)]
pub struct RelationWal<'a> {
    /// The relation; `None` for what is about none.
    pub relation: Option<Cow<'a, Relation>>,
    /// How its name is known.
    pub named_by: Option<NamedBy>,
    /// What the WAL says about its files.
    pub sighting: Sighting,
    /// The cycle, where cycles were asked for.
    pub cycle: Option<Cycle>,
    /// Its records and bytes.
    pub count: RelationCount,
    /// Its blocks; `None` where they are too many to keep them apart.
    pub blocks: Option<BlockCounts>,
}

/// Shares the bytes of the WAL out among relations; `cluster` has their names. With `by_cycle`,
/// each checkpoint cycle is accounted for on its own, and the WAL read once more to find them.
pub fn wal_relations<'a>(
    wal: &Wal,
    cluster: Option<&'a Cluster>,
    scan: WalScan,
    by_cycle: bool,
    progress: &dyn Progress,
) -> WalRelations<'a> {
    let cycles = if by_cycle { cycles(wal, scan, progress) } else { vec![Cycle::default()] };
    let format = wal.format();
    let fresh = || Ledgers {
        format,
        cycles: &cycles,
        ledgers: cycles.iter().map(|_| None).collect(),
        sightings: Sightings::default(),
    };
    let mut ledgers = fresh();
    let mut extent = fold(wal, scan, progress, fresh, &mut ledgers);
    let Ledgers { ledgers, sightings, .. } = ledgers;
    let names = Names::new(cluster, &sightings);
    let (mut rows, mut totals) = (Vec::new(), Vec::new());
    for (cycle, ledger) in cycles.iter().zip(ledgers) {
        let Some(ledger) = ledger else { continue };
        extent.findings.extend(broken(ledger.broken));
        let (first, mut total) = (rows.len(), RelationCount::default());
        let knows_blocks = ledger.knows_blocks();
        for (locator, entry) in ledger.into_entries() {
            total += entry.count;
            let (relation, named_by) = locator.map(|locator| names.name(locator)).unzip();
            let sighting = locator.map(|locator| sightings.of(locator));
            rows.push(RelationWal {
                relation,
                named_by: named_by.flatten(),
                sighting: sighting.unwrap_or_default(),
                cycle: by_cycle.then_some(*cycle),
                count: entry.count,
                blocks: knows_blocks.then(|| entry.blocks()),
            });
        }
        if let Some(own) = rows.get_mut(first..) {
            own.sort_by_key(|row| {
                let locator = row.relation.as_ref().and_then(|relation| relation.locator);
                (Reverse(row.count.wal_bytes), locator)
            });
        }
        totals.push((*cycle, total));
    }
    let mut total = RelationCount::default();
    for (_, cycle) in &totals {
        total += *cycle;
    }
    let cycles = if by_cycle { totals } else { Vec::new() };
    WalRelations { rows, total, cycles, extent }
}

/// Says how many records made no sense.
fn broken(records: u64) -> Option<Finding> {
    (records > 0).then(|| Finding {
        code: &codes::WAL_RECORD_BROKEN,
        location: crate::cluster::finding::Location::default(),
        expected: "block references, data and images that add up to the record".to_owned(),
        found: format!("{records} records that do not"),
    })
}

/// A ledger for each cycle that has records.
struct Ledgers<'a> {
    format: Format,
    cycles: &'a [Cycle],
    ledgers: Vec<Option<Ledger>>,
    sightings: Sightings,
}

impl Tally for Ledgers<'_> {
    #[inline]
    fn add(&mut self, raw: &RawRecord<'_>) {
        let at = if self.cycles.len() > 1 { cycle_of(self.cycles, raw.start_lsn) } else { 0 };
        if let Some(ledger) = self.ledgers.get_mut(at) {
            ledger.get_or_insert_with(|| Ledger::new(self.format)).add(raw);
        }
        self.sightings.add(raw, self.format);
    }

    fn append(&mut self, later: Self) {
        for (ledger, later) in self.ledgers.iter_mut().zip(later.ledgers) {
            match (ledger, later) {
                (Some(ledger), Some(later)) => ledger.append(later),
                (ledger, later @ Some(_)) => *ledger = later,
                (_, None) => {}
            }
        }
        self.sightings.append(later.sightings);
    }
}
