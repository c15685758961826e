//! Files by path, listed as directories.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Entry, EntryKind, EvidenceError, path};

/// What stands at a path. Directories above a file need no entry of their own.
#[derive(Debug, Clone)]
pub(super) enum Node<F> {
    File(F),
    Directory,
    /// A link, a device …, in words (“a link to /x”).
    Other(&'static str),
}

/// Files by path.
#[derive(Debug)]
pub(super) struct Tree<F>(BTreeMap<String, Node<F>>);

impl<F> Default for Tree<F> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<F> Tree<F> {
    /// Puts `node` at `path`, in place of what was there.
    pub(super) fn insert(&mut self, path: String, node: Node<F>) {
        self.0.insert(path, node);
    }

    pub(super) fn get(&self, path: &str) -> Option<&Node<F>> {
        self.0.get(path)
    }

    /// Whether anything stands below `folder`.
    pub(super) fn has_below(&self, folder: &str) -> bool {
        self.below(folder, "").next().is_some()
    }

    /// What stands below `folder`, with paths from there.
    pub(super) fn subtree(&self, folder: &str) -> Self
    where
        F: Clone,
    {
        let inside = self
            .below(folder, "")
            .filter_map(|(key, node)| Some((path::strip(key, folder)?.to_owned(), node.clone())));
        Self(inside.collect())
    }

    /// What stands directly below `folder`; `size` tells that of a file.
    pub(super) fn list(
        &self,
        folder: &str,
        size: impl Fn(&F) -> u64,
    ) -> Result<Vec<Entry>, EvidenceError> {
        let mut found = BTreeMap::new();
        let mut after = String::new();
        while let Some((key, node)) = self.below(folder, &after).next() {
            let rest = path::strip(key, folder).unwrap_or(key);
            if let Some((name, _)) = rest.split_once('/') {
                found.insert(name, EntryKind::Directory);
                // `0` follows `/`: on with the first path that is not below this directory.
                after = format!("{name}0");
            } else {
                let kind = match node {
                    Node::File(file) => EntryKind::File(size(file)),
                    Node::Directory => EntryKind::Directory,
                    Node::Other(_) => EntryKind::Other,
                };
                found.entry(rest).or_insert(kind);
                after = format!("{rest}\0");
            }
        }
        if found.is_empty()
            && !folder.is_empty()
            && !matches!(self.get(folder), Some(Node::Directory))
        {
            return Err(self.missing(folder));
        }
        let entry = |(name, kind): (&str, EntryKind)| Entry { name: name.to_owned(), kind };
        Ok(found.into_iter().map(entry).collect())
    }

    /// Why there is no file, or no directory, at `path`.
    pub(super) fn missing(&self, path: &str) -> EvidenceError {
        let found = match self.get(path) {
            Some(Node::Other(found)) => found,
            Some(Node::File(_)) => "a file, not a directory",
            Some(Node::Directory) => "a directory, not a file",
            None if self.has_below(path) => "a directory, not a file",
            None => return EvidenceError::NotFound(path.to_owned()),
        };
        EvidenceError::NotRegular { path: path.to_owned(), found }
    }

    /// The entries below `folder` whose path from there is `after` or comes after it.
    fn below<'a>(
        &'a self,
        folder: &'a str,
        after: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Node<F>)> + use<'a, F> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let start = format!("{prefix}{after}");
        let range = (Bound::Included(start.as_str()), Bound::Unbounded);
        self.0
            .range::<str, _>(range)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, node)| (key.as_str(), node))
    }
}
