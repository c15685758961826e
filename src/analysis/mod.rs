//! The answers.

pub mod bloat;
pub mod findings;
pub mod horizon;
mod ordered;
pub mod page;
mod pipeline;
pub mod relations;
pub mod scan;
pub mod share;
#[cfg(test)]
mod testing;
pub mod wal;
pub mod xact;
