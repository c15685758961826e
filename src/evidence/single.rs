use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::contents::Region;
use super::folder::open_regular;
use super::{Entry, EntryKind, Evidence, EvidenceError, EvidenceFile, EvidenceKind, FileId};

/// One file on its own, below its own name.
#[derive(Debug)]
pub(super) struct SingleFile {
    path: PathBuf,
    name: String,
    region: Region,
    id: FileId,
}

impl SingleFile {
    pub(super) fn open(path: &Path, mmap: bool) -> Result<Self, EvidenceError> {
        let (region, id) = open_regular(path, mmap)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { path: path.to_path_buf(), name, region, id })
    }
}

impl Evidence for SingleFile {
    fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::File
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError> {
        if path.is_empty() {
            let kind = EntryKind::File(self.region.len());
            Ok(vec![Entry { name: self.name.clone(), kind }])
        } else {
            Err(EvidenceError::NotFound(path.to_owned()))
        }
    }

    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError> {
        if path == self.name {
            Ok(Arc::new(self.region.clone()))
        } else {
            Err(EvidenceError::NotFound(path.to_owned()))
        }
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn held(&self) -> Vec<FileId> {
        vec![self.id]
    }
}
