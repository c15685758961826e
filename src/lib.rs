//! A PostgreSQL data directory, read without PostgreSQL.
//!
//! A stopped or cloned data directory, or a base backup, of PostgreSQL 12 to 19 is opened
//! read-only and asked what a person asks after an incident: who wastes the space and what holds
//! it, what stands on a page, how a transaction ended.
//!
//! ```
//! use pgautopsy::analysis::bloat::{BloatOptions, bloat};
//! use pgautopsy::cluster::{Cluster, ClusterOptions};
//! use pgautopsy::evidence::{self, OpenOptions};
//!
//! let evidence = evidence::open("testdata/pg17.tar.zst".as_ref(), &OpenOptions::default())?;
//! let cluster = Cluster::open(evidence, &ClusterOptions::default())?;
//! let held = cluster.relation(&"shop.public.held".parse()?, None)?;
//!
//! let answer = bloat(&cluster, &[held], BloatOptions::default(), &());
//! let heap = answer.relations[0].heap.as_ref().expect("a table");
//! println!("{} dead rows are held by {}", heap.tally.held.count, heap.horizon.holders[0].name);
//! assert_eq!(heap.tally.ledger.total(), answer.relations[0].table_len);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The house
//!
//! Bytes go up one floor at a time; a room imports only from the rooms below it.
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`cli`] | one file a command: its arguments, and the call |
//! | [`report`] | how an answer is shown: tables, typed cells, one file a format |
//! | [`analysis`] | the answers: the space ledger, horizons, pages, transactions, what the WAL was spent on |
//! | [`cluster`] | what the bytes are about: databases, relations, names, transaction fates |
//! | [`evidence`] | where the bytes come from: a directory, a tar, memory |
//! | [`mod@format`] | what PostgreSQL's bytes mean: `&[u8]` in, typed views out |
//! | [`primitives`] | the small values that they are made of |
//!
//! Bytes, however bad, never make it panic: what is damaged is a
//! [`Finding`](cluster::finding::Finding), and the rest of the answer still comes.
#![deny(unsafe_code)]

pub mod analysis;
pub mod cli;
pub mod cluster;
pub mod evidence;
pub mod format;
pub mod primitives;
pub mod report;
