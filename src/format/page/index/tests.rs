use super::testing::{page, seed};
use super::*;
use crate::format::datum::{Align, Attribute, Attributes, Varlena};
use crate::primitives::BlockNumber;

fn tids(name: &str, method: IndexMethod) -> (usize, usize) {
    let bytes = seed(name);
    let (mut all, mut dead) = (0, 0);
    IndexPage::new(page(&bytes), method).unwrap().for_each_heap_tid(|found| {
        all += 1;
        dead += usize::from(found.unwrap().dead);
    });
    (all, dead)
}

#[test]
fn heap_tuples_are_found_whatever_the_type() {
    assert_eq!(tids("index/btree-leaf", IndexMethod::Btree), (17, 5));
    assert_eq!(tids("index/btree-root", IndexMethod::Btree), (0, 0));
    assert_eq!(tids("index/btree-posting", IndexMethod::Btree), (60, 0));
    assert_eq!(tids("index/btree-deleted", IndexMethod::Btree), (0, 0));
    assert_eq!(tids("index/hash-bucket", IndexMethod::Hash), (407, 9));
    assert_eq!(tids("index/hash-bitmap", IndexMethod::Hash), (0, 0));
    assert_eq!(tids("index/gin-entries", IndexMethod::Gin), (62, 0));
    assert_eq!(tids("index/gin-pending", IndexMethod::Gin), (91, 0));
    assert_eq!(tids("index/gin-posting-leaf", IndexMethod::Gin).0, 7362);
    assert_eq!(tids("index/gist-leaf", IndexMethod::Gist).1, 1);
    assert_eq!(tids("index/gist-root", IndexMethod::Gist), (0, 0));
    assert_eq!(tids("index/spgist-leaf", IndexMethod::SpGist), (19, 0));
    assert_eq!(tids("index/brin-regular", IndexMethod::Brin), (0, 0));
    assert_eq!(tids("index/bloom-regular", IndexMethod::Bloom), (60, 0));
}

#[test]
fn a_root_is_known_by_its_block_where_the_page_does_not_say() {
    let kind = |name, method, block| {
        IndexPage::new(page(&seed(name)), method).unwrap().kind(BlockNumber(block))
    };
    assert_eq!(kind("index/gist-root", IndexMethod::Gist, 0), IndexPageKind::Root);
    assert_eq!(kind("index/gist-root", IndexMethod::Gist, 5), IndexPageKind::Internal);
    assert_eq!(kind("index/gist-leaf", IndexMethod::Gist, 0), IndexPageKind::Leaf);
    assert_eq!(kind("index/spgist-root", IndexMethod::SpGist, 1), IndexPageKind::Root);
    assert_eq!(kind("index/gin-entries", IndexMethod::Gin, 1), IndexPageKind::Leaf);
    assert_eq!(kind("index/btree-root", IndexMethod::Btree, 3), IndexPageKind::Root);
}

#[test]
fn a_page_of_zeros_is_new() {
    let bytes = vec![0; 8192];
    for method in IndexMethod::ALL {
        let zeros = IndexPage::new(page(&bytes), method).unwrap();
        assert_eq!(zeros.kind(BlockNumber(7)), IndexPageKind::New);
        assert_eq!((zeros.item_count(), zeros.item_ids().count()), (0, 0));
        assert_eq!(IndexMethod::from_name(method.name()), Some(method));
    }
}

#[test]
fn an_item_that_cannot_be_read_does_not_hide_the_others() {
    let mut bytes = seed("index/btree-leaf");
    bytes[28..32].fill(0xFF);
    let mut found = Vec::new();
    IndexPage::new(page(&bytes), IndexMethod::Btree)
        .unwrap()
        .for_each_heap_tid(|tid| found.push(tid.is_ok()));
    assert_eq!((found.len(), found[0], found[1]), (17, false, true));
}

#[test]
fn line_pointers_that_share_an_item_do_not_multiply_its_heap_tuples() {
    let mut bytes = seed("index/btree-posting");
    let first: [u8; 4] = bytes[24..28].try_into().unwrap();
    bytes[12..14].copy_from_slice(&(24_u16 + 4 * 400).to_le_bytes());
    bytes[24..24 + 4 * 400].copy_from_slice(&first.repeat(400));
    let (mut tids, mut errors) = (0, Vec::new());
    IndexPage::new(page(&bytes), IndexMethod::Btree).unwrap().for_each_heap_tid(
        |found| match found {
            Ok(_) => tids += 1,
            Err(error) => errors.push(error.to_string()),
        },
    );
    assert_eq!((tids, errors.len()), (60, 1));
    assert!(errors[0].contains("up to line pointer 4"), "{}", errors[0]);
}

#[test]
fn posting_lists_of_a_page_follow_each_other() {
    let mut bytes = seed("index/gin-posting-leaf");
    let second = 32 + 8 + 194;
    bytes[second..second + 6].copy_from_slice(&[0, 0, 60, 0, 59, 0]);
    let mut errors = Vec::new();
    IndexPage::new(page(&bytes), IndexMethod::Gin)
        .unwrap()
        .for_each_heap_tid(|tid| errors.extend(tid.err().map(|e| (e.is_in_list, e.to_string()))));
    assert_eq!(errors.len(), 1);
    let (is_in_list, error) = &errors[0];
    assert!(*is_in_list && error.ends_with("where the one before ends, found (60,59)"), "{error}");
}

#[test]
fn columns_are_cut_as_those_of_a_table() {
    let bytes = seed("index/gist-leaf");
    let page = page(&bytes);
    let text = Attribute { len: -1, align: Align::Int };
    // A range, and a text of 800 digits.
    let tuple = IndexTuple::parse(page.item_bytes(page.line_pointers()[1]).unwrap(), page.format());
    let tuple = tuple.unwrap();
    let columns = Attributes::of(tuple.data(), tuple.null_bitmap(), u16::MAX, [text, text]);
    let columns: Vec<_> = columns.map(|value| value.unwrap().unwrap()).collect();
    let digits = Varlena::parse(columns[1]).unwrap();
    assert!(matches!(digits, Varlena::Plain(b) if b.len() == 800 && b.ends_with(b"00006")));
}

#[test]
fn a_tuple_larger_than_its_item_is_refused() {
    let mut bytes = seed("index/btree-leaf");
    let start = usize::from(page(&bytes).line_pointers()[2].lp_off());
    bytes[start + 6..start + 8].copy_from_slice(&0x1FFF_u16.to_le_bytes());
    let format = page(&bytes).format();
    let error = IndexTuple::parse(&bytes[start..start + 416], format).unwrap_err();
    assert_eq!(error.to_string(), "index tuple at offset 0 needs 8191 bytes, and 416 are there");
    bytes[start + 6..start + 8].copy_from_slice(&7_u16.to_le_bytes());
    assert!(IndexTuple::parse(&bytes[start..start + 416], format).is_err());
}
