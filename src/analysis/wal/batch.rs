//! Records by the batch: cut by one thread, shown by many.

use std::ops::ControlFlow;

use super::filter::RecordFilter;
use super::fold::{Extent, WalScan};
use super::images::Saver;
use super::names::Names;
use super::records::{RecordView, RecordWork, take_apart};
use crate::analysis::scan::ScanFindings;
use crate::cluster::wal::{Wal, WalReading};
use crate::format::wal::{Images, RawRecord, Record, record_header};
use crate::primitives::Lsn;

/// Copies of records, one behind the other.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

/// Where a record stands in the WAL, and what a batch has of it.
struct Place {
    start_lsn: Lsn,
    end_lsn: Lsn,
    /// Bytes of the copy.
    len: usize,
    images: Images,
}

/// How many records a batch has, and how many bytes of them at most: enough that handing it over
/// costs nothing, and so few that what is made of them stays in a core's cache.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 256 << 10;

/// How much room is kept from one batch to the next: what a single huge record took is given back.
const ROOM: usize = 4 * BATCH_BYTES;

/// Cuts the records that may be wanted into batches.
pub(super) fn cut(
    wal: &Wal,
    scan: WalScan,
    filter: &RecordFilter,
    work: RecordWork<'_>,
    hand_over: &mut dyn FnMut(&mut Batch) -> ControlFlow<()>,
) -> (WalReading, Extent) {
    let mut extent = Extent::default();
    let mut batch = Batch::default();
    // A few are soon found: nobody who asks for ten waits for a whole batch.
    let mut most = if work.limit.is_some_and(|limit| limit < 1000) { BATCH / 8 } else { BATCH };
    let reading = each_candidate(wal, scan, filter, &mut extent, |raw| {
        batch.add(&raw, wal, work);
        if batch.places.len() >= most || batch.bytes.len() >= BATCH_BYTES {
            most = BATCH;
            hand_over(&mut batch)?;
            batch.clear();
        }
        ControlFlow::Continue(())
    });
    if !batch.places.is_empty() {
        let _ = hand_over(&mut batch);
    }
    (reading, extent)
}

/// Reads the records of a range, and shows `each` those that `filter` may take, as far as their
/// headers tell.
pub(super) fn each_candidate(
    wal: &Wal,
    scan: WalScan,
    filter: &RecordFilter,
    extent: &mut Extent,
    mut each: impl FnMut(RawRecord<'_>) -> ControlFlow<()>,
) -> WalReading {
    wal.read_on(scan.range.start, scan.resync, |raw| {
        if raw.start_lsn >= scan.range.end {
            return ControlFlow::Break(());
        }
        if !scan.range.contains(&raw) {
            return ControlFlow::Continue(());
        }
        extent.counted(raw.start_lsn, raw.end_lsn);
        if filter.takes_header(raw.header) { each(raw) } else { ControlFlow::Continue(()) }
    })
}

/// What was made of a batch.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// Where each record's text ends, and where the record does.
    pub(super) ends: Vec<(usize, Lsn)>,
    pub(super) saved: u64,
    pub(super) findings: ScanFindings,
    pub(super) error: Option<std::io::Error>,
}

impl Batch {
    /// Only who saves images needs their bytes.
    fn add(&mut self, raw: &RawRecord<'_>, wal: &Wal, work: RecordWork<'_>) {
        let before = self.bytes.len();
        let images = if work.save.is_some() {
            self.bytes.extend_from_slice(raw.bytes);
            Images::Stored
        } else {
            raw.copy_without_images(wal.format(), &mut self.bytes)
        };
        let (start_lsn, end_lsn) = (raw.start_lsn, raw.end_lsn);
        self.places.push(Place { start_lsn, end_lsn, len: self.bytes.len() - before, images });
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(ROOM);
        self.places.clear();
    }

    /// Shows the records that `filter` takes, in place of what is in `encoded`.
    pub(super) fn encode(
        &self,
        wal: &Wal,
        names: &Names<'_>,
        filter: &RecordFilter,
        work: RecordWork<'_>,
        encode: &impl Fn(&RecordView<'_>, &mut Vec<u8>),
        encoded: &mut Encoded,
    ) {
        encoded.bytes.clear();
        encoded.bytes.shrink_to(ROOM);
        encoded.ends.clear();
        let mut saver = Saver::default();
        let mut rest = self.bytes.as_slice();
        let mut fields = Vec::new();
        for place in &self.places {
            let Some((bytes, behind)) = rest.split_at_checked(place.len) else { break };
            rest = behind;
            let Some(header) = record_header(bytes) else { continue };
            let (start_lsn, end_lsn) = (place.start_lsn, place.end_lsn);
            let record = Record::decode_copy(bytes, place.images, wal.format());
            let record = take_apart(start_lsn, record, wal, &mut fields, &mut saver.findings);
            if !filter.takes(header, record.as_ref(), wal.format().version) {
                continue;
            }
            saver.save(wal, start_lsn, record.as_ref(), work.save);
            let fields = &fields;
            let view = RecordView { start_lsn, end_lsn, header, record, fields, names, wal };
            encode(&view, &mut encoded.bytes);
            encoded.ends.push((encoded.bytes.len(), end_lsn));
            encoded.error = saver.error.take();
            if encoded.error.is_some() {
                break;
            }
        }
        encoded.saved = saver.saved;
        encoded.findings = saver.findings;
    }
}
