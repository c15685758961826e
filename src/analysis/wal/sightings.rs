//! What the WAL itself says about files: made, dropped, and given to a mapped catalog.

use std::collections::BTreeMap;

use crate::format::Format;
use crate::format::relmap::RelationMap;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::format::wal::rmgr::{Field, RecordTypeName, RmgrId, Value, decode, record_type};
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
pub(super) struct Sightings {
    files: BTreeMap<RelFileLocator, Sighting>,
    /// Databases that were dropped with all their files: where, and by which transaction.
    dropped_databases: BTreeMap<Oid, (Lsn, TransactionId)>,
}

impl Sightings {
    #[inline]
    pub(super) fn add(&mut self, raw: &RawRecord<'_>, format: Format) {
        let rmid = raw.header.xl_rmid();
        let ends = rmid == RmgrId::XACT && TransactionRecord::has_info(raw.header.xl_info());
        if !ends && !matches!(rmid, RmgrId::SMGR | RmgrId::RELMAP | RmgrId::DBASE) {
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
            self.files.entry(locator).or_default().dropped = Some((raw.start_lsn, end.xid));
        }
    }

    fn storage(&mut self, raw: &RawRecord<'_>, record: &Record<'_>, format: Format) {
        let mut fields = Vec::new();
        if decode(record, format.version, &mut fields).is_err() {
            return;
        }
        let value = |name| fields.iter().find(|field: &&Field<'_>| field.name == name);
        let value = |name| value(name).map(|field| &field.value);
        let (rmid, info) = (raw.header.xl_rmid(), raw.header.xl_info());
        if rmid == RmgrId::DBASE {
            let drops = record_type(rmid, info, format.version) == RecordTypeName::Known("DROP");
            if let Some(Value::Oid(database)) = value("db_id").filter(|_| drops) {
                let dropped = (raw.start_lsn, raw.header.xl_xid());
                self.dropped_databases.insert(*database, dropped);
            }
            return;
        }
        match (value("rlocator"), value("dbid"), value("tsid"), value("data")) {
            (Some(Value::Locator(locator)), ..) if value("forkNum").is_some() => {
                let seen = self.files.entry(*locator).or_default();
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
                    self.files.entry(locator).or_default().mapped = Some(oid);
                }
            }
            _ => {}
        }
    }

    /// What is said about these files.
    pub(super) fn of(&self, locator: RelFileLocator) -> Sighting {
        let own = self.files.get(&locator).copied().unwrap_or_default();
        let with_database = self.dropped_databases.get(&locator.database).copied();
        Sighting { dropped: own.dropped.or(with_database), ..own }
    }

    /// The files that were given to mapped catalogs.
    pub(super) fn mapped(&self) -> impl Iterator<Item = (RelFileLocator, Oid)> {
        self.files.iter().filter_map(|(locator, seen)| Some((*locator, seen.mapped?)))
    }

    pub(super) fn append(&mut self, later: Self) {
        self.dropped_databases.extend(later.dropped_databases);
        for (locator, later) in later.files {
            let seen = self.files.entry(locator).or_default();
            seen.created = seen.created.or(later.created);
            seen.dropped = later.dropped.or(seen.dropped);
            seen.mapped = later.mapped.or(seen.mapped);
        }
    }
}
