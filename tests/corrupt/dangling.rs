//! Indexes whose items point to what no item may point to: a finding for each, and no more work than
//! for others.

use pgautopsy::analysis::bloat::{
    Bloat, BloatOptions, DanglingOptions, Target, Targets, bloat, follow_items,
};
use pgautopsy::cluster::Cluster;
use pgautopsy::cluster::finding::Finding;
use pgautopsy::cluster::relation::Relation;
use pgautopsy::evidence::FailingEvidence;
use pgautopsy::primitives::{BlockNumber, Lsn};

use super::{Files, PAGE, only, open, table};

/// Follows the items of one index.
fn follow<'a>(cluster: &Cluster, index: &'a Relation, budget: usize) -> Bloat<'a> {
    let mut found = bloat(cluster, &[index], BloatOptions::default(), &());
    assert_eq!(found.findings, [], "nothing is wrong with the pages as such");
    follow_items(cluster, &mut found, DanglingOptions { threads: Some(2), budget }, &());
    found
}

fn targets<'a>(found: &'a Bloat<'_>) -> &'a Targets {
    let index = found.relations[0].index.as_ref().unwrap();
    index.dangling.as_ref().unwrap().targets().unwrap()
}

/// What is said of an index of `shop`, which must be the same however little memory there is.
fn followed(cluster: &Cluster, name: &str) -> (Targets, Vec<Finding>) {
    let index = table(cluster, name);
    let [whole, parts] = [64 << 20, 0].map(|budget| follow(cluster, index, budget));
    assert_eq!(targets(&whole), targets(&parts));
    assert_eq!(whole.findings, parts.findings);
    (*targets(&whole), whole.findings)
}

fn path(files: &str, name: &str) -> String {
    table(&Files::of(files).open(), name).path.clone().unwrap()
}

/// Where the item of a line pointer begins, and the line pointer's flags.
fn item(page: &[u8], number: usize) -> (usize, u32) {
    let at = 24 + 4 * (number - 1);
    let raw = u32::from_le_bytes(page[at..at + 4].try_into().unwrap());
    ((raw & 0x7FFF) as usize, raw >> 15 & 3)
}

/// The second item of the first leaf of a small B-tree: the first may be a high key.
const LEAF: usize = 1;
const ITEM: usize = 2;

/// The stored cluster with that item pointing elsewhere.
fn pointing(files: &str, name: &str, block: u32, offset: u16) -> Files {
    let path = path(files, name);
    let mut files = Files::of(files);
    let page = files.page(&path, LEAF);
    let (at, _) = item(page, ITEM);
    let [low, high] = [block & 0xFFFF, block >> 16].map(|half| u16::try_from(half).unwrap());
    for (at, value) in [(at, high), (at + 2, low), (at + 4, offset)] {
        page[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    files
}

/// The first line pointer of a table's first page of which `is_it` says so.
fn first(name: &str, mut is_it: impl FnMut(&[u8], usize, u32) -> bool) -> u16 {
    let path = path("pg17", name);
    let mut files = Files::of("pg17");
    let page = files.page(&path, 0);
    let lower = usize::from(u16::from_le_bytes([page[12], page[13]]));
    let number = (1..=(lower - 24) / 4).find(|&number| {
        let (at, flags) = item(page, number);
        is_it(page, at, flags)
    });
    number.unwrap().try_into().unwrap()
}

const HEAP_ONLY: u8 = 0x80;
const HOT_UPDATED: u8 = 0x40;
const SECOND_OF_INFOMASK2: usize = 19;

#[test]
fn an_item_points_where_no_row_is() {
    let unused = first("vacuumed", |_, _, flags| flags == 0);
    let wrong = [
        (0, unused, Target::Unused, "an unused line pointer"),
        (0, 9999, Target::NoLinePointer, "a line pointer that the page does not have"),
        (0, 0, Target::NoLinePointer, "a line pointer that the page does not have"),
        (77_777, 1, Target::BehindEnd, "a block behind the table's end"),
        (u32::MAX, u16::MAX, Target::BehindEnd, "a block behind the table's end"),
    ];
    let (sound, findings) = followed(&Files::of("pg17").open(), "vacuumed_pkey");
    assert_eq!((sound.gone(), sound.astray(), findings), (0, 0, Vec::new()));
    for (block, offset, target, words) in wrong {
        let cluster = pointing("pg17", "vacuumed_pkey", block, offset).open();
        let (targets, findings) = followed(&cluster, "vacuumed_pkey");
        assert_eq!((targets[target], targets.gone()), (1, 1), "{targets:?}");
        assert_eq!(targets[Target::Live], sound[Target::Live] - 1);
        assert_eq!(targets.all(), sound.all());
        let finding = only(&findings, "index_item_dangling");
        assert_eq!(finding.expected, "a row of shop.public.vacuumed");
        assert_eq!(finding.found, format!("({block},{offset}), {words}"));
        assert_eq!(finding.location.block, Some(BlockNumber(1)));
        assert_eq!(finding.location.offset.map(|offset| offset.0), Some(2));
        let index = table(&cluster, "vacuumed_pkey");
        let advice = follow(&cluster, index, 1 << 20).relations[0].remedies();
        assert!(advice.iter().any(|remedy| remedy.action.starts_with("REINDEX")), "{advice:?}");
    }
}

#[test]
fn an_item_points_into_the_middle_of_a_chain() {
    let heap_only = first("hot", |page, at, flags| {
        flags == 1 && page[at + SECOND_OF_INFOMASK2] & HEAP_ONLY != 0
    });
    let cluster = pointing("pg17", "hot_pkey", 0, heap_only).open();
    let (targets, findings) = followed(&cluster, "hot_pkey");
    assert_eq!((targets[Target::HeapOnly], targets.gone()), (1, 0));
    let finding = only(&findings, "index_item_dangling");
    assert_eq!(
        finding.found,
        format!("(0,{heap_only}), a version of a row that no index may point to")
    );
}

#[test]
fn a_redirect_leads_to_no_row() {
    let (sound, _) = followed(&Files::of("pg17").open(), "pointers_pkey");
    let redirect = first("pointers", |_, _, flags| flags == 2);
    let path = path("pg17", "pointers");
    for to in [redirect, 0, 9999] {
        let mut files = Files::of("pg17");
        let at = 24 + 4 * (usize::from(redirect) - 1);
        let raw = u32::from(to & 0x7FFF) | 2 << 15;
        files.page(&path, 0)[at..at + 4].copy_from_slice(&raw.to_le_bytes());
        let (targets, findings) = followed(&files.open(), "pointers_pkey");
        assert_eq!((targets[Target::LostRedirect], targets.astray()), (1, 1), "to {to}");
        assert_eq!(targets.all(), sound.all());
        let finding = only(&findings, "index_item_dangling");
        assert_eq!(finding.found, format!("(0,{redirect}), a redirect to no row"));
    }
}

#[test]
fn a_chain_comes_back_to_itself() {
    let is_updated = |page: &[u8], at: usize, flags: u32| {
        flags == 1 && page[at + SECOND_OF_INFOMASK2] & (HOT_UPDATED | HEAP_ONLY) == HOT_UPDATED
    };
    let root = first("held_hot", is_updated);
    let path = path("pg17", "held_hot");
    let mut files = Files::of("pg17");
    let page = files.page(&path, 0);
    let (at, _) = item(page, root.into());
    // It is its own successor: made by who deleted it, and named by its own ctid.
    page.copy_within(at + 4..at + 8, at);
    page[at + 16..at + 18].copy_from_slice(&root.to_le_bytes());
    let (targets, findings) = followed(&files.open(), "held_hot_pkey");
    assert_eq!(findings, []);
    let (sound, _) = followed(&Files::of("pg17").open(), "held_hot_pkey");
    assert_eq!(targets.all(), sound.all());
    assert_eq!(targets[Target::Live] + 1, sound[Target::Live], "{targets:?}");
}

#[test]
fn nobody_follows_an_item_that_is_known_to_be_dead() {
    let path = path("pg17", "vacuumed_pkey");
    let mut files = pointing("pg17", "vacuumed_pkey", 0, 9999);
    files.page(&path, LEAF)[24 + 4 * (ITEM - 1) + 1] |= 0x80;
    files.page(&path, LEAF)[24 + 4 * (ITEM - 1) + 2] |= 1;
    let (targets, findings) = followed(&files.open(), "vacuumed_pkey");
    assert_eq!((targets.gone(), findings), (1, Vec::new()));
}

#[test]
fn a_build_that_failed_left_the_index() {
    let cluster = pointing("pg17", "vacuumed_pkey", 0, 9999).open();
    let mut index = table(&cluster, "vacuumed_pkey").clone();
    index.index.as_mut().unwrap().is_valid = false;
    let found = follow(&cluster, &index, 1 << 20);
    assert_eq!(
        (targets(&found).gone(), &found.findings),
        (1, &Vec::new()),
        "VACUUM passes it over"
    );
}

#[test]
fn after_a_crash_only_older_pages_fit_each_other() {
    let (index, heap) = (path("pg17-killed", "busy_pkey"), path("pg17-killed", "busy"));
    let redo = Files::of("pg17-killed").open().control().unwrap().checkpoint_copy.redo;
    let newer = Lsn(redo.0 + 1);
    for (index_lsn, heap_lsn, is_found) in [
        (Lsn(redo.0 - 1), Lsn(redo.0 - 1), true),
        (newer, Lsn(redo.0 - 1), false),
        (Lsn(redo.0 - 1), newer, false),
        (Lsn(0), Lsn(redo.0 - 1), false),
    ] {
        let mut files = pointing("pg17-killed", "busy_pkey", 0, 9999);
        for (path, block, lsn) in [(&index, LEAF, index_lsn), (&heap, 0, heap_lsn)] {
            let [high, low] =
                [lsn.0 >> 32, lsn.0 & 0xFFFF_FFFF].map(|half| u32::try_from(half).unwrap());
            let page = files.page(path, block);
            page[..4].copy_from_slice(&high.to_le_bytes());
            page[4..8].copy_from_slice(&low.to_le_bytes());
        }
        let (targets, findings) = followed(&files.open(), "busy_pkey");
        assert_eq!(
            (targets.gone(), findings.len()),
            (1, usize::from(is_found)),
            "{index_lsn} {heap_lsn}"
        );
    }
}

#[test]
fn a_table_lost_its_end() {
    let path = path("pg17", "vacuumed");
    let mut files = Files::of("pg17");
    files.get(&path).truncate(PAGE);
    let (targets, findings) = followed(&files.open(), "vacuumed_pkey");
    assert!(targets[Target::BehindEnd] > 100, "{targets:?}");
    assert_eq!(findings.len(), 20, "and no more than these are listed");
    let more = targets[Target::BehindEnd] - 20;
    let last = &findings[19].found;
    assert!(last.ends_with(&format!("(and {more} more of this kind)")), "{last}");
    let mut files = Files::of("pg17");
    files.get(&path).clear();
    let (targets, _) = followed(&files.open(), "vacuumed_pkey");
    assert_eq!(targets[Target::BehindEnd], targets.all());
}

#[test]
fn a_block_of_the_table_cannot_be_read_or_makes_no_sense() {
    let path = path("pg17", "vacuumed");
    let evidence = Files::of("pg17").evidence();
    let failing =
        FailingEvidence::new(evidence).fail(path.clone(), 3 * PAGE as u64..4 * PAGE as u64);
    let (targets, findings) = followed(&open(std::sync::Arc::new(failing)), "vacuumed_pkey");
    assert!(targets[Target::Unknown] > 10, "{targets:?}");
    assert_eq!(findings, [], "nothing is known of them");
    let mut files = Files::of("pg17");
    files.page(&path, 3)[12..14].fill(0xFF);
    let (broken, findings) = followed(&files.open(), "vacuumed_pkey");
    assert_eq!((broken, findings), (targets, Vec::new()));
}

#[test]
fn a_posting_list_makes_no_sense() {
    let name = "many_gin";
    let (sound, _) = followed(&Files::of("pg17").open(), name);
    let path = path("pg17", name);
    let is_compressed_leaf = |page: &[u8]| page[PAGE - 2] == 0x83;
    let mut files = Files::of("pg17");
    let block = (1..16).find(|&block| is_compressed_leaf(files.page(&path, block))).unwrap();
    let page = files.page(&path, block);
    let len = usize::from(u16::from_le_bytes([page[32 + 6], page[32 + 7]]));
    // Behind the first heap tuple and the length come distances.
    let damages: [(usize, u8, &str); 2] = [
        (32 + 8 + len - 1, page[32 + 8 + len - 1] | 0x80, "distances that end"),
        (32 + 8 + len - 1, 0, "heap addresses that rise"),
    ];
    for (at, byte, expected) in damages {
        let mut files = Files::of("pg17");
        files.page(&path, block)[at] = byte;
        let (broken, findings) = followed(&files.open(), name);
        assert_eq!((sound[Target::Unknown], broken[Target::Unknown]), (0, 1));
        assert_eq!(broken.all(), sound.all(), "in place of the last row of its list");
        let finding = only(&findings, "index_tuple_broken");
        assert!(finding.found.contains(expected), "{}", finding.found);
        assert_eq!(finding.location.block.map(|at| at.0 as usize), Some(block));
    }
}

#[test]
fn a_posting_list_has_another_length_than_its_key_says() {
    let name = "indexed_gin_doc";
    let (sound, _) = followed(&Files::of("pg17").open(), name);
    let path = path("pg17", name);
    let mut files = Files::of("pg17");
    let page = files.page(&path, 3);
    let (at, _) = item(page, 1);
    page[at + 4] += 1;
    let (broken, findings) = followed(&files.open(), name);
    assert_eq!((broken[Target::Unknown], broken.all()), (1, sound.all() + 1));
    let finding = only(&findings, "index_tuple_broken");
    assert!(finding.found.contains("as its item says"), "{}", finding.found);
    assert_eq!(finding.location.offset.map(|offset| offset.0), Some(1));
}

#[test]
fn a_page_that_was_left_behind_a_pending_list_is_not_followed() {
    let name = "crowds_gin";
    let (sound, _) = followed(&Files::of("pg17").open(), name);
    let path = path("pg17", name);
    let mut files = Files::of("pg17");
    let word = |page: &[u8], at: usize| u32::from_le_bytes(page[at..at + 4].try_into().unwrap());
    let head = word(files.page(&path, 0), 24) as usize;
    let page = files.page(&path, head);
    let second = word(page, PAGE - 8);
    let tuples = u32::from(u16::from_le_bytes([page[PAGE - 4], page[PAGE - 3]]));
    let items = u64::from(u16::from_le_bytes([page[12], page[13]]) - 24) / 4;
    let meta = files.page(&path, 0);
    let said = [(24, second), (24 + 12, word(meta, 24 + 12) - 1), (24 + 16, 500 - tuples)];
    for (at, value) in said {
        meta[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    let (left, findings) = followed(&files.open(), name);
    assert_eq!((left.all(), findings), (sound.all() - items, Vec::new()));
}
