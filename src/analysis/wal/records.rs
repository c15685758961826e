//! The records themselves: cut by one thread, taken apart and shown by all.

use std::ops::ControlFlow;

use super::codes;
use super::filter::RecordFilter;
use super::fold::{Extent, WalScan};
use super::images::image_name;
use super::names::Names;
use super::sightings::Sightings;
use crate::analysis::pipeline::pipeline;
use crate::analysis::scan::ScanFindings;
use crate::cluster::Cluster;
use crate::cluster::finding::{Finding, Location};
use crate::cluster::wal::{Wal, WalReading};
use crate::format::wal::rmgr::{Field, RecordTypeName, RmgrName, decode, record_type, rmgr_name};
use crate::format::wal::{ImageRestorer, RawRecord, Record, record_header};
use crate::primitives::{Lsn, RelFileLocator};

/// A record, taken apart.
#[derive(Debug)]
pub struct RecordView<'a> {
    /// Where it stands, and its header.
    pub raw: RawRecord<'a>,
    /// Its parts; `None` where they make no sense.
    pub record: Option<Record<'a>>,
    /// What it holds beside tuples and images.
    pub fields: &'a [Field<'a>],
    names: &'a Names<'a>,
    wal: &'a Wal,
}

impl<'a> RecordView<'a> {
    /// The resource manager.
    #[must_use]
    pub fn resource_manager(&self) -> RmgrName {
        rmgr_name(self.raw.header.xl_rmid())
    }

    /// The type of record.
    #[must_use]
    pub fn record_type(&self) -> RecordTypeName {
        let header = self.raw.header;
        record_type(header.xl_rmid(), header.xl_info(), self.wal.format().version)
    }

    /// What the relation is called whose files these are.
    #[must_use]
    pub fn relation_name(&self, locator: RelFileLocator) -> Option<&'a str> {
        self.names.label(locator)
    }
}

/// Receives images of pages: what a file of it is called, and its bytes.
pub type SaveImage<'a> = &'a (dyn Fn(&str, &[u8]) -> std::io::Result<()> + Sync);

/// What is done with records.
#[derive(Clone, Copy, Default)]
pub struct RecordWork<'a> {
    /// How many are wanted; `None` for all.
    pub limit: Option<u64>,
    /// Receives each full-page image.
    pub save: Option<SaveImage<'a>>,
}

/// What became of it.
#[derive(Debug)]
pub struct RecordsRead {
    /// How many records were shown.
    pub shown: u64,
    /// How many images were saved.
    pub saved: u64,
    /// What was read.
    pub extent: Extent,
    /// What went wrong with showing or saving.
    pub error: Option<std::io::Error>,
}

/// Shows the records that `filter` takes: `encode` writes each into a buffer, on any thread;
/// `take` gets the buffers' contents in the records' order.
pub fn wal_records<'a>(
    wal: &'a Wal,
    cluster: Option<&'a Cluster>,
    scan: WalScan,
    filter: &RecordFilter,
    work: RecordWork<'_>,
    encode: impl Fn(&RecordView<'_>, &mut Vec<u8>) -> std::io::Result<()> + Sync,
    mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> RecordsRead {
    let names = Names::new(cluster, &Sightings::default());
    let (mut shown, mut saved, mut error) = (0, 0, None);
    let mut findings = ScanFindings::default();
    let mut last = Lsn::INVALID;
    let limit = work.limit.unwrap_or(u64::MAX);
    let (reading, extent) = pipeline(
        scan.threads,
        |hand_over| cut(wal, scan, filter, limit, hand_over),
        |batch: Batch| batch.encode(wal, &names, filter, work, &encode),
        |encoded: Encoded| {
            let wanted = usize::try_from(limit - shown).unwrap_or(usize::MAX);
            let taken = encoded.ends.get(..wanted).unwrap_or(&encoded.ends);
            let (end, lsn) = taken.last().copied().unwrap_or_default();
            let bytes = encoded.bytes.get(..end).unwrap_or_default();
            error = take(bytes).err().or(encoded.error);
            shown += taken.len() as u64;
            last = lsn;
            saved += encoded.saved;
            findings.merge(encoded.findings);
            let is_over = error.is_some() || shown >= limit;
            if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    let mut extent = extent;
    extent.findings.extend(findings.finish());
    extent.conclude_at(wal, reading, (shown >= limit).then_some(last));
    RecordsRead { shown, saved, extent, error }
}

/// The same, a record at a time: for what can't be encoded piecewise.
pub fn each_record<'a>(
    wal: &'a Wal,
    cluster: Option<&'a Cluster>,
    scan: WalScan,
    filter: &RecordFilter,
    work: RecordWork<'_>,
    mut each: impl FnMut(&RecordView<'_>) -> std::io::Result<()>,
) -> RecordsRead {
    let names = Names::new(cluster, &Sightings::default());
    let limit = work.limit.unwrap_or(u64::MAX);
    let mut read = RecordsRead { shown: 0, saved: 0, extent: Extent::default(), error: None };
    let mut saver = Saver::default();
    let (mut extent, mut last) = (Extent::default(), Lsn::INVALID);
    let reading = wal.read_on(scan.range.start, scan.resync, |raw| {
        if raw.start_lsn >= scan.range.end || read.shown >= limit {
            return ControlFlow::Break(());
        }
        if !scan.range.contains(&raw) {
            return ControlFlow::Continue(());
        }
        extent.counted(raw.start_lsn, raw.end_lsn);
        if !filter.takes_header(&raw) {
            return ControlFlow::Continue(());
        }
        let mut fields = Vec::new();
        let record = take_apart(&raw, wal, &mut fields, &mut saver.findings);
        if !filter.takes(&raw, record.as_ref(), wal.format().version) {
            return ControlFlow::Continue(());
        }
        saver.save(wal, &raw, record.as_ref(), work.save);
        let view = RecordView { raw, record, fields: &fields, names: &names, wal };
        read.shown += 1;
        last = view.raw.end_lsn;
        read.error = each(&view).err().or(saver.error.take());
        if read.error.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    extent.findings = saver.findings.finish();
    extent.conclude_at(wal, reading, (read.shown >= limit).then_some(last));
    read.saved = saver.saved;
    read.extent = extent;
    read
}

/// Records, one after the other, as they were cut.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Start, end, and length in `bytes`.
    places: Vec<(Lsn, Lsn, usize)>,
}

/// How many records a batch has, and how many bytes of them at most: enough that handing it over
/// costs nothing.
const BATCH: usize = 2048;
const BATCH_BYTES: usize = 1 << 20;

/// Cuts the records that may be wanted into batches.
fn cut(
    wal: &Wal,
    scan: WalScan,
    filter: &RecordFilter,
    limit: u64,
    hand_over: &mut dyn FnMut(Batch) -> ControlFlow<()>,
) -> (WalReading, Extent) {
    let mut extent = Extent::default();
    let mut batch = Batch::default();
    // A few are soon found: nobody who asks for ten waits for a whole batch.
    let mut most = if limit < 1000 { BATCH / 32 } else { BATCH };
    let reading = wal.read_on(scan.range.start, scan.resync, |raw| {
        if raw.start_lsn >= scan.range.end {
            return ControlFlow::Break(());
        }
        if !scan.range.contains(&raw) {
            return ControlFlow::Continue(());
        }
        extent.counted(raw.start_lsn, raw.end_lsn);
        if !filter.takes_header(&raw) {
            return ControlFlow::Continue(());
        }
        batch.bytes.extend_from_slice(raw.bytes);
        batch.places.push((raw.start_lsn, raw.end_lsn, raw.bytes.len()));
        if batch.places.len() >= most || batch.bytes.len() >= BATCH_BYTES {
            most = BATCH;
            hand_over(std::mem::take(&mut batch))?;
        }
        ControlFlow::Continue(())
    });
    if !batch.places.is_empty() {
        let _ = hand_over(batch);
    }
    (reading, extent)
}

/// What was made of a batch.
#[derive(Default)]
struct Encoded {
    bytes: Vec<u8>,
    /// Where each record's text ends, and where the record does.
    ends: Vec<(usize, Lsn)>,
    saved: u64,
    findings: ScanFindings,
    error: Option<std::io::Error>,
}

impl Batch {
    fn encode(
        &self,
        wal: &Wal,
        names: &Names<'_>,
        filter: &RecordFilter,
        work: RecordWork<'_>,
        encode: &impl Fn(&RecordView<'_>, &mut Vec<u8>) -> std::io::Result<()>,
    ) -> Encoded {
        let mut encoded = Encoded::default();
        let mut saver = Saver::default();
        let mut rest = self.bytes.as_slice();
        let mut fields = Vec::new();
        for (start_lsn, end_lsn, len) in &self.places {
            let Some((bytes, behind)) = rest.split_at_checked(*len) else { break };
            rest = behind;
            let Some(header) = record_header(bytes) else { continue };
            let raw = RawRecord { start_lsn: *start_lsn, end_lsn: *end_lsn, bytes, header };
            let record = take_apart(&raw, wal, &mut fields, &mut saver.findings);
            if !filter.takes(&raw, record.as_ref(), wal.format().version) {
                continue;
            }
            saver.save(wal, &raw, record.as_ref(), work.save);
            let view = RecordView { raw, record, fields: &fields, names, wal };
            let done = encode(&view, &mut encoded.bytes);
            encoded.ends.push((encoded.bytes.len(), *end_lsn));
            encoded.error = done.err().or(saver.error.take());
            if encoded.error.is_some() {
                break;
            }
        }
        encoded.saved = saver.saved;
        encoded.findings = saver.findings;
        encoded
    }
}

/// The parts of a record, and the fields of what it holds.
fn take_apart<'a>(
    raw: &RawRecord<'a>,
    wal: &Wal,
    fields: &mut Vec<Field<'a>>,
    findings: &mut ScanFindings,
) -> Option<Record<'a>> {
    fields.clear();
    let record = raw.decode(wal.format());
    let error = match &record {
        Ok(record) => decode(record, wal.format().version, fields).err().map(|e| e.to_string()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(error) = error {
        findings.add(broken(&codes::WAL_RECORD_BROKEN, raw.start_lsn, error));
    }
    record.ok()
}

fn broken(code: &'static crate::cluster::finding::Code, lsn: Lsn, found: String) -> Finding {
    let location = Location { lsn: Some(lsn), ..Location::default() };
    Finding { code, location, expected: String::new(), found }
}

/// Saves images.
#[derive(Default)]
struct Saver {
    restorer: ImageRestorer,
    page: Vec<u8>,
    saved: u64,
    findings: ScanFindings,
    error: Option<std::io::Error>,
}

impl Saver {
    fn save(
        &mut self,
        wal: &Wal,
        raw: &RawRecord<'_>,
        record: Option<&Record<'_>>,
        save: Option<SaveImage<'_>>,
    ) {
        let (Some(save), Some(record)) = (save, record) else { return };
        for block in record.blocks() {
            let Some(image) = block.image else { continue };
            match self.restorer.restore(&image, wal.format().block_size, &mut self.page) {
                Ok(()) => match save(&image_name(wal, raw.start_lsn, &block), &self.page) {
                    Ok(()) => self.saved += 1,
                    Err(error) => {
                        self.error.get_or_insert(error);
                    }
                },
                Err(error) => {
                    let mut finding =
                        broken(&codes::WAL_IMAGE_BROKEN, raw.start_lsn, error.to_string());
                    finding.location.fork = block.fork;
                    finding.location.block = Some(block.block);
                    self.findings.add(finding);
                }
            }
        }
    }
}
