//! Full-page images, saved as files.

use super::codes;
use super::records::{SaveImage, broken};
use crate::analysis::scan::ScanFindings;
use crate::cluster::wal::Wal;
use crate::format::wal::{BlockRef, ImageRestorer, Record};
use crate::primitives::{ForkNumber, Lsn};

/// Saves images.
#[derive(Default)]
pub(super) struct Saver {
    restorer: ImageRestorer,
    page: Vec<u8>,
    pub(super) saved: u64,
    pub(super) findings: ScanFindings,
    pub(super) error: Option<std::io::Error>,
}

impl Saver {
    pub(super) fn save(
        &mut self,
        wal: &Wal,
        start_lsn: Lsn,
        record: Option<&Record<'_>>,
        save: Option<SaveImage<'_>>,
    ) {
        let (Some(save), Some(record)) = (save, record) else { return };
        for block in record.blocks() {
            let Some(image) = block.image else { continue };
            match self.restorer.restore(&image, wal.format().block_size, &mut self.page) {
                Ok(()) => match save(&image_name(wal, start_lsn, &block), &self.page) {
                    Ok(()) => self.saved += 1,
                    Err(error) => {
                        self.error.get_or_insert(error);
                    }
                },
                Err(error) => {
                    let mut finding =
                        broken(&codes::WAL_IMAGE_BROKEN, start_lsn, error.to_string());
                    finding.location.fork = block.fork;
                    finding.location.block = Some(block.block);
                    self.findings.add(finding);
                }
            }
        }
    }
}

/// What `pg_waldump --save-fullpage` calls the file of an image: timeline, LSN of the record, the
/// relation's files, block and fork.
fn image_name(wal: &Wal, record: Lsn, block: &BlockRef<'_>) -> String {
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
