//! A PostgreSQL data directory, read without PostgreSQL.
#![deny(unsafe_code)]

pub mod analysis;
pub mod cli;
pub mod cluster;
pub mod evidence;
pub mod format;
pub mod primitives;
pub mod report;
