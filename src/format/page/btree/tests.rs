use super::*;
use crate::format::PgVersion;
use crate::format::page::index::free_size;
use crate::format::page::index::testing::{page, page_of, seed};
use crate::primitives::{BlockNumber, ItemPointer};

fn tids(list: &[super::super::ItemPointerData]) -> Vec<String> {
    list.iter().map(|tid| tid.get().to_string()).collect()
}

fn tid(block: u32, offset: u16) -> ItemPointer {
    ItemPointer { block: BlockNumber(block), offset: OffsetNumber(offset) }
}

#[test]
fn the_meta_page_says_where_the_root_is() {
    let bytes = seed("index/btree-meta");
    let meta = BtreePage::new(page(&bytes)).unwrap();
    assert_eq!((meta.kind(), meta.item_count(), meta.level()), (IndexPageKind::Meta, 0, None));
    let meta = meta.meta().unwrap();
    assert_eq!((meta.btm_version(), meta.btm_root(), meta.btm_level()), (4, BlockNumber(3), 1));
    assert_eq!((meta.btm_fastroot(), meta.btm_fastlevel()), (BlockNumber(3), 1));
    assert!(meta.btm_allequalimage() && meta.is_heapkeyspace());
}

#[test]
fn fields_that_a_meta_page_is_too_old_for_are_not_read() {
    let mut bytes = seed("index/btree-meta");
    bytes[28] = 2;
    bytes[48..65].fill(0xAA);
    let old = BtreePage::new(page(&bytes)).unwrap().meta().unwrap();
    assert_eq!(old.btm_last_cleanup_num_delpages(), 0);
    assert_eq!(old.btm_last_cleanup_num_heap_tuples().to_string(), "-1");
    assert!(!old.btm_allequalimage() && !old.is_heapkeyspace());
    bytes[24] = 0;
    assert!(BtreePage::new(page(&bytes)).unwrap().meta().is_err());
}

#[test]
fn items_of_a_leaf_point_to_the_heap_behind_the_high_key() {
    let bytes = seed("index/btree-leaf");
    let leaf = BtreePage::new(page(&bytes)).unwrap();
    assert_eq!((leaf.kind(), leaf.page_type(), leaf.level()), (IndexPageKind::Leaf, 'l', Some(0)));
    assert_eq!((leaf.opaque().btpo_prev().0, leaf.opaque().btpo_next().0), (0, 2));
    assert!(leaf.opaque().btpo_flags().contains(BtreeFlags::BTP_HAS_GARBAGE));
    let stats = leaf.item_stats();
    assert_eq!((stats.live_items, stats.dead_items, leaf.avg_item_size()), (13, 5, 416));
    assert_eq!(free_size(leaf.page()), 588);

    let items: Vec<_> =
        leaf.item_ids().map(|(number, item)| leaf.tuple(number, item).unwrap()).collect();
    let high_key = items[0];
    assert!(high_key.is_pivot() && high_key.heap_tids().is_empty());
    assert_eq!((high_key.dead(), high_key.htid()), (None, None));
    assert_eq!(high_key.pivot_attributes(), Some(1));
    let dead: Vec<_> = items.iter().filter(|item| item.dead() == Some(true)).collect();
    assert_eq!(dead.len(), 5);
    assert_eq!(tids(dead[0].heap_tids()), ["(0,5)"]);
    assert_eq!(dead[0].data()[..7], [0x50, 6, 0, 0, 0x30, 0x30, 0x30]);
    assert_eq!((dead[0].htid(), dead[0].downlink()), (Some(tid(0, 5)), None));
}

#[test]
fn items_of_an_internal_page_lead_down() {
    let bytes = seed("index/btree-root");
    let root = BtreePage::new(page(&bytes)).unwrap();
    assert_eq!((root.kind(), root.page_type(), root.level()), (IndexPageKind::Root, 'r', Some(1)));
    let down: Vec<_> = root
        .item_ids()
        .map(|(number, item)| root.tuple(number, item).unwrap())
        .inspect(|item| assert!(item.is_pivot() && item.heap_tids().is_empty()))
        .map(|item| item.downlink().unwrap().0)
        .collect();
    assert_eq!(down, [1, 2, 5, 6, 7]);
    assert!(!root.points_to_heap());
}

#[test]
fn a_posting_list_is_one_item_with_many_heap_tuples() {
    let bytes = seed("index/btree-posting");
    let leaf = BtreePage::new(page(&bytes)).unwrap();
    let (number, item) = leaf.item_ids().next().unwrap();
    let tuple = leaf.tuple(number, item).unwrap();
    assert_eq!(tuple.tuple().header.t_tid().get().to_string(), "(16,8212)");
    assert_eq!(tuple.data(), [0x0D, 0x6B, 0x65, 0x79, 0x20, 0x30, 0, 0]);
    assert_eq!(tuple.htid(), Some(tid(0, 3)));
    let posting = tuple.posting().unwrap();
    assert_eq!(
        (posting.len(), &tids(posting)[..3]),
        (20, &["(0,3)", "(0,6)", "(0,9)"].map(String::from)[..])
    );
}

#[test]
fn a_posting_list_that_runs_off_its_item_is_refused() {
    let mut bytes = seed("index/btree-posting");
    let start = usize::from(page(&bytes).line_pointers()[0].lp_off());
    bytes[start + 4..start + 6].copy_from_slice(&(0x2000_u16 | 21).to_le_bytes());
    let leaf = BtreePage::new(page(&bytes)).unwrap();
    let (number, item) = leaf.item_ids().next().unwrap();
    let error = leaf.tuple(number, item).unwrap_err().to_string();
    assert_eq!(error, "posting list at offset 16 needs 126 bytes, and 120 are there");
    bytes[start + 2] = 0xFF;
    let leaf = BtreePage::new(page(&bytes)).unwrap();
    assert!(leaf.tuple(number, item).is_err());
}

#[test]
fn a_pivot_keeps_a_heap_address_behind_its_key() {
    let mut bytes = seed("index/btree-root");
    let start = usize::from(page(&bytes).line_pointers()[1].lp_off());
    let size = usize::from(u16::from_le_bytes([bytes[start + 6], bytes[start + 7]]) & 0x1FFF);
    bytes[start + 5] |= 0x10;
    bytes[start + size - 6..start + size].copy_from_slice(&[0, 0, 9, 0, 3, 0]);
    let read = |version| {
        let root = BtreePage::new(page_of(&bytes, version)).unwrap();
        let (number, item) = root.item_ids().nth(1).unwrap();
        let tuple = root.tuple(number, item).unwrap();
        assert!(tuple.heap_tids().is_empty(), "it points to a page");
        (tuple.htid(), tuple.data().len())
    };
    assert_eq!(read(PgVersion::V13), (Some(tid(9, 3)), size - 8 - 8));
    assert_eq!(read(PgVersion::V12), (Some(tid(9, 3)), size - 8), "12 shows it as part of the key");
}

#[test]
fn a_deleted_page_says_when() {
    let bytes = seed("index/btree-deleted");
    let deleted = BtreePage::new(page(&bytes)).unwrap();
    assert_eq!((deleted.kind(), deleted.page_type()), (IndexPageKind::Deleted, 'd'));
    assert!(matches!(deleted.delete_xid(), Some(DeleteXid::Full(xid)) if xid.epoch() == 0));
    assert_eq!((deleted.item_count(), deleted.level()), (0, Some(0)));
    assert_eq!((deleted.opaque().btpo_prev().0, deleted.opaque().btpo_next().0), (2, 5));
}

#[test]
fn a_page_deleted_before_14_keeps_its_high_key_and_a_short_xid() {
    let bytes = seed("index/btree-deleted-pg12");
    let deleted = BtreePage::new(page_of(&bytes, PgVersion::V12)).unwrap();
    assert!(matches!(deleted.delete_xid(), Some(DeleteXid::Short(xid)) if xid.is_normal()));
    assert_eq!((deleted.item_count(), deleted.item_stats().live_items), (1, 0));
    assert_eq!((deleted.level(), deleted.page_type()), (None, 'd'));
    let upgraded = BtreePage::new(page_of(&bytes, PgVersion::V17)).unwrap();
    assert_eq!((upgraded.item_count(), upgraded.delete_xid()), (0, deleted.delete_xid()));
}

#[test]
fn a_half_dead_page_points_nowhere() {
    let mut bytes = seed("index/btree-leaf");
    bytes[8192 - 4] |= 0x10;
    let page = BtreePage::new(page(&bytes)).unwrap();
    assert_eq!((page.kind(), page.page_type()), (IndexPageKind::HalfDead, 'e'));
    assert!(!page.points_to_heap());
}
