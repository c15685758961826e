//! The space of indexes, against `pgstattuple`, `pgstatindex`, `pgstathashindex` and
//! `pgstatginindex`.

use std::collections::BTreeMap;

use pgautopsy::analysis::bloat::{Bloat, BloatOptions, IndexBloat, RelationBloat, bloat};
use pgautopsy::cluster::relation::Relation;
use pgautopsy::format::PgVersion;
use pgautopsy::format::page::index::{IndexMethod, IndexPage, IndexPageKind, free_size};
use pgautopsy::format::page::{LpFlags, Page};
use pgautopsy::primitives::ForkNumber;
use serde_json::{Value, json};

use crate::answers::{Stored, all, list, number, stopped, text};

fn scanned(stored: &Stored) -> Bloat<'_> {
    let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
    bloat(&stored.cluster, &relations, BloatOptions::default(), &())
}

/// Each index that the server was asked about, with what it said.
fn each_index(
    stored: &Stored,
    found: &Bloat<'_>,
    mut look: impl FnMut(&str, &RelationBloat<'_>, &IndexBloat, &Value),
) {
    for catalog in list(&stored.answers["catalogs"]) {
        for answer in list(&catalog["indexes"]) {
            let relation = stored.relation(number(&catalog["database"]), number(&answer[0]));
            let row = found.relations.iter().find(|row| std::ptr::eq(row.relation, relation));
            let row = row.unwrap();
            let index = row.index.as_ref().unwrap();
            let known = text(&answer[1]).filter(|name| IndexMethod::from_name(name).is_some());
            assert_eq!(index.method.map(IndexMethod::name), known);
            look(
                &format!("{}: {}", stored.name, relation.qualified_name()),
                row,
                index,
                &answer[2],
            );
        }
    }
}

/// The value of a column that the server says NaN in where there is none.
fn or_nan(value: Option<f64>) -> Value {
    value.map_or_else(|| json!("NaN"), |value| json!(value))
}

/// Whether two rows say the same; a whole number may have a point or not.
fn same(ours: &Value, theirs: &Value) -> bool {
    let (Some(ours), Some(theirs)) = (ours.as_object(), theirs.as_object()) else { return false };
    ours.len() == theirs.len()
        && theirs.iter().all(|(name, theirs)| match (ours.get(name), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => {
                ours.as_f64().is_some_and(|ours| (ours - theirs).abs() < 1e-9)
            }
            (ours, _) => ours == Some(theirs),
        })
}

#[test]
fn counts_are_those_of_the_servers_functions() {
    for name in stopped() {
        let stored = Stored::open(name);
        let found = scanned(stored);
        let mut asked: BTreeMap<String, u32> = BTreeMap::new();
        each_index(stored, &found, |at, row, index, answer| {
            let mut compare = |function: &str, ours: &dyn Fn() -> Value| {
                let theirs = &answer[function];
                if !theirs.is_null() {
                    let ours = ours();
                    assert!(same(&ours, theirs), "{at}: {function}\n{ours}\n{theirs}");
                    *asked.entry(function.to_owned()).or_default() += 1;
                }
            };
            compare("pgstattuple", &|| pgstattuple(stored, row, index));
            compare("pgstatindex", &|| pgstatindex(row, index));
            compare("pgstathashindex", &|| pgstathashindex(index));
            compare("pgstatginindex", &|| pgstatginindex(index));
        });
        let least = [
            ("pgstattuple", 40),
            ("pgstatindex", 35),
            ("pgstathashindex", 3),
            ("pgstatginindex", 3),
        ];
        for (function, count) in least {
            assert!(asked.get(function).is_some_and(|asked| *asked >= count), "{name}: {asked:?}");
        }
    }
}

fn pgstattuple(stored: &Stored, row: &RelationBloat<'_>, index: &IndexBloat) -> Value {
    let counts = index.stat_tuple().unwrap();
    let [mut present, mut dead] = [counts.tuples, counts.dead_tuples];
    let mut free_space = counts.free_space;
    // pgstattuple takes a deleted page of GiST for a leaf, and the xid that such a page has in
    // place of line pointers for two of these.
    if index.method == Some(IndexMethod::Gist) {
        each_deleted_page(stored, row.relation, |page| {
            for item in page.line_pointers() {
                let is_dead = item.lp_flags() == LpFlags::Dead;
                let tuples = if is_dead { &mut dead } else { &mut present };
                tuples.count += 1;
                tuples.len += u64::from(item.lp_len());
            }
            let exact = stored.cluster.version() >= PgVersion::V18;
            let free = if exact { page.free_space() } else { free_size(page) };
            free_space = free_space + u64::from(free) - page.bytes().len() as u64;
        });
    }
    json!({
        "table_len": row.table_len,
        "tuple_count": present.count,
        "tuple_len": present.len,
        "tuple_percent": row.percent(present.len),
        "dead_tuple_count": dead.count,
        "dead_tuple_len": dead.len,
        "dead_tuple_percent": row.percent(dead.len),
        "free_space": free_space,
        "free_percent": row.percent(free_space),
    })
}

fn each_deleted_page(stored: &Stored, index: &Relation, mut look: impl FnMut(&Page<'_>)) {
    let format = stored.cluster.format();
    let main = index.files.fork(ForkNumber::Main).unwrap();
    let mut buffer = Vec::new();
    for run in stored.cluster.pages().runs(main, u32::MAX) {
        stored.cluster.pages().visit(main, run, &mut buffer, |block, bytes| {
            let page = IndexPage::parse(bytes.unwrap(), format, IndexMethod::Gist).unwrap();
            if page.kind(block) == IndexPageKind::Deleted {
                look(page.page().unwrap());
            }
        });
    }
}

fn pgstatindex(row: &RelationBloat<'_>, index: &IndexBloat) -> Value {
    json!({
        "version": index.facts.version,
        "tree_level": index.facts.tree_level,
        "index_size": row.table_len,
        "root_block_no": index.facts.root_block_no.map(|block| block.0),
        "internal_pages": index.internal_pages(),
        "leaf_pages": index.leaf_pages(),
        "empty_pages": index.empty_pages(),
        "deleted_pages": index.pages(IndexPageKind::Deleted),
        "avg_leaf_density": or_nan(index.avg_leaf_density()),
        "leaf_fragmentation": or_nan(index.leaf_fragmentation()),
    })
}

fn pgstathashindex(index: &IndexBloat) -> Value {
    json!({
        "version": index.facts.version,
        "bucket_pages": index.pages(IndexPageKind::Bucket),
        "overflow_pages": index.pages(IndexPageKind::Overflow),
        "bitmap_pages": index.pages(IndexPageKind::Bitmap),
        "unused_pages": index.unused_pages(),
        "live_items": index.live_items().count,
        "dead_items": index.dead_items().count,
        "free_percent": index.bucket_free_percent(),
    })
}

fn pgstatginindex(index: &IndexBloat) -> Value {
    json!({
        "version": index.facts.version,
        "pending_pages": index.facts.pending_pages,
        "pending_tuples": index.facts.pending_tuples,
    })
}

#[test]
fn ledgers_sum_to_the_main_fork() {
    let mut seen: BTreeMap<_, u64> = BTreeMap::new();
    for name in all() {
        let stored = Stored::open(name);
        let found = scanned(stored);
        assert_eq!(found.findings, [], "{name}");
        for row in &found.relations {
            let Some(index) = &row.index else { continue };
            let at = format!("{name}: {}", row.relation.qualified_name());
            assert_eq!(index.tally.ledger.total(), row.table_len, "{at}");
            assert_eq!(index.tally.pages, row.pages, "{at}");
            let by_kind: u64 = index.tally.kinds.iter().map(|(_, kind)| kind.pages).sum();
            assert_eq!(by_kind, row.pages, "{at}: pages by kind");
            for (kind, tally) in index.tally.kinds.iter() {
                *seen.entry((index.method.map(IndexMethod::name), kind)).or_default() +=
                    tally.pages;
            }
        }
    }
    let is_indexed = |method: &IndexMethod| {
        let of = |((of, _), pages): (&(Option<&str>, IndexPageKind), &u64)| {
            *of == Some(method.name()) && *pages > 0
        };
        seen.iter().any(of)
    };
    assert!(IndexMethod::ALL.iter().all(is_indexed), "{seen:?}");
}

/// How many pages the estimate of one index may be off a real REINDEX, and all of a type together, in
/// percent of their pages. The indexes are small, and so a page or two weigh much; docs/bloat.md has
/// what was measured on larger ones. Items that point to dead rows count, and REINDEX leaves them out.
const MOST_OFF: [(IndexMethod, u64, u64); 7] = [
    (IndexMethod::Btree, 2, 4),
    (IndexMethod::Hash, 1, 5),
    (IndexMethod::Gin, 3, 17),
    (IndexMethod::Gist, 6, 18),
    (IndexMethod::SpGist, 2, 4),
    (IndexMethod::Brin, 0, 0),
    (IndexMethod::Bloom, 0, 0),
];

#[test]
fn estimates_come_near_what_reindex_makes() {
    let mut sums: BTreeMap<IndexMethod, (u64, u64)> = BTreeMap::new();
    for name in stopped() {
        let stored = Stored::open(name);
        let found = scanned(stored);
        let page = u64::from(stored.cluster.format().block_size);
        for answer in list(&stored.answers["reindex"]["alone"]) {
            let [database, oid, _, real] = [0, 1, 2, 3].map(|at| number(&answer[at]));
            let relation = stored.relation(database, oid);
            let row = found.relations.iter().find(|row| std::ptr::eq(row.relation, relation));
            let index = row.unwrap().index.as_ref().unwrap();
            let at = format!("{name}: {}", relation.qualified_name());
            let Some(method) = index.method else {
                assert_eq!(index.rewritten_len, None, "{at}");
                continue;
            };
            let (real, ours) = (real / page, index.rewritten_len.unwrap() / page);
            let off = real.abs_diff(ours);
            let (_, most, _) = MOST_OFF.into_iter().find(|(of, ..)| *of == method).unwrap();
            assert!(off <= most, "{at}: {ours} pages, not {real}");
            let sum = sums.entry(method).or_default();
            *sum = (sum.0 + real, sum.1 + off);
        }
    }
    for (method, _, most) in MOST_OFF {
        let (real, off) = sums[&method];
        assert!(off * 100 <= real * most, "{method:?}: off by {off} pages of {real}");
    }
}
