//! What the WAL itself says about files: made, dropped, and given to a mapped catalog.

use std::collections::BTreeMap;

use crate::format::Format;
use crate::format::relmap::RelationMap;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::format::wal::rmgr::{Field, RmgrId, Value, decode};
use crate::format::wal::{RawRecord, Record};
use crate::primitives::{Lsn, Oid, RelFileLocator, TransactionId};

/// What records say about one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sighting {
    /// Where it was made.
    pub created: Option<Lsn>,
    /// Where it was dropped, and by which transaction: its commit, or the rollback of what made
    /// it.
    pub dropped: Option<(Lsn, TransactionId)>,
    /// The mapped catalog that it was given to.
    pub mapped: Option<Oid>,
}

/// What records say about files.
#[derive(Debug, Default)]
pub(super) struct Sightings(pub(super) BTreeMap<RelFileLocator, Sighting>);

impl Sightings {
    #[inline]
    pub(super) fn add(&mut self, raw: &RawRecord<'_>, format: Format) {
        let rmid = raw.header.xl_rmid();
        let ends = rmid == RmgrId::XACT && TransactionRecord::has_info(raw.header.xl_info());
        if !ends && rmid != RmgrId::SMGR && rmid != RmgrId::RELMAP {
            return;
        }
        let Ok(record) = raw.decode(format) else { return };
        if ends {
            self.transaction(raw, &record, format);
        } else {
            self.storage(raw, &record, format);
        }
    }

    fn transaction(&mut self, raw: &RawRecord<'_>, record: &Record<'_>, format: Format) {
        let parsed = TransactionRecord::parse(record, format.version);
        let Ok(Some(TransactionRecord::Commit(end) | TransactionRecord::Abort(end))) = parsed
        else {
            return;
        };
        for locator in end.locators {
            self.0.entry(locator).or_default().dropped = Some((raw.start_lsn, end.xid));
        }
    }

    fn storage(&mut self, raw: &RawRecord<'_>, record: &Record<'_>, format: Format) {
        let mut fields = Vec::new();
        if decode(record, format.version, &mut fields).is_err() {
            return;
        }
        let value = |name| fields.iter().find(|field: &&Field<'_>| field.name == name);
        let value = |name| value(name).map(|field| &field.value);
        match (value("rlocator"), value("dbid"), value("tsid"), value("data")) {
            (Some(Value::Locator(locator)), ..) if value("forkNum").is_some() => {
                let seen = self.0.entry(*locator).or_default();
                seen.created = seen.created.or(Some(raw.start_lsn));
            }
            (
                _,
                Some(Value::Oid(database)),
                Some(Value::Oid(tablespace)),
                Some(Value::Bytes(map)),
            ) => {
                let map = RelationMap::parse(map, format.version);
                for (oid, number) in map.map(|map| map.mappings).unwrap_or_default() {
                    let (database, tablespace) = (*database, *tablespace);
                    let locator = RelFileLocator { tablespace, database, number };
                    self.0.entry(locator).or_default().mapped = Some(oid);
                }
            }
            _ => {}
        }
    }

    pub(super) fn append(&mut self, later: Self) {
        for (locator, later) in later.0 {
            let seen = self.0.entry(locator).or_default();
            seen.created = seen.created.or(later.created);
            seen.dropped = later.dropped.or(seen.dropped);
            seen.mapped = later.mapped.or(seen.mapped);
        }
    }
}
