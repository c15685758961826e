use std::sync::Arc;

use super::contents::{Contents, Region};
use super::tree::{Node, Tree};
use super::{Entry, Evidence, EvidenceError, EvidenceFile, EvidenceKind};

/// Files that the program itself holds, by path.
///
/// ```
/// use pgautopsy::evidence::{Evidence, MemoryEvidence};
/// let files = MemoryEvidence::from_iter([("global/pg_control", vec![0; 8192])]);
/// assert_eq!(files.list("global").unwrap()[0].name, "pg_control");
/// assert_eq!(files.open("global/pg_control").unwrap().len(), 8192);
/// ```
#[derive(Debug, Default)]
pub struct MemoryEvidence(Tree<Region>);

impl MemoryEvidence {
    /// Puts a file at `path`, in place of what was there.
    pub fn insert(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        let len = bytes.len() as u64;
        self.0.insert(path.into(), Node::File(Region::whole(Contents::Memory(bytes), len)));
    }

    /// Puts an empty directory at `path`.
    pub fn insert_directory(&mut self, path: impl Into<String>) {
        self.0.insert(path.into(), Node::Directory);
    }
}

impl<P: Into<String>> FromIterator<(P, Vec<u8>)> for MemoryEvidence {
    fn from_iter<I: IntoIterator<Item = (P, Vec<u8>)>>(files: I) -> Self {
        let mut evidence = Self::default();
        for (path, bytes) in files {
            evidence.insert(path, bytes);
        }
        evidence
    }
}

impl Evidence for MemoryEvidence {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Memory
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError> {
        self.0.list(path, EvidenceFile::len)
    }

    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError> {
        match self.0.get(path) {
            Some(Node::File(region)) => Ok(Arc::new(region.clone())),
            _ => Err(self.0.missing(path)),
        }
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
