//! Storage: files of relations created and truncated (catalog/storage_xlog.h).
//!
//! ```text
//! create     0  rlocator  tablespace, database, number: 4 bytes each
//!           12  forkNum
//! truncate   0  blkno     how many blocks stay
//!            4  rlocator
//!           16  flags     which forks
//! ```

use super::field::{Flags, Value};
use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager};
use crate::format::wal::{Record, XLR_INFO_MASK};
use crate::format::{Bytes, FormatError};
use crate::primitives::{BlockNumber, ForkNumber, Oid, RelFileLocator, RelFileNumber};

pub(super) const MANAGER: ResourceManager = ResourceManager::new(
    "Storage",
    &[RecordType::new(CREATE, "CREATE", fields), RecordType::new(TRUNCATE, "TRUNCATE", fields)],
);

const CREATE: u8 = 0x10;
const TRUNCATE: u8 = 0x20;

const TRUNCATE_FLAGS: FlagTable =
    &[(0x1, "SMGR_TRUNCATE_HEAP"), (0x2, "SMGR_TRUNCATE_VM"), (0x4, "SMGR_TRUNCATE_FSM")];

/// What a record says about a relation's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageRecord {
    /// A fork gets its file (`xl_smgr_create`).
    Create {
        /// The relation's files.
        locator: RelFileLocator,
        /// The fork; `None` where the code means none.
        fork: Option<ForkNumber>,
        /// Its code, `forkNum`.
        fork_code: u32,
    },
    /// Forks are cut off (`xl_smgr_truncate`).
    Truncate {
        /// The relation's files.
        locator: RelFileLocator,
        /// How many blocks of the main fork stay.
        blocks: BlockNumber,
        /// Which forks (`SMGR_TRUNCATE_HEAP` and its kin).
        flags: u32,
    },
}

impl StorageRecord {
    /// Reads a record of this resource manager; `None` for one of an unknown type. An error says
    /// which field the bytes end before.
    pub fn parse(record: &Record<'_>) -> Result<Option<Self>, FormatError> {
        let data = Bytes(record.main_data);
        Ok(Some(match record.header.xl_info() & !XLR_INFO_MASK {
            CREATE => {
                let locator = locator(data, 0)?;
                let fork_code = data.u32("forkNum", 12)?;
                let fork = u8::try_from(fork_code).ok().and_then(ForkNumber::from_code);
                Self::Create { locator, fork, fork_code }
            }
            TRUNCATE => Self::Truncate {
                blocks: BlockNumber(data.u32("blkno", 0)?),
                locator: locator(data, 4)?,
                flags: data.u32("flags", 16)?,
            },
            _ => return Ok(None),
        }))
    }
}

fn locator(data: Bytes<'_>, offset: usize) -> Result<RelFileLocator, FormatError> {
    let part = |at| data.u32("rlocator", offset + at);
    let (tablespace, database) = (Oid(part(0)?), Oid(part(4)?));
    Ok(RelFileLocator { tablespace, database, number: RelFileNumber(part(8)?) })
}

fn fields(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    match StorageRecord::parse(r.record())? {
        Some(StorageRecord::Create { locator, fork, fork_code }) => {
            r.pass("xl_smgr_create", 16)?;
            r.keep("rlocator", Value::Locator(locator));
            let code = || Value::U64(fork_code.into());
            r.keep("forkNum", fork.map_or_else(code, |fork| Value::Text(fork.name().into())));
        }
        Some(StorageRecord::Truncate { locator, blocks, flags }) => {
            r.pass("xl_smgr_truncate", 20)?;
            r.keep("blkno", Value::Block(blocks));
            r.keep("rlocator", Value::Locator(locator));
            r.keep("flags", Value::Flags(Flags::new(flags, TRUNCATE_FLAGS)));
        }
        None => {}
    }
    Ok(())
}
