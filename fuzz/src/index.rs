//! A page of an index of any type, and of a sequence.

use pgautopsy::format::page::index::{IndexMethod, IndexPage, IndexPageKind};
use pgautopsy::format::page::sequence::SequenceData;
use pgautopsy::format::page::spgist::SpGistTuple;
use pgautopsy::format::page::{LpFlags, Page};
use pgautopsy::format::{Format, PageType, PgVersion};
use pgautopsy::primitives::BlockNumber;

use super::is_within;
use super::page::format_for;

/// The input is a page, of the largest size that it fills.
pub fn run(data: &[u8]) {
    for version in [PgVersion::V12, PgVersion::V13, PgVersion::V19] {
        let format = Format { version, ..format_for(data) };
        let Ok(page) = Page::new(data, format) else { return };
        if let Some(PageType::Index(method)) = PageType::of(&page) {
            let whole = IndexPage::new(page, method);
            assert!(whole.is_ok() || method == IndexMethod::Hash, "what looks like one is one");
        }
        if let Ok(sequence) = SequenceData::of(&page) {
            let _ = (sequence.last_value(), sequence.log_cnt(), sequence.is_called());
        }
        for method in IndexMethod::ALL {
            if let Ok(page) = IndexPage::new(page, method) {
                check(&page, data);
            }
        }
    }
}

/// What holds for every type: items are line pointers, and a page can pay for the heap tuples that
/// it points to, at least a byte each.
fn check(page: &IndexPage<'_>, data: &[u8]) {
    let [root, other] = [0, 5].map(|block| page.kind(BlockNumber(block)));
    assert!(root == other || root == IndexPageKind::Root);
    assert!(IndexPageKind::ALL.contains(&root));
    assert_eq!(page.item_ids().count(), usize::from(page.item_count()));
    let stats = page.item_stats();
    assert!(stats.live_items + stats.dead_items <= page.item_count());
    let (mut found, mut errors) = (0, 0);
    page.for_each_heap_tid(|tid| match tid {
        Ok(tid) => {
            found += 1;
            assert!(tid.item.0 <= page.item_count());
        }
        Err(_) => errors += 1,
    });
    assert!(found <= data.len() && errors <= data.len());
    if other == IndexPageKind::New {
        assert_eq!((found, errors), (0, 0));
    }
    each_type(page, data);
}

fn each_type(page: &IndexPage<'_>, data: &[u8]) {
    match page {
        IndexPage::New => {}
        IndexPage::Btree(page) => {
            assert!(page.item_count() >= page.item_stats().live_items);
            let _ = (page.meta(), page.level(), page.delete_xid(), page.avg_item_size());
            for (number, item) in page.item_ids() {
                let Ok(tuple) = page.tuple(number, item) else { continue };
                assert!(is_within(tuple.data(), data));
                assert_eq!(tuple.is_pivot(), tuple.dead().is_none());
                assert!(tuple.heap_tids().len() * 6 <= tuple.tuple().bytes().len());
                assert!(!tuple.is_pivot() || tuple.downlink().is_some());
                let _ = (tuple.htid(), tuple.posting(), tuple.pivot_attributes());
            }
        }
        IndexPage::Hash(page) => {
            if let Ok(meta) = page.meta() {
                assert_eq!(meta.hashm_spares().count(), 98);
                for block in 0..64 {
                    let _ = meta.overflow_bit(BlockNumber(block));
                }
                let _ = meta.overflow_bit(BlockNumber(u32::MAX));
            }
            if let Some(bitmap) = page.bitmap() {
                let len = u32::try_from(bitmap.len()).expect("a page is small");
                assert_eq!(bitmap.is_set(len), None);
                assert!(bitmap.is_empty() || bitmap.is_set(len - 1).is_some());
            }
            page.item_ids().for_each(|(_, item)| drop(page.tuple(item)));
        }
        IndexPage::Gin(page) => {
            let _ = (page.meta(), page.right_bound(), page.delete_xid());
            let lists: usize = page.posting_lists().flatten().map(|list| 8 + list.nbytes()).sum();
            assert!(lists <= data.len());
            assert!(
                page.posting_items().is_ok_and(|items| items.len() * 10 <= data.len())
                    || page.opaque().maxoff() > 0
            );
            for (_, item) in page.item_ids() {
                let Ok(entry) = page.entry(item) else { continue };
                assert!(is_within(entry.key, data));
                assert!(entry.heap_tids().count() <= entry.tuple.bytes().len());
            }
        }
        IndexPage::Gist(page) => {
            let _ = page.delete_xid();
            for (_, item) in page.item_ids() {
                let Ok(tuple) = page.tuple(item) else { continue };
                assert!(tuple.bytes().len() <= usize::from(item.lp_len()));
                assert!(tuple.null_bitmap().is_none() || tuple.header.has_nulls());
            }
        }
        IndexPage::SpGist(page) => {
            let _ = page.meta();
            for (_, item) in page.item_ids() {
                match page.tuple(item) {
                    Ok(SpGistTuple::Inner(inner)) => {
                        assert!(is_within(inner.prefix, data));
                        let nodes = inner.nodes().count();
                        assert!(nodes <= usize::from(inner.n_nodes).min(data.len() / 8 + 1));
                    }
                    Ok(SpGistTuple::Leaf(leaf)) => assert!(is_within(leaf.data, data)),
                    Ok(SpGistTuple::Other(_)) | Err(_) => {}
                }
            }
        }
        IndexPage::Brin(page) => {
            let _ = (page.meta(), page.flags());
            assert!(page.revmap().len() * 6 <= data.len());
            for (_, item) in page.item_ids() {
                match page.tuple(item) {
                    Ok(None) => assert_eq!(item.lp_flags(), LpFlags::Unused),
                    Ok(Some(tuple)) => {
                        assert!(is_within(tuple.data(), data));
                        let nulls = tuple.nulls(31, 32);
                        assert!(!(nulls.allnulls && nulls.hasnulls));
                    }
                    Err(_) => {}
                }
            }
        }
        IndexPage::Bloom(page) => {
            let _ = page.meta();
            if let Ok(pages) = page.not_full_pages() {
                assert!(pages.count() * 4 <= data.len());
            }
            if let Ok(tuples) = page.tuples() {
                assert!(tuples.count() * 6 <= data.len());
            }
        }
    }
}
