//! Pages of indexes, against every function that pageinspect has for them; and what REINDEX makes
//! of each index.

use std::collections::{BTreeMap, BTreeSet};

use pgautopsy::analysis::page::PageSet;
use pgautopsy::cluster::relation::Relation;
use pgautopsy::cluster::transactions::XidStatus;
use pgautopsy::format::page::index::{IndexMethod, IndexPage};
use pgautopsy::primitives::{ForkNumber, TransactionId};
use serde_json::{Map, Value};

use crate::answers::{Stored, list, number, stopped, text};
use crate::shown::Shown;

/// What is seen of the pages of all indexes of a cluster together. Half-dead pages are those that
/// a VACUUM left that never came to its end; that is what one cluster is for.
const KINDS: [&str; 15] = [
    "meta",
    "root",
    "internal",
    "leaf",
    "half_dead",
    "deleted",
    "posting_internal",
    "posting_leaf",
    "pending",
    "bucket",
    "overflow",
    "bitmap",
    "unused",
    "revmap",
    "regular",
];

#[test]
fn pages_of_indexes_are_those_of_pageinspect() {
    let mut names = stopped();
    names.extend(crate::answers::all().into_iter().filter(|name| *name == "pg17-promoted"));
    let mut half_dead = 0;
    for name in names {
        let stored = Stored::open(name);
        let (mut kinds, mut asked) = (BTreeSet::new(), BTreeMap::<_, usize>::new());
        for index in list(&stored.answers["pageinspect"]["indexes"]) {
            let shown = compare_index(stored, index, &mut asked);
            kinds.extend(shown.tables["pages"].iter().map(|page| word(&page["kind"])));
        }
        if kinds.contains("half_dead") {
            half_dead += 1;
        }
        if name == "pg17-promoted" {
            continue;
        }
        for kind in KINDS.into_iter().filter(|kind| *kind != "half_dead") {
            assert!(kinds.contains(kind), "{name}: no page was {kind}");
        }
        let major = stored.cluster.version().major();
        assert_eq!(asked.len(), if major < 14 { 15 } else { 17 }, "{name}: {asked:?}");
        assert!(asked["bt_page_items"] > 200 && asked["hash_page_items"] > 50, "{name}: {asked:?}");
    }
    assert!(half_dead > 0 || stopped().len() < 8);
}

/// Compares all that was said of the pages of an index; counts the pages by the function asked.
fn compare_index<'a>(
    stored: &'a Stored,
    index: &'a Value,
    asked: &mut BTreeMap<&'a str, usize>,
) -> Shown {
    let relation = stored.relation(number(&index["database"]), number(&index["oid"]));
    let at = format!("{}: {}", stored.name, relation.qualified_name());
    assert_eq!(relation.path.as_deref(), text(&index["path"]), "{at}");
    let set = PageSet::of_relation(&stored.cluster, relation, ForkNumber::Main, None).unwrap();
    let shown = Shown::of(&set);
    assert_eq!(shown.findings, Vec::<Value>::new(), "{at}");
    assert_eq!(shown.tables["pages"].len() as u64, number(&index["blocks"]), "{at}");
    for block in list(&index["new"]) {
        assert_eq!(shown.rows("pages", number(block))[0]["kind"], "new", "{at}");
    }
    // Scans of catalogs mark entries dead: of such a page the answer would be about other bytes.
    let changed = list(&index["changed"]).len();
    assert!(changed == 0 || relation.schema.as_deref() == Some("pg_catalog"), "{at}: {changed}");
    for (function, pages) in index["pages"].as_object().unwrap() {
        let columns = &stored.answers["pageinspect"]["columns"][function];
        for page in list(pages) {
            let rows: Vec<_> =
                list(&page[1]).iter().map(|row| with_columns(columns, row)).collect();
            shown.compare(function, number(&page[0]), &rows, &at);
        }
        *asked.entry(function).or_default() += list(pages).len();
    }
    shown
}

/// A row, which the answers have without the names of its columns, with them.
fn with_columns(columns: &Value, row: &Value) -> Value {
    let pairs = list(columns).iter().zip(list(row));
    pairs.map(|(column, value)| (word(column), value.clone())).collect::<Map<_, _>>().into()
}

fn word(value: &Value) -> String {
    text(value).unwrap().to_owned()
}

/// The main fork of an index, in bytes: as stored, and after REINDEX alone or after VACUUM.
struct Reindexed {
    database: u64,
    oid: u64,
    stored: u64,
    alone: u64,
    vacuumed: u64,
}

fn reindexed(stored: &Stored) -> Vec<Reindexed> {
    let answers = &stored.answers["reindex"];
    let pairs = list(&answers["alone"]).iter().zip(list(&answers["vacuumed"]));
    pairs
        .map(|(alone, vacuumed)| {
            assert_eq!([&alone[0], &alone[1]], [&vacuumed[0], &vacuumed[1]]);
            let [database, oid, stored, alone] = [0, 1, 2, 3].map(|at| number(&alone[at]));
            Reindexed { database, oid, stored, alone, vacuumed: number(&vacuumed[3]) }
        })
        .collect()
}

#[test]
fn indexes_have_the_size_that_reindex_started_from() {
    for name in stopped() {
        let stored = Stored::open(name);
        let all = reindexed(stored);
        for index in &all {
            let relation = stored.relation(index.database, index.oid);
            let at = format!("{name}: {}", relation.qualified_name());
            assert_eq!(relation.fork_len(ForkNumber::Main), index.stored, "{at}");
            assert!(index.vacuumed <= index.alone, "{at}: {} {}", index.vacuumed, index.alone);
        }
        let shrunk = all.iter().filter(|index| index.vacuumed < index.stored).count();
        assert!(all.len() > 80 && shrunk > 20, "{name}: {shrunk} of {}", all.len());
    }
}

/// What pageinspect does not show, the heap holds to account: SP-GiST and bloom above all.
#[test]
fn every_row_is_found_once_in_each_index_and_nothing_else_is() {
    for name in stopped() {
        let stored = Stored::open(name);
        let mut rows = BTreeMap::<_, usize>::new();
        for relation in stored.cluster.relations() {
            let method = relation.access_method.as_deref().and_then(IndexMethod::from_name);
            let of_user = !matches!(relation.schema.as_deref(), Some("pg_catalog" | "pg_toast"));
            let Some(method) = method.filter(|_| of_user) else { continue };
            // BRIN knows ranges of blocks, no rows.
            if method == IndexMethod::Brin || relation.path.is_none() {
                continue;
            }
            let found = found_in(stored, relation, method);
            let database = u64::from(relation.database.as_ref().unwrap().oid.0);
            let table = stored.relation(database, relation.owner.unwrap().0.into());
            let at = format!("{name}: {}", relation.qualified_name());
            let of = |relation: &Relation, word| relation.name.as_deref().unwrap().contains(word);
            // A partial index leaves rows out, and a hash index those whose key is null.
            let is_partial =
                of(relation, "partial") || method == IndexMethod::Hash && of(table, "null_keys");
            *rows.entry(method).or_default() +=
                each_row_is_found(stored, table, found, method, is_partial, &at);
        }
        assert_eq!(rows.len(), 6, "{name}: {rows:?}");
        assert!(rows.values().all(|rows| *rows > 2000), "{name}: {rows:?}");
    }
}

/// The heap tuples that an index points to, and how often.
pub(crate) fn found_in(
    stored: &Stored,
    index: &Relation,
    method: IndexMethod,
) -> BTreeMap<(u64, u64), usize> {
    let format = stored.cluster.format();
    let file = stored.cluster.evidence().open(index.path.as_deref().unwrap()).unwrap();
    let (mut found, mut buffer) = (BTreeMap::new(), Vec::new());
    let size = u64::from(format.block_size);
    for block in 0..file.len() / size {
        let bytes = file.read_at(block * size, format.block_size as usize, &mut buffer).unwrap();
        IndexPage::parse(bytes, format, method).unwrap().for_each_heap_tid(|tid| {
            let tid = tid.unwrap().tid;
            *found.entry((u64::from(tid.block.0), u64::from(tid.offset.0))).or_default() += 1;
        });
    }
    found
}

/// Takes away from `found` what the table's line pointers account for; returns how many rows are
/// certain to have an entry.
fn each_row_is_found(
    stored: &Stored,
    table: &Relation,
    mut found: BTreeMap<(u64, u64), usize>,
    method: IndexMethod,
    is_partial: bool,
    at: &str,
) -> usize {
    let pages = list(&stored.answers["pages"]);
    let mut certain = 0;
    for (block, place) in (0..).zip(list(&stored.answers["files"][table.path.as_deref().unwrap()]))
    {
        let Some(items) = pages[usize::try_from(number(place)).unwrap()][2].as_array() else {
            continue;
        };
        for item in items {
            let (lp, flags) = (number(&item[0]), number(&item[2]));
            let is_heap_only = !item[8].is_null() && number(&item[8]) & 0x8000 != 0;
            // Unused line pointers and heap-only tuples have no entry: what is found there stays.
            if flags == 0 || is_heap_only {
                continue;
            }
            let count = found.remove(&(block, lp)).unwrap_or(0);
            // GIN has an entry for each key.
            assert!(count <= 1 || method == IndexMethod::Gin, "{at}: ({block},{lp}) {count} times");
            let is_redirect = flags == 2;
            if !is_partial && (is_redirect || flags == 1 && is_live(stored, item)) {
                assert!(count > 0, "{at}: ({block},{lp}) is not found");
                certain += 1;
            }
        }
    }
    assert!(found.is_empty(), "{at}: {found:?} are no rows");
    certain
}

/// Whether a tuple's inserter committed and nobody touched it since.
fn is_live(stored: &Stored, item: &Value) -> bool {
    let infomask = number(&item[9]);
    let is_committed = infomask & 0x0100 != 0 || {
        let xmin = TransactionId(number(&item[4]).try_into().unwrap());
        infomask & 0x0200 == 0 && stored.cluster.transactions().status(xmin) == XidStatus::Committed
    };
    is_committed && (infomask & 0x0800 != 0 || number(&item[5]) == 0)
}
