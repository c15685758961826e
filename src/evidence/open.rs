use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FileType;

use super::folder::{Folder, may_be_followed};
use super::overlay::Overlay;
use super::recognise::{found, is_data_directory, not_a_data_directory, refuse_incremental};
use super::single::SingleFile;
use super::tar::Tar;
use super::tar_set;
use super::{Evidence, EvidenceError, EvidenceKind, path};
use crate::primitives::Oid;

/// How evidence is read.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// What to read as `pg_tblspc/OID`, in place of what is there: a directory, or a tar.
    pub tablespaces: Vec<(Oid, PathBuf)>,
    /// Map files instead of reading them. A file that can't be read, or that shrinks, then ends
    /// the program.
    pub mmap: bool,
}

/// Opens a data directory, a tar of one, or a base backup of several tars.
///
/// # Errors
///
/// There is no such path; it is no data directory (the text says what was looked for and what was
/// found); it is an incremental backup; a compressed tar finds no room for its spool.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Evidence>, EvidenceError> {
    let shown = path.to_string_lossy();
    let metadata = fs::metadata(path).map_err(|error| EvidenceError::io("open", &shown, error))?;
    if metadata.is_dir() {
        return open_directory(path, options);
    }
    // Says what it is where it is no regular file.
    SingleFile::open(path, false)?;
    let unusable = |what: &str| {
        EvidenceError::NoDataDirectory(format!(
            "{shown} {what}: expected a data directory, a tar of one (also compressed with gzip, \
             lz4 or zstd), or the folder of tars that pg_basebackup -Ft writes"
        ))
    };
    let tar = Tar::open(path, options.mmap)?.ok_or_else(|| unusable("is a file, and no tar"))?;
    let tar = tar.into_data_directory().map_err(|tar| {
        let entries = tar.list("").unwrap_or_default();
        unusable(&format!(
            "holds no data directory (looked for PG_VERSION and global/pg_control; found {})",
            found(&entries)
        ))
    })?;
    refuse_incremental(&tar, |folder| tar.names(folder))?;
    let name = tar.name();
    with_tablespaces(Overlay::new(Arc::new(tar), name, EvidenceKind::Tar), options)
}

/// Opens a directory, or a tar of one, as it is: an archive of WAL, a tablespace.
pub fn open_tree(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Evidence>, EvidenceError> {
    if path.is_file()
        && let Some(tar) = Tar::open(path, options.mmap)?
    {
        return Ok(Arc::new(tar));
    }
    Ok(Arc::new(Folder::open(path, options.mmap)?))
}

/// Opens one file, which is then all that there is, below its own name.
pub fn open_file(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Evidence>, EvidenceError> {
    Ok(Arc::new(SingleFile::open(path, options.mmap)?))
}

fn open_directory(path: &Path, options: &OpenOptions) -> Result<Arc<dyn Evidence>, EvidenceError> {
    let folder = Folder::open(path, options.mmap)?;
    let entries = folder.list("")?;
    if !is_data_directory(&folder, &entries)? {
        if tar_set::is_tar_set(&entries) {
            let (overlay, base) = tar_set::open(path, &entries, options.mmap)?;
            refuse_incremental(base.as_ref(), |folder| base.names(folder))?;
            return with_tablespaces(overlay, options);
        }
        return Err(not_a_data_directory(&folder, &entries));
    }
    refuse_incremental(&folder, |path| {
        let names = folder.names(path).unwrap_or_default();
        names.into_iter().map(|(name, _)| name).collect()
    })?;
    let links = links(&folder);
    let name = folder.name();
    let root = folder.path().to_path_buf();
    let mut overlay = Overlay::new(Arc::new(folder), name, EvidenceKind::Directory);
    mount_tablespaces(&mut overlay, options)?;
    for link in links {
        if !overlay.is_mounted(&link) {
            follow(&mut overlay, &root, &link, options);
        }
    }
    Ok(Arc::new(overlay))
}

fn with_tablespaces(
    mut overlay: Overlay,
    options: &OpenOptions,
) -> Result<Arc<dyn Evidence>, EvidenceError> {
    mount_tablespaces(&mut overlay, options)?;
    Ok(Arc::new(overlay))
}

/// The links that are followed.
fn links(folder: &Folder) -> Vec<String> {
    let below = |parent: &'static str| {
        let names = folder.names(parent).unwrap_or_default().into_iter();
        names.map(move |(name, kind)| (path::join(parent, &name), kind))
    };
    // Some file systems do not tell kinds in their directories.
    let is_link = |kind| matches!(kind, FileType::Symlink | FileType::Unknown);
    let links = below("").chain(below("pg_tblspc"));
    let links = links.filter(|(path, kind)| is_link(*kind) && may_be_followed(path));
    let mut links: Vec<_> = links.map(|(path, _)| path).collect();
    links.sort();
    links
}

fn mount_tablespaces(overlay: &mut Overlay, options: &OpenOptions) -> Result<(), EvidenceError> {
    for (oid, folder) in &options.tablespaces {
        let place = format!("pg_tblspc/{oid}");
        let tree = open_tree(folder, options)?;
        overlay.note(format!("{place} is read from {} (--tablespace)", folder.display()));
        overlay.mount(place, tree);
    }
    Ok(())
}

/// Lays what the link at `place` leads to over it, if that is a directory.
fn follow(overlay: &mut Overlay, root: &Path, place: &str, options: &OpenOptions) {
    let link = root.join(place);
    let Ok(target) = fs::read_link(&link) else { return };
    let opened = fs::canonicalize(&link)
        .map_err(|error| error.to_string())
        .and_then(|end| Folder::open(&end, options.mmap).map_err(|error| error.to_string()));
    match opened {
        Ok(folder) => {
            overlay.note(format!("{place} is a link to {}: followed", folder.path().display()));
            overlay.mount(place, Arc::new(folder));
        }
        Err(why) => overlay.mount_broken(place, broken(place, &target, &why)),
    }
}

/// Says that a link leads nowhere here, and what to do.
fn broken(place: &str, target: &Path, why: &str) -> String {
    let advice = match place.rsplit_once('/') {
        Some((_, oid)) => format!(
            "what stands in that tablespace is missing here; say where its folder is now with \
             --tablespace {oid}=DIR"
        ),
        None => "the WAL is missing here; say where it is now with --wal DIR".to_owned(),
    };
    format!("{place} is a link to {}, which can't be followed ({why}): {advice}", target.display())
}
