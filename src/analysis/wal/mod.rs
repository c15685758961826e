//! What the WAL spent itself on: by type of record, by relation, record by record.

pub mod codes;
mod disk;
mod fold;
mod range;
mod stats;

pub use disk::DiskLedger;
pub use fold::{Extent, WalScan};
pub use range::{ParseWalPlaceError, WalPlace, WalRange, WalRangeError, resolve};
pub use stats::{RecordCount, StatsBy, StatsRow, WalStats, wal_stats};
