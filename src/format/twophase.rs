//! `pg_twophase`: the state of a prepared transaction (access/transam/twophase.c;
//! `xl_xact_prepare`, access/xact.h).
//!
//! ```text
//!  0  magic          0x57F94534
//!  4  total_len      of the file, with its checksum
//!  8  xid
//! 12  database
//! 16  prepared_at    TimestampTz
//! 24  owner
//! 28  nsubxacts
//! 32  ncommitrels, nabortrels, (from 15 on: ncommitstats, nabortstats,) ninvalmsgs: 4 bytes each
//!     initfileinval  1 byte, and one unused
//!     gidlen         2 bytes, counting the NUL
//!     origin_lsn, origin_timestamp
//! header's end, then each aligned to 8: gid, the subtransactions' xids, what else it must do …
//! -4  CRC-32C of all before it
//! ```

use super::{Bytes, FormatError, PgVersion};
use crate::primitives::{FullTransactionId, Oid, Timestamp, TransactionId};

/// `TWOPHASE_MAGIC`.
const MAGIC: u32 = 0x57F9_4534;

/// A transaction that was prepared, and has neither been committed nor rolled back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwoPhaseState {
    /// The transaction.
    pub xid: TransactionId,
    /// The database that it worked in.
    pub database: Oid,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// The role that prepared it.
    pub owner: Oid,
    /// The name that it was prepared under.
    pub gid: String,
    /// Its subtransactions that were not rolled back.
    pub subxids: Vec<TransactionId>,
}

impl TwoPhaseState {
    /// Reads a whole state file, and checks its checksum.
    pub fn parse(bytes: &[u8], version: PgVersion) -> Result<Self, FormatError> {
        let file = Bytes(bytes);
        let magic = file.u32("two-phase magic", 0)?;
        if magic != MAGIC {
            return Err(invalid(
                "two-phase magic",
                0,
                format!("{MAGIC:#010X}"),
                format!("{magic:#010X}"),
            ));
        }
        let total = file.u32("two-phase length", 4)?;
        if usize::try_from(total) != Ok(bytes.len()) {
            let len = bytes.len().to_string();
            return Err(invalid("two-phase length", 4, len, total.to_string()));
        }
        let body = check(file)?;
        let counts_end = if version.two_phase_header_counts_statistics() { 52 } else { 44 };
        let gid_start = counts_end + 20;
        let gid_len = usize::from(body.u16("length of a gid", counts_end + 2)?);
        let subxid_count = body.u32("number of subtransactions", 28)?;
        let subxids_start = (gid_start + gid_len).next_multiple_of(8);
        Ok(Self {
            xid: TransactionId(body.u32("xid", 8)?),
            database: Oid(body.u32("database", 12)?),
            prepared_at: Timestamp(body.u64("time of preparation", 16)?.cast_signed()),
            owner: Oid(body.u32("owner", 24)?),
            gid: text(body.slice("gid", gid_start, gid_len)?),
            subxids: subxids(body, subxids_start, subxid_count)?,
        })
    }
}

/// The xid that a state file is named for. From 17 on the name has the epoch in front; without
/// it, the epoch is 0.
///
/// ```
/// use pgautopsy::format::{PgVersion, twophase};
/// use pgautopsy::primitives::FullTransactionId;
/// let xid = Some(FullTransactionId(0x2EA));
/// assert_eq!(twophase::file_xid("000002EA", PgVersion::V16), xid);
/// assert_eq!(twophase::file_xid("00000000000002EA", PgVersion::V17), xid);
/// assert_eq!(twophase::file_xid("000002EA", PgVersion::V17), None);
/// ```
#[must_use]
pub fn file_xid(name: &str, version: PgVersion) -> Option<FullTransactionId> {
    let digits = if version.two_phase_file_names_have_epoch() { 16 } else { 8 };
    let fits =
        name.len() == digits && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    fits.then(|| u64::from_str_radix(name, 16).ok()).flatten().map(FullTransactionId)
}

/// The bytes before the checksum, if that fits them.
fn check(file: Bytes<'_>) -> Result<Bytes<'_>, FormatError> {
    let covered = file.0.len().saturating_sub(4);
    let body = file.slice("two-phase state", 0, covered)?;
    let stored = file.u32("two-phase checksum", covered)?;
    let computed = crate::format::crc32c(body);
    if stored == computed {
        Ok(Bytes(body))
    } else {
        Err(FormatError::Checksum { what: "two-phase state", stored, computed })
    }
}

fn subxids(body: Bytes<'_>, start: usize, count: u32) -> Result<Vec<TransactionId>, FormatError> {
    let len = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(4);
    let (xids, _) = body.slice("subtransactions", start, len)?.as_chunks::<4>();
    Ok(xids.iter().map(|&xid| TransactionId(u32::from_le_bytes(xid))).collect())
}

/// The text before the first NUL.
fn text(bytes: &[u8]) -> String {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

fn invalid(what: &'static str, offset: usize, expected: String, found: String) -> FormatError {
    FormatError::Invalid { what, offset, expected, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state file as version 17 lays it out.
    fn state(subxids: u32) -> Vec<u8> {
        let mut bytes = vec![0; 72];
        bytes[0..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[4..8].copy_from_slice(&92_u32.to_le_bytes());
        bytes[8..12].copy_from_slice(&746_u32.to_le_bytes());
        bytes[12..16].copy_from_slice(&5_u32.to_le_bytes());
        bytes[28..32].copy_from_slice(&subxids.to_le_bytes());
        bytes[54..56].copy_from_slice(&4_u16.to_le_bytes());
        bytes.extend(*b"gid\0\0\0\0\0");
        bytes.extend(747_u32.to_le_bytes());
        bytes.extend(748_u32.to_le_bytes());
        let crc = crate::format::crc32c(&bytes);
        bytes.extend(crc.to_le_bytes());
        bytes
    }

    #[test]
    fn a_prepared_transaction_lists_its_subtransactions() {
        let state = TwoPhaseState::parse(&state(2), PgVersion::V17).unwrap();
        assert_eq!((state.xid, state.database), (TransactionId(746), Oid(5)));
        assert_eq!(state.gid, "gid");
        assert_eq!(state.subxids, [TransactionId(747), TransactionId(748)]);
    }

    #[test]
    fn a_count_beyond_the_file_is_refused_before_anything_is_allocated() {
        let error = TwoPhaseState::parse(&state(u32::MAX), PgVersion::V17).unwrap_err();
        assert!(matches!(error, FormatError::Truncated { what: "subtransactions", .. }), "{error}");
    }

    #[test]
    fn a_changed_byte_fails_the_checksum() {
        let mut bytes = state(2);
        bytes[81] ^= 1;
        let error = TwoPhaseState::parse(&bytes, PgVersion::V17).unwrap_err();
        assert!(matches!(error, FormatError::Checksum { .. }), "{error}");
        assert!(TwoPhaseState::parse(&bytes[..91], PgVersion::V17).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(data: [u8; 32], at in 8_usize..88, length in 8_usize..92) {
            let mut bytes = state(2);
            bytes.truncate(length.max(8) & !3);
            bytes.iter_mut().skip(at).zip(data).for_each(|(byte, new)| *byte = new);
            let len = u32::try_from(bytes.len() + 4).unwrap();
            bytes[4..8].copy_from_slice(&len.to_le_bytes());
            let crc = crate::format::crc32c(&bytes);
            bytes.extend(crc.to_le_bytes());
            for version in PgVersion::ALL {
                let _ = TwoPhaseState::parse(&bytes, version);
                let _ = TwoPhaseState::parse(&data, version);
            }
        }
    }
}
