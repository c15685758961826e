//! `pg_replslot/NAME/state`: a replication slot (replication/slot.h).
//!
//! ```text
//!   0  magic              0x1051CA1
//!   4  checksum           CRC-32C of all from version on
//!   8  version            of the file: 2 to 5
//!  12  length             of what follows
//!  16  name               64 bytes
//!  80  database           0 for a physical slot
//!  84  persistency
//!  88  xmin
//!  92  catalog_xmin
//!  96  restart_lsn
//!      invalidated_at     8 bytes, 13 to 15; from 16 on the cause, 4 bytes and 4 unused
//!      confirmed_flush    8 bytes
//!      two_phase_at       8 bytes, and
//!      two_phase          1 byte, from 14 on
//!      plugin             64 bytes
//!      synced, failover   1 byte each, from 17 on
//! ```

use super::{Bytes, FormatError, PgVersion};
use crate::primitives::{Lsn, Oid, TransactionId};

/// `SLOT_MAGIC`.
const MAGIC: u32 = 0x0105_1CA1;
/// Where the part that the slot itself fills begins.
const DATA: usize = 16;

/// A replication slot as it was last saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicationSlot {
    /// Its name.
    pub name: String,
    /// The database that a logical slot decodes; `None` for a physical slot.
    pub database: Option<Oid>,
    /// Whether it outlives its session and a restart.
    pub persistency: SlotPersistency,
    /// The oldest transaction whose rows must be kept in every table.
    pub xmin: Option<TransactionId>,
    /// The oldest transaction whose rows must be kept in catalogs.
    pub catalog_xmin: Option<TransactionId>,
    /// The oldest WAL that must be kept.
    pub restart_lsn: Option<Lsn>,
    /// Up to where a logical slot's client has confirmed to have everything.
    pub confirmed_flush: Option<Lsn>,
    /// Why it serves no longer, if so.
    pub invalidated: Option<InvalidationCause>,
    /// From where on prepared transactions are decoded.
    pub two_phase_at: Option<Lsn>,
    /// Whether prepared transactions are decoded; `None` before 14.
    pub two_phase: Option<bool>,
    /// The output plugin of a logical slot.
    pub plugin: String,
    /// Whether it was synchronised from a primary; `None` before 17.
    pub synced: Option<bool>,
    /// Whether standbys are to have it too; `None` before 17.
    pub failover: Option<bool>,
}

/// What becomes of a slot when its session or the server ends (`ReplicationSlotPersistency`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotPersistency {
    /// It stays.
    Persistent,
    /// It is dropped; it was still being made.
    Ephemeral,
    /// It is dropped.
    Temporary,
    /// A code that this build does not know.
    Other(u32),
}

/// Why a slot was invalidated (`ReplicationSlotInvalidationCause`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidationCause {
    /// WAL that it needs was removed.
    WalRemoved,
    /// Rows that it needs were removed.
    RowsRemoved,
    /// `wal_level` does not suffice for it.
    WalLevelInsufficient,
    /// Nobody used it for `idle_replication_slot_timeout`.
    IdleTimeout,
    /// A code that this build does not know.
    Other(u32),
}

impl InvalidationCause {
    /// The word of `pg_replication_slots.invalidation_reason`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WalRemoved => "wal_removed",
            Self::RowsRemoved => "rows_removed",
            Self::WalLevelInsufficient => "wal_level_insufficient",
            Self::IdleTimeout => "idle_timeout",
            Self::Other(_) => "unknown",
        }
    }

    fn from_code(code: u32, version: PgVersion) -> Option<Self> {
        let known = [
            // as a bit, counted, the cause
            (1, 1, Self::WalRemoved),
            (2, 2, Self::RowsRemoved),
            (4, 3, Self::WalLevelInsufficient),
            (8, 4, Self::IdleTimeout),
        ];
        let bits = version.slot_invalidation_causes_are_bits();
        let cause = known.iter().find(|(bit, count, _)| code == if bits { *bit } else { *count });
        (code != 0).then(|| cause.map_or(Self::Other(code), |&(_, _, cause)| cause))
    }
}

impl ReplicationSlot {
    /// Reads a whole state file, and checks its checksum.
    pub fn parse(bytes: &[u8], version: PgVersion) -> Result<Self, FormatError> {
        let mut fields = Fields { bytes: check(Bytes(bytes), version)?, at: 0 };
        let name = fields.name("slot name")?;
        let database = Oid(fields.u32("slot database")?);
        let persistency = match fields.u32("slot persistency")? {
            0 => SlotPersistency::Persistent,
            1 => SlotPersistency::Ephemeral,
            2 => SlotPersistency::Temporary,
            code => SlotPersistency::Other(code),
        };
        let xmin = fields.xid("slot xmin")?;
        let catalog_xmin = fields.xid("slot catalog_xmin")?;
        let restart_lsn = fields.lsn("slot restart_lsn")?;
        let invalidated = fields.invalidated(restart_lsn, version)?;
        let confirmed_flush = fields.lsn("slot confirmed_flush")?;
        let has_two_phase = version.slots_have_two_phase();
        let two_phase_at = if has_two_phase { fields.lsn("slot two_phase_at")? } else { None };
        let two_phase = fields.flag("slot two_phase", has_two_phase)?;
        let plugin = fields.name("slot plugin")?;
        let synced = fields.flag("slot synced", version.slots_can_fail_over())?;
        let failover = fields.flag("slot failover", version.slots_can_fail_over())?;
        Ok(Self {
            name,
            database: database.is_valid().then_some(database),
            persistency,
            xmin,
            catalog_xmin,
            restart_lsn,
            confirmed_flush,
            invalidated,
            two_phase_at,
            two_phase,
            plugin,
            synced,
            failover,
        })
    }

    /// Whether it decodes the changes of one database, not only keeps WAL.
    #[must_use]
    pub const fn is_logical(&self) -> bool {
        self.database.is_some()
    }

    /// Whether it keeps rows from being removed: it is there after a restart, and valid.
    #[must_use]
    pub fn holds_rows(&self) -> bool {
        self.persistency == SlotPersistency::Persistent && self.invalidated.is_none()
    }
}

/// The slot's own part, if magic, length and checksum are right.
fn check(file: Bytes<'_>, version: PgVersion) -> Result<Bytes<'_>, FormatError> {
    let magic = file.u32("slot magic", 0)?;
    if magic != MAGIC {
        return Err(FormatError::Invalid {
            what: "slot magic",
            offset: 0,
            expected: format!("{MAGIC:#010X}"),
            found: format!("{magic:#010X}"),
        });
    }
    let length = file.u32("slot length", 12)?;
    let expected = data_length(version);
    if length != expected {
        return Err(FormatError::Invalid {
            what: "slot length",
            offset: 12,
            expected: format!("{expected}, as version {version} writes it"),
            found: length.to_string(),
        });
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let stored = file.u32("slot checksum", 4)?;
    let computed =
        crate::format::crc32c(file.slice("slot state", 8, length.saturating_add(DATA - 8))?);
    if stored != computed {
        return Err(FormatError::Checksum { what: "slot state", stored, computed });
    }
    Ok(Bytes(file.slice("slot state", DATA, length)?))
}

/// The size of `ReplicationSlotPersistentData`, padding and all.
fn data_length(version: PgVersion) -> u32 {
    if version.slots_have_two_phase() {
        184
    } else if version.slots_can_be_invalidated() {
        168
    } else {
        160
    }
}

/// The fields of the slot's part, read one after the other.
struct Fields<'a> {
    bytes: Bytes<'a>,
    at: usize,
}

impl Fields<'_> {
    fn u32(&mut self, what: &'static str) -> Result<u32, FormatError> {
        let value = self.bytes.u32(what, self.at)?;
        self.at += 4;
        Ok(value)
    }

    fn xid(&mut self, what: &'static str) -> Result<Option<TransactionId>, FormatError> {
        let xid = TransactionId(self.u32(what)?);
        Ok(xid.is_valid().then_some(xid))
    }

    fn lsn(&mut self, what: &'static str) -> Result<Option<Lsn>, FormatError> {
        let lsn = Lsn(self.bytes.u64(what, self.at)?);
        self.at += 8;
        Ok(lsn.is_valid().then_some(lsn))
    }

    fn flag(&mut self, what: &'static str, present: bool) -> Result<Option<bool>, FormatError> {
        if !present {
            return Ok(None);
        }
        let flag = self.bytes.slice(what, self.at, 1)?;
        self.at += 1;
        Ok(Some(flag != [0]))
    }

    fn name(&mut self, what: &'static str) -> Result<String, FormatError> {
        let bytes = self.bytes.slice(what, self.at, 64)?;
        self.at += 64;
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    /// From 13 to 15, `restart_lsn` moves to `invalidated_at` when the slot is invalidated.
    fn invalidated(
        &mut self,
        restart_lsn: Option<Lsn>,
        version: PgVersion,
    ) -> Result<Option<InvalidationCause>, FormatError> {
        if version.slot_invalidation_has_a_cause() {
            let cause = self.u32("slot invalidation cause")?;
            self.at += 4;
            return Ok(InvalidationCause::from_code(cause, version));
        }
        if !version.slots_can_be_invalidated() {
            return Ok(None);
        }
        let invalidated_at = self.lsn("slot invalidated_at")?;
        let lost = restart_lsn.is_none() && invalidated_at.is_some();
        Ok(lost.then_some(InvalidationCause::WalRemoved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state file with a name and what `fill` puts behind the header.
    fn state(length: usize, fill: impl FnOnce(&mut [u8])) -> Vec<u8> {
        let mut data = vec![0; length];
        data[..4].copy_from_slice(b"phys");
        fill(&mut data);
        let mut covered = 5_u32.to_le_bytes().to_vec();
        covered.extend(u32::try_from(length).unwrap().to_le_bytes());
        covered.extend(data);
        let mut whole = MAGIC.to_le_bytes().to_vec();
        whole.extend(crate::format::crc32c(&covered).to_le_bytes());
        whole.extend(covered);
        whole
    }

    #[test]
    fn an_invalidated_slot_holds_nothing() {
        let cause = |code: u8, version| {
            let bytes = state(184, |data| data[88] = code);
            ReplicationSlot::parse(&bytes, version).unwrap()
        };
        assert!(cause(0, PgVersion::V17).holds_rows());
        assert!(!cause(1, PgVersion::V17).holds_rows());
        let last = |code, version| cause(code, version).invalidated;
        assert_eq!(last(3, PgVersion::V17), Some(InvalidationCause::WalLevelInsufficient));
        assert_eq!(last(4, PgVersion::V18), Some(InvalidationCause::WalLevelInsufficient));
        assert_eq!(last(64, PgVersion::V18), Some(InvalidationCause::Other(64)));
    }

    #[test]
    fn before_16_the_place_of_restart_lsn_tells_an_invalidated_slot() {
        let bytes = state(168, |data| data[88] = 9);
        let slot = ReplicationSlot::parse(&bytes, PgVersion::V13).unwrap();
        assert_eq!(slot.invalidated, Some(InvalidationCause::WalRemoved));
        let bytes = state(168, |data| (data[80], data[88]) = (9, 9));
        let slot = ReplicationSlot::parse(&bytes, PgVersion::V13).unwrap();
        assert_eq!(slot.invalidated, None);
    }

    #[test]
    fn a_file_of_another_version_is_told_by_its_length() {
        let error = ReplicationSlot::parse(&state(160, |_| ()), PgVersion::V17).unwrap_err();
        assert!(matches!(error, FormatError::Invalid { what: "slot length", .. }), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(data: [u8; 32], flip in 0_usize..200, length in 0_usize..300) {
            for version in PgVersion::ALL {
                let length = if flip < 100 { length } else { data_length(version) as usize };
                let whole = state(length.max(4), |slot| {
                    slot.iter_mut().skip(flip).zip(data).for_each(|(byte, new)| *byte = new);
                });
                let _ = ReplicationSlot::parse(&whole, version);
                let _ = ReplicationSlot::parse(whole.get(..flip).unwrap_or_default(), version);
            }
        }
    }
}
