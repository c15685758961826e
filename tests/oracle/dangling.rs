//! What the items of indexes point to, against the heap pages as pageinspect shows them, and against
//! what VACUUM removes from each index.

use std::collections::{BTreeMap, BTreeSet};

use pgautopsy::analysis::bloat::{
    Bloat, BloatOptions, Dangling, DanglingOptions, Target, Targets, bloat, follow_items,
};
use pgautopsy::cluster::relation::Relation;
use pgautopsy::cluster::transactions::XidStatus;
use pgautopsy::format::page::index::IndexMethod;
use pgautopsy::primitives::{MultiXactId, TransactionId};
use serde_json::Value;

use crate::answers::{Stored, all, list, number, stopped, text};
use crate::indexes::found_in;

fn followed(stored: &Stored, options: DanglingOptions) -> Bloat<'_> {
    let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
    let mut found = bloat(&stored.cluster, &relations, BloatOptions::default(), &());
    follow_items(&stored.cluster, &mut found, options, &());
    found
}

/// Each index whose items were followed, by its place in the cluster.
fn targets<'a>(
    found: &'a Bloat<'_>,
) -> impl Iterator<Item = (&'a Relation, IndexMethod, &'a Targets)> {
    found.relations.iter().filter_map(|row| {
        let index = row.index.as_ref()?;
        Some((row.relation, index.method?, index.dangling.as_ref()?.targets()?))
    })
}

fn of_user(relation: &Relation) -> bool {
    !matches!(relation.schema.as_deref(), Some("pg_catalog" | "pg_toast" | "information_schema"))
}

#[test]
fn no_item_of_a_good_cluster_is_lost() {
    for name in all() {
        let stored = Stored::open(name);
        let found = followed(stored, DanglingOptions::default());
        assert_eq!(found.findings, [], "{name}");
        let mut methods = BTreeSet::new();
        for row in &found.relations {
            let Some(index) = &row.index else { continue };
            let at = format!("{name}: {}", row.relation.qualified_name());
            match index.dangling.as_ref().unwrap() {
                Dangling::Followed(targets) => {
                    methods.extend(index.method);
                    if stored.cluster.state().is_shut_down() {
                        assert_eq!((targets.gone(), targets.astray()), (0, 0), "{at}: {targets:?}");
                    }
                }
                Dangling::NotFollowed(why) => {
                    let of_ranges = index.method == Some(IndexMethod::Brin);
                    let is_known = index.method.is_some() && row.relation.owner.is_some();
                    assert!(of_ranges || !is_known, "{at}: {why}");
                }
            }
        }
        let expected = if stopped().contains(&name) { IndexMethod::ALL.len() - 1 } else { 1 };
        assert!(methods.len() >= expected, "{name}: {methods:?}");
    }
}

#[test]
fn items_point_to_what_pageinspect_shows() {
    for name in stopped() {
        let stored = Stored::open(name);
        let found = followed(stored, DanglingOptions::default());
        let mut seen: BTreeMap<_, Counts> = BTreeMap::new();
        for (index, method, targets) in targets(&found).filter(|(index, ..)| of_user(index)) {
            let at = format!("{name}: {}", index.qualified_name());
            let database = u64::from(index.database.as_ref().unwrap().oid.0);
            let table = stored.relation(database, index.owner.unwrap().0.into());
            let heap = Shown::of(stored, table);
            let mut theirs = Counts::default();
            for (tid, times) in found_in(stored, index, method) {
                *theirs.of(heap.target(tid)) += times as u64;
            }
            let ours = Counts {
                live: targets[Target::Live],
                dead: targets[Target::Removable] + targets[Target::Held],
                lp_dead: targets[Target::LpDead],
                lost: targets.gone() + targets.astray(),
            };
            assert_eq!(ours, theirs, "{at}");
            assert_eq!(targets.all(), theirs.sum(), "{at}");
            // An index of all rows, each once.
            let word = |relation: &Relation, word| relation.name.as_deref().unwrap().contains(word);
            let of_all = method != IndexMethod::Gin
                && !word(index, "partial")
                && !(method == IndexMethod::Hash && word(table, "null_keys"));
            if of_all {
                assert_eq!(targets[Target::Live], heap.live_roots(), "{at}: rows");
            }
            let sum = seen.entry(method).or_default();
            sum.live += theirs.live;
            sum.dead += theirs.dead;
            sum.lp_dead += theirs.lp_dead;
        }
        assert_eq!(seen.len(), 6, "{name}: {seen:?}");
        assert!(seen.values().all(|seen| seen.live > 1000 && seen.dead > 50), "{name}: {seen:?}");
        assert!(seen[&IndexMethod::Btree].lp_dead > 50, "{name}: {seen:?}");
    }
}

/// How many heap tuples an index points to, by what they are.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    live: u64,
    dead: u64,
    lp_dead: u64,
    lost: u64,
}

impl Counts {
    fn of(&mut self, target: Seen) -> &mut u64 {
        match target {
            Seen::Live => &mut self.live,
            Seen::Dead => &mut self.dead,
            Seen::LpDead => &mut self.lp_dead,
            Seen::Nothing => &mut self.lost,
        }
    }

    fn sum(&self) -> u64 {
        self.live + self.dead + self.lp_dead + self.lost
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Seen {
    Live,
    Dead,
    LpDead,
    Nothing,
}

/// A heap as `heap_page_items()` shows it, by block and line pointer.
struct Shown<'a> {
    stored: &'a Stored,
    items: BTreeMap<(u64, u64), &'a Value>,
}

const LP_NORMAL: u64 = 1;
const LP_REDIRECT: u64 = 2;
const LP_DEAD: u64 = 3;

impl<'a> Shown<'a> {
    fn of(stored: &'a Stored, table: &Relation) -> Self {
        let pages = list(&stored.answers["pages"]);
        let places = list(&stored.answers["files"][table.path.as_deref().unwrap()]);
        let mut items = BTreeMap::new();
        for (block, place) in (0..).zip(places) {
            let page = &pages[usize::try_from(number(place)).unwrap()][2];
            for item in page.as_array().into_iter().flatten() {
                items.insert((block, number(&item[0])), item);
            }
        }
        Self { stored, items }
    }

    /// What an index scan comes to.
    fn target(&self, (block, lp): (u64, u64)) -> Seen {
        let Some(mut item) = self.items.get(&(block, lp)) else { return Seen::Nothing };
        match number(&item[2]) {
            LP_DEAD => return Seen::LpDead,
            LP_REDIRECT => match self.items.get(&(block, number(&item[1]))) {
                Some(first) if number(&first[2]) == LP_NORMAL => item = first,
                _ => return Seen::Nothing,
            },
            LP_NORMAL if number(&item[8]) & 0x8000 == 0 => {}
            _ => return Seen::Nothing,
        }
        loop {
            let Some(updater) = self.updater(item) else { return Seen::Live };
            // HEAP_HOT_UPDATED, and neither xid invalid.
            let (infomask2, infomask) = (number(&item[8]), number(&item[9]));
            if infomask2 & 0x4000 == 0 || infomask & 0x0800 != 0 || infomask & 0x0300 == 0x0200 {
                return Seen::Dead;
            }
            let ctid = text(&item[7]).unwrap().trim_matches(['(', ')']);
            let next = ctid.split_once(',').unwrap().1.parse().unwrap();
            match self.items.get(&(block, next)) {
                Some(next) if number(&next[2]) == LP_NORMAL && number(&next[4]) == updater => {
                    item = next;
                }
                _ => return Seen::Dead,
            }
        }
    }

    /// Who deleted a row, or 0 where it never came to be; `None` where it is there, or in doubt.
    fn updater(&self, item: &Value) -> Option<u64> {
        let infomask = number(&item[9]);
        let xid = |value: &Value| TransactionId(number(value).try_into().unwrap());
        let transactions = self.stored.cluster.transactions();
        let ended = |xid, hinted: bool, refuted: bool| match (hinted, refuted) {
            (true, _) => XidStatus::Committed,
            (false, true) => XidStatus::Aborted,
            (false, false) => transactions.status(xid),
        };
        match ended(xid(&item[4]), infomask & 0x0100 != 0, infomask & 0x0200 != 0) {
            XidStatus::Committed => {}
            XidStatus::Aborted => return Some(0),
            XidStatus::InDoubt => return None,
            XidStatus::Unknown => panic!("{}: {item}", self.stored.name),
        }
        // HEAP_XMAX_INVALID, HEAP_XMAX_LOCK_ONLY, and the form of a lock before 9.3.
        if infomask & 0x0880 != 0 || infomask & 0x1050 == 0x0040 {
            return None;
        }
        let xmax = if infomask & 0x1000 == 0 {
            xid(&item[5])
        } else {
            transactions.update_xid(MultiXactId(xid(&item[5]).0)).unwrap()?
        };
        let is_deleted = ended(xmax, infomask & 0x0400 != 0, false) == XidStatus::Committed;
        is_deleted.then_some(u64::from(xmax.0))
    }

    /// Line pointers that an index scan comes to a row from.
    fn live_roots(&self) -> u64 {
        self.items.keys().filter(|tid| self.target(**tid) == Seen::Live).count() as u64
    }
}

#[test]
fn what_is_removable_is_what_vacuum_removes_from_each_index() {
    for name in stopped() {
        let stored = Stored::open(name);
        let found = followed(stored, DanglingOptions::default());
        let (mut removed, mut same, mut methods) = (0, 0, BTreeSet::new());
        let round = &list(&stored.answers["vacuum"])[0];
        assert!(list(&round["dropped"]).is_empty(), "everything still holds rows");
        for answer in list(&round["said"]) {
            let table = stored.relation(number(&answer[0]), number(&answer[1]));
            let said = text(&answer[2]).unwrap();
            for (index, method, targets) in targets(&found) {
                if index.owner != table.oid || index.database != table.database {
                    continue;
                }
                let at = format!("{name}: {}", index.qualified_name());
                let ours = targets.removable();
                // 12 and 13 speak of each index; later ones of the table's line pointers, and not
                // all of these need have an item.
                if let Some(theirs) = removed_from(said, index.name.as_deref().unwrap()) {
                    assert_eq!(ours, theirs, "{at}");
                    same += 1;
                } else {
                    let dead = dead_item_identifiers(said).unwrap_or(0);
                    assert!(ours <= dead || method == IndexMethod::Gin, "{at}: {ours} of {dead}");
                    same += u64::from(ours == dead && dead > 0);
                }
                removed += ours;
                methods.insert(method);
            }
        }
        assert!(removed > 3000 && same > 30, "{name}: {removed} {same}");
        assert_eq!(methods.len(), 6, "{name}: {methods:?}");
    }
}

/// What VACUUM removed from an index, as 12 and 13 say it.
fn removed_from(said: &str, index: &str) -> Option<u64> {
    let mut lines = said.lines();
    let line = format!("INFO:  index \"{index}\" now contains");
    lines.find(|said| said.starts_with(&line))?;
    let detail = lines.next()?.strip_prefix("DETAIL:  ")?;
    detail.strip_suffix(" index row versions were removed.")?.parse().ok()
}

/// How many line pointers of a table it found, or made, dead, as later ones say it.
fn dead_item_identifiers(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("dead item identifiers"))?;
    let (_, count) = line.split_once(" had ").or_else(|| line.split_once(" have "))?;
    count.split_once(' ')?.0.parse().ok()
}

#[test]
fn the_answer_depends_neither_on_threads_nor_on_memory() {
    let stored = Stored::open(stopped()[0]);
    let text = |threads, budget| {
        let found = followed(stored, DanglingOptions { threads: Some(threads), budget });
        let counts: Vec<_> = targets(&found).map(|(index, _, targets)| (index, targets)).collect();
        assert!(counts.len() > 100);
        format!("{counts:?} {:?}", found.findings)
    };
    let whole = text(1, DanglingOptions::default().budget);
    // Room for a few blocks at once, and for one.
    for (threads, budget) in [(4, 64 << 10), (1, 64 << 10), (2, 0)] {
        assert!(text(threads, budget) == whole, "{threads} threads, {budget} bytes");
    }
}
