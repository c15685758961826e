//! Which records are wanted.

use std::collections::BTreeSet;

use super::family::Family;
use crate::cluster::Cluster;
use crate::cluster::naming::{NameError, RelationPattern};
use crate::format::PgVersion;
use crate::format::wal::rmgr::transaction::TransactionRecord;
use crate::format::wal::rmgr::{RecordTypeName, RmgrId, record_type, record_type_bits, rmgr_name};
use crate::format::wal::{Record, XLogRecord};
use crate::primitives::{BlockNumber, ForkNumber, RelFileLocator, TransactionId};

/// Which records are wanted; what is empty or `None` leaves none out.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Those that reference one of these relations.
    pub relations: Option<RelationFilter>,
    /// Those that reference one of these blocks, from the first to the last.
    pub blocks: Option<(BlockNumber, BlockNumber)>,
    /// Those that reference this fork.
    pub fork: Option<ForkNumber>,
    /// Those of these types.
    pub types: Option<RecordTypes>,
    /// Those that these transactions wrote.
    pub xids: Option<BTreeSet<TransactionId>>,
    /// Those of a transaction with its subtransactions, and those that end it.
    pub family: Option<Family>,
    /// Those with full-page images.
    pub fpi: bool,
}

/// Relations, by their files.
#[derive(Debug, Clone, Default)]
pub struct RelationFilter {
    /// The files of those that are known.
    locators: BTreeSet<RelFileLocator>,
    /// What means files by their number or path.
    patterns: Vec<RelationPattern>,
}

/// The relations that were asked for can't be told.
#[derive(Debug, thiserror::Error)]
pub enum RelationFilterError {
    /// There is no such relation.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A name, and no catalogs.
    #[error(
        "{0} is a name, and WAL alone does not have names: give the data directory, with --wal for \
         this WAL, or a relfilenode (16384), or a path (base/5/16384)"
    )]
    NoCatalogs(RelationPattern),
}

impl RelationFilter {
    /// The relations that any of `patterns` means: those of the cluster, those that are gone and
    /// still have a row, and files by their number.
    pub fn named(
        cluster: Option<&Cluster>,
        patterns: &[RelationPattern],
        database: Option<&str>,
    ) -> Result<Self, RelationFilterError> {
        let mut filter = Self::default();
        let gone = cluster.map(Cluster::former_relations).unwrap_or_default();
        for pattern in patterns {
            let is_file = pattern.matches_files(RelFileLocator::default()).is_some();
            let Some(cluster) = cluster else {
                if !is_file {
                    return Err(RelationFilterError::NoCatalogs(pattern.clone()));
                }
                filter.patterns.push(pattern.clone());
                continue;
            };
            let before = gone.iter().filter(|(_, relation)| pattern.matches(relation));
            let before: Vec<_> = before.map(|(locator, _)| *locator).collect();
            match cluster.select(std::slice::from_ref(pattern), database) {
                Ok(found) => {
                    filter.locators.extend(found.iter().filter_map(|relation| relation.locator));
                }
                Err(NameError::NoRelation { .. }) if is_file => {
                    filter.patterns.push(pattern.clone());
                }
                Err(NameError::NoRelation { .. }) if !before.is_empty() => {}
                Err(error) => return Err(error.into()),
            }
            filter.locators.extend(before);
        }
        Ok(filter)
    }

    fn contain(&self, locator: RelFileLocator) -> bool {
        self.locators.contains(&locator)
            || self.patterns.iter().any(|pattern| pattern.matches_files(locator) == Some(true))
    }
}

/// Types of records: a bit for each manager and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordTypes([u16; 256]);

/// No record can be of that type, or of that manager.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownType {
    /// There is no such resource manager.
    #[error("no resource manager is called {name:?}; there are: {}", known.join(", "))]
    Manager {
        /// What was asked for.
        name: String,
        /// Those that are.
        known: Vec<String>,
    },
    /// There is no such type.
    #[error(
        "no record is called {name:?} in this version{}{}",
        if known.is_empty() { "" } else { "; there are: " }, known.join(", ")
    )]
    Type {
        /// What was asked for.
        name: String,
        /// Some that are.
        known: Vec<String>,
    },
}

impl RecordTypes {
    /// The types of these managers (all, where there is none) that have one of these names (any,
    /// where there is none). A manager may be named by its number, a type as `Heap/INSERT`; case
    /// does not matter.
    ///
    /// ```
    /// use pgautopsy::analysis::wal::RecordTypes;
    /// use pgautopsy::format::PgVersion;
    /// let named = |manager: &[&str], types: &[&str]| {
    ///     let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    ///     RecordTypes::named(&owned(manager), &owned(types), PgVersion::V17)
    /// };
    /// assert_eq!(named(&["heap"], &["insert"]), named(&[], &["Heap/INSERT"]));
    /// assert!(named(&[], &["CLEAN"]).is_err()); // before 14
    /// ```
    pub fn named(
        managers: &[String],
        types: &[String],
        version: PgVersion,
    ) -> Result<Self, UnknownType> {
        let mut chosen = [0_u16; 256];
        let wanted = Self::managers(managers, version)?;
        let mut found = vec![false; types.len()];
        for (rmid, mask) in all(version) {
            let manager = rmgr_name(rmid).to_string();
            if !wanted.contains(&rmid) {
                continue;
            }
            for code in 0..16_u8 {
                if mask & 1 << code == 0 {
                    continue;
                }
                let name = record_type(rmid, code << 4, version).to_string();
                let fits = |text: &String| match text.split_once('/') {
                    Some((own, rest)) => {
                        own.eq_ignore_ascii_case(&manager) && rest.eq_ignore_ascii_case(&name)
                    }
                    None => text.eq_ignore_ascii_case(&name),
                };
                for (found, _) in found.iter_mut().zip(types).filter(|(_, text)| fits(text)) {
                    *found = true;
                }
                if (types.is_empty() || types.iter().any(fits))
                    && let Some(own) = chosen.get_mut(usize::from(rmid.0))
                {
                    *own |= 1 << code;
                }
            }
        }
        match found.iter().zip(types).find(|(found, _)| !**found) {
            Some((_, name)) => Err(unknown_type(name, &wanted, version)),
            None => Ok(Self(chosen)),
        }
    }

    fn managers(names: &[String], version: PgVersion) -> Result<BTreeSet<RmgrId>, UnknownType> {
        let mut wanted = BTreeSet::new();
        for name in names {
            let number = name.parse().ok().map(RmgrId);
            let fits = |rmid: RmgrId| {
                Some(rmid) == number || rmgr_name(rmid).to_string().eq_ignore_ascii_case(name)
            };
            let rmid = all(version).map(|(rmid, _)| rmid).find(|rmid| fits(*rmid));
            let Some(rmid) = rmid else {
                let known = all(version).filter(|(rmid, _)| !rmid.is_custom());
                let known = known.map(|(rmid, _)| rmgr_name(rmid).to_string()).collect();
                return Err(UnknownType::Manager { name: name.clone(), known });
            };
            wanted.insert(rmid);
        }
        if names.is_empty() {
            wanted.extend(all(version).map(|(rmid, _)| rmid));
        }
        Ok(wanted)
    }

    fn contain(&self, rmid: RmgrId, xl_info: u8) -> bool {
        let code = record_type_bits(rmid, xl_info) >> 4;
        self.0.get(usize::from(rmid.0)).is_some_and(|types| types >> code & 1 == 1)
    }
}

/// Says which types there are: those of the one manager that was named, or those much like it.
fn unknown_type(name: &str, managers: &BTreeSet<RmgrId>, version: PgVersion) -> UnknownType {
    let wanted = name.rsplit('/').next().unwrap_or(name).to_ascii_uppercase();
    let mut known = BTreeSet::new();
    for (rmid, _) in all(version).filter(|(rmid, _)| managers.contains(rmid)) {
        for code in 0..16_u8 {
            if let RecordTypeName::Known(own) = record_type(rmid, code << 4, version)
                && (managers.len() == 1 || strsim::jaro_winkler(own, &wanted) >= SIMILAR)
            {
                known.insert(format!("{}/{own}", rmgr_name(rmid)));
            }
        }
    }
    UnknownType::Type { name: name.to_owned(), known: known.into_iter().collect() }
}

/// How similar a name must be to be offered, from 0 to 1.
const SIMILAR: f64 = 0.8;

/// Each manager that a record can have, with the types that it can have.
fn all(version: PgVersion) -> impl Iterator<Item = (RmgrId, u16)> {
    (0..=u8::MAX).map(RmgrId).filter(move |rmid| rmid.is_valid(version)).map(|rmid| {
        let types = (0..16_u8)
            .fold(0_u16, |types, code| types | 1 << (record_type_bits(rmid, code << 4) >> 4));
        (rmid, types)
    })
}

impl RecordFilter {
    /// What can be told by a record's header alone.
    #[inline]
    pub(super) fn takes_header(&self, header: &XLogRecord) -> bool {
        let (rmid, info) = (header.xl_rmid(), header.xl_info());
        self.types.as_ref().is_none_or(|types| types.contain(rmid, info))
            && self.xids.as_ref().is_none_or(|xids| xids.contains(&header.xl_xid()))
    }

    /// The rest: what it holds.
    pub(super) fn takes(
        &self,
        header: &XLogRecord,
        record: Option<&Record<'_>>,
        version: PgVersion,
    ) -> bool {
        if let Some(family) = &self.family {
            let ended = || record.and_then(|record| ended(record, version));
            if !family.contains(header.xl_xid()) && !ended().is_some_and(|xid| family.contains(xid))
            {
                return false;
            }
        }
        let about_blocks = self.relations.is_some() || self.blocks.is_some() || self.fork.is_some();
        if self.fpi && record.is_none_or(|record| record.image_count == 0) {
            return false;
        }
        if !about_blocks {
            return true;
        }
        record.is_some_and(|record| {
            record.blocks().any(|block| {
                self.relations.as_ref().is_none_or(|wanted| wanted.contain(block.locator))
                    && self.fork.is_none_or(|fork| block.fork == Some(fork))
                    && self.blocks.is_none_or(|(first, last)| (first..=last).contains(&block.block))
            })
        })
    }
}

/// The transaction that a record ends: of COMMIT PREPARED not the one that wrote it.
fn ended(record: &Record<'_>, version: PgVersion) -> Option<TransactionId> {
    if record.header.xl_rmid() != RmgrId::XACT {
        return None;
    }
    match TransactionRecord::parse(record, version).ok()?? {
        TransactionRecord::Commit(end) | TransactionRecord::Abort(end) => Some(end.xid),
        TransactionRecord::Prepare(prepare) => Some(prepare.xid),
        TransactionRecord::Assignment(assignment) => Some(assignment.xtop),
    }
}
