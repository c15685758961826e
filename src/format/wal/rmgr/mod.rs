//! What records mean: the resource managers, their types of records, and what stands in each
//! (access/rmgrlist.h; the names are those of `rm_identify`, access/rmgrdesc).
//!
//! One file a resource manager: the table of its record types, each with the versions that have
//! it, and a function that reads what such a record holds, field by field, by the names that the
//! structure has in PostgreSQL's headers. What other rooms act upon is a type of its own there:
//! [`CheckpointRecord`], [`StorageRecord`], [`DatabaseDrop`], [`RelmapUpdate`], and those of
//! [`transaction`].

mod brin;
mod btree;
mod clog;
mod commit_ts;
mod database;
mod field;
mod generic;
mod gin;
mod gist;
mod hash;
mod heap;
mod heap2;
mod id;
mod invalidation;
mod logical_message;
mod multixact;
mod name;
mod reader;
mod relmap;
mod replication_origin;
mod sequence;
mod spgist;
mod standby;
mod storage;
mod table;
mod tablespace;
#[cfg(test)]
mod tests;
pub mod transaction;
mod xlog;

pub use database::DatabaseDrop;
pub use field::{Field, Flags, Value};
pub use id::RmgrId;
pub use name::{RecordTypeName, RmgrName};
pub use relmap::RelmapUpdate;
pub use storage::StorageRecord;
pub use table::{decode, record_type, record_type_bits, rmgr_name};
pub use xlog::CheckpointRecord;

use table::ResourceManager;

/// Every resource manager of PostgreSQL itself, in the order of their numbers. All versions have
/// the same ones.
const MANAGERS: [&ResourceManager; 22] = [
    &xlog::MANAGER,
    &transaction::MANAGER,
    &storage::MANAGER,
    &clog::MANAGER,
    &database::MANAGER,
    &tablespace::MANAGER,
    &multixact::MANAGER,
    &relmap::MANAGER,
    &standby::MANAGER,
    &heap2::MANAGER,
    &heap::MANAGER,
    &btree::MANAGER,
    &hash::MANAGER,
    &gin::MANAGER,
    &gist::MANAGER,
    &sequence::MANAGER,
    &spgist::MANAGER,
    &brin::MANAGER,
    &commit_ts::MANAGER,
    &replication_origin::MANAGER,
    &generic::MANAGER,
    &logical_message::MANAGER,
];
