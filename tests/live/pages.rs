//! `page` on every block of indexes of every type, and of the maps, beside what pageinspect,
//! pg_freespace() and pg_visibility_map() say.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use pgautopsy::analysis::page::PageSet;
use pgautopsy::cluster::Cluster;
use pgautopsy::primitives::ForkNumber;
use serde_json::{Map, Value};

use crate::shown::Shown;
use crate::{Server, each_server};

#[test]
fn pages_of_indexes_and_maps_of_fresh_clusters_or_none_and_then_it_says_so() {
    each_server(WORK, |cluster, server| {
        let version = cluster.version();
        let mut seen = HashSet::new();
        server.with("asked", || {
            for index in INDEXES {
                seen.extend(compare_index(server, cluster, index));
            }
            for table in TABLES {
                compare_maps(server, cluster, table);
            }
            for (index, table) in WITHOUT_FUNCTIONS {
                compare_addresses(server, cluster, index, table);
            }
        });
        for kind in KINDS {
            assert!(seen.contains(kind), "{version}: no page was {kind}");
        }
        println!("{}: pages of {} indexes compared", server.bin.display(), INDEXES.len());
    });
}

/// What is seen of the pages of all indexes together.
const KINDS: &[&str] = &[
    "meta",
    "root",
    "internal",
    "leaf",
    "deleted",
    "posting_leaf",
    "posting_internal",
    "pending",
    "bucket",
    "overflow",
    "bitmap",
    "unused",
    "revmap",
    "regular",
];

/// Indexes and their tables.
const INDEXES: &[&str] = &[
    "dups_b",
    "tall_b",
    "wide_key",
    "wide_ab",
    "many_b",
    "same_a",
    "grown_a",
    "words_gin",
    "ranges_gist",
    "points_text",
    "points_b",
    "steps_brin",
    "steps_late",
    "dups_bloom",
];
/// Those that pageinspect has no functions for, with their tables: each row is found there once.
const WITHOUT_FUNCTIONS: [(&str, &str); 3] =
    [("points_text", "points"), ("points_b", "points"), ("dups_bloom", "dups")];
const TABLES: &[&str] = &["dups", "tall", "many", "same", "ranges", "points", "steps"];

const WORK: &str = "
    CREATE EXTENSION pageinspect;
    CREATE EXTENSION bloom;
    CREATE EXTENSION pg_freespacemap;
    CREATE EXTENSION pg_visibility;
    CREATE TABLE dups (a int, b text);
    INSERT INTO dups SELECT i, 'key ' || i % 3 FROM generate_series(1, 600) i;
    INSERT INTO dups VALUES (NULL, NULL), (0, NULL);
    CREATE INDEX dups_b ON dups (b);
    CREATE INDEX dups_bloom ON dups USING bloom (a, b);
    DELETE FROM dups WHERE a % 5 = 0;
    VACUUM dups;
    CREATE TABLE tall (a int, b text);
    ALTER TABLE tall ALTER b SET STORAGE plain;
    INSERT INTO tall SELECT i, lpad(i::text, 1600, '0') FROM generate_series(1, 120) i;
    CREATE INDEX tall_b ON tall (b);
    DELETE FROM tall WHERE a BETWEEN 20 AND 100;
    VACUUM tall;
    DELETE FROM tall WHERE a BETWEEN 5 AND 9;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM tall WHERE b BETWEEN lpad('4', 1600, '0') AND lpad('10', 1600, '0');
    CREATE TABLE wide (a int, b text, c int);
    INSERT INTO wide SELECT i % 7, CASE WHEN i % 11 > 0 THEN 'b' || i % 13 END, i FROM generate_series(1, 3000) i;
    CREATE INDEX wide_key ON wide (a, b) INCLUDE (c);
    CREATE INDEX wide_ab ON wide (a, b);
    CREATE TABLE many (b int[]);
    INSERT INTO many SELECT '{1}' FROM generate_series(1, 40000);
    CREATE INDEX many_b ON many USING gin (b);
    DELETE FROM many WHERE ctid < '(60,1)';
    VACUUM many;
    INSERT INTO many SELECT ARRAY[2, i, NULL] FROM generate_series(1, 30) i;
    INSERT INTO many VALUES (NULL), ('{}');
    CREATE TABLE same (a int);
    CREATE INDEX same_a ON same USING hash (a);
    INSERT INTO same SELECT 1 FROM generate_series(1, 3000) i;
    DELETE FROM same WHERE ctid > '(2,1)' AND ctid < '(9,1)';
    VACUUM same;
    DELETE FROM same WHERE ctid < '(0,10)';
    SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM same WHERE a = 1;
    CREATE TABLE grown (a int);
    CREATE INDEX grown_a ON grown USING hash (a);
    INSERT INTO grown SELECT i FROM generate_series(1, 9000) i;
    CREATE TABLE words (a int[], b tsvector);
    INSERT INTO words SELECT ARRAY[i, i % 3], to_tsvector('simple', 'w' || i) FROM generate_series(1, 900) i;
    INSERT INTO words VALUES (NULL, NULL), ('{}', '');
    CREATE INDEX words_gin ON words USING gin (a, b) WITH (fastupdate = off);
    CREATE TABLE ranges (a int4range, b text);
    ALTER TABLE ranges ALTER b SET STORAGE plain;
    INSERT INTO ranges SELECT int4range(i, i + 9), lpad(i::text, 800, '0') FROM generate_series(1, 60) i;
    INSERT INTO ranges VALUES (NULL, NULL), ('empty', '');
    CREATE INDEX ranges_gist ON ranges USING gist (a) INCLUDE (b);
    DELETE FROM ranges WHERE lower(a) BETWEEN 11 AND 50;
    VACUUM ranges;
    DELETE FROM ranges WHERE lower(a) = 5;
    SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM ranges WHERE a @> 5;
    CREATE TABLE points (a text, b point);
    CREATE INDEX points_text ON points USING spgist (a);
    CREATE INDEX points_b ON points USING spgist (b);
    INSERT INTO points SELECT lpad(i::text, 9 + i % 2, '0') || repeat('x', 300), point(i % 7, i) FROM generate_series(1, 300) i;
    INSERT INTO points VALUES (NULL, NULL);
    DELETE FROM points WHERE a LIKE '%3x%';
    VACUUM points;
    CREATE TABLE steps (a int, b text, c int);
    INSERT INTO steps SELECT i, repeat('-', 90), CASE WHEN i > 200 THEN i END FROM generate_series(1, 400) i;
    CREATE INDEX steps_brin ON steps USING brin (a, c) WITH (pages_per_range = 2);
    CREATE INDEX steps_late ON steps USING brin (b) WITH (pages_per_range = 1);
    SELECT brin_desummarize_range('steps_late', 2);
    INSERT INTO steps SELECT 1, repeat('+', 90), NULL FROM generate_series(1, 300) i;
    UPDATE steps SET c = 7 WHERE a = 1;
    VACUUM FREEZE steps;
    CHECKPOINT;
";

/// Compares every block of an index; returns what its pages are for.
fn compare_index(server: &Server<'_>, cluster: &Cluster, index: &str) -> Vec<&'static str> {
    let shown = shown(cluster, index, ForkNumber::Main);
    assert_eq!(shown.findings, Vec::<Value>::new(), "{index}");
    let method = server.sql(&format!(
        "SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE c.oid = '{index}'::regclass"
    ));
    let mut seen = Vec::new();
    for page in &shown.tables["pages"] {
        let kind = page["kind"].as_str().unwrap();
        seen.extend(KINDS.iter().copied().filter(|known| *known == kind));
        let block = page["block"].as_u64().unwrap();
        for function in functions(method.trim(), kind, cluster.version().major()) {
            let raw = format!("get_raw_page('{index}', {block})");
            let call = match *function {
                "bt_metap" => format!("bt_metap('{index}')"),
                "bt_page_stats" | "bt_page_items" => format!("{function}('{index}', {block})"),
                "hash_bitmap_info" => format!("{function}('{index}'::regclass, {block})"),
                "brin_page_items" => format!("{function}({raw}, '{index}'::regclass)"),
                _ => format!("{function}({raw})"),
            };
            let theirs = rows(server, &format!("SELECT * FROM {call} AS {function}"));
            shown.compare(function, block, &theirs, &format!("{index} of {}", cluster.version()));
        }
    }
    seen
}

/// The functions that don't refuse such a page.
fn functions(method: &str, kind: &str, major: u32) -> &'static [&'static str] {
    match (method, kind) {
        (_, "new") => &[],
        ("btree", "meta") => &["bt_metap"],
        ("btree", _) => &["bt_page_stats", "bt_page_items"],
        ("hash", "meta") => &["hash_page_type", "hash_metapage_info"],
        ("hash", "bucket") => &["hash_page_type", "hash_page_stats", "hash_page_items"],
        ("hash", "overflow") => {
            &["hash_page_type", "hash_page_stats", "hash_page_items", "hash_bitmap_info"]
        }
        ("hash", _) => &["hash_page_type"],
        ("gin", "meta") => &["gin_metapage_info", "gin_page_opaque_info"],
        ("gin", "posting_leaf") => &["gin_page_opaque_info", "gin_leafpage_items"],
        ("gin", _) => &["gin_page_opaque_info"],
        ("gist", _) if major < 14 => &[],
        ("gist", _) => &["gist_page_opaque_info", "gist_page_items_bytea"],
        ("brin", "meta") => &["brin_page_type", "brin_metapage_info"],
        ("brin", "revmap") => &["brin_page_type", "brin_revmap_data"],
        ("brin", _) => &["brin_page_type", "brin_page_items"],
        _ => &[],
    }
}

fn compare_addresses(server: &Server<'_>, cluster: &Cluster, index: &str, table: &str) {
    let shown = shown(cluster, index, ForkNumber::Main);
    let items = ["spgist_items", "bloom_items"].into_iter().find_map(|name| shown.tables.get(name));
    let pointers = items.unwrap().iter().filter_map(|item| item["heap_ptr"].as_str());
    let mut ours: Vec<_> = pointers.map(str::to_owned).collect();
    let rows = server.sql(&format!("SELECT ctid FROM {table}"));
    let mut theirs: Vec<_> = rows.lines().map(str::to_owned).collect();
    ours.sort();
    theirs.sort();
    assert!(!ours.is_empty());
    assert_eq!(ours, theirs, "{index} of {}", cluster.version());
}

fn compare_maps(server: &Server<'_>, cluster: &Cluster, table: &str) {
    let at = format!("{table} of {}", cluster.version());
    let columns = |rows: &[Value], names: &[&str]| -> Vec<Map<String, Value>> {
        let named = |row: &Value, name: &str| (name.to_owned(), row[name].clone());
        rows.iter().map(|row| names.iter().map(|name| named(row, name)).collect()).collect()
    };
    let free = shown(cluster, table, ForkNumber::FreeSpace);
    let theirs = rows(server, &format!("SELECT * FROM pg_freespace('{table}')"));
    let names = ["blkno", "avail"];
    assert_eq!(columns(&free.tables["fsm_blocks"], &names), columns(&theirs, &names), "{at}");
    let mut nodes: BTreeMap<u64, String> = BTreeMap::new();
    for row in &free.tables["fsm_nodes"] {
        let text = nodes.entry(row["block"].as_u64().unwrap()).or_default();
        writeln!(text, "{}: {}", row["node"], row["value"]).unwrap();
    }
    for page in &free.tables["fsm_pages"] {
        let block = page["block"].as_u64().unwrap();
        let call = format!("fsm_page_contents(get_raw_page('{table}', 'fsm', {block}))");
        let theirs = rows(server, &format!("SELECT {call} AS text"));
        let ours = nodes.remove(&block).unwrap_or_default();
        let ours = format!("{ours}fp_next_slot: {}\n", page["fp_next_slot"]);
        assert_eq!(theirs[0]["text"], ours, "{at}: block {block} of the map");
    }
    let visible = shown(cluster, table, ForkNumber::Visibility);
    let theirs = rows(server, &format!("SELECT * FROM pg_visibility_map('{table}')"));
    let names = ["blkno", "all_visible", "all_frozen"];
    assert_eq!(columns(&visible.tables["vm_blocks"], &names), columns(&theirs, &names), "{at}");
    let theirs = rows(server, &format!("SELECT * FROM pg_visibility_map_summary('{table}')"));
    let page = &visible.tables["vm_pages"];
    assert_eq!(columns(page, &names[1..]), columns(&theirs, &names[1..]), "{at}");
}

fn shown(cluster: &Cluster, relation: &str, fork: ForkNumber) -> Shown {
    let pattern = format!("postgres.public.{relation}").parse().unwrap();
    let relation = cluster.relation(&pattern, None).unwrap();
    Shown::of(&PageSet::of_relation(cluster, relation, fork, None).unwrap())
}

/// The rows of a query, as objects.
fn rows(server: &Server<'_>, query: &str) -> Vec<Value> {
    let text = server.sql(&format!("SELECT row_to_json(asked) FROM ({query}) asked"));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
