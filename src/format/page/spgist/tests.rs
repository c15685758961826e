use super::*;
use crate::format::PgVersion;
use crate::format::page::index::testing::{page, page_of, seed};
use crate::primitives::TransactionId;

#[test]
fn the_meta_page_remembers_pages_with_room() {
    let bytes = seed("index/spgist-meta");
    let meta = SpGistPage::new(page(&bytes)).unwrap();
    assert_eq!((meta.kind(), meta.item_count()), (IndexPageKind::Meta, 0));
    let pages = meta.meta().unwrap().last_used_pages();
    assert!(pages.iter().any(|page| page.blkno().is_valid() && page.free_space() > 0));
    assert!(pages[4..].iter().all(|page| !page.blkno().is_valid()), "no page of nulls has room");
}

#[test]
fn the_root_branches_where_the_values_differ() {
    let bytes = seed("index/spgist-root");
    let root = SpGistPage::new(page(&bytes)).unwrap();
    assert_eq!(root.kind(), IndexPageKind::Internal);
    let (_, item) = root.item_ids().next().unwrap();
    let SpGistTuple::Inner(inner) = root.tuple(item).unwrap() else { panic!("not an inner tuple") };
    assert!(!inner.all_the_same);
    // A text of seven zeros, behind its length.
    assert!(inner.prefix.windows(7).any(|text| text == b"0000000"));
    let nodes: Vec<_> = inner.nodes().map(Result::unwrap).collect();
    assert_eq!(nodes.len(), usize::from(inner.n_nodes));
    assert!(nodes.iter().all(|node| node.header.t_tid().block().0 < 10));
}

#[test]
fn a_leaf_page_keeps_the_numbers_of_what_was_moved() {
    let bytes = seed("index/spgist-leaf");
    let leaf = SpGistPage::new(page(&bytes)).unwrap();
    assert_eq!((leaf.kind(), leaf.item_count()), (IndexPageKind::Leaf, 25));
    let (mut leaves, mut redirects, mut placeholders) = (0, 0, 0);
    for (_, item) in leaf.item_ids() {
        let tuple = leaf.tuple(item).unwrap();
        match tuple {
            SpGistTuple::Leaf(tuple) => {
                leaves += 1;
                assert_eq!(tuple.heap_ptr.block.0 / 10, 0);
                assert!(tuple.next_offset.0 <= 25);
                assert_eq!(tuple.null_bitmap, None);
            }
            SpGistTuple::Other(other) if other.state == TupState::Redirect => {
                redirects += 1;
                assert!(other.pointer.block.is_valid() && other.xid > TransactionId::FIRST_NORMAL);
            }
            SpGistTuple::Other(other) => {
                placeholders += 1;
                assert_eq!(other.state, TupState::Placeholder);
            }
            SpGistTuple::Inner(_) => panic!("an inner tuple"),
        }
    }
    assert_eq!((leaves, redirects, placeholders), (19, 2, 4));
    assert_eq!((leaf.opaque().n_redirection(), leaf.opaque().n_placeholder()), (2, 4));
}

#[test]
fn a_leaf_tuple_has_flags_from_14_on() {
    let mut bytes = seed("index/spgist-leaf");
    let start = usize::from(page(&bytes).line_pointers()[1].lp_off());
    bytes[start + 4..start + 6].copy_from_slice(&0x8005_u16.to_le_bytes());
    let read = |version| {
        let leaf = SpGistPage::new(page_of(&bytes, version)).unwrap();
        let (_, item) = leaf.item_ids().nth(1).unwrap();
        let SpGistTuple::Leaf(leaf) = leaf.tuple(item).unwrap() else { panic!("not a leaf tuple") };
        (leaf.next_offset.0, leaf.null_bitmap.map(<[u8]>::len))
    };
    assert_eq!(read(PgVersion::V14), (5, Some(4)));
    assert_eq!(read(PgVersion::V13), (0x8005, None));
}

#[test]
fn nodes_that_run_off_their_tuple_end_in_an_error() {
    let mut bytes = seed("index/spgist-root");
    let start = usize::from(page(&bytes).line_pointers()[0].lp_off());
    bytes[start] |= 0xF8;
    bytes[start + 1] = 0xFF;
    let root = SpGistPage::new(page(&bytes)).unwrap();
    let (_, item) = root.item_ids().next().unwrap();
    let SpGistTuple::Inner(inner) = root.tuple(item).unwrap() else { panic!("not an inner tuple") };
    assert_eq!(inner.n_nodes, 0x1FFF);
    assert!(inner.nodes().count() < 100);
    assert!(inner.nodes().last().unwrap().is_err());
}
