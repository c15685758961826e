//! The write-ahead log: segment files, and the pages that they are made of.

mod page_header;
mod segment;

pub use page_header::WalPageHeader;
pub use segment::SegmentName;
