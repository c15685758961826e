//! What the WAL spent on each relation.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::blocks::BlockCounts;
use super::bound::too_many;
use super::checkpoints::{Cycle, cycle_of, cycles};
use super::codes;
use super::fold::{Extent, Tally, WalScan, fold, pages};
use super::ledger::{About, Ledger, LedgerRoom, RelationCount};
use super::names::{NamedBy, Names};
use super::sightings::{Sighting, Sightings};
use crate::analysis::scan::{Announced, Progress};
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
    /// were asked for, a row for each relation and cycle, the cycles in their order. At most 32,768
    /// rows are of relations: those that come first in the WAL, and of one segment the first 4096.
    /// What is about others is one more row (a cycle), and a finding.
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
    /// The relation; `None` for what is about none, or about the others.
    pub relation: Option<Cow<'a, Relation>>,
    /// Whether these are all relations that have no row of their own.
    pub is_others: bool,
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
    bounded(wal, cluster, scan, by_cycle, Room::default(), progress)
}

/// How much is told apart, of one segment and of all.
#[derive(Debug, Clone, Copy)]
struct Room {
    segment: LedgerRoom,
    all: LedgerRoom,
}

impl Default for Room {
    fn default() -> Self {
        Self { segment: LedgerRoom::SEGMENT, all: LedgerRoom::ALL }
    }
}

fn bounded<'a>(
    wal: &Wal,
    cluster: Option<&'a Cluster>,
    scan: WalScan,
    by_cycle: bool,
    room: Room,
    progress: &dyn Progress,
) -> WalRelations<'a> {
    let (cycles, too_many_cycles) = if by_cycle {
        progress.begin(2 * pages(wal, scan.range));
        cycles(wal, scan, &Announced(progress))
    } else {
        (vec![Cycle::default()], None)
    };
    let announced = Announced(progress);
    let progress: &dyn Progress = if by_cycle { &announced } else { progress };
    let tally = |room: LedgerRoom| ByRelation {
        cycles: &cycles,
        ledger: Ledger::new(wal.format(), room),
        sightings: Sightings::new(room.relations),
        format: wal.format(),
    };
    let mut all = tally(room.all);
    let mut extent = fold(wal, scan, progress, || tally(room.segment), &mut all);
    let ByRelation { ledger, sightings, .. } = all;
    extent.findings.extend(broken(ledger.broken));
    extent.findings.extend(too_many_cycles);
    extent.findings.extend(ledger.others().map(|others| no_room(others, room, by_cycle)));
    extent.findings.extend(ledger.has_forgotten_blocks().then(|| no_blocks(room)));
    extent.findings.extend(sightings.no_room(room.segment.relations));
    let names = Names::new(cluster, &sightings);
    let mut totals: BTreeMap<usize, RelationCount> = BTreeMap::new();
    let mut rows: Vec<_> = ledger.into_rows().collect();
    rows.sort_by_key(|row| (row.cycle, Reverse(row.count.wal_bytes), row.about));
    let rows = rows.into_iter().map(|row| {
        *totals.entry(row.cycle).or_default() += row.count;
        let locator = match row.about {
            About::Relation(locator) => Some(locator),
            About::Nothing | About::Others => None,
        };
        let (relation, named_by) = locator.map(|locator| names.name(locator)).unzip();
        let sighting = locator.map(|locator| sightings.of(locator));
        RelationWal {
            relation,
            is_others: row.about == About::Others,
            named_by: named_by.flatten(),
            sighting: sighting.unwrap_or_default(),
            cycle: cycles.get(row.cycle).copied().filter(|_| by_cycle),
            count: row.count,
            blocks: row.blocks,
        }
    });
    let rows = rows.collect();
    let mut total = RelationCount::default();
    for cycle in totals.values() {
        total += *cycle;
    }
    let cycle = |(at, count)| Some((*cycles.get(at)?, count));
    let cycles = totals.into_iter().filter(|_| by_cycle).filter_map(cycle).collect();
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

/// Says how much is not told apart by relation.
fn no_room(others: RelationCount, room: Room, by_cycle: bool) -> Finding {
    let RelationCount { block_refs, wal_bytes, .. } = others;
    let relations = if by_cycle { "relations, those of each cycle apart," } else { "relations" };
    too_many(format!(
        "at most {} {relations} have rows of their own, {} of what one segment holds: {block_refs} \
         block references, {wal_bytes} bytes in all, count for others",
        room.all.relations, room.segment.relations
    ))
}

/// Says that nothing is known of single blocks.
fn no_blocks(room: Room) -> Finding {
    too_many(format!(
        "there is room for {} runs of 256 blocks, and {} of what one segment holds: of distinct \
         blocks nothing is said",
        room.all.runs, room.segment.runs
    ))
}

/// What is counted.
struct ByRelation<'a> {
    format: Format,
    cycles: &'a [Cycle],
    ledger: Ledger,
    sightings: Sightings,
}

impl Tally for ByRelation<'_> {
    #[inline]
    fn add(&mut self, raw: &RawRecord<'_>) {
        let cycle = if self.cycles.len() > 1 { cycle_of(self.cycles, raw.start_lsn) } else { 0 };
        self.ledger.add(cycle, raw);
        self.sightings.add(raw, self.format);
    }

    fn append(&mut self, later: Self) {
        self.ledger.append(later.ledger);
        self.sightings.append(later.sightings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::stored;

    #[test]
    fn relations_that_there_is_no_room_for_are_one_row_and_sums_stay_whole() {
        let cluster = stored("pg17-wal");
        let wal = cluster.wal();
        for by_cycle in [false, true] {
            let found = |room, threads| {
                let scan = WalScan { threads: Some(threads), ..WalScan::default() };
                bounded(wal, None, scan, by_cycle, room, &())
            };
            let whole = found(Room::default(), 1);
            assert!(whole.rows.len() > 30 && whole.rows.iter().all(|row| !row.is_others));
            assert!(whole.extent.findings.is_empty());
            for (segment, all) in [(3, 3), (4, 10), (1000, 20), (3, 1000)] {
                let room = Room {
                    segment: LedgerRoom { relations: segment, ..LedgerRoom::SEGMENT },
                    all: LedgerRoom { relations: all, ..LedgerRoom::ALL },
                };
                let few = found(room, 1);
                assert_eq!(few.total, whole.total);
                assert_eq!(few.cycles, whole.cycles);
                let relations = few.rows.iter().filter(|row| row.relation.is_some());
                assert!(relations.clone().count() <= all);
                let mut sum = RelationCount::default();
                few.rows.iter().for_each(|row| sum += row.count);
                assert_eq!(sum, whole.total);
                let mut others = RelationCount::default();
                few.rows.iter().filter(|row| row.is_others).for_each(|row| others += row.count);
                assert!(others.block_refs > 0);
                let said = |finding: &&Finding| {
                    let bytes = format!("{} bytes in all", others.wal_bytes);
                    let kind = if by_cycle { "those of each cycle" } else { "relations have" };
                    finding.code == &codes::WAL_TOO_MANY
                        && finding.found.contains(&bytes)
                        && finding.found.contains(kind)
                };
                assert_eq!(few.extent.findings.iter().filter(said).count(), 1);
                let of_files = format!("of at most {all} files it is kept");
                let says = |finding: &Finding| finding.found.starts_with(&of_files);
                assert!(segment > 3 || few.extent.findings.iter().any(says));
                // A segment that has room for all leaves those whole that have a row.
                if segment == 1000 {
                    for row in relations {
                        let locator = |row: &RelationWal<'_>| row.relation.as_ref()?.locator;
                        let is = |other: &&RelationWal<'_>| {
                            locator(other) == locator(row) && other.cycle == row.cycle
                        };
                        let own = whole.rows.iter().find(is).unwrap();
                        assert_eq!((own.count, own.blocks), (row.count, row.blocks));
                    }
                }
                for threads in [2, 7] {
                    let again = found(room, threads);
                    assert_eq!(format!("{again:?}"), format!("{few:?}"));
                }
            }
        }
    }

    #[test]
    fn of_blocks_that_there_is_no_room_for_nothing_is_said() {
        let cluster = stored("pg17-wal");
        let found = |runs| {
            let segment = LedgerRoom { runs, ..LedgerRoom::SEGMENT };
            let room = Room { segment, all: LedgerRoom::ALL };
            bounded(cluster.wal(), None, WalScan::default(), false, room, &())
        };
        let (few, whole) = (found(3), found(10_000));
        assert_eq!(few.total, whole.total);
        assert!(few.rows.iter().all(|row| row.blocks.is_none()));
        let says =
            |finding: &Finding| finding.found.ends_with("of distinct blocks nothing is said");
        assert!(few.extent.findings.iter().any(says) && whole.extent.findings.is_empty());
        assert!(whole.rows.iter().all(|row| row.blocks.is_some() == row.relation.is_some()));
    }
}
