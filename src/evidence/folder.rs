//! A directory, read without following links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::contents::{Contents, Region};
use super::{Entry, EntryKind, Evidence, EvidenceError, EvidenceFile, EvidenceKind, FileId};
use super::{map, path};
use crate::primitives::Oid;

/// A directory of this machine.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    root: Arc<OwnedFd>,
    id: FileId,
    mmap: bool,
    /// Whether to ask for reads that leave access times alone: only a file's owner and root may.
    no_atime: AtomicBool,
    /// Directories that are open already, by path.
    open: Mutex<BTreeMap<String, Arc<OwnedFd>>>,
    /// What was named and not read.
    passed_over: Mutex<BTreeSet<String>>,
}

/// How many directories are kept open.
const MAX_OPEN: usize = 64;
/// How many entries that were passed over are named.
const MAX_PASSED_OVER: usize = 50;

impl Folder {
    pub(super) fn open(path: &Path, mmap: bool) -> Result<Self, EvidenceError> {
        // What a person names may be a link.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let shown = path.to_string_lossy();
        let error = |errno: Errno| EvidenceError::io("open", &shown, errno);
        let root = rustix::fs::open(path, flags, Mode::empty()).map_err(error)?;
        let stat = rustix::fs::fstat(&root).map_err(error)?;
        Ok(Self {
            path: path.to_path_buf(),
            root: Arc::new(root),
            id: FileId::new(stat.st_dev, stat.st_ino),
            mmap,
            no_atime: AtomicBool::new(true),
            open: Mutex::default(),
            passed_over: Mutex::default(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names directly below `folder`, with what the directory itself says they are.
    pub(super) fn names(&self, folder: &str) -> Result<Vec<(String, FileType)>, EvidenceError> {
        let error = |errno: Errno| EvidenceError::io("list", folder, errno);
        let directory = self.directory(folder)?;
        let again = self.openat(&directory, c".", OFlags::DIRECTORY).map_err(error)?;
        let mut names = Vec::new();
        for entry in Dir::new(again).map_err(error)? {
            let entry = entry.map_err(error)?;
            match entry.file_name().to_str() {
                Ok("." | "..") => {}
                Ok(name) => names.push((name.to_owned(), entry.file_type())),
                Err(_) => {
                    let name = entry.file_name().to_string_lossy();
                    self.pass_over(folder, &name, "a name that is not UTF-8");
                }
            }
        }
        Ok(names)
    }

    /// The directory at `folder`, reached without following a link.
    fn directory(&self, folder: &str) -> Result<Arc<OwnedFd>, EvidenceError> {
        if folder.is_empty() {
            return Ok(Arc::clone(&self.root));
        }
        let open = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = open().get(folder) {
            return Ok(Arc::clone(directory));
        }
        if !path::is_proper(folder) {
            return Err(EvidenceError::NotFound(folder.to_owned()));
        }
        let (parent, name) = path::split(folder);
        let parent = self.directory(parent)?;
        let directory = self
            .openat(&parent, name, OFlags::DIRECTORY)
            .map_err(|errno| refused(&parent, folder, errno))?;
        let directory = Arc::new(directory);
        let mut open = open();
        if open.len() >= MAX_OPEN {
            open.clear();
        }
        open.insert(folder.to_owned(), Arc::clone(&directory));
        Ok(directory)
    }

    fn openat(
        &self,
        directory: &OwnedFd,
        name: impl rustix::path::Arg + Copy,
        flags: OFlags,
    ) -> Result<OwnedFd, Errno> {
        // Should a pipe take the place of a regular file at the wrong moment, opening it must not
        // wait for a writer; for regular files NONBLOCK means nothing.
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let open = |flags| rustix::fs::openat(directory, name, flags, Mode::empty());
        if self.no_atime.load(Ordering::Relaxed) {
            match open(flags | NO_ATIME) {
                Err(Errno::PERM) => self.no_atime.store(false, Ordering::Relaxed),
                other => return other,
            }
        }
        open(flags)
    }

    fn pass_over(&self, folder: &str, name: &str, found: &str) {
        let mut passed_over = self.passed_over.lock().unwrap_or_else(PoisonError::into_inner);
        if passed_over.len() < MAX_PASSED_OVER {
            passed_over.insert(format!("{} is {found}: passed over", path::join(folder, name)));
        }
    }
}

impl Evidence for Folder {
    fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn kind(&self) -> EvidenceKind {
        EvidenceKind::Directory
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, EvidenceError> {
        let directory = self.directory(folder)?;
        let mut entries = Vec::new();
        for (name, _) in self.names(folder)? {
            let stat = match rustix::fs::statat(&directory, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                // It went away since it was listed.
                Err(Errno::NOENT) => continue,
                Err(errno) => {
                    return Err(EvidenceError::io("list", &path::join(folder, &name), errno));
                }
            };
            let kind = match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => {
                    EntryKind::File(u64::try_from(stat.st_size).unwrap_or_default())
                }
                FileType::Directory => EntryKind::Directory,
                other => {
                    if other != FileType::Symlink || !may_be_followed(&path::join(folder, &name)) {
                        self.pass_over(folder, &name, words(other));
                    }
                    EntryKind::Other
                }
            };
            entries.push(Entry { name, kind });
        }
        entries.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(entries)
    }

    fn open(&self, path: &str) -> Result<Arc<dyn EvidenceFile>, EvidenceError> {
        if path.is_empty() || !path::is_proper(path) {
            return Err(EvidenceError::NotFound(path.to_owned()));
        }
        let (folder, name) = path::split(path);
        let directory = self.directory(folder).map_err(|error| match error {
            EvidenceError::NotFound(_) => EvidenceError::NotFound(path.to_owned()),
            other => other,
        })?;
        let refused = |errno| refused(&directory, path, errno);
        // A device does things when it is opened, so it is looked at first.
        let stat =
            rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(refused)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            other => return Err(not_regular(path, other)),
        }
        let file = self.openat(&directory, name, OFlags::empty()).map_err(refused)?;
        Ok(Arc::new(regular(file, path, self.mmap)?))
    }

    fn notes(&self) -> Vec<String> {
        let passed_over = self.passed_over.lock().unwrap_or_else(PoisonError::into_inner);
        let mut notes: Vec<_> = passed_over.iter().cloned().collect();
        if notes.len() == MAX_PASSED_OVER {
            notes.push("more entries were passed over than are named here".to_owned());
        }
        notes
    }

    fn held(&self) -> Vec<FileId> {
        vec![self.id]
    }
}

/// Whether a link at this place of a data directory leads to a part of it: `pg_wal`, and what an
/// OID names in `pg_tblspc`.
pub(super) fn may_be_followed(path: &str) -> bool {
    path == "pg_wal" || path.strip_prefix("pg_tblspc/").and_then(Oid::from_file_name).is_some()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_ATIME: OFlags = OFlags::NOATIME;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_ATIME: OFlags = OFlags::empty();

/// Opens the regular file at `path`, which a person named: it may be a link.
pub(super) fn open_regular(path: &Path, mmap: bool) -> Result<(Region, FileId), EvidenceError> {
    let shown = path.to_string_lossy();
    let error = |errno: Errno| EvidenceError::io("open", &shown, errno);
    let stat = rustix::fs::stat(path).map_err(error)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        other => return Err(not_regular(&shown, other)),
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags | NO_ATIME, Mode::empty()) {
        Err(Errno::PERM) => rustix::fs::open(path, flags, Mode::empty()),
        other => other,
    };
    let region = regular(file.map_err(error)?, &shown, mmap)?;
    Ok((region, FileId::new(stat.st_dev, stat.st_ino)))
}

/// The contents of an open file, which must be a regular one.
fn regular(file: OwnedFd, path: &str, mmap: bool) -> Result<Region, EvidenceError> {
    let stat =
        rustix::fs::fstat(file.as_fd()).map_err(|errno| EvidenceError::io("open", path, errno))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        other => return Err(not_regular(path, other)),
    }
    let len = u64::try_from(stat.st_size).unwrap_or_default();
    let file = File::from(file);
    if !mmap || len == 0 {
        return Ok(Region::whole(Contents::File(file), len));
    }
    let mapped = map::evidence(&file).map_err(|error| EvidenceError::io("map", path, error))?;
    // The map has the size that the file had when it was mapped.
    let len = mapped.len() as u64;
    Ok(Region::whole(Contents::Mapped(mapped), len))
}

/// Why `path`, whose folder is open, could not be.
fn refused(folder: &OwnedFd, path: &str, errno: Errno) -> EvidenceError {
    if errno == Errno::NOENT {
        return EvidenceError::NotFound(path.to_owned());
    }
    let (_, name) = path::split(path);
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    match stat.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
        Ok(FileType::Directory) | Err(_) => EvidenceError::io("open", path, errno),
        Ok(FileType::RegularFile) if errno != Errno::NOTDIR => {
            EvidenceError::io("open", path, errno)
        }
        Ok(other) => not_regular(path, other),
    }
}

fn not_regular(path: &str, found: FileType) -> EvidenceError {
    EvidenceError::NotRegular { path: path.to_owned(), found: words(found) }
}

fn words(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a regular file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "of an unknown kind",
    }
}
