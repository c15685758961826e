//! The answers.

pub mod horizon;
pub mod xact;
