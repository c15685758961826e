//! A page of a heap: its tuples, cut into attributes.

use pgautopsy::format::datum::{Align, Attribute, Attributes};
use pgautopsy::format::page::Page;
use pgautopsy::format::page::heap::{HeapTuple, Infomask};

use super::is_within;
use super::page::format_for;

/// The input is a page, of the largest size that it fills.
pub fn run(data: &[u8]) {
    let format = format_for(data);
    let Ok(page) = Page::new(data, format) else { return };
    for (_, item) in page.item_ids() {
        if page.heap_tuple_hints(item).are_plainly_live(item) {
            let header = page.heap_tuple_header(item).expect("hints are of a header");
            assert!(header.t_infomask().contains(Infomask::PLAINLY_LIVE));
            assert!((23..=item.lp_len()).contains(&header.t_hoff().into()));
        }
        let Ok(tuple) = page.heap_tuple(item) else { continue };
        let header = page.heap_tuple_header(item).expect("a whole tuple has a header");
        assert_eq!(
            (header.t_xmin(), header.t_hoff()),
            (tuple.header.t_xmin(), tuple.header.t_hoff())
        );
        assert_eq!(tuple.bytes().len(), usize::from(item.lp_len()));
        check(tuple);
        for attributes in [&CATALOG[..], &STRANGE[..]] {
            cut(tuple, attributes.iter().copied().cycle());
        }
        cut(tuple, data.iter().rev().map(|&byte| attribute(byte)));
    }
}

/// What `pg_class` begins with, and what user tables are made of.
const CATALOG: [Attribute; 8] = [
    Attribute { len: 4, align: Align::Int },
    Attribute { len: 64, align: Align::Char },
    Attribute { len: -1, align: Align::Int },
    Attribute { len: 8, align: Align::Double },
    Attribute { len: 2, align: Align::Short },
    Attribute { len: 1, align: Align::Char },
    Attribute { len: -2, align: Align::Char },
    Attribute { len: -1, align: Align::Double },
];

/// What no type is, but a damaged catalog may say.
const STRANGE: [Attribute; 4] = [
    Attribute { len: 0, align: Align::Double },
    Attribute { len: 3, align: Align::Double },
    Attribute { len: i16::MAX, align: Align::Char },
    Attribute { len: i16::MIN, align: Align::Int },
];

fn attribute(byte: u8) -> Attribute {
    let [len, align] = [byte >> 2, byte & 3];
    let align = [Align::Char, Align::Short, Align::Int, Align::Double][usize::from(align)];
    Attribute { len: i16::from(len) - 2, align }
}

fn check(tuple: HeapTuple<'_>) {
    let header = tuple.header;
    let nulls = header.t_infomask().contains(Infomask::HEAP_HASNULL);
    let bitmap = nulls.then(|| usize::from(header.natts()).div_ceil(8));
    assert_eq!(tuple.null_bitmap().map(<[u8]>::len), bitmap);
    assert_eq!(usize::from(header.t_hoff()) + tuple.data().len(), tuple.bytes().len());
    let _ = (header.is_hot_updated(), header.is_heap_only(), header.t_ctid(), tuple.oid_old());
    let info = header.t_infomask();
    let _ = (info.xmin_is_frozen(), info.xmax_is_locked_only(), info.is_locked_upgraded());
}

/// Attributes lie in the tuple, one behind the other.
fn cut(tuple: HeapTuple<'_>, attributes: impl Iterator<Item = Attribute>) {
    let mut at = tuple.data().as_ptr();
    let mut count = 0;
    for value in Attributes::new(tuple, attributes) {
        count += 1;
        let Ok(Some(value)) = value else { continue };
        assert!(is_within(value, tuple.data()));
        assert!(value.as_ptr() >= at);
        at = value.as_ptr_range().end;
    }
    assert!(count <= tuple.header.natts());
}
