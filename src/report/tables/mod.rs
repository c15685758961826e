//! The tables: one file each, with its columns and how a row comes from what analysis found.

pub mod findings;
