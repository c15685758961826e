//! Transaction: how transactions end (access/xact.h; `ParseCommitRecord` and its kin,
//! access/rmgrdesc/xactdesc.c).
//!
//! ```text
//! commit, abort      xact_time: 8 bytes
//! with HAS_INFO:     xinfo: 4 bytes, then what its bits announce, in this order:
//!   DBINFO           database, tablespace
//!   SUBXACTS         count, xids
//!   RELFILELOCATORS  count, files that go: 12 bytes each
//!   DROPPED_STATS    count, 12 bytes each (16 from 18 on); 15 and later
//!   INVALS           count, messages: 16 bytes each; commits only
//!   TWOPHASE         xid; with GID: the name, up to a NUL
//!   ORIGIN           LSN and time at the node that the change came from
//!
//! prepare            the file of pg_twophase, without its checksum
//! ```

use nom::bytes::complete::{take, take_till};
use nom::combinator::cond;
use nom::multi::{count, length_count};
use nom::number::complete::{le_i64, le_u8, le_u16, le_u32, le_u64};
use nom::{IResult, Parser};

use super::field::{Field, Flags, Value};
use super::invalidation;
use super::reader::{FieldReader, FlagTable};
use super::table::{RecordType, ResourceManager};
use crate::format::wal::Record;
use crate::format::{FormatError, PgVersion};
use crate::primitives::{Lsn, Oid, RelFileLocator, RelFileNumber, Timestamp, TransactionId};

/// `XLOG_XACT_OPMASK`: the bits of `xl_info` that say what the record is.
pub(super) const TYPE_MASK: u8 = 0x70;

pub(super) const MANAGER: ResourceManager = ResourceManager {
    name: "Transaction",
    type_mask: TYPE_MASK,
    records: &[
        RecordType::new(COMMIT, "COMMIT", end_fields),
        RecordType::new(PREPARE, "PREPARE", prepare_fields),
        RecordType::new(ABORT, "ABORT", end_fields),
        RecordType::new(COMMIT_PREPARED, "COMMIT_PREPARED", end_fields),
        RecordType::new(ABORT_PREPARED, "ABORT_PREPARED", end_fields),
        RecordType::new(ASSIGNMENT, "ASSIGNMENT", assignment_fields),
        RecordType::new(0x60, "INVALIDATION", invalidation::messages).since(PgVersion::V14),
    ],
};

const COMMIT: u8 = 0x00;
const PREPARE: u8 = 0x10;
const ABORT: u8 = 0x20;
const COMMIT_PREPARED: u8 = 0x30;
const ABORT_PREPARED: u8 = 0x40;
const ASSIGNMENT: u8 = 0x50;
/// `XLOG_XACT_HAS_INFO`: `xinfo` follows.
const HAS_INFO: u8 = 0x80;

bitflags::bitflags! {
    /// `xinfo` of a commit or an abort (access/xact.h). Bits without a name are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct XactInfo: u32 {
        /// `XACT_XINFO_HAS_DBINFO`.
        const HAS_DBINFO = 1;
        /// `XACT_XINFO_HAS_SUBXACTS`.
        const HAS_SUBXACTS = 1 << 1;
        /// `XACT_XINFO_HAS_RELFILELOCATORS`; `XACT_XINFO_HAS_RELFILENODES` before 16.
        const HAS_RELFILELOCATORS = 1 << 2;
        /// `XACT_XINFO_HAS_INVALS`.
        const HAS_INVALS = 1 << 3;
        /// `XACT_XINFO_HAS_TWOPHASE`.
        const HAS_TWOPHASE = 1 << 4;
        /// `XACT_XINFO_HAS_ORIGIN`.
        const HAS_ORIGIN = 1 << 5;
        /// `XACT_XINFO_HAS_AE_LOCKS`: it held an `ACCESS EXCLUSIVE` lock.
        const HAS_AE_LOCKS = 1 << 6;
        /// `XACT_XINFO_HAS_GID`.
        const HAS_GID = 1 << 7;
        /// `XACT_XINFO_HAS_DROPPED_STATS`, from 15 on.
        const HAS_DROPPED_STATS = 1 << 8;
        /// `XACT_COMPLETION_APPLY_FEEDBACK`.
        const APPLY_FEEDBACK = 1 << 29;
        /// `XACT_COMPLETION_UPDATE_RELCACHE_FILE`.
        const UPDATE_RELCACHE_FILE = 1 << 30;
        /// `XACT_COMPLETION_FORCE_SYNC_COMMIT`.
        const FORCE_SYNC_COMMIT = 1 << 31;
        const _ = !0;
    }
}

const XINFO_NAMES: FlagTable = &[
    (1, "XACT_XINFO_HAS_DBINFO"),
    (1 << 1, "XACT_XINFO_HAS_SUBXACTS"),
    (1 << 2, "XACT_XINFO_HAS_RELFILELOCATORS"),
    (1 << 3, "XACT_XINFO_HAS_INVALS"),
    (1 << 4, "XACT_XINFO_HAS_TWOPHASE"),
    (1 << 5, "XACT_XINFO_HAS_ORIGIN"),
    (1 << 6, "XACT_XINFO_HAS_AE_LOCKS"),
    (1 << 7, "XACT_XINFO_HAS_GID"),
    (1 << 8, "XACT_XINFO_HAS_DROPPED_STATS"),
    (1 << 29, "XACT_COMPLETION_APPLY_FEEDBACK"),
    (1 << 30, "XACT_COMPLETION_UPDATE_RELCACHE_FILE"),
    (1 << 31, "XACT_COMPLETION_FORCE_SYNC_COMMIT"),
];

/// What a record says about a transaction's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionRecord<'a> {
    /// It committed, maybe by `COMMIT PREPARED`.
    Commit(TransactionEnd<'a>),
    /// It was rolled back, maybe by `ROLLBACK PREPARED`.
    Abort(TransactionEnd<'a>),
    /// It was prepared; how it ends is yet to come.
    Prepare(TransactionPrepare<'a>),
    /// Subtransactions of a transaction that is running.
    Assignment(TransactionAssignment),
}

/// A commit, or an abort (`xl_xact_parsed_commit`, `xl_xact_parsed_abort`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionEnd<'a> {
    /// The transaction that ended: for a prepared one, not that which wrote the record.
    pub xid: TransactionId,
    /// When.
    pub xact_time: Timestamp,
    /// What the record holds, and what it asks for.
    pub xinfo: XactInfo,
    /// The database and its tablespace, where something of them must be forgotten.
    pub database: Option<(Oid, Oid)>,
    /// The subtransactions that end with it.
    pub subxacts: Vec<TransactionId>,
    /// The files of relations that go with it.
    pub locators: Vec<RelFileLocator>,
    /// The statistics that go with it.
    pub dropped_stats: Vec<DroppedStats>,
    /// What other sessions must forget: messages of 16 bytes.
    pub invalidations: &'a [u8],
    /// The name that it was prepared under, where the record says so.
    pub gid: Option<&'a [u8]>,
    /// Where and when it was committed on the node that it came from.
    pub origin: Option<(Lsn, Timestamp)>,
}

/// Statistics that go with an object (`xl_xact_stats_item`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DroppedStats {
    /// Of what kind of object (`PgStat_Kind`).
    pub kind: u32,
    /// Its database.
    pub dboid: Oid,
    /// Its number.
    pub objid: u64,
}

/// A transaction that was prepared (`xl_xact_prepare`, `xl_xact_parsed_prepare`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionPrepare<'a> {
    /// The transaction.
    pub xid: TransactionId,
    /// The database that it worked in.
    pub database: Oid,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// The role that prepared it.
    pub owner: Oid,
    /// The name that it was prepared under.
    pub gid: &'a [u8],
    /// Its subtransactions that were not rolled back.
    pub subxacts: Vec<TransactionId>,
    /// The files that go if it commits.
    pub commit_locators: Vec<RelFileLocator>,
    /// The files that go if it is rolled back.
    pub abort_locators: Vec<RelFileLocator>,
    /// Where and when it was prepared on the node that it came from.
    pub origin: Option<(Lsn, Timestamp)>,
}

/// Subtransactions of a transaction that has many (`xl_xact_assignment`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionAssignment {
    /// The transaction.
    pub xtop: TransactionId,
    /// Some of its subtransactions.
    pub xsub: Vec<TransactionId>,
}

impl<'a> TransactionRecord<'a> {
    /// Whether a record of that `xl_info` says more than when a transaction ended: subtransactions,
    /// files that go.
    #[inline]
    #[must_use]
    pub const fn has_info(xl_info: u8) -> bool {
        xl_info & HAS_INFO != 0
    }

    /// Reads a record of this resource manager; `None` for one that ends nothing.
    pub fn parse(record: &Record<'a>, version: PgVersion) -> Result<Option<Self>, FormatError> {
        let (info, data) = (record.header.xl_info(), record.main_data);
        let end = || TransactionEnd::parse(record, version);
        Ok(Some(match info & TYPE_MASK {
            COMMIT | COMMIT_PREPARED => Self::Commit(end()?),
            ABORT | ABORT_PREPARED => Self::Abort(end()?),
            PREPARE => Self::Prepare(whole("xl_xact_prepare", data, prepare(data, version))?),
            ASSIGNMENT => Self::Assignment(whole("xl_xact_assignment", data, assignment(data))?),
            _ => return Ok(None),
        }))
    }
}

impl<'a> TransactionEnd<'a> {
    fn parse(record: &Record<'a>, version: PgVersion) -> Result<Self, FormatError> {
        let (header, data) = (record.header, record.main_data);
        let has_info = header.xl_info() & HAS_INFO != 0;
        let mut end = whole("xl_xact_commit", data, parse_end(data, has_info, version))?;
        if !end.xid.is_valid() {
            end.xid = header.xl_xid();
        }
        Ok(end)
    }
}

type Parsed<'a, T> = IResult<&'a [u8], T>;

fn parse_end(input: &[u8], has_info: bool, version: PgVersion) -> Parsed<'_, TransactionEnd<'_>> {
    let (input, time) = le_i64(input)?;
    let (input, bits) = cond(has_info, le_u32).parse(input)?;
    let xinfo = XactInfo::from_bits_retain(bits.unwrap_or_default());
    let has = |flag| xinfo.contains(flag);
    let stats_dropped = version.wal_drops_statistics() && has(XactInfo::HAS_DROPPED_STATS);

    let (input, database) = cond(has(XactInfo::HAS_DBINFO), (oid, oid)).parse(input)?;
    let (input, subxacts) =
        cond(has(XactInfo::HAS_SUBXACTS), length_count(le_u32, xid)).parse(input)?;
    let (input, locators) =
        cond(has(XactInfo::HAS_RELFILELOCATORS), length_count(le_u32, locator)).parse(input)?;
    let (input, dropped_stats) =
        cond(stats_dropped, length_count(le_u32, |i| stats_item(i, version))).parse(input)?;
    let (input, invalidations) = cond(has(XactInfo::HAS_INVALS), messages).parse(input)?;
    let (input, two_phase) = cond(has(XactInfo::HAS_TWOPHASE), xid).parse(input)?;
    let named = has(XactInfo::HAS_TWOPHASE | XactInfo::HAS_GID);
    let (input, gid) = cond(named, c_string).parse(input)?;
    let (input, origin) = cond(has(XactInfo::HAS_ORIGIN), (lsn, time_stamp)).parse(input)?;
    let end = TransactionEnd {
        xid: two_phase.unwrap_or_default(),
        xact_time: Timestamp(time),
        xinfo,
        database,
        subxacts: subxacts.unwrap_or_default(),
        locators: locators.unwrap_or_default(),
        dropped_stats: dropped_stats.unwrap_or_default(),
        invalidations: invalidations.unwrap_or_default(),
        gid,
        origin,
    };
    Ok((input, end))
}

/// The header's layout is drawn in [`crate::format::twophase`]. What follows is aligned to 8.
fn prepare(data: &[u8], version: PgVersion) -> Parsed<'_, TransactionPrepare<'_>> {
    let (input, (_magic, _total_len)) = (le_u32, le_u32).parse(data)?;
    let (input, (xid_, database, prepared_at, owner)) = (xid, oid, time_stamp, oid).parse(input)?;
    let (input, (subxacts, commit_rels, abort_rels)) = (le_u32, le_u32, le_u32).parse(input)?;
    let counts_stats = version.two_phase_header_counts_statistics();
    let (input, _stats) = cond(counts_stats, (le_u32, le_u32)).parse(input)?;
    let (input, (_messages, _file_inval, _pad)) = (le_u32, le_u8, le_u8).parse(input)?;
    let (input, gid_len) = le_u16(input)?;
    let (input, (origin_lsn, origin_time)) = (lsn, time_stamp).parse(input)?;
    let (input, gid) = aligned(input, data, take(gid_len))?;
    let (input, subxacts) = aligned(input, data, count(xid, size(subxacts)))?;
    let (input, commit_locators) = aligned(input, data, count(locator, size(commit_rels)))?;
    let (input, abort_locators) = aligned(input, data, count(locator, size(abort_rels)))?;
    let prepare = TransactionPrepare {
        xid: xid_,
        database,
        prepared_at,
        owner,
        gid: until_nul(gid),
        subxacts,
        commit_locators,
        abort_locators,
        origin: origin_lsn.is_valid().then_some((origin_lsn, origin_time)),
    };
    Ok((input, prepare))
}

fn assignment(input: &[u8]) -> Parsed<'_, TransactionAssignment> {
    let (input, (xtop, xsub)) = (xid, length_count(le_u32, xid)).parse(input)?;
    Ok((input, TransactionAssignment { xtop, xsub }))
}

/// Parses at the next multiple of 8 of `all`.
fn aligned<'a, T>(
    input: &'a [u8],
    all: &[u8],
    mut parser: impl Parser<&'a [u8], Output = T, Error = nom::error::Error<&'a [u8]>>,
) -> Parsed<'a, T> {
    let at = all.len().saturating_sub(input.len());
    let (input, _) = take(at.next_multiple_of(8) - at)(input)?;
    parser.parse(input)
}

fn stats_item(input: &[u8], version: PgVersion) -> Parsed<'_, DroppedStats> {
    let (input, (kind, dboid, low)) = (le_u32, oid, le_u32).parse(input)?;
    let (input, high) = cond(version.statistics_have_64_bit_ids(), le_u32).parse(input)?;
    let objid = u64::from(high.unwrap_or_default()) << 32 | u64::from(low);
    Ok((input, DroppedStats { kind, dboid, objid }))
}

fn messages(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (input, messages) = le_u32(input)?;
    take(size(messages).saturating_mul(invalidation::LEN))(input)
}

fn c_string(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (input, text) = take_till(|byte| byte == 0)(input)?;
    let (input, _) = le_u8(input)?;
    Ok((input, text))
}

fn xid(input: &[u8]) -> Parsed<'_, TransactionId> {
    le_u32.map(TransactionId).parse(input)
}

fn oid(input: &[u8]) -> Parsed<'_, Oid> {
    le_u32.map(Oid).parse(input)
}

fn lsn(input: &[u8]) -> Parsed<'_, Lsn> {
    le_u64.map(Lsn).parse(input)
}

fn time_stamp(input: &[u8]) -> Parsed<'_, Timestamp> {
    le_i64.map(Timestamp).parse(input)
}

fn locator(input: &[u8]) -> Parsed<'_, RelFileLocator> {
    let (input, (tablespace, database, number)) = (oid, oid, le_u32).parse(input)?;
    Ok((input, RelFileLocator { tablespace, database, number: RelFileNumber(number) }))
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// What nom gave, or where it ran out of bytes.
fn whole<T>(what: &'static str, data: &[u8], parsed: Parsed<'_, T>) -> Result<T, FormatError> {
    parsed.map(|(_, value)| value).map_err(|error| {
        let left = match error {
            nom::Err::Error(at) | nom::Err::Failure(at) => at.input.len(),
            nom::Err::Incomplete(_) => 0,
        };
        FormatError::Truncated {
            what,
            offset: data.len().saturating_sub(left),
            needed: left.saturating_add(1),
            had: left,
        }
    })
}

fn end_fields(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let end = TransactionEnd::parse(r.record(), r.version)?;
    r.pass_all();
    r.keep("xact_time", Value::Time(end.xact_time));
    if !end.xinfo.is_empty() {
        r.keep("xinfo", Value::Flags(Flags::new(end.xinfo.bits(), XINFO_NAMES)));
    }
    if let Some((database, tablespace)) = end.database {
        r.keep("dbId", Value::Oid(database));
        r.keep("tsId", Value::Oid(tablespace));
    }
    keep_list(r, "subxacts", &end.subxacts, |xid| Value::Xid(*xid));
    keep_list(r, "xlocators", &end.locators, |locator| Value::Locator(*locator));
    keep_list(r, "stats", &end.dropped_stats, |item| {
        Value::Struct(vec![
            Field { name: "kind", value: Value::U64(item.kind.into()) },
            Field { name: "dboid", value: Value::Oid(item.dboid) },
            Field { name: "objid", value: Value::U64(item.objid) },
        ])
    });
    invalidation::list(r, "msgs", end.invalidations)?;
    if end.xinfo.contains(XactInfo::HAS_TWOPHASE) {
        r.keep("twophase_xid", Value::Xid(end.xid));
    }
    if let Some(gid) = end.gid {
        r.keep("twophase_gid", Value::Text(String::from_utf8_lossy(gid)));
    }
    keep_origin(r, end.origin);
    Ok(())
}

fn prepare_fields(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    let data = r.rest();
    let prepare = whole("xl_xact_prepare", data, prepare(data, r.version))?;
    r.pass_all();
    r.keep("xid", Value::Xid(prepare.xid));
    r.keep("database", Value::Oid(prepare.database));
    r.keep("prepared_at", Value::Time(prepare.prepared_at));
    r.keep("owner", Value::Oid(prepare.owner));
    r.keep("gid", Value::Text(String::from_utf8_lossy(prepare.gid)));
    keep_list(r, "subxacts", &prepare.subxacts, |xid| Value::Xid(*xid));
    keep_list(r, "xlocators", &prepare.commit_locators, |locator| Value::Locator(*locator));
    keep_list(r, "abortlocators", &prepare.abort_locators, |locator| Value::Locator(*locator));
    keep_origin(r, prepare.origin);
    Ok(())
}

fn assignment_fields(r: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    r.xid("xtop")?;
    let count = r.u32("nsubxacts")?;
    r.xids("xsub", count)
}

fn keep_list<'a, T>(
    r: &mut FieldReader<'a, '_>,
    name: &'static str,
    items: &[T],
    value: impl Fn(&T) -> Value<'a>,
) {
    if !items.is_empty() {
        r.keep(name, Value::List(items.iter().map(value).collect()));
    }
}

fn keep_origin(r: &mut FieldReader<'_, '_>, origin: Option<(Lsn, Timestamp)>) {
    if let Some((lsn, time)) = origin {
        r.keep("origin_lsn", Value::Lsn(lsn));
        r.keep("origin_timestamp", Value::Time(time));
    }
}
