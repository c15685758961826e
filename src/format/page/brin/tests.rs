use super::*;
use crate::format::datum::{Align, Attribute, Attributes};
use crate::format::page::index::testing::{page, seed};

#[test]
fn the_revmap_leads_to_the_summaries() {
    let bytes = seed("index/brin-meta");
    let meta = BrinPage::new(page(&bytes)).unwrap();
    assert_eq!(meta.kind().name(), "meta");
    let meta = meta.meta().unwrap();
    assert_eq!((meta.version(), meta.pages_per_range(), meta.last_revmap_page().0), (1, 2, 1));

    let bytes = seed("index/brin-revmap");
    let revmap = BrinPage::new(page(&bytes)).unwrap();
    assert_eq!((revmap.kind(), revmap.item_count()), (IndexPageKind::Revmap, 0));
    assert_eq!(revmap.revmap().len(), 1360);
    let first: Vec<_> = revmap.revmap().iter().take(5).map(|tid| tid.get().to_string()).collect();
    assert_eq!(first, ["(2,1)", "(2,2)", "(2,3)", "(2,4)", "(0,0)"]);
}

#[test]
fn a_summary_knows_its_range_and_its_nulls() {
    let bytes = seed("index/brin-regular");
    let regular = BrinPage::new(page(&bytes)).unwrap();
    assert_eq!(regular.kind(), IndexPageKind::Regular);
    let rows: Vec<_> = regular
        .item_ids()
        .map(|(_, item)| regular.tuple(item).unwrap().unwrap())
        .map(|tuple| (tuple.bt_blkno().0, tuple.nulls(0, 2), tuple.nulls(1, 2), tuple.data().len()))
        .collect();
    let none = BrinNulls { allnulls: false, hasnulls: false };
    let all = BrinNulls { allnulls: true, hasnulls: false };
    let some = BrinNulls { allnulls: false, hasnulls: true };
    let nulls: Vec<_> = rows.iter().map(|row| (row.0, row.1, row.2)).collect();
    assert_eq!(nulls, [(0, none, all), (2, none, some), (4, none, none), (6, none, none)]);
    assert_eq!(rows.iter().map(|row| row.3).collect::<Vec<_>>(), [8, 16, 16, 16]);
}

#[test]
fn a_summary_stores_no_values_of_a_column_that_is_all_null() {
    let bytes = seed("index/brin-regular");
    let regular = BrinPage::new(page(&bytes)).unwrap();
    let int4 = Attribute { len: 4, align: Align::Int };
    let values = |number: usize| -> Vec<i32> {
        let (_, item) = regular.item_ids().nth(number).unwrap();
        let tuple = regular.tuple(item).unwrap().unwrap();
        let columns = (0..2).filter(|&column| !tuple.nulls(column, 2).allnulls).count();
        Attributes::of(tuple.data(), None, u16::MAX, std::iter::repeat_n(int4, 2 * columns))
            .map(|value| i32::from_le_bytes(value.unwrap().unwrap().try_into().unwrap()))
            .collect()
    };
    assert_eq!(values(0), [1, 130]);
    assert_eq!(values(1), [131, 257, 201, 257]);
    assert_eq!(values(3), [1, 400, 7, 400]);
}

#[test]
fn a_removed_summary_leaves_an_unused_line_pointer() {
    let mut bytes = seed("index/brin-regular");
    bytes[24..28].fill(0);
    let regular = BrinPage::new(page(&bytes)).unwrap();
    let (_, item) = regular.item_ids().next().unwrap();
    assert!(regular.tuple(item).unwrap().is_none());
}

#[test]
fn a_page_of_no_known_type_is_refused() {
    let mut bytes = seed("index/brin-regular");
    bytes[8190] = 0x99;
    let error = BrinPage::new(page(&bytes)).unwrap_err().to_string();
    assert_eq!(
        error,
        "BRIN page type at offset 8190: expected 0xf091, 0xf092 or 0xf093, found 0xf099"
    );
}
