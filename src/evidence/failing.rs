use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::{Entry, Evidence, EvidenceError, EvidenceFile, EvidenceKind, FileId};

/// Another evidence with sectors that can't be read: for tests of what an answer does then.
///
/// ```
/// use std::sync::Arc;
/// use pgautopsy::evidence::{Evidence, FailingEvidence, MemoryEvidence};
/// let files = MemoryEvidence::from_iter([("base/5/16384", vec![7; 16384])]);
/// let failing = FailingEvidence::new(Arc::new(files)).fail("base/5/16384", 9000..9001);
/// let file = failing.open("base/5/16384").unwrap();
/// let mut buffer = Vec::new();
/// assert!(file.read_at(0, 8192, &mut buffer).is_ok());
/// assert!(file.read_at(0, 16384, &mut buffer).is_err());
/// ```
#[derive(Debug)]
pub struct FailingEvidence {
    inner: Arc<dyn Evidence>,
    faults: Vec<(String, Range<u64>)>,
}

impl FailingEvidence {
    /// `inner`, with nothing wrong yet.
    #[must_use]
    pub fn new(inner: Arc<dyn Evidence>) -> Self {
        Self { inner, faults: Vec::new() }
    }

    /// Makes every read fail that touches these bytes of the file at `path`.
    #[must_use]
    pub fn fail(mut self, path: impl Into<String>, bytes: Range<u64>) -> Self {
        self.faults.push((path.into(), bytes));
        self
    }
}

impl Evidence for FailingEvidence {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn kind(&self) -> EvidenceKind {
        self.inner.kind()
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError> {
        self.inner.list(path)
    }

    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError> {
        let faults = self.faults.iter().filter(|(of, _)| of == path);
        let faults = faults.map(|(_, bytes)| bytes.clone()).collect();
        Ok(Arc::new(FailingFile { inner: self.inner.open(path)?, faults }))
    }

    fn notes(&self) -> Vec<String> {
        self.inner.notes()
    }

    fn held(&self) -> Vec<FileId> {
        self.inner.held()
    }
}

#[derive(Debug)]
struct FailingFile {
    inner: Arc<dyn EvidenceFile>,
    faults: Vec<Range<u64>>,
}

impl EvidenceFile for FailingFile {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at<'a>(
        &'a self,
        offset: u64,
        len: usize,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let end = offset.saturating_add(len as u64);
        if self.faults.iter().any(|fault| fault.start < end && offset < fault.end) {
            return Err(rustix::io::Errno::IO.into());
        }
        self.inner.read_at(offset, len, buffer)
    }
}
