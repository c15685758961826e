//! The answers.

pub mod bloat;
pub mod findings;
pub mod horizon;
pub mod page;
pub mod relations;
pub mod scan;
pub mod xact;
