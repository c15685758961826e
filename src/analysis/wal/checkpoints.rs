//! The checkpoints in the WAL, and the cycles between them: behind each redo point, the first
//! change of every page takes an image of it.

use super::bound::too_many;
use super::fold::{Tally, WalScan, fold};
use crate::analysis::scan::Progress;
use crate::cluster::finding::Finding;
use crate::cluster::kept::FirstOf;
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

/// So many checkpoints begin a cycle: years of them, in some 0.5 MB.
const CYCLES: usize = 8192;

/// The cycles of the WAL, the first being what comes before the first redo point; and a finding
/// where there are more checkpoints than begin one.
pub(super) fn cycles(
    wal: &Wal,
    scan: WalScan,
    progress: &dyn Progress,
) -> (Vec<Cycle>, Option<Finding>) {
    first_cycles(wal, scan, CYCLES, progress)
}

fn first_cycles(
    wal: &Wal,
    scan: WalScan,
    most: usize,
    progress: &dyn Progress,
) -> (Vec<Cycle>, Option<Finding>) {
    let fresh = || Checkpoints { format: wal.format(), found: FirstOf::at_most(most) };
    let mut checkpoints = fresh();
    fold(wal, scan, progress, fresh, &mut checkpoints);
    let mut cycles = checkpoints.found.first().to_vec();
    let finding = (checkpoints.found.more() > 0).then(|| {
        too_many(format!(
            "more checkpoints than the {most} that begin a cycle: {} more, which the cycles of \
             those before hold",
            checkpoints.found.more()
        ))
    });
    cycles.sort_by_key(|cycle| cycle.redo);
    cycles.insert(0, Cycle::default());
    (cycles, finding)
}

/// The place among `cycles` of that which holds `lsn`.
pub(super) fn cycle_of(cycles: &[Cycle], lsn: Lsn) -> usize {
    cycles.partition_point(|cycle| cycle.redo.is_none_or(|redo| redo <= lsn)).saturating_sub(1)
}

struct Checkpoints {
    format: Format,
    found: FirstOf<Cycle>,
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
        self.found.append(later.found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::stored;

    #[test]
    fn checkpoints_that_there_is_no_room_for_begin_no_cycle() {
        let cluster = stored("pg17-wal");
        let cycles = |most, threads| {
            let scan = WalScan { threads: Some(threads), ..WalScan::default() };
            first_cycles(cluster.wal(), scan, most, &())
        };
        let (all, finding) = cycles(CYCLES, 1);
        assert!(all.len() > 3 && finding.is_none());
        for threads in [1, 3] {
            let (few, finding) = cycles(2, threads);
            assert_eq!(few, all[..3]);
            let found = finding.unwrap().found;
            let more = all.len() - 3;
            assert!(found.contains(&format!("the 2 that begin a cycle: {more} more")), "{found}");
        }
    }
}
