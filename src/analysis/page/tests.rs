use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{PageContent, PageSet};
use crate::cluster::ClusterOptions;
use crate::evidence::{
    Entry, Evidence, EvidenceError, EvidenceFile, EvidenceKind, FailingEvidence, MemoryEvidence,
};
use crate::format::PageType;
use crate::format::page::index::IndexMethod;

/// Another evidence that counts the bytes that are read.
#[derive(Debug)]
struct Counting {
    inner: Arc<dyn Evidence>,
    read: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct CountingFile {
    inner: Arc<dyn EvidenceFile>,
    read: Arc<AtomicUsize>,
}

impl Evidence for Counting {
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
        let (inner, read) = (self.inner.open(path)?, Arc::clone(&self.read));
        Ok(Arc::new(CountingFile { inner, read }))
    }

    fn notes(&self) -> Vec<String> {
        self.inner.notes()
    }
}

impl EvidenceFile for CountingFile {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at<'a>(
        &'a self,
        offset: u64,
        len: usize,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let bytes = self.inner.read_at(offset, len, buffer)?;
        self.read.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes)
    }
}

fn seed(name: &str) -> Vec<u8> {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    std::fs::read(seeds.join(name)).unwrap()
}

fn file(pages: &[&str]) -> Arc<dyn Evidence> {
    let bytes: Vec<u8> = pages.iter().flat_map(|name| seed(name)).collect();
    Arc::new(MemoryEvidence::from_iter([("16384", bytes)]))
}

fn set(evidence: &Arc<dyn Evidence>) -> PageSet<'static> {
    PageSet::of_file(evidence, &ClusterOptions::default(), None).unwrap()
}

fn kinds(set: &PageSet<'_>) -> Vec<Option<&'static str>> {
    let mut kinds = Vec::new();
    let Ok(()) = set.read(set.all()).each(|page| {
        kinds.push(page.kind);
        Ok::<(), Infallible>(())
    });
    kinds
}

#[test]
fn pages_are_read_once_however_often_they_are_shown() {
    let read = Arc::new(AtomicUsize::new(0));
    let inner = file(&["index/btree-meta", "index/btree-leaf", "index/btree-root"]);
    let evidence: Arc<dyn Evidence> = Arc::new(Counting { inner, read: Arc::clone(&read) });
    let set = set(&evidence);
    read.store(0, Ordering::Relaxed);
    let mut pages = set.read(set.all());
    for _ in 0..3 {
        let mut seen = 0;
        let Ok(()) = pages.each(|page| {
            seen += usize::from(matches!(page.content, PageContent::Btree(_)));
            Ok::<(), Infallible>(())
        });
        assert_eq!(seen, 3);
    }
    assert_eq!(pages.findings(), []);
    assert_eq!(read.load(Ordering::Relaxed), 3 * 8192);
}

#[test]
fn whoever_stops_listening_is_not_read_to() {
    let evidence = file(&["index/gist-root", "index/gist-leaf"]);
    let set = set(&evidence);
    let mut pages = set.read(set.all());
    let mut seen = 0;
    let outcome = pages.each(|_| {
        seen += 1;
        Err("closed")
    });
    assert_eq!((outcome, seen), (Err("closed"), 1));
}

#[test]
fn most_pages_say_what_a_file_is_of() {
    let one_of_another = ["index/hash-meta", "index/gin-meta", "index/gin-entries"];
    let set = set(&file(&one_of_another));
    assert_eq!(set.page_type(), Some(PageType::Index(IndexMethod::Gin)));
    assert_eq!(kinds(&set), [None, Some("meta"), Some("leaf")]);
}

#[test]
fn what_a_page_that_can_not_be_read_would_tell_is_not_known() {
    let pages = ["index/hash-bitmap", "index/hash-overflow"];
    let failing = FailingEvidence::new(file(&pages)).fail("16384", 0..1);
    let evidence: Arc<dyn Evidence> = Arc::new(failing);
    let set = set(&evidence);
    let mut pages = set.read(set.all());
    let mut seen = Vec::new();
    let Ok(()) = pages.each(|page| {
        seen.push((page.kind, page.error().is_some()));
        if let PageContent::Hash(view) = &page.content {
            assert_eq!(view.bit, None, "the meta page would tell where");
        }
        Ok::<(), Infallible>(())
    });
    assert_eq!(seen, [(None, true), (Some("overflow"), false)]);
    let codes: Vec<_> = pages.findings().iter().map(|finding| finding.code.name).collect();
    assert_eq!(codes, ["block_unreadable"]);
}
