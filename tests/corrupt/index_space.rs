//! Indexes whose pages say what is not so: a finding for each, and the bytes still add up.

use pgautopsy::analysis::bloat::index::IndexLine;
use pgautopsy::analysis::bloat::{Bloat, IndexBloat, RelationBloat};
use pgautopsy::cluster::finding::Finding;
use pgautopsy::format::page::index::IndexPageKind;
use pgautopsy::primitives::BlockNumber;

use super::{Files, PAGE, only, open, scan, table};

/// The stored cluster with page `block` of an index of `shop` changed.
pub(super) fn with_page(name: &str, block: usize, change: impl FnOnce(&mut [u8])) -> Files {
    let path = table(&Files::of("pg17").open(), name).path.clone().unwrap();
    let mut files = Files::of("pg17");
    change(files.page(&path, block));
    files
}

/// The findings of a scan of it, and what is said of the index.
pub(super) fn found<R>(
    files: Files,
    name: &str,
    look: impl FnOnce(&IndexBloat) -> R,
) -> (Vec<Finding>, R) {
    let cluster = files.open();
    let mut found = scan(&cluster);
    let findings = std::mem::take(&mut found.findings);
    let looked = look(row(&found, name).index.as_ref().unwrap());
    (findings, looked)
}

fn row<'a>(found: &'a Bloat<'a>, name: &str) -> &'a RelationBloat<'a> {
    let is_it =
        |row: &&RelationBloat<'_>| row.relation.qualified_name() == format!("shop.public.{name}");
    found.relations.iter().find(is_it).unwrap()
}

pub(super) fn findings(files: Files, name: &str) -> Vec<Finding> {
    found(files, name, |_| ()).0
}

/// The place of the first line pointer's item on a page.
fn item(page: &[u8], number: usize) -> usize {
    let at = 24 + 4 * (number - 1);
    usize::from(u16::from_le_bytes([page[at], page[at + 1]]) & 0x7FFF)
}

pub(super) fn put(page: &mut [u8], at: usize, bytes: &[u8]) {
    page[at..at + bytes.len()].copy_from_slice(bytes);
}

#[test]
fn a_meta_page_names_a_root_that_is_not_there() {
    let lie = |at: usize, value: u32| {
        with_page("thinned_pkey", 0, |page| put(page, 24 + at, &value.to_le_bytes()))
    };
    let finding = only(&findings(lie(8, 4_000_000_000), "thinned_pkey"), "index_meta_broken");
    assert_eq!(finding.expected, "root below 11");
    assert_eq!(finding.found, "root 4000000000");
    let finding = only(&findings(lie(8, 1), "thinned_pkey"), "index_meta_broken");
    assert_eq!(
        (finding.expected.as_str(), finding.found.as_str()),
        ("a root of level 1 in block 1", "no root there")
    );
    let finding = only(&findings(lie(12, 7), "thinned_pkey"), "index_meta_broken");
    assert_eq!(finding.found, "level 1");
    let finding = only(&findings(lie(8, 0), "thinned_pkey"), "index_meta_broken");
    assert_eq!(finding.expected, "leaves without a root 5, as there are");
    let finding = only(&findings(lie(16, 4_000_000_000), "thinned_pkey"), "index_meta_broken");
    assert_eq!(finding.found, "fast root 4000000000");
    let finding = only(&findings(lie(16, 1), "thinned_pkey"), "index_meta_broken");
    assert_eq!(
        (finding.expected.as_str(), finding.found.as_str()),
        ("a fast root of level 1 in block 1", "level 0")
    );
    let finding = only(&findings(lie(0, 0), "thinned_pkey"), "index_meta_broken");
    assert!(finding.found.contains("btm_magic"), "{}", finding.found);
}

#[test]
fn a_gist_root_is_neither_a_leaf_nor_leads_anywhere() {
    let files = with_page("no_keys_gist", 0, |page| {
        let special = [page[16], page[17]];
        put(page, 12, &24_u16.to_le_bytes());
        put(page, 14, &special);
        page[8188] &= !1;
    });
    let (_, stat) = found(files, "no_keys_gist", |index| {
        assert_eq!(index.pages(IndexPageKind::Root), 1);
        index.stat_tuple().unwrap()
    });
    assert_eq!((stat.tuples.count, stat.free_space), (0, 0));
}

#[test]
fn a_page_of_spgist_is_empty_and_the_map_does_not_know() {
    let maps = |files| found(files, "crowds_spgist_kd", |index| index.maps).1;
    let before = maps(Files::of("pg17"));
    let after = maps(with_page("crowds_spgist_kd", 5, |page| {
        let special = [page[16], page[17]];
        put(page, 12, &24_u16.to_le_bytes());
        put(page, 14, &special);
    }));
    assert_eq!((before.fsm_missing_space, before.fsm_excess_space), (0, 0));
    assert_eq!((after.fsm_missing_space, after.fsm_excess_space), (8160, 0), "as VACUUM has it");
}

#[test]
fn a_meta_page_is_gone() {
    let files = with_page("thinned_pkey", 0, |page| page.fill(0));
    let (findings, version) = found(files, "thinned_pkey", |index| {
        assert!(index.rewritten_len.is_some_and(|len| len > 0));
        index.facts.version
    });
    assert_eq!(only(&findings, "index_meta_broken").found, "another page");
    assert_eq!(version, None, "not known, rather than 0");
}

#[test]
fn meta_pages_of_other_types_count_what_is_not_there() {
    let lies = [
        ("indexed_hash", 24 + 24, "buckets 4, as there are", "100"),
        ("indexed_gin", 24 + 12, "pending pages 1, as there are", "99"),
        ("indexed_brin", 24 + 12, "revmap pages 1, as there are", "99"),
    ];
    for (name, at, expected, said) in lies {
        let files = with_page(name, 0, |page| put(page, at, &99_u32.to_le_bytes()));
        let finding = only(&findings(files, name), "index_meta_broken");
        assert_eq!((finding.expected.as_str(), finding.found.as_str()), (expected, said), "{name}");
        assert_eq!(finding.location.block, Some(BlockNumber(0)));
    }
    let files = with_page("indexed_gin", 0, |page| put(page, 24, &99_u32.to_le_bytes()));
    let finding = only(&findings(files, "indexed_gin"), "index_meta_broken");
    assert_eq!(finding.found, "pending list's head 99");
    let files = with_page("indexed_brin", 0, |page| put(page, 24 + 8, &[0; 4]));
    let finding = only(&findings(files, "indexed_brin"), "index_meta_broken");
    assert_eq!(finding.expected, "pages_per_range of 1 to 131072");
    let files = with_page("indexed_bloom", 0, |page| {
        put(page, 24 + 4, &[0, 0, 1, 0]);
        put(page, 168, &77_u32.to_le_bytes());
    });
    let finding = only(&findings(files, "indexed_bloom"), "index_meta_broken");
    assert_eq!(finding.found, "a page with room 77");
    for name in ["indexed_hash", "indexed_spgist", "indexed_brin", "indexed_bloom"] {
        let files = with_page(name, 0, |page| put(page, 24, &[0; 4]));
        only(&findings(files, name), "index_meta_broken");
    }
}

#[test]
fn a_sibling_is_the_page_itself_or_none_that_exists() {
    for link in [1_u32, 11, u32::MAX] {
        let files = with_page("thinned_pkey", 1, |page| {
            put(page, PAGE - 16 + 4, &link.to_le_bytes());
        });
        let finding = only(&findings(files, "thinned_pkey"), "index_link_broken");
        assert_eq!(finding.expected, "another block below 11");
        assert_eq!(finding.found, format!("block {link}"));
        assert_eq!(finding.location.block, Some(BlockNumber(1)));
    }
    // Where the right link of a GIN page is, and the next page of a bucket.
    for (name, at) in [("indexed_gin_doc", PAGE - 8), ("indexed_hash", PAGE - 16 + 4)] {
        let files = with_page(name, 1, |page| put(page, at, &1_u32.to_le_bytes()));
        only(&findings(files, name), "index_link_broken");
    }
    let files = with_page("indexed_gist", 0, |page| put(page, PAGE - 8, &0_u32.to_le_bytes()));
    only(&findings(files, "indexed_gist"), "index_link_broken");
}

#[test]
fn a_posting_list_runs_off_its_tuple() {
    // Of a B-tree the number of heap tuples, of GIN where the list begins.
    let files = with_page("crowded_b", 1, |page| {
        let tuple = item(page, 1);
        put(page, tuple + 4, &0x2FFF_u16.to_le_bytes());
    });
    let (found_wrong, items) = found(files, "crowded_b", |index| index.live_items().count);
    let finding = only(&found_wrong, "index_tuple_broken");
    assert!(finding.found.contains("posting list"), "{}", finding.found);
    assert_eq!(finding.location.offset.map(|offset| offset.0), Some(1));
    assert_eq!(items, 3, "the others still count");

    let files = with_page("indexed_gin_doc", 3, |page| {
        let tuple = item(page, 1);
        put(page, tuple, &[0, 0x80, 0xFF, 0x1F]);
    });
    let finding = only(&findings(files, "indexed_gin_doc"), "index_tuple_broken");
    assert!(finding.found.contains("posting list"), "{}", finding.found);
}

#[test]
fn items_overlap_or_leave_their_page() {
    let two_in_one = with_page("thinned_pkey", 1, |page| {
        let first: [u8; 4] = page[24..28].try_into().unwrap();
        put(page, 28, &first);
    });
    let out_of_it = with_page("thinned_pkey", 1, |page| put(page, 24, &[0xF8, 0xFF, 0xFF, 0xFF]));
    let no_header = with_page("thinned_pkey", 1, |page| put(page, 12, &[0xFF, 0xFF]));
    let no_special = with_page("thinned_pkey", 1, |page| put(page, 16, &[0xF8, 0x1F]));
    for files in [two_in_one, out_of_it, no_header, no_special] {
        let (findings, broken) = found(files, "thinned_pkey", |index| {
            let kinds = index.tally.kinds.iter().map(|(_, kind)| kind.pages).sum::<u64>();
            assert_eq!(kinds, 10, "a broken page is of no kind");
            index.tally.ledger[IndexLine::BrokenPages]
        });
        assert_eq!(only(&findings, "index_page_broken").location.block, Some(BlockNumber(1)));
        assert_eq!(broken, PAGE as u64);
    }
}

#[test]
fn pages_are_of_another_index_type_or_all_zero() {
    let hash = {
        let path = table(&Files::of("pg17").open(), "indexed_hash").path.clone().unwrap();
        Files::of("pg17").page(&path, 1).to_vec()
    };
    let files = with_page("indexed_gist", 1, |page| page.copy_from_slice(&hash));
    only(&findings(files, "indexed_gist"), "index_page_broken");
    let files = with_page("indexed_gist", 1, |page| page.fill(0));
    let (findings, new) = found(files, "indexed_gist", |index| index.pages(IndexPageKind::New));
    assert_eq!((findings, new), (Vec::new(), 1));
}

#[test]
fn a_block_of_an_index_cannot_be_read() {
    let evidence = Files::of("pg17").evidence();
    let path = table(&open(evidence.clone()), "thinned_pkey").path.clone().unwrap();
    let failing = pgautopsy::evidence::FailingEvidence::new(evidence)
        .fail(path.clone(), PAGE as u64 * 2..PAGE as u64 * 3);
    let cluster = open(std::sync::Arc::new(failing));
    let found = scan(&cluster);
    assert_eq!(only(&found.findings, "block_unreadable").location.block, Some(BlockNumber(2)));
    let index = row(&found, "thinned_pkey").index.as_ref().unwrap();
    assert_eq!(index.tally.ledger[IndexLine::Unreadable], PAGE as u64);
}
