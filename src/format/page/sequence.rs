//! A sequence: a relation of one page, with one tuple (commands/sequence.h).
//!
//! ```text
//! header │ one line pointer │ free │ heap tuple │ sequence_magic, 8 bytes
//! ```
//!
//! The tuple is never updated in the usual way: it is overwritten.

use zerocopy::little_endian::I64;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::Page;
use crate::format::{Bytes, FormatError};
use crate::primitives::OffsetNumber;

/// `sequence_magic` in the special space (`SEQ_MAGIC`, commands/sequence.c).
pub const SEQ_MAGIC: u32 = 0x1717;

/// The state of a sequence (`FormData_pg_sequence_data`, commands/sequence.h).
///
/// ```text
///  0  last_value
///  8  log_cnt
/// 16  is_called
/// ```
#[derive(Debug, Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct SequenceData {
    last_value: I64,
    log_cnt: I64,
    is_called: u8,
}

const _: () = assert!(size_of::<SequenceData>() == 17);

impl SequenceData {
    /// The state that an initialised page holds.
    pub fn of<'a>(page: &Page<'a>) -> Result<&'a Self, FormatError> {
        let magic = Bytes(page.special()).u32("sequence_magic", 0)?;
        if magic != SEQ_MAGIC {
            return Err(FormatError::Invalid {
                what: "sequence_magic",
                offset: usize::from(page.header().pd_special()),
                expected: format!("{SEQ_MAGIC:#x}"),
                found: format!("{magic:#x}"),
            });
        }
        let tuple = page.heap_tuple(page.item_id(OffsetNumber::FIRST)?)?;
        Bytes(tuple.data()).view("sequence data", 0)
    }

    /// The value that was given last, or will be first.
    #[must_use]
    pub fn last_value(&self) -> i64 {
        self.last_value.get()
    }

    /// How many values can still be given without WAL.
    #[must_use]
    pub fn log_cnt(&self) -> i64 {
        self.log_cnt.get()
    }

    /// Whether `last_value` was given already.
    #[must_use]
    pub fn is_called(&self) -> bool {
        self.is_called != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::page::index::testing::{page, seed};

    #[test]
    fn a_sequence_that_was_never_called_starts_at_one() {
        let mut bytes = seed("page/sequence");
        let data = *SequenceData::of(&page(&bytes)).unwrap();
        assert_eq!((data.last_value(), data.log_cnt(), data.is_called()), (1, 0, false));
        bytes[8184] = 0;
        assert!(SequenceData::of(&page(&bytes)).is_err());
        let heap = seed("page/heap");
        assert!(SequenceData::of(&page(&heap)).is_err());
    }
}
