//! Cells, rows and heads as serde sees them: what `json`, `ndjson` and `csv` share.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::{Cell, EvidenceHead, TableSchema, human};

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value) | Self::Bytes(value) | Self::Count(value) => {
                serializer.serialize_u64(*value)
            }
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Float(value) | Self::Percent(value) | Self::Ratio(value) => {
                serializer.serialize_f64(*value)
            }
            Self::Text(text) | Self::Name(text) => serializer.serialize_str(text),
            Self::Lsn(lsn) => serializer.collect_str(lsn),
            Self::Xid(xid) => serializer.serialize_u32(xid.0),
            Self::Time(time) => serializer.collect_str(time),
            Self::Hex(bytes) => serializer.serialize_str(&human::hex(bytes)),
            Self::List(cells) => serializer.collect_seq(cells),
            Self::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, cell)| (key, cell)))
            }
        }
    }
}

/// A row as an object; `table`, where given, comes first.
pub(super) struct Row<'a> {
    pub(super) table: Option<&'a str>,
    pub(super) schema: &'a TableSchema,
    pub(super) cells: &'a [Cell<'a>],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        debug_assert_eq!(self.schema.columns.len(), self.cells.len(), "{}", self.schema.name);
        let extra = usize::from(self.table.is_some());
        let mut map = serializer.serialize_map(Some(self.cells.len() + extra))?;
        if let Some(table) = self.table {
            map.serialize_entry("table", table)?;
        }
        for (column, cell) in self.schema.columns.iter().zip(self.cells) {
            map.serialize_entry(column.name, cell)?;
        }
        map.end()
    }
}

impl Serialize for EvidenceHead {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        evidence_entries(self, &mut map)?;
        map.end()
    }
}

/// The entries of the evidence block, for a map that may have others.
pub(super) fn evidence_entries<M: SerializeMap>(
    evidence: &EvidenceHead,
    map: &mut M,
) -> Result<(), M::Error> {
    map.serialize_entry("path", &evidence.path)?;
    map.serialize_entry("kind", &evidence.kind)?;
    map.serialize_entry("version", &evidence.version)?;
    // Beyond 2^53: as a number it would lose its last digits in many readers.
    let identifier = evidence.system_identifier.map(|identifier| identifier.to_string());
    map.serialize_entry("system_identifier", &identifier)?;
    map.serialize_entry("state", &evidence.state)?;
    map.serialize_entry("cautions", &Texts(&evidence.cautions))?;
    map.serialize_entry("notes", &Texts(&evidence.notes))
}

struct Texts<'a>(&'a [String]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for text in self.0 {
            seq.serialize_element(text)?;
        }
        seq.end()
    }
}
