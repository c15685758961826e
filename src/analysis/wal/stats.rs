//! WAL by resource manager and type of record: what `pg_waldump --stats` prints.

use std::ops::AddAssign;

use super::fold::{Extent, Tally, WalScan, fold};
use crate::analysis::scan::Progress;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;
use crate::format::wal::rmgr::{
    RecordTypeName, RmgrId, RmgrName, record_type, record_type_bits, rmgr_name,
};

/// How many records, and how many bytes of them are images of pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordCount {
    /// Records.
    pub count: u64,
    /// Their bytes without images.
    pub record_size: u64,
    /// Bytes of images.
    pub fpi_size: u64,
}

impl RecordCount {
    /// All their bytes.
    #[must_use]
    pub const fn combined_size(self) -> u64 {
        self.record_size + self.fpi_size
    }

    /// Counts a record; one whose parts make no sense by its length alone.
    pub(super) fn add(&mut self, record: &RawRecord<'_>, format: Format) {
        let image_len = record.decode(format).map_or(0, |record| record.image_len);
        self.add_len(record, image_len);
    }

    pub(super) fn add_len(&mut self, record: &RawRecord<'_>, image_len: u32) {
        self.count += 1;
        self.record_size += u64::from(record.header.xl_tot_len().saturating_sub(image_len));
        self.fpi_size += u64::from(image_len);
    }
}

impl AddAssign for RecordCount {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.record_size += other.record_size;
        self.fpi_size += other.fpi_size;
    }
}

/// A line of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatsRow {
    /// The resource manager.
    pub resource_manager: RmgrName,
    /// The type of record; `None` where all types of a manager are one row.
    pub record_type: Option<RecordTypeName>,
    /// Its records.
    pub count: RecordCount,
}

/// WAL by resource manager and type.
#[derive(Debug)]
pub struct WalStats {
    /// A row for each type that there is: by manager, then by type, as their numbers go.
    pub rows: Vec<StatsRow>,
    /// All records.
    pub total: RecordCount,
    /// What was read.
    pub extent: Extent,
}

impl WalStats {
    /// The rows with most bytes first.
    pub fn largest_first(&mut self) {
        self.rows.sort_by_key(|row| std::cmp::Reverse(row.count.combined_size()));
    }
}

/// What a row of [`WalStats`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatsBy {
    /// A resource manager.
    Rmgr,
    /// A type of record of a resource manager.
    Record,
}

/// Counts records by resource manager or by type.
pub fn wal_stats(wal: &Wal, scan: WalScan, by: StatsBy, progress: &dyn Progress) -> WalStats {
    let format = wal.format();
    let mut counts = Counts::new(format);
    let extent = fold(wal, scan, progress, || Counts::new(format), &mut counts);
    let mut rows: Vec<StatsRow> = Vec::new();
    let mut total = RecordCount::default();
    for (index, count) in counts.by_type.iter().enumerate().filter(|(_, row)| row.count > 0) {
        let (rmid, info) = type_of(index);
        total += *count;
        let resource_manager = rmgr_name(rmid);
        let record_type = match by {
            StatsBy::Rmgr => None,
            StatsBy::Record => Some(record_type(rmid, info, format.version)),
        };
        let row = StatsRow { resource_manager, record_type, count: *count };
        match rows.last_mut() {
            Some(last) if by == StatsBy::Rmgr && last.resource_manager == resource_manager => {
                last.count += *count;
            }
            _ => rows.push(row),
        }
    }
    WalStats { rows, total, extent }
}

/// A count for each type of record of each resource manager.
struct Counts {
    format: Format,
    by_type: Vec<RecordCount>,
}

/// Types of records that a resource manager can have.
const TYPES: usize = 16;

impl Counts {
    fn new(format: Format) -> Self {
        Self { format, by_type: vec![RecordCount::default(); 256 * TYPES] }
    }
}

fn type_of(index: usize) -> (RmgrId, u8) {
    let byte = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    (RmgrId(byte(index / TYPES)), byte(index % TYPES) << 4)
}

impl Tally for Counts {
    #[inline]
    fn add(&mut self, record: &RawRecord<'_>) {
        let (rmid, info) = (record.header.xl_rmid(), record.header.xl_info());
        let index = usize::from(rmid.0) * TYPES + usize::from(record_type_bits(rmid, info) >> 4);
        if let Some(count) = self.by_type.get_mut(index) {
            count.add(record, self.format);
        }
    }

    fn append(&mut self, later: Self) {
        for (count, later) in self.by_type.iter_mut().zip(later.by_type) {
            *count += later;
        }
    }
}
