//! A tar, read in place.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use super::compression::{Compression, spool};
use super::contents::{Contents, Region};
use super::recognise::is_data_directory;
use super::tree::{Node, Tree};
use super::{
    Entry, EntryKind, Evidence, EvidenceError, EvidenceFile, EvidenceKind, FileId, map, path,
};

/// The members of a tar, by path.
#[derive(Debug)]
pub(super) struct Tar {
    name: String,
    tree: Tree<Region>,
    notes: Vec<String>,
    id: FileId,
}

/// Whether the file at `path` is a tar, by its first bytes: a compressed file is taken for one.
#[must_use]
pub fn is_tar(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut start));
    let (at, magic) = MAGIC;
    let named = start.get(at..).is_some_and(|rest| rest.starts_with(magic));
    read.is_ok() && (named || Compression::of(&start).is_some())
}

/// How many members that were passed over are named.
const MAX_NOTED: usize = 50;
/// Where a tar says that it is one, and how.
const MAGIC: (usize, &[u8]) = (257, b"ustar");

impl Tar {
    /// Opens the tar at `path`, compressed or not; `None` where it is none.
    pub(super) fn open(path: &Path, mmap: bool) -> Result<Option<Self>, EvidenceError> {
        let shown = path.to_string_lossy();
        let error = |error: io::Error| EvidenceError::io("open", &shown, error);
        // Opening a pipe must not wait for a writer; for regular files NONBLOCK means nothing.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(flags).open(path).map_err(error)?;
        let metadata = file.metadata().map_err(error)?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let mut start = Vec::new();
        (&file).take(4).read_to_end(&mut start).map_err(error)?;
        (&file).rewind().map_err(error)?;
        let (region, note) = match Compression::of(&start) {
            Some(compression) => spool(file, &shown, compression, u64::MAX)?,
            None if mmap && metadata.len() > 0 => {
                let contents = Contents::Mapped(map::evidence(&file).map_err(error)?);
                (Region::whole(contents, metadata.len()), None)
            }
            None => (Region::whole(Contents::File(file), metadata.len()), None),
        };
        if !looks_like_tar(&region) {
            return Ok(None);
        }
        let mut tar = Self {
            name: shown.into_owned(),
            tree: Tree::default(),
            notes: note.into_iter().collect(),
            id: FileId::of(&metadata),
        };
        tar.index(&region);
        Ok(Some(tar))
    }

    /// The tree of the data directory in it: at its root, or in a folder there.
    pub(super) fn into_data_directory(self) -> Result<Self, Self> {
        let entries = self.list("").unwrap_or_default();
        if is_data_directory(&self, &entries).unwrap_or(false) {
            return Ok(self);
        }
        let is_root = |entry: &&Entry| {
            let inside = Self { tree: self.tree.subtree(&entry.name), ..self.empty() };
            let entries = inside.list("").unwrap_or_default();
            entry.kind == EntryKind::Directory
                && is_data_directory(&inside, &entries).unwrap_or(false)
        };
        let Some(folder) = entries.iter().find(is_root) else { return Err(self) };
        let mut notes = self.notes.clone();
        notes.push(format!("the data directory is {}/ in the tar", folder.name));
        Ok(Self { tree: self.tree.subtree(&folder.name), notes, ..self })
    }

    /// The names directly below a folder.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = self.list(folder).unwrap_or_default();
        entries.into_iter().map(|entry| entry.name).collect()
    }

    fn empty(&self) -> Self {
        Self { name: self.name.clone(), tree: Tree::default(), notes: Vec::new(), id: self.id }
    }

    /// Takes in every member: where its bytes are, not what they say.
    fn index(&mut self, region: &Region) {
        let mut archive = tar::Archive::new(Reader::of(region));
        let entries = match archive.entries_with_seek() {
            Ok(entries) => entries,
            Err(error) => return self.ends_early(&error),
        };
        for entry in entries {
            match entry {
                Ok(mut entry) => self.member(&mut entry, region),
                Err(error) => return self.ends_early(&error),
            }
        }
    }

    fn member(&mut self, entry: &mut tar::Entry<'_, impl Read>, region: &Region) {
        let raw = entry.path_bytes();
        let raw = String::from_utf8_lossy(&raw);
        let path = raw.trim_start_matches("./").trim_end_matches('/');
        let path = if path == "." { "" } else { path }.to_owned();
        if path.is_empty() {
            return;
        }
        if !path::is_proper(&path) {
            return self.pass_over(&path, "a path that leads elsewhere");
        }
        let kind = entry.header().entry_type();
        let sparse = kind.is_gnu_sparse() || is_sparse_by_pax(entry);
        let node = match kind {
            _ if sparse => {
                self.pass_over(&path, "a sparse file; make the tar without --sparse");
                Node::Other("a sparse file")
            }
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let (start, len) = (entry.raw_file_position(), entry.size());
                let file = region.part(start, len);
                if file.len() < len {
                    let whole = format!("only {} of its {len} bytes are there", file.len());
                    self.pass_over(&path, &whole);
                }
                Node::File(file)
            }
            tar::EntryType::Directory => Node::Directory,
            tar::EntryType::Symlink => {
                // A tar has no place for what stands behind; the tablespace's own tar does.
                Node::Other("a link")
            }
            tar::EntryType::Link => {
                self.pass_over(&path, "a hard link");
                Node::Other("a hard link")
            }
            _ => Node::Other("no regular file"),
        };
        self.tree.insert(path, node);
    }

    fn ends_early(&mut self, error: &io::Error) {
        self.notes.push(format!(
            "{} ends early or is damaged ({error}): what stands before that was read",
            self.name
        ));
    }

    fn pass_over(&mut self, path: &str, why: &str) {
        if self.notes.len() < MAX_NOTED {
            self.notes.push(format!("{path} in {}: {why}", self.name));
        }
    }
}

fn is_sparse_by_pax(entry: &mut tar::Entry<'_, impl Read>) -> bool {
    let Ok(Some(extensions)) = entry.pax_extensions() else { return false };
    extensions.flatten().any(|extension| extension.key_bytes().starts_with(b"GNU.sparse"))
}

fn looks_like_tar(region: &Region) -> bool {
    let (at, magic) = MAGIC;
    let mut buffer = Vec::new();
    region.read_at(at as u64, magic.len(), &mut buffer).is_ok_and(|bytes| bytes == magic)
}

impl Evidence for Tar {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Tar
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, EvidenceError> {
        self.tree.list(path, EvidenceFile::len)
    }

    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError> {
        match self.tree.get(path) {
            Some(Node::File(region)) => Ok(Arc::new(region.clone())),
            _ => Err(self.tree.missing(path)),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn held(&self) -> Vec<FileId> {
        vec![self.id]
    }
}

/// A region as the tar crate reads it: headers of 512 bytes; and long names and the like, which it
/// keeps in memory.
struct Reader<'a> {
    region: &'a Region,
    at: u64,
    buffer: Vec<u8>,
    /// How much of other things was read since the last header.
    since_header: usize,
}

const HEADER: usize = 512;
/// More than the names and attributes of one member take.
const MAX_EXTENSION: usize = 1 << 20;

impl<'a> Reader<'a> {
    fn of(region: &'a Region) -> Self {
        Self { region, at: 0, buffer: Vec::new(), since_header: 0 }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.region.read_at(self.at, into.len(), &mut self.buffer)?;
        self.since_header = match into.len() {
            HEADER => 0,
            _ => self.since_header.saturating_add(bytes.len()),
        };
        if self.since_header > MAX_EXTENSION {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a member's name or attributes are longer than 1 MiB",
            ));
        }
        into[..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.region.len().checked_add_signed(by),
        };
        let out = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the start");
        self.at = target.ok_or_else(out)?;
        Ok(self.at)
    }
}
