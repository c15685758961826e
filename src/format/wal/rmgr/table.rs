use super::field::{Field, Value};
use super::name::{RecordTypeName, RmgrName};
use super::reader::FieldReader;
use super::{MANAGERS, RmgrId};
use crate::format::wal::{Record, XLR_INFO_MASK};
use crate::format::{FormatError, PgVersion};

/// A resource manager: its name and its types of records.
pub(super) struct ResourceManager {
    pub(super) name: &'static str,
    /// The bits of `xl_info` that say what a record is.
    pub(super) type_mask: u8,
    pub(super) records: &'static [RecordType],
}

/// A type of records, in the versions that have it.
pub(super) struct RecordType {
    info: u8,
    name: &'static str,
    since: PgVersion,
    until: PgVersion,
    read: Read,
}

/// Reads what such a record holds.
pub(super) type Read = fn(&mut FieldReader<'_, '_>) -> Result<(), FormatError>;

impl ResourceManager {
    /// A manager with the usual mask: the high four bits.
    pub(super) const fn new(name: &'static str, records: &'static [RecordType]) -> Self {
        Self { name, type_mask: !XLR_INFO_MASK, records }
    }

    fn record_type(&self, xl_info: u8, version: PgVersion) -> Option<&'static RecordType> {
        let info = xl_info & self.type_mask;
        self.records
            .iter()
            .find(|one| one.info == info && one.since <= version && version <= one.until)
    }
}

impl RecordType {
    /// A type that every version has.
    pub(super) const fn new(info: u8, name: &'static str, read: Read) -> Self {
        Self { info, name, since: PgVersion::V12, until: PgVersion::V19, read }
    }

    /// The first version that has it.
    pub(super) const fn since(mut self, version: PgVersion) -> Self {
        self.since = version;
        self
    }

    /// The last version that has it.
    pub(super) const fn until(mut self, version: PgVersion) -> Self {
        self.until = version;
        self
    }
}

/// For records whose main data is empty.
#[expect(clippy::unnecessary_wraps, reason = "it is a `Read`")]
pub(super) fn nothing(_: &mut FieldReader<'_, '_>) -> Result<(), FormatError> {
    Ok(())
}

fn manager(rmid: RmgrId) -> Option<&'static ResourceManager> {
    MANAGERS.get(usize::from(rmid.0)).copied()
}

/// The name of a resource manager.
///
/// ```
/// use pgautopsy::format::wal::rmgr::{RmgrId, rmgr_name};
/// assert_eq!(rmgr_name(RmgrId(10)).to_string(), "Heap");
/// assert_eq!(rmgr_name(RmgrId(130)).to_string(), "custom130");
/// ```
#[must_use]
pub fn rmgr_name(rmid: RmgrId) -> RmgrName {
    manager(rmid).map_or(RmgrName::Other(rmid), |manager| RmgrName::Known(manager.name))
}

/// The bits of `xl_info` that say what a record is: the high four, and three of them for
/// Transaction.
#[inline]
#[must_use]
pub fn record_type_bits(rmid: RmgrId, xl_info: u8) -> u8 {
    let mask = if rmid == RmgrId::XACT { super::transaction::TYPE_MASK } else { !XLR_INFO_MASK };
    xl_info & mask
}

/// What a record is.
///
/// ```
/// use pgautopsy::format::PgVersion;
/// use pgautopsy::format::wal::rmgr::{RmgrId, record_type};
/// let name = |info, version| record_type(RmgrId(9), info, version).to_string();
/// assert_eq!(name(0x10, PgVersion::V13), "CLEAN");
/// assert_eq!(name(0x10, PgVersion::V17), "PRUNE_ON_ACCESS");
/// assert_eq!(name(0xF0, PgVersion::V17), "UNKNOWN (f0)");
/// ```
#[must_use]
pub fn record_type(rmid: RmgrId, xl_info: u8, version: PgVersion) -> RecordTypeName {
    let known = manager(rmid).and_then(|manager| manager.record_type(xl_info, version));
    known.map_or_else(
        || RecordTypeName::Unknown(record_type_bits(rmid, xl_info)),
        |one| RecordTypeName::Known(one.name),
    )
}

/// Reads what a record holds into `fields`, which it replaces: its main data, and what its blocks
/// hold beside tuples. Bytes that nothing is known about, as all of an unknown record's, are kept
/// as the field `rest`.
///
/// An error says which field the bytes end before; the fields before it are there.
pub fn decode<'a>(
    record: &Record<'a>,
    version: PgVersion,
    fields: &mut Vec<Field<'a>>,
) -> Result<(), FormatError> {
    fields.clear();
    let header = record.header;
    let known = manager(header.xl_rmid())
        .and_then(|manager| manager.record_type(header.xl_info(), version));
    let mut reader = FieldReader::new(record, version, fields);
    if let Some(known) = known {
        (known.read)(&mut reader)?;
    }
    let rest = reader.rest();
    if !rest.is_empty() {
        fields.push(Field { name: "rest", value: Value::Bytes(rest) });
    }
    Ok(())
}
