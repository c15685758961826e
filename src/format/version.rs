//! Major versions, and one predicate for each change of PostgreSQL's bytes between them.
//!
//! Code asks for the change (`multixact_offsets_are_64_bit`), not for the number: what changed,
//! and when, is written down once, here.

use std::fmt;
use std::str::FromStr;

/// A major version of PostgreSQL that this build reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgVersion(u8);

impl PgVersion {
    /// PostgreSQL 12.
    pub const V12: Self = Self(12);
    /// PostgreSQL 13.
    pub const V13: Self = Self(13);
    /// PostgreSQL 14.
    pub const V14: Self = Self(14);
    /// PostgreSQL 15.
    pub const V15: Self = Self(15);
    /// PostgreSQL 16.
    pub const V16: Self = Self(16);
    /// PostgreSQL 17.
    pub const V17: Self = Self(17);
    /// PostgreSQL 18.
    pub const V18: Self = Self(18);
    /// PostgreSQL 19.
    pub const V19: Self = Self(19);

    /// Every version that this build reads, oldest first.
    pub const ALL: [Self; 8] =
        [Self::V12, Self::V13, Self::V14, Self::V15, Self::V16, Self::V17, Self::V18, Self::V19];

    /// The version of that major number, if this build reads it.
    #[must_use]
    pub fn from_major(major: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|version| u32::from(version.0) == major)
    }

    /// The number before the dot.
    #[must_use]
    pub const fn major(self) -> u32 {
        self.0 as u32
    }

    /// Members and offsets of multixacts: 19 counts offsets in 64 bits, without wraparound.
    #[must_use]
    pub fn multixact_offsets_are_64_bit(self) -> bool {
        self >= Self::V19
    }

    /// `pgstattuple` counts free space without taking a line pointer off, from 18 on.
    #[must_use]
    pub fn pgstattuple_counts_exact_free_space(self) -> bool {
        self >= Self::V18
    }

    /// `vacuum_defer_cleanup_age` was removed in 16.
    #[must_use]
    pub fn has_vacuum_defer_cleanup_age(self) -> bool {
        self < Self::V16
    }

    /// `pg_control` says how `float4` is passed: dropped in 13.
    #[must_use]
    pub fn control_has_float4_by_value(self) -> bool {
        self < Self::V13
    }

    /// A checkpoint says which `wal_level` it ran under, from 17 on.
    #[must_use]
    pub fn checkpoints_have_wal_level(self) -> bool {
        self >= Self::V17
    }

    /// `pg_control` says whether `char` is signed, from 18 on.
    #[must_use]
    pub fn control_has_char_signedness(self) -> bool {
        self >= Self::V18
    }

    /// A checkpoint says whether logical decoding was enabled, from 19 on.
    #[must_use]
    pub fn checkpoints_have_logical_decoding(self) -> bool {
        self >= Self::V19
    }

    /// `pg_control` says how many pages an SLRU segment has, from 19 on.
    #[must_use]
    pub fn control_has_slru_segment_size(self) -> bool {
        self >= Self::V19
    }

    /// Data checksums can be switched while the server runs, and `pg_control` keeps what `initdb`
    /// chose beside what holds now, from 19 on.
    #[must_use]
    pub fn control_keeps_initial_checksum_version(self) -> bool {
        self >= Self::V19
    }

    /// `pg_filenode.map` has room for 64 relations from 16 on, for 62 before.
    #[must_use]
    pub fn relation_map_has_room_for_64(self) -> bool {
        self >= Self::V16
    }

    /// Segment files of `pg_multixact/members` have names of 15 digits from 19 on.
    #[must_use]
    pub fn multixact_member_segment_names_are_long(self) -> bool {
        self >= Self::V19
    }

    /// The names of `pg_twophase` files start with the xid's epoch from 17 on.
    #[must_use]
    pub fn two_phase_file_names_have_epoch(self) -> bool {
        self >= Self::V17
    }

    /// The header of a `pg_twophase` file counts dropped statistics from 15 on.
    #[must_use]
    pub fn two_phase_header_counts_statistics(self) -> bool {
        self >= Self::V15
    }

    /// A slot's state file says whether the slot was invalidated, from 13 on.
    #[must_use]
    pub fn slots_can_be_invalidated(self) -> bool {
        self >= Self::V13
    }

    /// A slot's state file gives the cause of its invalidation, where 13 to 15 kept an LSN.
    #[must_use]
    pub fn slot_invalidation_has_a_cause(self) -> bool {
        self >= Self::V16
    }

    /// The causes of a slot's invalidation are powers of two from 18 on.
    #[must_use]
    pub fn slot_invalidation_causes_are_bits(self) -> bool {
        self >= Self::V18
    }

    /// Logical slots may decode prepared transactions, from 14 on.
    #[must_use]
    pub fn slots_have_two_phase(self) -> bool {
        self >= Self::V14
    }

    /// Slots may be synchronised to standbys, from 17 on.
    #[must_use]
    pub fn slots_can_fail_over(self) -> bool {
        self >= Self::V17
    }

    /// `bt_page_items()` shows the key of a B-tree's item without the heap addresses behind it, and
    /// those in columns of their own, from 13 on.
    #[must_use]
    pub fn bt_page_items_separates_heap_tids(self) -> bool {
        self >= Self::V13
    }

    /// A B-tree's deleted page holds the full xid of its deletion, and no items, from 14 on.
    #[must_use]
    pub fn btree_deletes_with_full_xid(self) -> bool {
        self >= Self::V14
    }

    /// Leaf tuples of SP-GiST can have a null bitmap, from 14 on.
    #[must_use]
    pub fn spgist_leaf_tuples_have_flags(self) -> bool {
        self >= Self::V14
    }

    /// VACUUM of a catalog minds every slot's `catalog_xmin` from 14 on; before, only where
    /// `wal_level` is `logical`.
    #[must_use]
    pub fn catalog_horizon_is_always_kept(self) -> bool {
        self >= Self::V14
    }

    /// The flags of a page of WAL leave no gap, from 19 on.
    #[must_use]
    pub fn wal_page_flags_are_dense(self) -> bool {
        self >= Self::V19
    }

    /// WAL records may name the transaction that theirs is a subtransaction of, from 14 on.
    #[must_use]
    pub fn wal_records_name_toplevel_xid(self) -> bool {
        self >= Self::V14
    }

    /// A full-page image says how it is compressed, from 15 on; before, whether it is.
    #[must_use]
    pub fn wal_images_name_their_compression(self) -> bool {
        self >= Self::V15
    }

    /// Dropping a database is one WAL record for all its tablespaces, from 13 on.
    #[must_use]
    pub fn wal_drops_database_from_all_tablespaces(self) -> bool {
        self >= Self::V13
    }

    /// B-trees keep equal keys as one tuple with a list, from 13 on.
    #[must_use]
    pub fn btree_has_posting_lists(self) -> bool {
        self >= Self::V13
    }

    /// Deletion from a B-tree outside VACUUM can take single members out of such lists, from 14
    /// on.
    #[must_use]
    pub fn btree_deletes_within_posting_lists(self) -> bool {
        self >= Self::V14
    }

    /// Deleted pages of a B-tree carry a transaction id with its epoch, from 14 on.
    #[must_use]
    pub fn btree_deleted_pages_have_full_xid(self) -> bool {
        self >= Self::V14
    }

    /// WAL of commits and aborts lists the statistics that they drop, from 15 on.
    #[must_use]
    pub fn wal_drops_statistics(self) -> bool {
        self >= Self::V15
    }

    /// Statistics are named by 64 bits, from 18 on.
    #[must_use]
    pub fn statistics_have_64_bit_ids(self) -> bool {
        self >= Self::V18
    }

    /// WAL that can conflict with a standby's snapshots says `snapshotConflictHorizon`, and
    /// whether it is about a catalog, from 16 on.
    #[must_use]
    pub fn wal_conflicts_name_their_horizon(self) -> bool {
        self >= Self::V16
    }

    /// The WAL of SP-GiST says which transaction a redirect is for, not which writes, from 17 on.
    #[must_use]
    pub fn wal_redirects_name_their_xid(self) -> bool {
        self >= Self::V17
    }

    /// Page numbers of SLRUs have 64 bits in the WAL, from 17 on.
    #[must_use]
    pub fn slru_pages_are_64_bit(self) -> bool {
        self >= Self::V17
    }

    /// In-place updates say in the WAL what other sessions must forget, from 18 on.
    #[must_use]
    pub fn wal_inplace_updates_invalidate(self) -> bool {
        self >= Self::V18
    }

    /// The WAL of pruning has 16 bits of flags, and no reason, from 19 on.
    #[must_use]
    pub fn wal_prune_flags_are_16_bit(self) -> bool {
        self >= Self::V19
    }

    /// Extensions may have resource managers, from 15 on.
    #[must_use]
    pub fn has_custom_resource_managers(self) -> bool {
        self >= Self::V15
    }
}

impl fmt::Display for PgVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text names no version that this build reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PostgreSQL {0:?} is not known to this build, which reads versions 12 to 19")]
pub struct UnknownVersion(pub String);

impl FromStr for PgVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        text.parse().ok().and_then(Self::from_major).ok_or_else(|| UnknownVersion(text.to_owned()))
    }
}
