//! `page`: what it shows of each type of page, in each format.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::program::{answer, fixture, pg17, refusal};

/// The tables of a `page` answer, as JSON.
fn tables(arguments: &[&str]) -> BTreeMap<String, Vec<Value>> {
    let answer = answer(&[&["page"], arguments, &["-f", "json"]].concat());
    let json: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(json["findings"], Value::Array(Vec::new()));
    let tables = json["tables"].as_object().unwrap().iter();
    tables.map(|(name, rows)| (name.clone(), rows.as_array().unwrap().clone())).collect()
}

/// An index of each type, a page of each kind of its pages, and the tables that have rows then.
const INDEXES: [(&str, &[&str], &[&str]); 9] = [
    ("indexed_btree", &["meta", "root", "leaf"], &["btree_meta", "btree_pages", "btree_items"]),
    ("thinned_pkey", &["meta", "root", "leaf", "deleted"], &["btree_meta", "btree_pages"]),
    ("indexed_hash_low", &["meta", "bucket", "bitmap"], &["hash_meta", "hash_pages", "hash_items"]),
    (
        "indexed_gin",
        &["meta", "root", "leaf", "pending"],
        &["gin_meta", "gin_pages", "gin_entries"],
    ),
    ("indexed_gist", &["root", "leaf"], &["gist_pages", "gist_items"]),
    ("indexed_spgist", &["meta", "root", "leaf"], &["spgist_meta", "spgist_pages", "spgist_items"]),
    ("indexed_spgist_text", &["meta", "root", "leaf"], &["spgist_meta", "spgist_items"]),
    ("indexed_brin", &["meta", "revmap", "regular"], &["brin_meta", "brin_revmap", "brin_items"]),
    ("indexed_bloom", &["meta", "regular"], &["bloom_meta", "bloom_pages", "bloom_items"]),
];

#[test]
fn each_type_of_index_has_tables_of_its_own() {
    for (index, kinds, with_rows) in INDEXES {
        let tables = tables(&[&pg17(), &format!("shop.public.{index}"), "--all"]);
        let found: Vec<_> =
            tables["pages"].iter().filter_map(|page| page["kind"].as_str()).collect();
        assert_eq!(found.len(), tables["pages"].len(), "{index}");
        for kind in kinds {
            assert!(found.contains(kind), "{index} has no {kind} page, but {found:?}");
        }
        for table in with_rows {
            assert!(!tables[*table].is_empty(), "{index}: {table}");
        }
        assert!(!tables.contains_key("items"), "{index}");
        for rows in tables.values().flatten() {
            assert!(rows["block"].is_u64(), "{index}: {rows}");
        }
    }
}

#[test]
fn columns_are_called_what_pageinspect_calls_them() {
    let columns = |index: &str, table: &str| {
        let relation = format!("shop.public.{index}");
        let csv = ["page", &pg17(), &relation, "--all", "-f", "csv", "--table", table];
        answer(&csv).lines().next().unwrap().to_owned()
    };
    for (index, table, theirs) in [
        ("indexed_btree", "btree_meta", "magic,version,root,level,fastroot,fastlevel"),
        (
            "indexed_btree",
            "btree_pages",
            "type,live_items,dead_items,avg_item_size,page_size,free_size,btpo_prev,btpo_next,btpo_level,btpo_flags",
        ),
        ("indexed_btree", "btree_items", "itemoffset,ctid,itemlen,nulls,vars,data,dead,htid,tids"),
        (
            "indexed_hash",
            "hash_meta",
            "magic,version,ntuples,ffactor,bsize,bmsize,bmshift,maxbucket,highmask,lowmask,ovflpoint,firstfree,nmaps,procid,spares,mapp",
        ),
        (
            "indexed_hash",
            "hash_pages",
            "live_items,dead_items,page_size,free_size,hasho_prevblkno,hasho_nextblkno,hasho_bucket,hasho_flag",
        ),
        ("indexed_hash", "hash_pages", "bitmapblkno,bitmapbit,bitstatus"),
        ("indexed_hash", "hash_items", "itemoffset,ctid,data"),
        (
            "indexed_gin",
            "gin_meta",
            "pending_head,pending_tail,tail_free_size,n_pending_pages,n_pending_tuples,n_total_pages,n_entry_pages,n_data_pages,n_entries,version",
        ),
        ("indexed_gin", "gin_pages", "rightlink,maxoff,flags"),
        ("indexed_gin", "gin_items", "first_tid,nbytes,tids"),
        ("indexed_gist", "gist_pages", "lsn,nsn,rightlink,flags"),
        ("indexed_gist", "gist_items", "itemoffset,ctid,itemlen,dead,key_data"),
        ("indexed_brin", "brin_meta", "magic,version,pagesperrange,lastrevmappage"),
        ("indexed_brin", "brin_revmap", "pages"),
        (
            "indexed_brin",
            "brin_items",
            "itemoffset,blknum,attnum,allnulls,hasnulls,placeholder,empty",
        ),
    ] {
        let ours = columns(index, table);
        assert!(ours.starts_with("block,") && ours.contains(theirs), "{table}: {ours}");
    }
}

#[test]
fn the_maps_say_of_each_block_what_the_server_says() {
    let table = "shop.public.thinned";
    let free = tables(&[&pg17(), table, "--fork", "fsm", "--all"]);
    let blocks = tables(&[&pg17(), table, "--all"])["pages"].len();
    assert_eq!(free["fsm_pages"].iter().map(|page| &page["level"]).collect::<Vec<_>>(), [2, 1, 0]);
    assert_eq!(free["fsm_blocks"].len(), blocks);
    assert!(free["fsm_nodes"].iter().all(|node| node["value"].as_u64().unwrap() > 0));
    let visible = tables(&[&pg17(), table, "--fork", "vm", "--all"]);
    assert_eq!(visible["vm_blocks"].len(), blocks);
    let set = visible["vm_blocks"].iter().filter(|block| block["all_visible"] == true).count();
    assert!(set > 0);
    assert_eq!(visible["vm_pages"][0]["all_visible"], set);
}

#[test]
fn a_path_names_a_relation_and_its_fork() {
    let relations = answer(&["relations", &pg17(), "-r", "shop.public.indexed", "-f", "ndjson"]);
    let row: Value = serde_json::from_str(relations.lines().nth(1).unwrap()).unwrap();
    let path = row["path"].as_str().unwrap();
    let named = tables(&[&pg17(), "shop.public.indexed", "--fork", "vm", "--all"]);
    assert_eq!(tables(&[&pg17(), &format!("{path}_vm"), "--all"]), named);
    let main = tables(&[&pg17(), &format!("{path}_vm"), "--fork", "main", "-b", "0"]);
    assert!(!main["items"].is_empty());
}

/// The bytes of a relation's fork, from its hexadecimal digits.
fn bytes(arguments: &[&str]) -> Vec<u8> {
    let rows = tables(&[arguments, &["--all", "--hex"]].concat())["bytes"].clone();
    let hex: String = rows.iter().map(|row| row["hex"].as_str().unwrap()).collect();
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[test]
fn a_file_is_recognised_by_its_pages() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("carved");
    let alone = |arguments: &[&str]| tables(&[&[file.to_str().unwrap()], arguments].concat());
    let cluster = pg17();
    for (index, ..) in INDEXES {
        let index = format!("shop.public.{index}");
        let whole = tables(&[&cluster, &index, "--all"]);
        fs::write(&file, bytes(&[&cluster, &index])).unwrap();
        let mut found = alone(&["--all"]);
        if let (Some(items), Some(known)) = (found.get_mut("brin_items"), whole.get("brin_items")) {
            // How many columns there are stands in the catalogs.
            assert_eq!(items.len(), known.len());
            items.clone_from(known);
        }
        assert_eq!(found, whole, "{index}");
    }
    for (fork, table) in [("fsm", "fsm_blocks"), ("vm", "vm_blocks")] {
        let arguments = [&cluster, "shop.public.thinned", "--fork", fork];
        let known = tables(&[&arguments[..], &["--all"]].concat())[table].clone();
        fs::write(&file, bytes(&arguments)).unwrap();
        let found = alone(&["--all"])[table].clone();
        assert!(!found.is_empty() && known.starts_with(&found), "{fork}");
        assert_eq!(alone(&["--all", "--type", fork])[table], found);
        assert!(alone(&["--all", "--type", "heap"]).contains_key("items"));
    }
}

#[test]
fn a_page_that_is_not_what_it_should_be_is_a_finding_and_not_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("16900");
    let mut pages = bytes(&[&pg17(), "shop.public.indexed_btree"]);
    // A leaf whose special space is gone, one whose items lie over each other, and one of noise.
    pages[8192 + 16..8192 + 18].copy_from_slice(&8192_u16.to_le_bytes());
    let lower = usize::from(u16::from_le_bytes([pages[2 * 8192 + 12], pages[2 * 8192 + 13]]));
    let (upper, special) = (3040_u32, 8176_u32);
    let everything = (upper | 1 << 15 | (special - upper) << 17).to_le_bytes();
    pages[2 * 8192..][24..lower].chunks_mut(4).for_each(|item| item.copy_from_slice(&everything));
    let noise = |at: usize| u8::try_from(at * 31 % 251).unwrap();
    (4 * 8192..5 * 8192).for_each(|at| pages[at] = noise(at));
    fs::write(&file, pages).unwrap();
    let path = file.to_str().unwrap();
    let json = answer(&["page", path, "--type", "btree", "--all", "-f", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let found: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["code"].as_str().unwrap(), finding["block"].as_u64().unwrap()))
        .collect();
    let expected = [("index_page_broken", 1), ("index_tuple_broken", 2), ("index_page_broken", 4)];
    assert_eq!(found, expected);
    assert!(json["tables"]["pages"][1]["error"].as_str().unwrap().contains("special"));
    let items = json["tables"]["btree_items"].as_array().unwrap();
    let shown = items.iter().filter(|item| item["block"] == 2 && !item["ctid"].is_null());
    assert_eq!(shown.count(), 1, "the others lie over the first");
    let findings =
        answer(&["page", path, "--type", "btree", "--all", "-f", "csv", "--table", "findings"]);
    assert_eq!(findings.lines().count(), 4);
}

#[test]
fn what_there_is_no_table_for_is_refused() {
    let control = fixture("../fuzz/seeds/control/pg17");
    assert!(refusal(&["page", &control, "-b", "1"]).contains("block"));
    let arguments = ["page", &pg17(), "shop.public.indexed_gin", "--all", "--table", "btree_items"];
    assert!(refusal(&arguments).contains("gin_entries"));
    assert!(
        refusal(&["page", &pg17(), "shop.public.held", "-b", "0", "--type", "rtree"])
            .contains("btree")
    );
}
