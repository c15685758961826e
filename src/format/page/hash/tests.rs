use super::*;
use crate::format::page::index::testing::{page, seed};
use crate::format::page::index::{ItemStats, free_size};

#[test]
fn the_meta_page_finds_the_bit_of_an_overflow_page() {
    let bytes = seed("index/hash-meta");
    let meta = HashPage::new(page(&bytes)).unwrap();
    assert_eq!((meta.kind(), meta.page_type()), (IndexPageKind::Meta, "metapage"));
    let meta = meta.meta().unwrap();
    assert_eq!((meta.hashm_version(), meta.hashm_ntuples().to_string()), (4, "900".to_owned()));
    assert_eq!((meta.hashm_ffactor(), meta.hashm_bsize()), (307, 8152));
    assert_eq!((meta.hashm_bmsize(), meta.hashm_bmshift()), (4096, 15));
    assert_eq!((meta.hashm_maxbucket(), meta.hashm_highmask(), meta.hashm_lowmask()), (7, 15, 7));
    assert_eq!((meta.hashm_ovflpoint(), meta.hashm_firstfree(), meta.hashm_nmaps()), (3, 3, 1));
    assert_eq!(meta.hashm_procid().0, 450);
    assert_eq!(meta.hashm_spares().take(5).collect::<Vec<_>>(), [0, 0, 0, 3, 0]);
    assert_eq!((meta.hashm_spares().count(), meta.hashm_mapp().count()), (98, 1024));
    let bit = |block| meta.overflow_bit(BlockNumber(block)).map(|(page, bit)| (page.0, bit));
    assert_eq!([bit(10), bit(11)], [Some((9, 1)), Some((9, 2))]);
    assert_eq!([bit(0), bit(8), bit(12), bit(u32::MAX)], [None; 4], "no overflow pages");

    let bytes = seed("index/hash-bitmap");
    let bitmap = HashPage::new(page(&bytes)).unwrap();
    assert_eq!(bitmap.kind(), IndexPageKind::Bitmap);
    let bitmap = bitmap.bitmap().unwrap();
    assert_eq!(
        (bitmap.len(), bitmap.is_set(2), bitmap.is_set(3)),
        (4096 * 8, Some(true), Some(true))
    );
    assert_eq!(bitmap.is_set(4096 * 8), None);
}

#[test]
fn a_bucket_holds_hashes() {
    let bytes = seed("index/hash-bucket");
    let bucket = HashPage::new(page(&bytes)).unwrap();
    assert_eq!((bucket.kind(), bucket.page_type()), (IndexPageKind::Bucket, "bucket"));
    let opaque = bucket.opaque();
    assert_eq!((opaque.hasho_prevblkno().0, opaque.hasho_nextblkno().0), (7, 10));
    assert_eq!((opaque.hasho_bucket(), opaque.hasho_flag().bits()), (6, 130));
    let stats = ItemStats::of(bucket.item_ids().map(|(_, item)| item));
    assert_eq!((stats.live_items, stats.dead_items, free_size(bucket.page())), (398, 9, 8));
    let (_, first) = bucket.item_ids().next().unwrap();
    let first = bucket.tuple(first).unwrap();
    assert_eq!(first.tuple.header.t_tid().get().to_string(), "(1,181)");
    assert_eq!(first.hash, 2_389_907_270);
}

#[test]
fn an_overflow_page_knows_the_page_before_it() {
    let bytes = seed("index/hash-overflow");
    let overflow = HashPage::new(page(&bytes)).unwrap();
    assert_eq!((overflow.kind(), overflow.item_count()), (IndexPageKind::Overflow, 86));
    assert_eq!(overflow.opaque().hasho_prevblkno(), BlockNumber(10));
    assert_eq!(overflow.opaque().hasho_nextblkno(), BlockNumber::INVALID);
}

#[test]
fn a_page_of_two_kinds_or_of_another_type_is_refused() {
    let mut bytes = seed("index/hash-overflow");
    bytes[8192 - 4] = 3;
    let error = HashPage::new(page(&bytes)).unwrap_err().to_string();
    assert!(error.contains("hasho_flag at offset 8188"), "{error}");
    let other = seed("index/gist-leaf");
    assert!(HashPage::new(page(&other)).is_err());
    bytes[8192 - 4] = 0;
    assert_eq!(HashPage::new(page(&bytes)).unwrap().kind(), IndexPageKind::Unused);
}
