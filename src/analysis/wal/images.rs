use crate::cluster::wal::Wal;
use crate::format::wal::BlockRef;
use crate::primitives::{ForkNumber, Lsn};

/// What `pg_waldump --save-fullpage` calls the file of an image: timeline, LSN of the record, the
/// relation's files, block and fork.
pub(super) fn image_name(wal: &Wal, record: Lsn, block: &BlockRef<'_>) -> String {
    let segment = wal.segments().get(wal.segment_at(record));
    let timeline = segment.map_or(wal.timeline().id, |segment| segment.timeline);
    let locator = block.locator;
    format!(
        "{:08X}-{:08X}-{:08X}.{}.{}.{}.{}_{}",
        timeline.0,
        record.0 >> 32,
        record.0 & 0xFFFF_FFFF,
        locator.tablespace,
        locator.database,
        locator.number,
        block.block,
        block.fork.map_or("unknown", ForkNumber::name)
    )
}
