//! Output is kept out of the evidence.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Evidence;

/// Which file or directory it is, whatever path leads to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(super) fn new(device: u64, inode: u64) -> Self {
        Self { device, inode }
    }

    pub(super) fn of(metadata: &Metadata) -> Self {
        Self::new(metadata.dev(), metadata.ino())
    }
}

/// Whether writing to `output` would change the evidence: it is a file of it, or lies in one of
/// its directories, also by way of links, tablespaces and a `pg_wal` elsewhere. A file that has more
/// than one name is taken for one of its own: any of the names may be there.
///
/// # Errors
///
/// The folder that `output` is to stand in is not there, or can't be looked at.
pub fn would_change(evidence: &dyn Evidence, output: &Path) -> io::Result<bool> {
    let held = evidence.held();
    let target = resolve(output)?;
    let has_other_names = |file: Metadata| file.is_file() && file.nlink() > 1;
    if !held.is_empty() && fs::metadata(&target).is_ok_and(has_other_names) {
        return Ok(true);
    }
    for above in target.ancestors() {
        match fs::metadata(above) {
            Ok(metadata) if held.contains(&FileId::of(&metadata)) => return Ok(true),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// As many links as the system itself follows for one path.
const MAX_LINKS: usize = 40;

/// The path that opening `output` for writing would end at. The file itself need not be there: a
/// link that leads nowhere is where it would be made.
fn resolve(output: &Path) -> io::Result<PathBuf> {
    let mut path = output.to_path_buf();
    for _ in 0..MAX_LINKS {
        let Some(name) = path.file_name() else { return fs::canonicalize(&path) };
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let whole = fs::canonicalize(parent)?.join(name);
        match fs::read_link(&whole) {
            Ok(target) => path = whole.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => return Ok(whole),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}
