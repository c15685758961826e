use std::ops::ControlFlow;

use super::{Wal, WalFile};
use crate::format::wal::{EndReason, RawRecord, RecordReader, SegmentNumber, WalEnd};
use crate::primitives::Lsn;

/// Where reading record by record came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalStop {
    /// The records stop there, for that reason.
    End(WalEnd),
    /// The last file was read to its end, up to there.
    OutOfFiles(Lsn),
    /// There is no file that holds the start.
    NoStart,
    /// The receiver of the records asked to stop.
    Asked,
}

/// How much is read at once.
const READ_BYTES: usize = 256 << 10;

impl Wal {
    /// Hands out the records that start at `from` or later, one after the other, to the end of the
    /// WAL.
    pub fn read_on(
        &self,
        from: Lsn,
        mut each: impl FnMut(RawRecord<'_>) -> ControlFlow<()>,
    ) -> WalStop {
        let first = self.segment_at(from);
        let number = SegmentNumber::of(from, self.format.wal_segment_size);
        if self.segments.get(first).is_none_or(|segment| segment.number != number) {
            return WalStop::NoStart;
        }
        let mut reader = RecordReader::new(self.rules(self.timeline.id), self.page_of(from));
        let mut position = self.page_of(from);
        let mut buffer = Vec::new();
        for segment in self.segments.iter().skip(first) {
            if self.start_of(segment.number).max(position) != position {
                let found = self.start_of(segment.number);
                reader.give_up(EndReason::Gap { found });
            }
            let mut own = |record: RawRecord<'_>| {
                if record.start_lsn < from { ControlFlow::Continue(()) } else { each(record) }
            };
            if self.read_segment(segment, &mut reader, &mut position, &mut buffer, &mut own)
                == ControlFlow::Break(())
            {
                return WalStop::Asked;
            }
            if let Some(end) = reader.end() {
                return WalStop::End(end.clone());
            }
        }
        WalStop::OutOfFiles(position)
    }

    fn read_segment(
        &self,
        segment: &WalFile,
        reader: &mut RecordReader,
        position: &mut Lsn,
        buffer: &mut Vec<u8>,
        each: &mut impl FnMut(RawRecord<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Ok((file, _)) = segment.open() else {
            reader.give_up(EndReason::Unreadable);
            return ControlFlow::Continue(());
        };
        let end = self.start_of(SegmentNumber(segment.number.0.saturating_add(1)));
        while *position < end && reader.end().is_none() {
            let left = usize::try_from(end.0 - position.0).unwrap_or(READ_BYTES);
            let pages = match file.read_at(self.offset(*position), left.min(READ_BYTES), buffer) {
                // Shorter than a segment: the next one shows it as a gap.
                Ok([]) => break,
                Ok(pages) => pages,
                Err(_) => {
                    reader.give_up(EndReason::Unreadable);
                    break;
                }
            };
            let mut records = reader.read(pages);
            while let Some(record) = records.next() {
                each(record)?;
            }
            *position = Lsn(position.0 + pages.len() as u64);
        }
        ControlFlow::Continue(())
    }
}
