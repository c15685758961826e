//! Records without their images: most bytes of WAL are images, and few who keep a record for a
//! while need those.

use super::decode::{Record, RecordError};
use super::record::{RECORD_HEADER_LEN, RawRecord};
use crate::format::Format;

/// Whether a copy of a record has the bytes of its images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// It is the record as it was.
    Stored,
    /// They are left out; what is said about them is there.
    LeftOut,
}

/// Below that, to look for images costs more than to copy them.
const SHORT: usize = 512;

impl RawRecord<'_> {
    /// Copies the record behind what is in `out`, where it can be without its images. One that has
    /// none, or can't be taken apart, is copied as it is.
    ///
    /// [`Record::decode_copy`] takes the copy apart as the record itself would be.
    pub fn copy_without_images(&self, format: Format, out: &mut Vec<u8>) -> Images {
        let record = (self.bytes.len() >= SHORT).then(|| self.decode(format).ok()).flatten();
        let Some(record) = record.filter(|record| record.image_count > 0) else {
            out.extend_from_slice(self.bytes);
            return Images::Stored;
        };
        let header_len = RECORD_HEADER_LEN + record.headers.len();
        out.extend_from_slice(self.bytes.get(..header_len).unwrap_or_default());
        for block in record.blocks() {
            out.extend_from_slice(block.data);
        }
        out.extend_from_slice(record.main_data);
        Images::LeftOut
    }
}

impl<'a> Record<'a> {
    /// Takes a copy of a record apart, which [`RawRecord::copy_without_images`] made and said that
    /// of: what comes of it is what would come of the record, but for the bytes of the images.
    pub fn decode_copy(
        bytes: &'a [u8],
        images: Images,
        format: Format,
    ) -> Result<Self, RecordError> {
        Self::decode_each(bytes, images, format, |_| ())
    }
}
