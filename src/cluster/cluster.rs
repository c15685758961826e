use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalog::{self, Catalogs, ColumnInfo};
use super::files::Inventory;
use super::finding::Finding;
use super::identity::{Identity, IdentityError};
use super::pages::PageSource;
use super::relation::{DatabaseRef, Relation, usual_directory};
use super::settings::Settings;
use super::state::State;
use super::transactions::Transactions;
use super::wal::Wal;
use crate::evidence::Evidence;
use crate::format::control::ControlFile;
use crate::format::{Format, PgVersion};
use crate::primitives::{Oid, RelFileLocator, TimelineId};

/// A stopped cluster: its identity, how it stopped, its relations and its transactions.
///
/// ```no_run
/// use pgautopsy::cluster::{Cluster, ClusterOptions};
/// use pgautopsy::evidence::{self, OpenOptions};
///
/// let evidence = evidence::open("/mnt/snapshot/pgdata".as_ref(), &OpenOptions::default())?;
/// let cluster = Cluster::open(evidence, &ClusterOptions::default())?;
/// for relation in cluster.relations() {
///     println!("{} is in {:?}", relation.qualified_name(), relation.path);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Cluster {
    evidence: Arc<dyn Evidence>,
    identity: Identity,
    state: State,
    settings: Settings,
    transactions: Transactions,
    wal: Wal,
    catalogs: Catalogs,
    findings: Vec<Finding>,
}

/// What overrides the evidence's own word about itself.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// The major version.
    pub version: Option<PgVersion>,
    /// Bytes in a page.
    pub block_size: Option<u32>,
    /// Folders that hold WAL, beside `pg_wal`; what is in them counts before that.
    pub archives: Vec<Arc<dyn Evidence>>,
    /// The timeline whose WAL is read; `None` for the cluster's own.
    pub timeline: Option<TimelineId>,
}

impl Cluster {
    /// Reads what the cluster is, how it stopped and what its catalogs name.
    ///
    /// What is damaged or missing becomes a [finding](Self::findings) as far as one can go on
    /// without it; an error is left for what is no cluster that this build reads.
    pub fn open(
        evidence: Arc<dyn Evidence>,
        options: &ClusterOptions,
    ) -> Result<Self, IdentityError> {
        let mut findings = Vec::new();
        let identity = Identity::read(evidence.as_ref(), options, &mut findings)?;
        let mut state = State::read(evidence.as_ref(), &identity);
        let wal = Wal::find(&evidence, &identity, &options.archives, options.timeline);
        let settings = Settings::read(evidence.as_ref());
        let limits = identity.control.as_ref().map(|control| state.limits(control));
        let mut transactions =
            Transactions::with_limits(&evidence, identity.format, limits, &mut findings);
        let control = identity.control.as_ref();
        let unapplied =
            control.and_then(|control| state.read_unapplied(&wal, control, &mut findings));
        if let Some(outcomes) = unapplied {
            transactions.decide_by_wal(outcomes);
        }
        let inventory = Inventory::take(evidence.as_ref(), &identity, &mut findings);
        let pages = PageSource::new(Arc::clone(&evidence), identity.format);
        let catalogs =
            catalog::load(&evidence, &pages, &identity, &transactions, &inventory, &mut findings);
        Ok(Self { evidence, identity, state, settings, transactions, wal, catalogs, findings })
    }

    /// The files that it is read from.
    #[must_use]
    pub fn evidence(&self) -> &Arc<dyn Evidence> {
        &self.evidence
    }

    /// The version that wrote it.
    #[must_use]
    pub const fn version(&self) -> PgVersion {
        self.identity.format.version
    }

    /// The sizes that it was built with.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.identity.format
    }

    /// What `pg_control` says, where it can be read.
    #[must_use]
    pub const fn control(&self) -> Option<&ControlFile> {
        self.identity.control.as_ref()
    }

    /// How it stopped.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What of its configuration matters here.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How its transactions ended.
    #[must_use]
    pub const fn transactions(&self) -> &Transactions {
        &self.transactions
    }

    /// Its WAL, in `pg_wal` and in archives.
    #[must_use]
    pub const fn wal(&self) -> &Wal {
        &self.wal
    }

    /// Its databases, by OID.
    #[must_use]
    pub fn databases(&self) -> &[DatabaseRef] {
        &self.catalogs.databases
    }

    /// Its tablespaces, by OID, with their names where these are known.
    #[must_use]
    pub fn tablespaces(&self) -> &[(Oid, Option<String>)] {
        &self.catalogs.tablespaces
    }

    /// Every relation: by database (shared ones first), schema and name; what has no name last,
    /// by path.
    #[must_use]
    pub fn relations(&self) -> &[Relation] {
        &self.catalogs.relations
    }

    /// What rows of `pg_class` that are dead, and still on their page, say about files that no
    /// live row names.
    #[must_use]
    pub fn former_relations(&self) -> BTreeMap<RelFileLocator, Relation> {
        self.catalogs.former(&self.pages(), &self.transactions, &self.identity)
    }

    /// Files of which nothing but their place is known.
    #[must_use]
    pub fn unnamed_relation(&self, locator: RelFileLocator) -> Relation {
        let known = self.databases().iter().find(|database| database.oid == locator.database);
        let unnamed = || DatabaseRef { oid: locator.database, name: None };
        let database = locator.database.is_valid();
        let database = database.then(|| known.cloned().unwrap_or_else(unnamed));
        let version = self.identity.tablespace_directory();
        let directory = usual_directory(locator, version.as_deref());
        Relation::unnamed(locator, database, format!("{directory}/{}", locator.number))
    }

    /// The pages of its relations.
    #[must_use]
    pub fn pages(&self) -> PageSource {
        PageSource::new(Arc::clone(&self.evidence), self.identity.format)
    }

    /// The columns of a relation, dropped ones too, by number; empty where the catalogs do not
    /// tell.
    #[must_use]
    pub fn columns(&self, relation: &Relation) -> Vec<ColumnInfo> {
        self.columns_of(&[relation]).pop().unwrap_or_default()
    }

    /// The same for many relations at once, which takes no longer than for one.
    #[must_use]
    pub fn columns_of(&self, relations: &[&Relation]) -> Vec<Vec<ColumnInfo>> {
        self.catalogs.columns(relations, &self.pages(), &self.transactions)
    }

    /// What is wrong with the cluster, as far as it was looked at.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        findings.extend(self.transactions.findings());
        findings
    }
}
