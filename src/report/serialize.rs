//! The head of an answer as serde sees it: what `json` and `ndjson` share.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::EvidenceHead;

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
