//! Sequence (commands/sequence_xlog.h; commands/sequence.h before 19).

use super::reader::FieldReader;
use super::table::{RecordType, ResourceManager};
use crate::format::FormatError;

pub(super) const MANAGER: ResourceManager =
    ResourceManager::new("Sequence", &[RecordType::new(0x00, "LOG", log)]);

/// `xl_seq_rec`, and the sequence's only tuple.
fn log(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.locator("locator")?;
    r.remainder("tuple")
}
