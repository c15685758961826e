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
pub mod wal;
pub mod xact;
