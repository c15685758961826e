//! The answers.

pub mod findings;
pub mod horizon;
pub mod xact;
