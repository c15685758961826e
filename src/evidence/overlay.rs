use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Entry, EntryKind, Evidence, EvidenceError, EvidenceFile, EvidenceKind, FileId, path};

/// A tree with other trees laid over some of its directories.
#[derive(Debug)]
pub(super) struct Overlay {
    base: Arc<dyn Evidence>,
    name: String,
    kind: EvidenceKind,
    mounts: BTreeMap<String, Mount>,
    notes: Vec<String>,
    /// What belongs to it beside its trees' own.
    held: Vec<FileId>,
}

/// What stands at a place in place of what the base has there.
#[derive(Debug)]
enum Mount {
    Tree(Arc<dyn Evidence>),
    /// Nothing that could be read; the text says why and what to do.
    Broken(String),
}

impl Overlay {
    pub(super) fn new(base: Arc<dyn Evidence>, name: String, kind: EvidenceKind) -> Self {
        Self { base, name, kind, mounts: BTreeMap::new(), notes: Vec::new(), held: Vec::new() }
    }

    /// Lays `tree` over the directory at `path`.
    pub(super) fn mount(&mut self, path: impl Into<String>, tree: Arc<dyn Evidence>) {
        self.mounts.insert(path.into(), Mount::Tree(tree));
    }

    /// Says that what `path` leads to is not here.
    pub(super) fn mount_broken(&mut self, path: impl Into<String>, why: String) {
        self.notes.push(why.clone());
        self.mounts.insert(path.into(), Mount::Broken(why));
    }

    /// Takes in a directory that belongs to it as a whole.
    pub(super) fn hold(&mut self, id: Option<FileId>) {
        self.held.extend(id);
    }

    pub(super) fn is_mounted(&self, path: &str) -> bool {
        self.mounts.contains_key(path)
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The mount that `path` is or lies below: its place, itself, and the path from there.
    fn find<'a>(&'a self, path: &'a str) -> Option<(&'a str, &'a Mount, &'a str)> {
        // Mounts stand one or two directories deep (`pg_wal`, `pg_tblspc/16401`).
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).take(2);
        ends.filter_map(|end| path.get(..end)).find_map(|place| {
            let (place, mount) = self.mounts.get_key_value(place)?;
            Some((place.as_str(), mount, path::strip(path, place)?))
        })
    }
}

impl Evidence for Overlay {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn kind(&self) -> EvidenceKind {
        self.kind
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError> {
        match self.find(path) {
            Some((place, Mount::Tree(tree), rest)) => {
                return tree.list(rest).map_err(|error| error.below(place));
            }
            Some((_, Mount::Broken(why), _)) => {
                return Err(EvidenceError::BrokenLink(why.clone()));
            }
            None => {}
        }
        let here = self.mounts.iter().filter_map(|(place, mount)| {
            let (folder, name) = path::split(place);
            let kind = match mount {
                Mount::Tree(_) => EntryKind::Directory,
                Mount::Broken(_) => EntryKind::Other,
            };
            (folder == path).then(|| (name.to_owned(), kind))
        });
        let here: Vec<_> = here.collect();
        let mut entries: BTreeMap<_, _> = match self.base.list(path) {
            Ok(entries) => entries.into_iter().map(|entry| (entry.name, entry.kind)).collect(),
            Err(EvidenceError::NotFound(_)) if !here.is_empty() => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        entries.extend(here);
        Ok(entries.into_iter().map(|(name, kind)| Entry { name, kind }).collect())
    }

    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError> {
        match self.find(path) {
            Some((place, Mount::Tree(tree), rest)) => {
                tree.open(rest).map_err(|error| error.below(place))
            }
            Some((_, Mount::Broken(why), _)) => Err(EvidenceError::BrokenLink(why.clone())),
            None => self.base.open(path),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        notes.extend(self.base.notes());
        for (place, mount) in &self.mounts {
            if let Mount::Tree(tree) = mount {
                notes.extend(tree.notes().into_iter().map(|note| format!("{place}: {note}")));
            }
        }
        notes
    }

    fn held(&self) -> Vec<FileId> {
        let mut held = self.base.held();
        held.extend(&self.held);
        for mount in self.mounts.values() {
            if let Mount::Tree(tree) = mount {
                held.extend(tree.held());
            }
        }
        held
    }
}
