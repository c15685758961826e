//! Where the bytes come from: a directory, a tar, memory.
//!
//! An [`Evidence`] is a tree of regular files that can be listed and read, and nothing else: it
//! is never written to, and it knows no meaning. Paths are relative to the data directory, with
//! `/` between names and no leading one (`base/5/16384`); the root is the empty path.

use std::fmt;
use std::io;
use std::sync::Arc;

/// A tree of files that is read, never written.
pub trait Evidence: fmt::Debug + Send + Sync {
    /// What it is, as a person named it: the path of the directory or of the tar.
    fn name(&self) -> String;

    /// What stands directly below the directory `path` (`""` is the root), sorted by name.
    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError>;

    /// Opens the regular file at `path`.
    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError>;

    /// What a person should know about how the evidence was read: links that were followed,
    /// tablespaces that were re-pointed, entries that were passed over.
    fn notes(&self) -> Vec<String>;
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

/// The evidence could not be opened, listed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The operating system said no.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried: “open”, “list”, “read”.
        action: &'static str,
        /// On what.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing of that name.
    #[error("no such file in the evidence: {0}")]
    NotFound(String),
    /// It is no evidence that this program reads; the text says what was looked for.
    #[error("{0}")]
    Unusable(String),
}
