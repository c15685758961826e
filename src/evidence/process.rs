//! Whether a server is at work on the evidence.

use std::fs;
use std::io;

use super::{Evidence, FileId};

/// Whether the process `pid`, of which `postmaster.pid` tells, is a server that runs on this
/// evidence, on this machine, now.
///
/// A server works in its data directory. Where the system does not show the directory of another
/// user's process, its name has to do.
#[must_use]
pub fn is_served_by(evidence: &dyn Evidence, pid: u32) -> bool {
    let held = evidence.held();
    if held.is_empty() {
        return false;
    }
    match fs::metadata(format!("/proc/{pid}/cwd")) {
        Ok(directory) => held.contains(&FileId::of(&directory)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            matches!(name.trim(), "postgres" | "postmaster")
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MemoryEvidence, OpenOptions, open_tree};
    use super::*;

    #[test]
    fn a_process_serves_the_directory_that_it_works_in() {
        let here = open_tree(".".as_ref(), &OpenOptions::default()).unwrap();
        assert!(is_served_by(here.as_ref(), std::process::id()));
        let elsewhere = tempfile::tempdir().unwrap();
        let elsewhere = open_tree(elsewhere.path(), &OpenOptions::default()).unwrap();
        assert!(!is_served_by(elsewhere.as_ref(), std::process::id()));
        assert!(!is_served_by(&MemoryEvidence::default(), std::process::id()));
    }
}
