//! A page of any relation: header, line pointers, items, checksum.

use pgautopsy::format::page::{Page, checksum};
use pgautopsy::format::{Format, PgVersion};
use pgautopsy::primitives::{BlockNumber, OffsetNumber};

use super::is_within;

/// The input is a page, of the largest size that it fills.
pub fn run(data: &[u8]) {
    let format = format_for(data);
    let Ok(page) = Page::new(data, format) else { return };
    let header = page.header();
    assert_eq!(page.bytes().len(), format.block_size as usize);
    assert!(!page.is_all_zero() || page.is_new());
    assert!(u32::from(page.free_space()) <= format.block_size);
    assert!(page.special().is_empty() || is_within(page.special(), page.bytes()));
    assert_eq!(page.item_ids().count(), usize::from(page.item_count()));
    assert!(page.item_id(OffsetNumber(0)).is_err());
    assert!(page.item_id(OffsetNumber(page.item_count() + 1)).is_err());
    if !page.is_new() {
        assert!(24 + 4 * page.item_count() <= header.pd_lower());
        assert!(header.pd_lower() <= header.pd_upper());
    }
    for (number, item) in page.item_ids() {
        assert_eq!(page.item_id(number), Ok(item));
        if let Ok(bytes) = page.item_bytes(item) {
            assert_eq!(bytes.len(), usize::from(item.lp_len()));
            assert!(is_within(bytes, page.bytes()));
        }
    }
    checksums(page.bytes());
}

/// The layout of a page that `data` could be.
pub fn format_for(data: &[u8]) -> Format {
    let sizes = (10..=15).map(|power| 1_u32 << power);
    let fits = sizes.rev().find(|&size| size as usize <= data.len());
    let usual = Format::usual(PgVersion::V17);
    Format { block_size: fits.unwrap_or(usual.block_size), ..usual }
}

/// A checksum is never 0, goes by the block's number, and does not count itself.
fn checksums(page: &[u8]) {
    let sum = checksum::page(page, BlockNumber(0));
    assert_ne!(sum, 0);
    assert_ne!(sum, checksum::page(page, BlockNumber(1)));
    let mut stamped = page.to_vec();
    stamped[8..10].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(checksum::page(&stamped, BlockNumber(0)), sum);
}
