//! Every way in which evidence may come, made in a temporary folder.

mod directory;
mod memory;
mod tars;

use std::fs;
use std::path::Path;

use super::*;

/// What a file holds, as text.
fn text(evidence: &dyn Evidence, path: &str) -> String {
    let file = evidence.open(path).unwrap();
    let len = usize::try_from(file.len()).unwrap();
    let mut buffer = Vec::new();
    String::from_utf8(file.read_at(0, len, &mut buffer).unwrap().to_vec()).unwrap()
}

/// The names in a directory; a `/` after those of directories, a `?` after what is never opened.
fn names(evidence: &dyn Evidence, path: &str) -> Vec<String> {
    let entries = evidence.list(path).unwrap().into_iter();
    let name = |Entry { name, kind }| match kind {
        EntryKind::File(_) => name,
        EntryKind::Directory => name + "/",
        EntryKind::Other => name + "?",
    };
    entries.map(name).collect()
}

/// Makes the file at `path`, and the directories above it.
fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The files that every data directory here has.
const FILES: [(&str, &str); 5] = [
    ("PG_VERSION", "17\n"),
    ("base/5/1259", "pg_class"),
    ("base/5/PG_VERSION", "17\n"),
    ("global/pg_control", "control"),
    ("pg_wal/000000010000000000000001", "wal"),
];

fn data_directory() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in FILES {
        write(root.path(), path, bytes);
    }
    fs::create_dir(root.path().join("pg_tblspc")).unwrap();
    root
}

fn open_default(path: &Path) -> Arc<dyn Evidence> {
    open(path, &OpenOptions::default()).unwrap()
}

fn refusal(path: &Path) -> String {
    open(path, &OpenOptions::default()).unwrap_err().to_string()
}
