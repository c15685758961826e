//! The records themselves: cut by one thread, taken apart and shown by all.

use std::ops::ControlFlow;

use super::batch::{Batch, Encoded, cut, each_candidate};
use super::codes;
use super::filter::RecordFilter;
use super::fold::{Extent, WalScan};
use super::images::Saver;
use super::names::Names;
use super::sightings::Sightings;
use crate::analysis::pipeline::pipeline;
use crate::analysis::scan::ScanFindings;
use crate::cluster::Cluster;
use crate::cluster::finding::{Code, Finding, Location};
use crate::cluster::wal::Wal;
use crate::format::wal::rmgr::{Field, RecordTypeName, RmgrName, decode, record_type, rmgr_name};
use crate::format::wal::{RawRecord, Record, RecordError, XLogRecord};
use crate::primitives::{Lsn, RelFileLocator};

/// A record, taken apart.
#[derive(Debug)]
pub struct RecordView<'a> {
    /// Where it starts.
    pub start_lsn: Lsn,
    /// Where the server's reader stands after it.
    pub end_lsn: Lsn,
    /// Its header.
    pub header: &'a XLogRecord,
    /// Its parts, without the bytes of images where nobody saves these; `None` where they make no
    /// sense.
    pub record: Option<Record<'a>>,
    /// What it holds beside tuples and images.
    pub fields: &'a [Field<'a>],
    pub(super) names: &'a Names<'a>,
    pub(super) wal: &'a Wal,
}

impl<'a> RecordView<'a> {
    /// The resource manager.
    #[must_use]
    pub fn resource_manager(&self) -> RmgrName {
        rmgr_name(self.header.xl_rmid())
    }

    /// The type of record.
    #[must_use]
    pub fn record_type(&self) -> RecordTypeName {
        let (rmid, info) = (self.header.xl_rmid(), self.header.xl_info());
        record_type(rmid, info, self.wal.format().version)
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
    encode: impl Fn(&RecordView<'_>, &mut Vec<u8>) + Sync,
    mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> RecordsRead {
    let names = Names::new(cluster, &Sightings::default());
    let (mut shown, mut saved, mut error) = (0, 0, None);
    let mut findings = ScanFindings::default();
    let mut last = Lsn::INVALID;
    let limit = work.limit.unwrap_or(u64::MAX);
    let (reading, extent) = pipeline(
        scan.threads,
        |hand_over| cut(wal, scan, filter, work, hand_over),
        |batch: &Batch, encoded| batch.encode(wal, &names, filter, work, &encode, encoded),
        |encoded: &mut Encoded| {
            let wanted = usize::try_from(limit - shown).unwrap_or(usize::MAX);
            let taken = encoded.ends.get(..wanted).unwrap_or(&encoded.ends);
            let (end, lsn) = taken.last().copied().unwrap_or_default();
            let bytes = encoded.bytes.get(..end).unwrap_or_default();
            error = take(bytes).err().or(encoded.error.take());
            shown += taken.len() as u64;
            last = lsn;
            saved += encoded.saved;
            findings.merge(std::mem::take(&mut encoded.findings));
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
    let reading = each_candidate(wal, scan, filter, &mut extent, |raw| {
        if read.shown >= limit {
            return ControlFlow::Break(());
        }
        let mut fields = Vec::new();
        let RawRecord { start_lsn, end_lsn, header, .. } = raw;
        let record = raw.decode(wal.format());
        let record = take_apart(start_lsn, record, wal, &mut fields, &mut saver.findings);
        if !filter.takes(header, record.as_ref(), wal.format().version) {
            return ControlFlow::Continue(());
        }
        saver.save(wal, start_lsn, record.as_ref(), work.save);
        let (fields, names) = (&fields, &names);
        let view = RecordView { start_lsn, end_lsn, header, record, fields, names, wal };
        read.shown += 1;
        last = end_lsn;
        read.error = each(&view).err().or(saver.error.take());
        let is_over = read.error.is_some() || read.shown >= limit;
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    extent.findings = saver.findings.finish();
    extent.conclude_at(wal, reading, (read.shown >= limit).then_some(last));
    read.saved = saver.saved;
    read.extent = extent;
    read
}

/// The parts of a record, and the fields of what it holds.
pub(super) fn take_apart<'a>(
    start_lsn: Lsn,
    record: Result<Record<'a>, RecordError>,
    wal: &Wal,
    fields: &mut Vec<Field<'a>>,
    findings: &mut ScanFindings,
) -> Option<Record<'a>> {
    fields.clear();
    let error = match &record {
        Ok(record) => decode(record, wal.format().version, fields).err().map(|e| e.to_string()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(error) = error {
        findings.add(broken(&codes::WAL_RECORD_BROKEN, start_lsn, error));
    }
    record.ok()
}

pub(super) fn broken(code: &'static Code, lsn: Lsn, found: String) -> Finding {
    let location = Location { lsn: Some(lsn), ..Location::default() };
    Finding { code, location, expected: String::new(), found }
}
