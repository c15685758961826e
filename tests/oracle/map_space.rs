//! What `bloat` says of the maps, against `pg_freespace()` and `pg_visibility_map()`.

use std::collections::HashMap;

use pgautopsy::analysis::bloat::{BloatOptions, Line, bloat};
use pgautopsy::cluster::relation::Relation;
use pgautopsy::format::PgVersion;
use pgautopsy::primitives::ForkNumber;

use crate::answers::{Stored, all, list, number, stopped, text};

#[test]
fn maps_believe_what_the_servers_functions_say() {
    for name in stopped() {
        let stored = Stored::open(name);
        let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
        let found = bloat(&stored.cluster, &relations, BloatOptions::default(), &());
        let rows: HashMap<_, _> =
            found.relations.iter().map(|row| (std::ptr::from_ref(row.relation), row)).collect();
        let (mut free, mut visible) = (0, 0);
        for space in list(&stored.answers["space"]) {
            let row = |answer| {
                let relation = stored.relation(number(&space["database"]), number(answer));
                (relation.qualified_name(), rows[&std::ptr::from_ref(relation)])
            };
            for answer in list(&space["freespace"]) {
                let (at, row) = row(&answer[0]);
                let theirs: u64 = list(&answer[1]).iter().map(number).sum();
                let maps = row.maps().unwrap();
                assert_eq!(maps.fsm_free_space, theirs, "{name}: {at}");
                free += theirs;
            }
            for answer in list(&space["visibility"]) {
                let (at, row) = row(&answer[0]);
                let bits = text(&answer[1]).unwrap();
                let count = |set: [char; 2]| bits.matches(set).count() as u64;
                let maps = row.maps().unwrap();
                assert_eq!(maps.all_visible, count(['1', '3']), "{name}: {at}");
                assert_eq!(maps.all_frozen, count(['2', '3']), "{name}: {at}");
                visible += maps.all_visible;
            }
        }
        assert!(free > 1_000_000 && visible > 300, "{name}: {free} bytes, {visible} pages");
    }
}

#[test]
fn what_the_map_knows_and_does_not_know_makes_up_the_free_space() {
    let mut missing = 0;
    for name in all() {
        let stored = Stored::open(name);
        let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
        let found = bloat(&stored.cluster, &relations, BloatOptions::default(), &());
        assert_eq!(found.findings, [], "{name}");
        for row in &found.relations {
            let (Some(heap), Some(_)) = (&row.heap, row.relation.files.fork(ForkNumber::FreeSpace))
            else {
                continue;
            };
            let maps = &heap.maps;
            let real = maps.fsm_free_space + maps.fsm_missing_space - maps.fsm_excess_space;
            let free = heap.tally.free_space + heap.tally.ledger[Line::NewPages];
            let at = format!("{name}: {}", row.relation.qualified_name());
            assert!(real <= free, "{at}: {real} {free}");
            // From 18 on pgstattuple also counts space that no row can take, since the page has all
            // the line pointers that it can have. The map counts in steps of 32 bytes.
            let rounding = row.pages * 36;
            let counts_rooms = stored.cluster.version() < PgVersion::V18;
            assert!(!counts_rooms || free <= real + rounding, "{at}: {real} {free}");
            missing += maps.fsm_missing_space;
        }
    }
    assert!(missing > 100_000, "{missing}");
}
