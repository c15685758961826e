//! What is removable and what is held, against what VACUUM says that it removed and had to leave.

use std::collections::HashMap;

use pgautopsy::analysis::bloat::{BloatOptions, HeapBloat, bloat};
use pgautopsy::cluster::relation::Relation;

use crate::answers::{Stored, list, number, stopped, text};

/// What VACUUM says of one table: its name, and the row versions removed and not yet removable.
#[derive(Debug, PartialEq)]
struct Said {
    table: String,
    removed: u64,
    held: u64,
}

/// Every table that a `VACUUM (VERBOSE)` tells of: the one asked for, then its TOAST table.
fn said(verbose: &str) -> Vec<Said> {
    let mut said = Vec::new();
    let mut table = None;
    let mut removed = None;
    for line in verbose.lines() {
        if let Some(name) = quoted_after(line, "vacuuming \"") {
            table = Some(name.to_owned());
        }
        // 15 and later say both in a line, the others in two.
        if let Some(counts) = line.strip_prefix("tuples: ") {
            let numbers = numbers(counts);
            said.extend(table.clone().map(|table| Said {
                table,
                removed: numbers[0],
                held: numbers[2],
            }));
        } else if let Some((_, counts)) = line.split_once(": found ") {
            removed = Some(numbers(counts)[0]);
        } else if line.contains("dead row versions cannot be removed yet") {
            let held = numbers(line)[0];
            let pair = table.clone().zip(removed.take());
            said.extend(pair.map(|(table, removed)| Said { table, removed, held }));
        }
    }
    said
}

fn quoted_after<'a>(line: &'a str, words: &str) -> Option<&'a str> {
    line.split_once(words)?.1.rsplit_once('"').map(|(name, _)| name)
}

fn numbers(text: &str) -> Vec<u64> {
    text.split(|char: char| !char.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

#[test]
fn removable_and_held_are_what_vacuum_removes_and_leaves() {
    let mut freed_somewhere = 0;
    for name in stopped() {
        let stored = Stored::open(name);
        let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
        let found = bloat(&stored.cluster, &relations, BloatOptions::default(), &());
        let heaps: HashMap<_, _> = found
            .relations
            .iter()
            .filter_map(|row| Some((row.relation.qualified_name(), row.heap.as_ref()?)))
            .collect();
        let (mut removed, mut held, mut aborted) = (0, 0, 0);
        for round in list(&stored.answers["vacuum"]) {
            let dropped: Vec<_> = list(&round["dropped"]).iter().filter_map(text).collect();
            let mut tables = 0;
            for answer in list(&round["said"]) {
                let table = stored.relation(number(&answer[0]), number(&answer[1]));
                let database = table.database.as_ref().unwrap().name.clone().unwrap();
                for said in said(text(&answer[2]).unwrap()) {
                    let heap = heaps[&qualified(stored, &database, &said.table)];
                    let Some((expected_removed, expected_held)) = predicted(heap, &dropped) else {
                        continue;
                    };
                    assert_eq!(
                        (expected_removed, expected_held),
                        (said.removed, said.held),
                        "{name}, without {dropped:?}: {}",
                        said.table
                    );
                    tables += 1;
                    if dropped.is_empty() {
                        removed += said.removed;
                        held += said.held;
                        aborted += heap.tally.aborted.count;
                    } else if heap.tally.freed_without_oldest.count > 0 {
                        freed_somewhere += 1;
                    }
                }
            }
            assert!(!dropped.is_empty() || tables > 80, "{name}: {tables} tables");
        }
        assert!(
            removed > 1000 && held > 100 && aborted > 100,
            "{name}: {removed} {held} {aborted}"
        );
    }
    assert!(freed_somewhere > 2, "{freed_somewhere}");
}

/// What VACUUM should remove and leave once these holders are gone; `None` where that is not what
/// the answer tells: it says what letting go of the oldest alone would free.
fn predicted(heap: &HeapBloat, dropped: &[&str]) -> Option<(u64, u64)> {
    let tally = &heap.tally;
    let names: Vec<_> = heap.horizon.holders.iter().map(|holder| holder.name.as_str()).collect();
    let concerned: Vec<_> = dropped.iter().filter(|name| names.contains(name)).collect();
    match concerned[..] {
        [] => Some((tally.removable.count, tally.held.count)),
        // With a prepared transaction's end, its own rows turn out live or dead, too.
        [_] if tally.in_doubt.count > 0 => None,
        [alone] if names[0] == *alone => {
            let freed = tally.freed_without_oldest.count;
            Some((tally.removable.count + freed, tally.held.count - freed))
        }
        // Another than the oldest frees nothing.
        [alone] if names.contains(alone) => Some((tally.removable.count, tally.held.count)),
        _ => None,
    }
}

/// The name as VACUUM writes it (without quotes, from 15 on with the database) as ours.
fn qualified(stored: &Stored, database: &str, said: &str) -> String {
    let own = said.strip_prefix(database).and_then(|rest| rest.strip_prefix('.')).unwrap_or(said);
    let is_it = |relation: &&Relation| {
        let (Some(schema), Some(name)) = (&relation.schema, &relation.name) else { return false };
        let in_database = relation.database.as_ref().and_then(|own| own.name.as_deref());
        in_database == Some(database) && format!("{schema}.{name}") == own
    };
    let found = stored.cluster.relations().iter().find(is_it);
    found.unwrap_or_else(|| panic!("{}: no {said}", stored.name)).qualified_name()
}

#[test]
fn both_ways_in_which_vacuum_speaks_are_understood() {
    let old = "INFO:  vacuuming \"public.t\"\nINFO:  \"t\": found 5 removable, 7 nonremovable row \
               versions in 1 out of 1 pages\nDETAIL:  2 dead row versions cannot be removed yet, \
               oldest xmin: 500\n";
    let new = "INFO:  vacuuming \"d.public.t\"\nINFO:  finished vacuuming \"d.public.t\": index \
               scans: 0\npages: 0 removed\ntuples: 5 removed, 7 remain, 2 are dead but not yet \
               removable\n";
    for (text, table) in [(old, "public.t"), (new, "d.public.t")] {
        assert_eq!(said(text), [Said { table: table.to_owned(), removed: 5, held: 2 }]);
    }
}
