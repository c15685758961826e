//! The tables: one file each, with its columns and how a row comes from what analysis found.

pub mod bloat;
pub mod control;
pub mod findings;
pub mod pages;
pub mod relation;
pub mod relations;
pub mod wal_breakdown;
pub mod wal_extent;
pub mod wal_records;
pub mod wal_relations;
pub mod wal_stats;
pub mod xacts;
