//! What the WAL spent itself on: by type of record, by relation, record by record.

mod batch;
mod blocks;
mod bound;
mod breakdown;
mod checkpoints;
pub mod codes;
mod count;
mod disk;
mod family;
mod filter;
mod fold;
mod images;
mod ledger;
mod names;
mod range;
mod records;
mod relations;
mod sightings;
mod stats;
mod xids;

pub use blocks::BlockCounts;
pub use checkpoints::Cycle;
pub use count::{CountBy, CountOptions, CountRow, WalCount, wal_count};
pub use disk::DiskLedger;
pub use family::{Family, follow_xid};
pub use filter::{RecordFilter, RecordTypes, RelationFilter, RelationFilterError, UnknownType};
pub use fold::{Extent, WalScan};
pub use ledger::RelationCount;
pub use names::NamedBy;
pub use range::{ParseWalPlaceError, WalPlace, WalRange, WalRangeError, resolve};
pub use records::{RecordView, RecordWork, RecordsRead, SaveImage, each_record, wal_records};
pub use relations::{RelationWal, WalRelations, wal_relations};
pub use sightings::Sighting;
pub use stats::{RecordCount, StatsBy, StatsRow, WalStats, wal_stats};
pub use xids::{XidKey, outcome_name};
