//! The write-ahead log: segment files, their pages, the records on them, and what these hold.
//!
//! [`RecordReader`] cuts the pages of a segment into records, and checks them; [`Chain`] joins
//! segments that were read on their own. [`Record`] takes a record apart into its blocks, their
//! images and its main data, and [`rmgr`] knows what that means.

mod block;
mod chain;
mod decode;
mod end;
mod fragment;
mod history;
mod image;
mod images;
mod page;
mod reader;
mod record;
pub mod rmgr;
mod segment;
#[cfg(test)]
mod tests;

pub use block::{BlockFlags, BlockRef};
pub use chain::Chain;
pub use decode::{BlockHeader, Blocks, ImageHeader, Record, RecordError};
pub use end::{EndKind, EndReason, MAX_RECORD_LEN, WalEnd};
pub use fragment::{SegmentScan, WalSpace};
pub use history::{HistoryEntry, parse_history};
pub use image::{Image, ImageFlags, ImageRestorer};
pub use images::Images;
pub use page::{
    PageInfo, PageRules, WalLongPageHeader, WalPageHeader, magic_version, version_magic,
};
pub use reader::{RecordReader, Records};
pub use record::{
    RECORD_HEADER_LEN, RawRecord, XLR_CHECK_CONSISTENCY, XLR_INFO_MASK, XLR_SPECIAL_REL_UPDATE,
    XLogRecord, record_header,
};
pub use segment::{SegmentNumber, WalFileName, is_segment_size};
