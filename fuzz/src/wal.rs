//! The header of a page of WAL, and the names of segments.

use pgautopsy::format::wal::{SegmentName, WalPageHeader};
use pgautopsy::format::{Format, PgVersion};
use pgautopsy::primitives::Lsn;

/// The input is a page of WAL; and a segment's name, as far as it is text.
pub fn run(data: &[u8]) {
    if let Ok(header) = WalPageHeader::parse(data) {
        let place = header.xlp_pageaddr();
        let versions = PgVersion::ALL.into_iter().filter(|&version| header.is_of(version, place));
        assert!(versions.count() <= 1, "a page is of one version");
        assert!(!header.is_of(PgVersion::V17, Lsn(place.0 ^ 1)));
    }
    let text = String::from_utf8_lossy(data);
    for power in [20, 24, 30] {
        let format = Format { wal_segment_size: 1 << power, ..Format::usual(PgVersion::V17) };
        if let Some(name) = text.get(..24).and_then(|name| SegmentName::parse(name, format)) {
            assert_eq!(name.to_string().as_str(), &text[..24]);
            assert!(name.start().0.is_multiple_of(1 << power));
            let _ = name.next().to_string();
        }
    }
}
