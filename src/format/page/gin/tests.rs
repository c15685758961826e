use super::*;
use crate::format::page::index::testing::{page, seed};

#[test]
fn the_meta_page_counts_what_is_pending() {
    let bytes = seed("index/gin-meta");
    let meta = GinPage::new(page(&bytes)).unwrap();
    assert_eq!((meta.kind(), meta.item_count()), (IndexPageKind::Meta, 0));
    let meta = meta.meta().unwrap();
    assert_eq!((meta.pending_head().0, meta.pending_tail().0, meta.tail_free_size()), (6, 6, 6084));
    assert_eq!((meta.n_pending_pages(), meta.n_pending_tuples()), (1, 32));
    assert_eq!((meta.n_total_pages(), meta.n_entry_pages(), meta.n_data_pages()), (6, 1, 4));
    assert_eq!((meta.n_entries(), meta.version()), (1, 2));
}

#[test]
fn an_entry_has_a_key_and_the_heap_tuples_that_contain_it() {
    let bytes = seed("index/gin-entries");
    let leaf = GinPage::new(page(&bytes)).unwrap();
    assert_eq!(leaf.kind(), IndexPageKind::Leaf);
    let entries: Vec<_> = leaf.item_ids().map(|(_, item)| leaf.entry(item).unwrap()).collect();
    // Column 1, element 0: rows 3, 6, … 18.
    let zero = entries.iter().find(|entry| entry.key[..8] == [1, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    let rows: Vec<_> = zero.heap_tids().map(|tid| tid.unwrap().offset.0).collect();
    assert_eq!(rows, [3, 6, 9, 12, 15, 18]);
    // Each of the 21 rows without, or with an empty, value counts once for each column.
    let nulls = entries.iter().filter(|entry| entry.tuple.header.has_nulls()).count();
    assert_eq!(nulls, 4);
    let all: usize = entries.iter().map(|entry| entry.heap_tids().count()).sum();
    assert_eq!(all, 40 - 2 + 20 + 4);
}

#[test]
fn a_posting_tree_holds_what_is_too_much_for_an_entry() {
    let bytes = seed("index/gin-posting-leaf");
    let leaf = GinPage::new(page(&bytes)).unwrap();
    assert_eq!((leaf.kind(), leaf.item_count()), (IndexPageKind::PostingLeaf, 0));
    let lists: Vec<_> = leaf.posting_lists().map(Result::unwrap).collect();
    let sizes: Vec<_> = lists
        .iter()
        .take(3)
        .map(|list| (list.first.to_string(), list.nbytes(), list.tids().count()))
        .collect();
    let expected = [("(60,1)", 194, 194), ("(61,59)", 248, 247), ("(63,34)", 248, 247)];
    assert_eq!(sizes, expected.map(|(first, nbytes, count)| (first.to_owned(), nbytes, count)));
    assert!(leaf.uncompressed_tids().unwrap().is_empty());

    let bytes = seed("index/gin-posting-internal");
    let root = GinPage::new(page(&bytes)).unwrap();
    assert_eq!((root.kind(), root.opaque().maxoff()), (IndexPageKind::PostingInternal, 3));
    let children: Vec<_> =
        root.posting_items().unwrap().iter().map(|item| item.child_blkno().0).collect();
    assert_eq!(children, [4, 3, 5]);
    assert_eq!(root.posting_items().unwrap()[2].key(), ItemPointer::default(), "no bound");
}

#[test]
fn a_posting_leaf_before_9_4_is_an_array() {
    let mut bytes = seed("index/gin-posting-leaf");
    bytes[8192 - 2] &= 0x7F;
    bytes[8192 - 4..8192 - 2].copy_from_slice(&2_u16.to_le_bytes());
    bytes[32..44].copy_from_slice(&[0, 0, 1, 0, 2, 0, 0, 0, 3, 0, 4, 0]);
    let leaf = GinPage::new(page(&bytes)).unwrap();
    assert_eq!(leaf.posting_lists().count(), 0);
    let tids = leaf.uncompressed_tids().unwrap();
    assert_eq!(
        tids.iter().map(|tid| tid.get().to_string()).collect::<Vec<_>>(),
        ["(1,2)", "(3,4)"]
    );
    bytes[8192 - 3] = 0xFF;
    assert!(GinPage::new(page(&bytes)).unwrap().uncompressed_tids().is_err(), "it ends too soon");
}

#[test]
fn a_pending_item_points_to_its_row() {
    let bytes = seed("index/gin-pending");
    let pending = GinPage::new(page(&bytes)).unwrap();
    assert_eq!((pending.kind(), pending.opaque().maxoff()), (IndexPageKind::Pending, 32));
    let flags = GinFlags::GIN_LIST | GinFlags::GIN_LIST_FULLROW;
    assert_eq!(pending.opaque().flags(), flags);
    // {2, i, NULL} thirty times, once with i = 2; and two rows of one item each.
    assert_eq!(pending.item_count(), 30 * 3 - 1 + 2);
}

#[test]
fn an_entry_whose_list_runs_off_it_is_refused() {
    let mut bytes = seed("index/gin-entries");
    let start = usize::from(page(&bytes).line_pointers()[0].lp_off());
    bytes[start + 2..start + 4].copy_from_slice(&0x1FFF_u16.to_le_bytes());
    let leaf = GinPage::new(page(&bytes)).unwrap();
    let (_, first) = leaf.item_ids().next().unwrap();
    assert!(leaf.entry(first).is_err());
}

#[test]
fn a_deleted_page_keeps_the_xid_in_its_header() {
    let mut bytes = seed("index/gin-posting-leaf");
    bytes[8192 - 2] |= 4;
    bytes[20..24].copy_from_slice(&77_u32.to_le_bytes());
    let deleted = GinPage::new(page(&bytes)).unwrap();
    assert_eq!(
        (deleted.kind(), deleted.delete_xid()),
        (IndexPageKind::Deleted, Some(TransactionId(77)))
    );
    assert_eq!(deleted.posting_lists().count(), 0);
}
