//! A folder of tars, as `pg_basebackup -Ft` writes it.

use std::path::Path;
use std::sync::Arc;

use super::overlay::Overlay;
use super::tar::Tar;
use super::{Entry, EntryKind, EvidenceError, EvidenceKind, FileId, path};
use crate::primitives::Oid;

/// What a tar of the set is, by its name without the ending.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `base.tar`: the data directory.
    Base,
    /// `pg_wal.tar`: the WAL.
    Wal,
    /// `16401.tar`: a tablespace.
    Tablespace(Oid),
}

/// The endings that `pg_basebackup` gives, compressed or not.
const ENDINGS: [&str; 5] = [".tar", ".tar.gz", ".tar.lz4", ".tar.zst", ".tgz"];

impl Part {
    fn of(name: &str) -> Option<Self> {
        let stem = ENDINGS.into_iter().find_map(|ending| name.strip_suffix(ending))?;
        match stem {
            "base" => Some(Self::Base),
            "pg_wal" => Some(Self::Wal),
            oid => Oid::from_file_name(oid).map(Self::Tablespace),
        }
    }
}

/// The tars among the entries of a folder, if `base.tar` is one of them.
fn parts(entries: &[Entry]) -> Option<Vec<(Part, &str)>> {
    let is_file = |entry: &&Entry| matches!(entry.kind, EntryKind::File(_));
    let named = |entry: &'_ Entry| Part::of(&entry.name);
    let files = entries.iter().filter(is_file);
    let parts: Vec<_> = files.filter_map(|entry| Some((named(entry)?, &*entry.name))).collect();
    parts.iter().any(|(part, _)| *part == Part::Base).then_some(parts)
}

/// Whether a folder with these entries is such a set.
pub(super) fn is_tar_set(entries: &[Entry]) -> bool {
    parts(entries).is_some()
}

/// Opens the set in `folder`: each tar laid over the place in the data directory that it is for.
pub(super) fn open(
    folder: &Path,
    entries: &[Entry],
    mmap: bool,
) -> Result<(Overlay, Arc<Tar>), EvidenceError> {
    let parts = parts(entries).unwrap_or_default();
    let open = |name: &str| {
        let path = folder.join(name);
        Tar::open(&path, mmap)?
            .ok_or_else(|| EvidenceError::Unusable(format!("{} is no tar", path.display())))
    };
    let base =
        parts.iter().find(|(part, _)| *part == Part::Base).map_or("base.tar", |(_, name)| name);
    let base = open(base)?;
    let base = base.into_data_directory().map_err(|tar| {
        EvidenceError::Unusable(format!(
            "{} holds no data directory: looked for PG_VERSION and global/pg_control in it",
            super::Evidence::name(&tar)
        ))
    })?;
    let base = Arc::new(base);
    let name = folder.to_string_lossy().into_owned();
    let mut overlay = Overlay::new(Arc::clone(&base) as _, name, EvidenceKind::TarSet);
    overlay.hold(std::fs::metadata(folder).ok().map(|metadata| FileId::of(&metadata)));
    for (part, name) in parts {
        let place = match part {
            Part::Base => continue,
            Part::Wal => "pg_wal".to_owned(),
            Part::Tablespace(oid) => path::join("pg_tblspc", &oid.to_string()),
        };
        match open(name) {
            Ok(tar) => overlay.mount(place, Arc::new(tar)),
            Err(error) => overlay.mount_broken(place, error.to_string()),
        }
    }
    Ok((overlay, base))
}
