//! What the free space map and the visibility map believe, against what the pages have.

mod ends;
mod run;
mod visibility;

pub(super) use ends::check_ends;
pub(super) use run::RunMaps;
pub(super) use visibility::{Contradiction, Hidden, contradiction};

use std::ops::AddAssign;

use crate::cluster::Cluster;
use crate::cluster::relation::{Persistence, Relation};
use crate::format::Format;
use crate::format::map::free_space;
use crate::format::map::visibility::VisibilityBits;
use crate::primitives::Lsn;

/// What the maps of a relation believe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MapsTally {
    /// The free space that the map knows of, in bytes: the sum of `pg_freespace()`.
    pub fsm_free_space: u64,
    /// Free space on pages of which the map knows nothing, or less: inserts do not look for it.
    pub fsm_missing_space: u64,
    /// Free space that the map promises and the pages do not have.
    pub fsm_excess_space: u64,
    /// Pages that the map calls all-visible.
    pub all_visible: u64,
    /// Pages that it calls all-frozen.
    pub all_frozen: u64,
}

impl MapsTally {
    /// Compares what the map believes of a page's free space with what the page has, as finely as
    /// the map can tell.
    pub(super) fn add_free_space(&mut self, believed: u32, free: u64, format: Format) {
        let free = u32::try_from(free).unwrap_or(u32::MAX);
        let category = free_space::bytes_to_category(free, format);
        let real = free_space::category_to_bytes(category, format);
        self.fsm_free_space += u64::from(believed);
        self.fsm_missing_space += u64::from(real.saturating_sub(believed));
        self.fsm_excess_space += u64::from(believed.saturating_sub(real));
    }

    /// Counts a page's bits.
    pub(super) fn add_bits(&mut self, bits: VisibilityBits) {
        let count = |bit| u64::from(bits.contains(bit));
        self.all_visible += count(VisibilityBits::VISIBILITYMAP_ALL_VISIBLE);
        self.all_frozen += count(VisibilityBits::VISIBILITYMAP_ALL_FROZEN);
    }
}

impl AddAssign for MapsTally {
    fn add_assign(&mut self, other: Self) {
        self.fsm_free_space += other.fsm_free_space;
        self.fsm_missing_space += other.fsm_missing_space;
        self.fsm_excess_space += other.fsm_excess_space;
        self.all_visible += other.all_visible;
        self.all_frozen += other.all_frozen;
    }
}

/// Up to where pages of a relation are of the same moment, so that one may be held to another.
///
/// After a crash, in a backup or while a server runs, a page may be newer on disk than another that
/// was changed together with it; but all that was changed before the checkpoint from which recovery
/// starts is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// All pages are.
    All,
    /// Those that were last changed before this.
    Before(Lsn),
    /// None is known to be.
    None,
}

impl Settled {
    pub(super) fn of(cluster: &Cluster, relation: &Relation) -> Self {
        let state = cluster.state();
        // What belongs to a session is written when there is no room for it, and never else.
        if relation.persistence == Persistence::Temporary {
            return Self::None;
        }
        if state.is_shut_down() {
            return Self::All;
        }
        // What is not logged has no place in the WAL.
        if relation.persistence != Persistence::Permanent || state.is_running {
            return Self::None;
        }
        let label = state.backup_label.as_ref().map(|label| label.start_wal_location);
        let redo = || cluster.control().map(|control| control.checkpoint_copy.redo);
        label.unwrap_or_else(redo).map_or(Self::None, Self::Before)
    }

    pub(super) fn has(self, pd_lsn: Lsn) -> bool {
        match self {
            Self::All => true,
            Self::Before(redo) => pd_lsn < redo,
            Self::None => false,
        }
    }
}
