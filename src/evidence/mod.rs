//! Where the bytes come from: a directory, a tar, memory.
//!
//! An [`Evidence`] is a tree of regular files that can be listed and read, and nothing else: it
//! is never written to, and it knows no meaning. Paths are relative to the data directory, with
//! `/` between names and no leading one (`base/5/16384`); the root is the empty path.
//!
//! [`open`] recognises what a person named and hands it out as one tree, whatever it is made of:
//!
//! ```text
//! data directory ── Folder ─┬─ pg_wal ──────────── Folder   (behind a link)
//!                           └─ pg_tblspc/16401 ─── Folder   (behind a link, or --tablespace)
//! folder of tars ── base.tar ─┬─ pg_wal ────────── pg_wal.tar.gz
//!                             └─ pg_tblspc/16401 ─ 16401.tar.gz
//! one tar ───────── base.tar.zst
//! ```
//!
//! No part follows a link on its own: what stands behind one is a tree of its own, laid over the
//! first at the link's place.

mod compression;
mod contents;
mod error;
mod failing;
mod folder;
mod guard;
mod map;
mod memory;
mod open;
mod overlay;
mod path;
mod plain;
mod process;
mod recognise;
mod single;
mod tar;
mod tar_set;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;

pub use error::EvidenceError;
pub use failing::FailingEvidence;
pub use guard::{FileId, would_change};
pub use memory::MemoryEvidence;
pub use open::{OpenOptions, open, open_file, open_tree};
pub use plain::{is_compressed, plain};
pub use process::is_served_by;
pub use tar::is_tar;

/// A tree of files that is read, never written.
pub trait Evidence: fmt::Debug + Send + Sync {
    /// What it is, as a person named it: the path of the directory or of the tar.
    fn name(&self) -> String;

    /// What kind of thing stands there.
    fn kind(&self) -> EvidenceKind;

    /// What stands directly below the directory `path` (`""` is the root), sorted by name.
    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError>;

    /// Opens the regular file at `path`.
    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError>;

    /// What a person should know about how the evidence was read: links that were followed,
    /// tablespaces that were re-pointed, entries that were passed over.
    fn notes(&self) -> Vec<String>;

    /// The files and directories of this machine that it consists of; [`would_change`] keeps
    /// output out of them.
    fn held(&self) -> Vec<FileId> {
        Vec::new()
    }
}

/// An open file of the evidence.
pub trait EvidenceFile: fmt::Debug + Send + Sync {
    /// Its size in bytes when it was opened.
    fn len(&self) -> u64;

    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from `offset` on, `len` of them, or fewer where the file ends before.
    ///
    /// `buffer` is room that the caller keeps between reads; the result borrows from it, or from
    /// the file itself where that is in memory already.
    fn read_at<'a>(
        &'a self,
        offset: u64,
        len: usize,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]>;
}

/// One name in a directory of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the directory's path.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What an [`Entry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file of that many bytes.
    File(u64),
    /// A directory, or a link to one where these are followed (`pg_wal`, `pg_tblspc/*`).
    Directory,
    /// Anything else (a link, a socket …): named, never opened.
    Other,
}

/// What an [`Evidence`] is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// A directory.
    Directory,
    /// One tar, plain or compressed.
    Tar,
    /// A folder with the tars that `pg_basebackup -Ft` writes.
    TarSet,
    /// A single file.
    File,
    /// Bytes that the program itself holds.
    Memory,
}

impl EvidenceKind {
    /// The words that answers use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Tar => "tar",
            Self::TarSet => "tar set",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }
}
