//! Up to where VACUUM may remove deleted rows, and who keeps it from going further.
//!
//! This is what the server would compute if it were started, with nobody connected
//! (`GetOldestXmin` in 12 and 13, `ComputeXidHorizons` from 14 on; storage/ipc/procarray.c).

use crate::cluster::Cluster;
use crate::cluster::relation::{Persistence, Relation};
use crate::cluster::transactions::{PreparedTransaction, Transactions};
use crate::format::PgVersion;
use crate::format::control::WalLevel;
use crate::format::slot::ReplicationSlot;
use crate::primitives::{Oid, TransactionId};

/// What of the server's settings moves the horizons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HorizonSettings {
    /// The version that wrote the cluster.
    pub version: PgVersion,
    /// Whether `wal_level` is `logical` (or, from 19 on, logical decoding is switched on).
    pub logical_wal: bool,
    /// `vacuum_defer_cleanup_age`, in transactions; it counts up to version 15.
    pub vacuum_defer_cleanup_age: u32,
}

/// What of a relation decides which horizon is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HorizonScope {
    /// The database that it is in; `None` for a relation that all share.
    pub database: Option<Oid>,
    /// Whether it is a system catalog, or the TOAST table of one: its OID is below 12000
    /// (`IsCatalogRelation`).
    pub is_catalog: bool,
    /// Whether it is a permanent table with the storage option `user_catalog_table`.
    pub is_user_catalog_table: bool,
    /// Whether it is temporary.
    pub is_temporary: bool,
}

/// Up to where the deleted rows of a relation may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horizon {
    /// A row whose deleter precedes this may be removed. `None`: nothing holds any.
    pub oldest: Option<TransactionId>,
    /// Whoever holds rows back, the oldest first.
    pub holders: Vec<Holder>,
    /// What `oldest` would be without the first of the holders.
    pub without_oldest_holder: Option<TransactionId>,
}

/// Something that holds rows back from VACUUM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What it is.
    pub kind: HolderKind,
    /// Its name: a gid, a slot's name, a setting.
    pub name: String,
    /// Rows whose deleter is this transaction or a later one are held.
    pub xid: TransactionId,
}

/// What holds rows back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HolderKind {
    /// A prepared transaction.
    PreparedTransaction,
    /// The `xmin` of a physical replication slot: its standby may still look at the rows.
    PhysicalSlot,
    /// The `catalog_xmin` of a physical replication slot: a standby's logical slot may need them.
    PhysicalSlotCatalog,
    /// The `xmin` of a logical replication slot.
    LogicalSlot,
    /// The `catalog_xmin` of a logical replication slot: decoding needs the catalog's old rows.
    LogicalSlotCatalog,
    /// The setting `vacuum_defer_cleanup_age`.
    DeferCleanupAge,
}

impl HolderKind {
    /// The kind in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreparedTransaction => "prepared transaction",
            Self::PhysicalSlot => "physical replication slot (xmin)",
            Self::PhysicalSlotCatalog => "physical replication slot (catalog_xmin)",
            Self::LogicalSlot => "logical replication slot (xmin)",
            Self::LogicalSlotCatalog => "logical replication slot (catalog_xmin)",
            Self::DeferCleanupAge => "setting",
        }
    }
}

/// The horizons of a cluster.
#[derive(Debug, Clone)]
pub struct Horizons {
    settings: HorizonSettings,
    /// The next xid, where the server was shut down. After anything else it has moved on since
    /// the checkpoint that recorded it, past every deleter there is.
    next_xid: Option<TransactionId>,
    /// The next xid as recorded: what `vacuum_defer_cleanup_age` counts back from.
    recorded_next_xid: Option<TransactionId>,
    prepared: Vec<PreparedTransaction>,
    slots: Vec<ReplicationSlot>,
}

impl Horizons {
    /// The horizons of a cluster, under its own settings.
    #[must_use]
    pub fn of(cluster: &Cluster) -> Self {
        let control = cluster.control();
        let logical_wal = control.is_some_and(|control| {
            control.wal_level == WalLevel::Logical
                || control.checkpoint_copy.logical_decoding_enabled == Some(true)
        });
        let settings = HorizonSettings {
            version: cluster.version(),
            logical_wal,
            vacuum_defer_cleanup_age: cluster.settings().vacuum_defer_cleanup_age(),
        };
        Self::with_settings(cluster.transactions(), settings)
    }

    /// The horizon of a relation.
    #[must_use]
    pub fn for_relation(&self, relation: &Relation) -> Horizon {
        self.for_scope(HorizonScope {
            database: relation.database.as_ref().map(|database| database.oid),
            is_catalog: relation.is_catalog,
            is_user_catalog_table: relation.is_user_catalog_table
                && relation.persistence == Persistence::Permanent,
            is_temporary: relation.persistence == Persistence::Temporary,
        })
    }

    /// The horizons under these transactions, slots and settings.
    #[must_use]
    pub fn with_settings(transactions: &Transactions, settings: HorizonSettings) -> Self {
        let limits = transactions.limits();
        let slots = transactions.slots().iter().filter(|slot| slot.holds_rows());
        Self {
            settings,
            next_xid: limits.filter(|limits| limits.shut_down).map(|limits| limits.next_xid),
            recorded_next_xid: limits.map(|limits| limits.next_xid),
            prepared: transactions.prepared().to_vec(),
            slots: slots.cloned().collect(),
        }
    }

    /// The horizon of a relation. A temporary one has none.
    #[must_use]
    pub fn for_scope(&self, scope: HorizonScope) -> Horizon {
        if scope.is_temporary {
            return Horizon { oldest: None, holders: Vec::new(), without_oldest_holder: None };
        }
        let mut holders: Vec<Holder> = self.prepared_holders(scope).collect();
        holders.extend(self.deferral());
        holders.extend(self.slots.iter().filter_map(|slot| self.slot_holder(slot, scope)));
        holders.sort_by(|left, right| {
            let names = || (left.kind, &left.name).cmp(&(right.kind, &right.name));
            left.xid.age_order(right.xid).then_with(names)
        });
        let remaining = holders.get(1..).unwrap_or_default();
        let without_oldest_holder = match holders.first().map(|holder| holder.kind) {
            Some(HolderKind::DeferCleanupAge) => {
                let settings = HorizonSettings { vacuum_defer_cleanup_age: 0, ..self.settings };
                Self { settings, ..self.clone() }.for_scope(scope).oldest
            }
            _ => self.oldest(remaining),
        };
        Horizon { oldest: self.oldest(&holders), holders, without_oldest_holder }
    }

    /// The smallest of what is held and the next xid.
    fn oldest(&self, holders: &[Holder]) -> Option<TransactionId> {
        let held = holders.iter().map(|holder| holder.xid);
        held.chain(self.next_xid).min_by(|left, right| left.age_order(*right))
    }

    /// Those of the relation's database, or all for a shared relation.
    fn prepared_holders(&self, scope: HorizonScope) -> impl Iterator<Item = Holder> {
        let concerned = move |prepared: &&PreparedTransaction| match scope.database {
            Some(database) => prepared.database.is_none_or(|its_own| its_own == database),
            None => true,
        };
        self.prepared.iter().filter(concerned).map(|prepared| Holder {
            kind: HolderKind::PreparedTransaction,
            name: prepared.gid.clone().unwrap_or_else(|| format!("xid {}", prepared.xid)),
            xid: self.deferred(prepared.xid),
        })
    }

    fn slot_holder(&self, slot: &ReplicationSlot, scope: HorizonScope) -> Option<Holder> {
        let (data, catalog) = if slot.is_logical() {
            (HolderKind::LogicalSlot, HolderKind::LogicalSlotCatalog)
        } else {
            (HolderKind::PhysicalSlot, HolderKind::PhysicalSlotCatalog)
        };
        let catalog_xmin = slot.catalog_xmin.filter(|_| self.minds_catalog_xmin(scope));
        let reasons = [(data, slot.xmin), (catalog, catalog_xmin)];
        reasons
            .into_iter()
            .filter_map(|(kind, xmin)| {
                xmin.map(|xid| Holder { kind, name: slot.name.clone(), xid })
            })
            .min_by(|left, right| left.xid.age_order(right.xid))
    }

    /// Whether rows of the relation are kept for logical decoding. A table with
    /// `user_catalog_table` is, where WAL is written for that; before 14 this goes for catalogs,
    /// too.
    fn minds_catalog_xmin(&self, scope: HorizonScope) -> bool {
        let catalog = scope.is_catalog || scope.database.is_none();
        let unconditional = catalog && self.settings.version.catalog_horizon_is_always_kept();
        unconditional || (self.settings.logical_wal && (catalog || scope.is_user_catalog_table))
    }

    fn deferral(&self) -> Option<Holder> {
        let age = self.defer_cleanup_age();
        let next_xid = self.recorded_next_xid?;
        (age > 0).then(|| Holder {
            kind: HolderKind::DeferCleanupAge,
            name: format!("vacuum_defer_cleanup_age = {age}"),
            xid: self.deferred(next_xid),
        })
    }

    /// The setting moves back what transactions hold; slots are exempt.
    fn deferred(&self, xid: TransactionId) -> TransactionId {
        let back = TransactionId(xid.0.wrapping_sub(self.defer_cleanup_age()));
        if back.is_normal() { back } else { TransactionId::FIRST_NORMAL }
    }

    fn defer_cleanup_age(&self) -> u32 {
        if self.settings.version.has_vacuum_defer_cleanup_age() {
            self.settings.vacuum_defer_cleanup_age
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::slot::SlotPersistency;

    const TABLE: HorizonScope = HorizonScope {
        database: Some(Oid(5)),
        is_catalog: false,
        is_user_catalog_table: false,
        is_temporary: false,
    };
    const CATALOG: HorizonScope = HorizonScope { is_catalog: true, ..TABLE };

    fn prepared(gid: &str, xid: u32, database: u32) -> PreparedTransaction {
        PreparedTransaction {
            xid: TransactionId(xid),
            gid: Some(gid.to_owned()),
            database: Some(Oid(database)),
            subxids: Vec::new(),
            prepared_at: None,
            owner: None,
        }
    }

    fn slot(name: &str, xmin: Option<u32>, catalog_xmin: Option<u32>) -> ReplicationSlot {
        ReplicationSlot {
            name: name.to_owned(),
            database: catalog_xmin.map(|_| Oid(5)),
            persistency: SlotPersistency::Persistent,
            xmin: xmin.map(TransactionId),
            catalog_xmin: catalog_xmin.map(TransactionId),
            restart_lsn: None,
            confirmed_flush: None,
            invalidated: None,
            two_phase_at: None,
            two_phase: None,
            plugin: String::new(),
            synced: None,
            failover: None,
        }
    }

    fn horizons(version: PgVersion, vacuum_defer_cleanup_age: u32) -> Horizons {
        Horizons {
            settings: HorizonSettings { version, logical_wal: false, vacuum_defer_cleanup_age },
            next_xid: Some(TransactionId(1000)),
            recorded_next_xid: Some(TransactionId(1000)),
            prepared: vec![prepared("here", 900, 5), prepared("elsewhere", 800, 6)],
            slots: vec![slot("physical", Some(850), None), slot("logical", None, Some(700))],
        }
    }

    fn oldest(horizons: &Horizons, scope: HorizonScope) -> u32 {
        horizons.for_scope(scope).oldest.unwrap().0
    }

    #[test]
    fn each_kind_of_relation_has_its_own_horizon() {
        let horizons = horizons(PgVersion::V17, 0);
        let table = horizons.for_scope(TABLE);
        assert_eq!(table.oldest, Some(TransactionId(850)));
        assert_eq!(table.without_oldest_holder, Some(TransactionId(900)));
        let names: Vec<_> = table.holders.iter().map(|holder| holder.name.as_str()).collect();
        assert_eq!(names, ["physical", "here"]);
        let catalog = horizons.for_scope(CATALOG);
        assert_eq!(catalog.oldest, Some(TransactionId(700)));
        assert_eq!(catalog.holders[0].kind, HolderKind::LogicalSlotCatalog);
        let shared = horizons.for_scope(HorizonScope { database: None, ..CATALOG });
        assert_eq!(shared.without_oldest_holder, Some(TransactionId(800)));
        let temporary = horizons.for_scope(HorizonScope { is_temporary: true, ..TABLE });
        assert_eq!(temporary.oldest, None);
    }

    #[test]
    fn a_user_catalog_table_is_kept_only_where_wal_level_is_logical() {
        let scope = HorizonScope { is_user_catalog_table: true, ..TABLE };
        let mut horizons = horizons(PgVersion::V17, 0);
        assert_eq!(oldest(&horizons, scope), 850);
        horizons.settings.logical_wal = true;
        assert_eq!(oldest(&horizons, scope), 700);
    }

    #[test]
    fn before_14_catalogs_are_kept_only_where_wal_level_is_logical() {
        let mut horizons = horizons(PgVersion::V13, 0);
        assert_eq!(oldest(&horizons, CATALOG), 850);
        horizons.settings.logical_wal = true;
        assert_eq!(oldest(&horizons, CATALOG), 700);
    }

    #[test]
    fn deferral_moves_back_transactions_but_no_slots() {
        let deferring = horizons(PgVersion::V15, 100);
        let table = deferring.for_scope(TABLE);
        assert_eq!(table.oldest, Some(TransactionId(800)));
        assert_eq!(table.holders[0].name, "here");
        assert_eq!(table.without_oldest_holder, Some(TransactionId(850)));
        let alone = Horizons { prepared: Vec::new(), slots: Vec::new(), ..deferring };
        let table = alone.for_scope(TABLE);
        assert_eq!(table.oldest, Some(TransactionId(900)));
        assert_eq!(table.without_oldest_holder, Some(TransactionId(1000)));
        assert_eq!(oldest(&horizons(PgVersion::V16, 100), TABLE), 850, "16 has no such setting");
    }

    #[test]
    fn a_slot_holds_by_the_older_of_its_two_xids() {
        let mut horizons = horizons(PgVersion::V17, 0);
        horizons.slots = vec![slot("both", Some(600), Some(650))];
        let catalog = horizons.for_scope(CATALOG);
        assert_eq!(catalog.holders.len(), 2, "the slot counts once: {catalog:?}");
        assert_eq!(catalog.holders[0].kind, HolderKind::LogicalSlot);
        assert_eq!(catalog.without_oldest_holder, Some(TransactionId(900)));
    }
}
