//! The space ledger, against `pgstattuple`.

use std::collections::HashMap;

use pgautopsy::analysis::bloat::{Bloat, BloatOptions, bloat};
use pgautopsy::cluster::relation::Relation;

use crate::answers::{Stored, all, list, number, stopped};

fn scanned(stored: &Stored, threads: usize) -> Bloat<'_> {
    let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
    let options = BloatOptions { threads: Some(threads), strips: 7 };
    bloat(&stored.cluster, &relations, options, &())
}

#[test]
fn counts_are_those_of_pgstattuple() {
    for name in stopped() {
        let stored = Stored::open(name);
        let found = scanned(stored, 2);
        assert_eq!(found.findings, [], "{name}");
        let rows: HashMap<_, _> =
            found.relations.iter().map(|row| (std::ptr::from_ref(row.relation), row)).collect();
        let (mut compared, mut changed) = (0, Vec::new());
        for space in list(&stored.answers["space"]) {
            for counts in list(&space["pgstattuple"]) {
                let relation = stored.relation(number(&space["database"]), number(&counts[0]));
                if counts[1] == false {
                    changed.push(relation.qualified_name());
                    continue;
                }
                let row = rows[&std::ptr::from_ref(relation)];
                let tally = &row.heap.as_ref().unwrap().tally;
                let (present, dead) = (tally.present(), tally.dead());
                let ours = [
                    row.table_len,
                    present.count,
                    present.len,
                    dead.count,
                    dead.len,
                    tally.free_space,
                ];
                let theirs = [2, 3, 4, 6, 7, 9].map(|at| number(&counts[at]));
                assert_eq!(ours, theirs, "{name}: {}", relation.qualified_name());
                for (at, len) in [(5, present.len), (8, dead.len), (10, tally.free_space)] {
                    let theirs = counts[at].as_f64().unwrap();
                    let ours = row.percent(len);
                    assert!(
                        (ours - theirs).abs() < 1e-9,
                        "{name}: {} {ours} {theirs}",
                        relation.qualified_name()
                    );
                }
                compared += 1;
            }
        }
        // Reading a catalog can prune it; nothing else may have changed under the question.
        assert!(compared > 600, "{name}: {compared}");
        assert!(changed.iter().all(|name| name.contains("pg_catalog.")), "{name}: {changed:?}");
        assert!(changed.len() < 10, "{name}: {changed:?}");
    }
}

#[test]
fn ledgers_sum_to_the_main_fork() {
    for name in all() {
        let stored = Stored::open(name);
        let mut heaps = 0;
        for row in scanned(stored, 2).relations {
            let Some(heap) = row.heap else { continue };
            let at = format!("{name}: {}", row.relation.qualified_name());
            assert_eq!(heap.tally.ledger.total(), row.table_len, "{at}");
            assert_eq!(heap.tally.pages, row.pages, "{at}");
            let strips: u64 = heap.strips.iter().map(|strip| strip.blocks).sum();
            assert_eq!(strips, row.pages, "{at}: strips");
            let density = heap.tally.density.none + heap.tally.density.tenths.iter().sum::<u64>();
            assert_eq!(density, row.pages, "{at}: density");
            heaps += 1;
        }
        assert!(heaps > 100, "{name}: {heaps}");
    }
}

#[test]
fn the_answer_does_not_depend_on_the_number_of_threads() {
    let stored = Stored::open(stopped()[0]);
    let text = |threads| format!("{:?}", scanned(stored, threads));
    assert_eq!(text(1), text(4));
}
