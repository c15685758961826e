//! The WAL that a server writes, and what may become of it.

mod damage;
mod decode;
mod images;
mod reading;
pub(super) mod writer;
