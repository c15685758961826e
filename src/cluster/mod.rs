//! What the bytes are about: databases, relations, names, the fates of transactions.

pub mod fate;
pub mod finding;
pub mod transactions;
