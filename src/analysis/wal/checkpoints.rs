//! The checkpoints in the WAL, and the cycles between them: behind each redo point, the first
//! change of every page takes an image of it.

use super::fold::{Tally, WalScan, fold};
use crate::analysis::scan::Progress;
use crate::cluster::wal::Wal;
use crate::format::Format;
use crate::format::wal::RawRecord;
use crate::format::wal::rmgr::{CheckpointRecord, RmgrId};
use crate::primitives::{Lsn, Timestamp};

/// What begins at a checkpoint's redo point, and lasts to the next one's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cycle {
    /// The redo point; `None` for what comes before the first that is known.
    pub redo: Option<Lsn>,
    /// The checkpoint's record.
    pub checkpoint: Option<Lsn>,
    /// When the checkpoint began.
    pub time: Option<Timestamp>,
    /// Whether it was that of a shutdown.
    pub is_shutdown: bool,
}

/// The cycles of the WAL, the first being what comes before the first redo point.
pub(super) fn cycles(wal: &Wal, scan: WalScan, progress: &dyn Progress) -> Vec<Cycle> {
    let fresh = || Checkpoints { format: wal.format(), found: Vec::new() };
    let mut checkpoints = fresh();
    fold(wal, scan, progress, fresh, &mut checkpoints);
    let mut cycles = checkpoints.found;
    cycles.sort_by_key(|cycle| cycle.redo);
    cycles.insert(0, Cycle::default());
    cycles
}

/// The place among `cycles` of that which holds `lsn`.
pub(super) fn cycle_of(cycles: &[Cycle], lsn: Lsn) -> usize {
    cycles.partition_point(|cycle| cycle.redo.is_none_or(|redo| redo <= lsn)).saturating_sub(1)
}

struct Checkpoints {
    format: Format,
    found: Vec<Cycle>,
}

impl Tally for Checkpoints {
    fn add(&mut self, raw: &RawRecord<'_>) {
        if raw.header.xl_rmid() != RmgrId::XLOG {
            return;
        }
        let Ok(record) = raw.decode(self.format) else { return };
        if let Ok(Some(found)) = CheckpointRecord::parse(&record, self.format.version) {
            self.found.push(Cycle {
                redo: Some(found.checkpoint.redo),
                checkpoint: Some(raw.start_lsn),
                time: Some(found.checkpoint.time),
                is_shutdown: found.is_shutdown,
            });
        }
    }

    fn append(&mut self, later: Self) {
        self.found.extend(later.found);
    }
}
