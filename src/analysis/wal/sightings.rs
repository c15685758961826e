//! What the WAL itself says about files: made, cut off, dropped, and given to a mapped catalog.

use std::collections::BTreeMap;

use super::bound::{room, too_many};
use crate::cluster::finding::Finding;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::format::wal::rmgr::{DatabaseDrop, RelmapUpdate, RmgrId, StorageRecord};
use crate::format::wal::{RawRecord, Record};
use crate::format::{Format, FormatError, PgVersion};
use crate::primitives::{Lsn, Oid, RelFileLocator, TransactionId};

/// What records say about one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sighting {
    /// Where it was made.
    pub created: Option<Lsn>,
    /// Where it was cut off last.
    pub truncated: Option<Lsn>,
    /// Where it was dropped, and by which transaction: its commit, or the rollback of what made
    /// it.
    pub dropped: Option<(Lsn, TransactionId)>,
    /// The mapped catalog that it was given to.
    pub mapped: Option<Oid>,
}

/// What records say about files: of so many at most, those of the segments that come first.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    most: usize,
    files: BTreeMap<RelFileLocator, Sighting>,
    /// Databases that were dropped with all their files: where, and by which transaction.
    dropped_databases: BTreeMap<Oid, (Lsn, TransactionId)>,
    /// How often something was said about a file or database that there was no room for.
    unkept: u64,
}

impl Sightings {
    /// Room for so many files, and databases.
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Says what there was no room for; what was read of one segment had room for so many.
    pub(super) fn no_room(&self, segment: usize) -> Option<Finding> {
        let Self { most, unkept, .. } = self;
        (*unkept > 0).then(|| {
            too_many(format!(
                "of at most {most} files it is kept that they were made, cut off, dropped or given \
                 to a catalog, of {segment} of one segment: {unkept} times or more it was others"
            ))
        })
    }

    #[inline]
    pub(super) fn add(&mut self, raw: &RawRecord<'_>, format: Format) {
        let rmid = raw.header.xl_rmid();
        let ends = rmid == RmgrId::XACT && TransactionRecord::has_info(raw.header.xl_info());
        if !ends && !matches!(rmid, RmgrId::SMGR | RmgrId::RELMAP | RmgrId::DBASE) {
            return;
        }
        // A record that makes no sense says nothing here; that is said elsewhere.
        if let Ok(record) = raw.decode(format) {
            let _ = self.read(raw, &record, format.version);
        }
    }

    fn read(
        &mut self,
        raw: &RawRecord<'_>,
        record: &Record<'_>,
        version: PgVersion,
    ) -> Result<(), FormatError> {
        let at = raw.start_lsn;
        match record.header.xl_rmid() {
            RmgrId::XACT => match TransactionRecord::parse(record, version)? {
                Some(TransactionRecord::Commit(end) | TransactionRecord::Abort(end)) => {
                    for locator in end.locators {
                        self.note(locator, |file| file.dropped = Some((at, end.xid)));
                    }
                }
                Some(TransactionRecord::Prepare(_) | TransactionRecord::Assignment(_)) | None => {}
            },
            RmgrId::SMGR => match StorageRecord::parse(record)? {
                Some(StorageRecord::Create { locator, .. }) => {
                    self.note(locator, |file| _ = file.created.get_or_insert(at));
                }
                Some(StorageRecord::Truncate { locator, .. }) => {
                    self.note(locator, |file| file.truncated = Some(at));
                }
                None => {}
            },
            RmgrId::DBASE => {
                if let Some(drop) = DatabaseDrop::parse(record, version)? {
                    let dropped = (at, record.header.xl_xid());
                    self.note_dropped(drop.database, dropped);
                }
            }
            RmgrId::RELMAP => {
                if let Some(update) = RelmapUpdate::parse(record)? {
                    for (oid, locator) in update.files(version)? {
                        self.note(locator, |file| file.mapped = Some(oid));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, locator: RelFileLocator, note: impl FnOnce(&mut Sighting)) {
        match room(&mut self.files, locator, self.most) {
            Some(file) => note(file),
            None => self.unkept += 1,
        }
    }

    fn note_dropped(&mut self, database: Oid, dropped: (Lsn, TransactionId)) {
        match room(&mut self.dropped_databases, database, self.most) {
            Some(known) => *known = dropped,
            None => self.unkept += 1,
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
        self.unkept += later.unkept;
        for (database, dropped) in later.dropped_databases {
            self.note_dropped(database, dropped);
        }
        for (locator, later) in later.files {
            self.note(locator, |seen| {
                seen.created = seen.created.or(later.created);
                seen.truncated = later.truncated.or(seen.truncated);
                seen.dropped = later.dropped.or(seen.dropped);
                seen.mapped = later.mapped.or(seen.mapped);
            });
        }
    }
}
