//! The small values that PostgreSQL's structures are made of, each as its own type.
//!
//! They hold no meaning beyond their own arithmetic and their spelling: [`Lsn`] prints as `%X/%X`,
//! [`TransactionId`] compares modulo 2³², [`BlockNumber`] has a value that stands for “none”.

mod block;
mod lsn;
mod oid;
mod timestamp;
mod xid;

pub use block::{BlockNumber, ForkNumber, ItemPointer, OffsetNumber};
pub use lsn::{Lsn, TimelineId};
pub use oid::{Oid, RelFileLocator, RelFileNumber};
pub use timestamp::Timestamp;
pub use xid::{FullTransactionId, MultiXactId, MultiXactOffset, TransactionId};
