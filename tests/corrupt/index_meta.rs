//! Meta pages that lie, and lists that lead astray: a finding for each, and none for what a server
//! may write.

use pgautopsy::analysis::bloat::index::IndexLine;
use pgautopsy::analysis::bloat::{DanglingOptions, follow_items};
use pgautopsy::format::page::index::IndexPageKind;
use pgautopsy::primitives::BlockNumber;

use super::index_space::{findings, found, put, with_page};
use super::{Files, PAGE, codes, only, scan, table};

/// The stored cluster with bytes of the meta page of an index changed, counted from where its
/// contents begin.
fn lie(name: &str, at: usize, bytes: &[u8]) -> Files {
    with_page(name, 0, |page| put(page, 24 + at, bytes))
}

/// The only finding says that.
fn says(files: Files, name: &str, expected: &str, said: &str) {
    let finding = only(&findings(files, name), "index_meta_broken");
    assert_eq!((finding.expected.as_str(), finding.found.as_str()), (expected, said), "{name}");
    assert_eq!(finding.location.block, Some(BlockNumber(0)));
}

const NO_BLOCK: u32 = u32::MAX;

/// A page with room, remembered for a group.
fn last_used(group: usize, block: u32, free: i32) -> Files {
    let page = [block.to_le_bytes(), free.to_le_bytes()].concat();
    lie("crowds_spgist", 4 + 8 * group, &page)
}

#[test]
fn a_page_with_room_of_spgist_can_be_none() {
    for (group, block, free, expected, said) in [
        (3, 77, 0, "a page with room below 25", "a page with room 77"),
        (3, 0, 0, "a page with room behind block 2", "block 0, which has its own use"),
        (7, 2, 0, "a page with room behind block 2", "block 2, which has its own use"),
        (0, 4, 0, "inner pages with room of group 0", "block 4, of group 1"),
        (6, 4, 0, "inner pages with room of group 2", "block 4, of group 1"),
        (3, 5, -1, "freeSpace of block 5 from 0 to 8160", "-1"),
        (1, 4, 8161, "freeSpace of block 4 from 0 to 8160", "8161"),
    ] {
        says(last_used(group, block, free), "crowds_spgist", expected, said);
    }
    // The page may have become another one since, and full.
    for (group, block, free) in [(3, 4, 8160), (1, 4, 0), (5, 4, 100), (0, NO_BLOCK, -5)] {
        assert_eq!(findings(last_used(group, block, free), "crowds_spgist"), []);
    }
}

#[test]
fn sizes_masks_and_splitpoints_of_a_hash_index_do_not_fit() {
    let name = "crowds_hash";
    for (at, size, expected) in [
        (18, 8000_u16, "hashm_bsize 8152"),
        (20, 2048, "hashm_bmsize 4096"),
        (22, 14, "hashm_bmshift 15"),
    ] {
        says(lie(name, at, &size.to_le_bytes()), name, expected, &size.to_string());
    }
    for (at, value, expected, said) in [
        (28, 0xE_u32, "masks for buckets up to 15", "0xe and 0xf"),
        (32, 3, "masks for buckets up to 15", "0x1f and 0x3"),
        (36, 5, "hashm_ovflpoint 4", "5"),
        (36, u32::MAX, "hashm_ovflpoint 4", "4294967295"),
        (44, 2, "bitmap pages 1, as there are", "2"),
        (44, u32::MAX, "bitmap pages 1, as there are", "4294967295"),
        (52 + 4 * 4, 8, "hashm_spares within 24 pages", "8, which makes 25 pages"),
        (444, 4_000_000_000, "hashm_mapp below 24", "hashm_mapp 4000000000"),
        (444, 1, "hashm_mapp of kind bitmap", "block 1 of kind bucket"),
    ] {
        says(lie(name, at, &value.to_le_bytes()), name, expected, said);
    }
    let files = lie(name, 52 + 4 * 3, &9_u32.to_le_bytes());
    let finding = only(&findings(files, name), "index_meta_broken");
    assert_eq!(finding.expected, "hashm_spares that rise from splitpoint to splitpoint");
}

#[test]
fn a_hash_index_has_a_bitmap_that_its_meta_page_does_not_name() {
    let name = "crowds_hash";
    let mut files = lie(name, 44, &2_u32.to_le_bytes());
    let path = path(name);
    let (mut bitmap, mut unused) = (None, None);
    for block in 1..24 {
        match files.page(&path, block)[PAGE - 4] & 0xF {
            4 => bitmap = Some(block),
            0 => unused = Some(block),
            _ => {}
        }
    }
    let (bitmap, unused) = (bitmap.unwrap(), unused.unwrap());
    files.page(&path, unused)[PAGE - 4] = 4;
    let again = u32::try_from(bitmap).unwrap().to_le_bytes();
    put(files.page(&path, 0), 24 + 444 + 4, &again);
    let said = format!("block {bitmap} again");
    says(files, name, "hashm_mapp with each bitmap page once", &said);
}

#[test]
fn a_bucket_that_makes_no_sense_is_no_lie_of_the_meta_page() {
    let files = with_page("crowds_hash", 1, |page| put(page, 12, &[0xFF, 0xFF]));
    only(&findings(files, "crowds_hash"), "index_page_broken");
}

fn path(name: &str) -> String {
    table(&Files::of("pg17").open(), name).path.clone().unwrap()
}

/// Where an address of the first page of the revmap stands.
const fn address(range: usize) -> usize {
    24 + 6 * range
}

/// The findings where the address of range 3 of `many_brin` is another one.
fn astray(block: u16, offset: u16) -> String {
    let files = with_page("many_brin", 1, |page| {
        put(page, address(3), &[0; 2]);
        put(page, address(3) + 2, &[block.to_le_bytes(), offset.to_le_bytes()].concat());
    });
    let finding = only(&findings(files, "many_brin"), "index_link_broken");
    assert_eq!(finding.location.block, Some(BlockNumber(1)));
    assert!(finding.expected.starts_with("the summary of blocks from "), "{}", finding.expected);
    finding.found
}

#[test]
fn an_address_of_the_revmap_leads_astray() {
    assert_eq!(astray(77, 1), "a block behind the end");
    assert_eq!(astray(0, 1), "a page of kind meta");
    assert_eq!(astray(1, 1), "a page of kind revmap");
    assert_eq!(astray(2, 9999), "a line pointer that the page does not have");
    assert_eq!(astray(2, 1), "that of blocks from 0 on");
}

#[test]
fn summaries_are_gone_or_in_each_others_place() {
    let files = with_page("many_brin", 2, |page| put(page, 24, &[0; 4]));
    let finding = only(&findings(files, "many_brin"), "index_link_broken");
    assert_eq!(finding.found, "an unused line pointer");
    let files = with_page("many_brin", 1, |page| {
        let [one, other] =
            [3, 4].map(|at| <[u8; 6]>::try_from(&page[address(at)..address(at) + 6]).unwrap());
        put(page, address(3), &other);
        put(page, address(4), &one);
    });
    let finding = only(&findings(files, "many_brin"), "index_link_broken");
    assert!(finding.found.ends_with(", and 1 more"), "{}", finding.found);
    let files = with_page("many_brin", 2, |page| page.fill(0));
    let finding = only(&findings(files, "many_brin"), "index_link_broken");
    assert_eq!(finding.found, "a page of kind new, and 25 more");
    // What can't be read is not found twice.
    let files = with_page("many_brin", 2, |page| put(page, 12, &[0xFF, 0xFF]));
    only(&findings(files, "many_brin"), "index_page_broken");
    // A range without a summary is waiting for VACUUM.
    let files = with_page("many_brin", 1, |page| put(page, address(25), &[0; 6]));
    assert_eq!(findings(files, "many_brin"), [], "nobody finds the summary");
}

#[test]
fn a_page_of_the_revmap_is_out_of_its_place() {
    let path = path("many_brin");
    let mut files = Files::of("pg17");
    let bytes = files.get(&path);
    let revmap = bytes[PAGE..2 * PAGE].to_vec();
    bytes.copy_within(2 * PAGE..3 * PAGE, PAGE);
    put(bytes, 2 * PAGE, &revmap);
    let expected = "a page of the revmap of kind revmap";
    says(files, "many_brin", expected, "block 1 of kind regular");
}

#[test]
fn pages_per_range_is_not_what_the_summaries_have() {
    let name = "many_brin";
    let mut files = Files::of("pg17");
    let page = files.page(&path(name), 0);
    let real = u32::from_le_bytes(page[24 + 8..24 + 12].try_into().unwrap());
    let expected = format!("pages_per_range {real}, as the summaries have it");
    says(lie(name, 8, &(real + 1).to_le_bytes()), name, &expected, &(real + 1).to_string());
    for wrong in [0, 131_073, u32::MAX] {
        let files = lie(name, 8, &wrong.to_le_bytes());
        says(files, name, "pages_per_range of 1 to 131072", &wrong.to_string());
    }
}

const GIN: &str = "crowds_gin";

/// The pages of its pending list, and the heap tuples of the first.
fn pending_list() -> (Vec<u32>, u16) {
    let (mut files, path) = (Files::of("pg17"), path(GIN));
    let word = |page: &[u8], at: usize| u32::from_le_bytes(page[at..at + 4].try_into().unwrap());
    let mut next = word(files.page(&path, 0), 24);
    let mut list = Vec::new();
    while next != NO_BLOCK {
        list.push(next);
        next = word(files.page(&path, next as usize), PAGE - 8);
    }
    let first = files.page(&path, list[0] as usize);
    let tuples = u16::from_le_bytes([first[PAGE - 4], first[PAGE - 3]]);
    (list, tuples)
}

#[test]
fn the_meta_page_of_gin_lies_of_the_pending_list() {
    let (list, _) = pending_list();
    assert_eq!(list.len(), 3);
    says(lie(GIN, 48, &3_u32.to_le_bytes()), GIN, "ginVersion of 0 to 2", "3");
    says(lie(GIN, 48, &[0xFF; 4]), GIN, "ginVersion of 0 to 2", "-1");
    let tail = list[2];
    let (both, neither) =
        ("a pending list with head and tail, or neither", format!("head {NO_BLOCK}, tail {tail}"));
    says(lie(GIN, 0, &[0xFF; 4]), GIN, both, &neither);
    let expected = "pending list's head of kind pending";
    says(lie(GIN, 0, &1_u32.to_le_bytes()), GIN, expected, "block 1 of kind root");
    let expected = "pending list's tail of kind pending";
    says(lie(GIN, 4, &0_u32.to_le_bytes()), GIN, expected, "block 0 of kind meta");
    let expected = format!("pending list's tail {tail}, to which its head leads");
    says(lie(GIN, 4, &list[1].to_le_bytes()), GIN, &expected, &list[1].to_string());
    for tuples in [499_i64, 501, -1] {
        let said = u64::try_from(tuples).unwrap_or(u64::MAX).to_string();
        let expected = "pending heap tuples 500, as there are";
        says(lie(GIN, 16, &tuples.to_le_bytes()), GIN, expected, &said);
    }
}

#[test]
fn a_pending_list_leads_astray_or_back() {
    let (list, _) = pending_list();
    let link = |from: usize, to: u32| {
        let from = list[from] as usize;
        let files = with_page(GIN, from, |page| put(page, PAGE - 8, &to.to_le_bytes()));
        let finding = only(&findings(files, GIN), "index_link_broken");
        assert_eq!(finding.location.block.map(|block| block.0 as usize), Some(from));
        finding.found
    };
    assert_eq!(link(0, 1), "block 1 of kind root");
    assert_eq!(link(2, list[0]), format!("block {}, which the list has come by", list[0]));
    assert_eq!(link(1, list[1]), format!("block {}", list[1]), "found once");
    assert_eq!(link(1, 77), "block 77");
}

#[test]
fn pages_that_were_left_behind_the_pending_list_count_no_longer() {
    let (list, tuples) = pending_list();
    let first = list[0] as usize;
    let mut files = lie(GIN, 0, &list[1].to_le_bytes());
    let meta = files.page(&path(GIN), 0);
    put(meta, 24 + 12, &2_u32.to_le_bytes());
    put(meta, 24 + 16, &(500 - i64::from(tuples)).to_le_bytes());
    let page = files.page(&path(GIN), first);
    let items = u64::from(u16::from_le_bytes([page[12], page[13]]) - 24) / 4;
    let look = |files| {
        found(files, GIN, |index| {
            let ledger = &index.tally.ledger;
            let bytes = [IndexLine::Items, IndexLine::Unreferenced].map(|line| ledger[line]);
            (index.live_items(), index.pages(IndexPageKind::Pending), bytes, index.rewritten_len)
        })
    };
    let (sound_findings, sound) = look(Files::of("pg17"));
    let (findings, left) = look(files);
    assert_eq!((codes(&sound_findings), codes(&findings)), (Vec::new(), Vec::new()));
    assert_eq!(left.1, sound.1, "it still says what it is");
    assert_eq!(left.0.count, sound.0.count - items);
    let len = sound.0.len - left.0.len;
    assert_eq!(left.2, [sound.2[0] - len, sound.2[1] + len]);
    assert!(left.3 <= sound.3);
}

/// Numbers on meta pages, the revmap and the pending list made others; whatever comes of it, nothing
/// panics, every ledger still sums, and the items can be followed.
#[test]
fn no_meta_page_makes_it_panic() {
    let names = ["crowds_hash", GIN, "indexed_gin", "many_brin", "crowds_spgist", "indexed_bloom"];
    let paths = names.map(path);
    let numbers = [0, 1, 2, 3, 9, 24, 25, 0x7FFF_FFFF, 0x8000_0000, NO_BLOCK - 1, NO_BLOCK];
    let mut told = 0;
    for seed in 0..12 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut files = Files::of("pg17");
        for path in &paths {
            for _ in 0..=random.usize(..3) {
                let is_meta = random.bool();
                let block = if is_meta { 0 } else { random.usize(..files.get(path).len() / PAGE) };
                let place = random.usize(if is_meta { 1..130 } else { 0..400 });
                let special = if random.u8(..4) == 0 { PAGE - 16 - 24 } else { 0 };
                let at = 24 + (special + 4 * place).min(PAGE - 24 - 4);
                let number: u32 = numbers[random.usize(..numbers.len())];
                put(files.page(path, block), at, &number.to_le_bytes());
            }
        }
        let cluster = files.open();
        let mut found = scan(&cluster);
        follow_items(&cluster, &mut found, DanglingOptions::default(), &());
        told += found.findings.len();
    }
    assert!(told > 60, "{told}");
}

#[test]
fn a_build_that_the_crash_ended_has_no_meta_page_yet() {
    let mut files = Files::of("pg17-killed");
    let path = table(&Files::of("pg17-killed").open(), "busy_pkey").path.clone().unwrap();
    files.page(&path, 0).fill(0);
    let cluster = files.open();
    assert!(!codes(&scan(&cluster).findings).contains(&"index_meta_broken"));
}
