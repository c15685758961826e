//! A segment's file, made ready to be read.

use std::sync::Arc;

use super::{Wal, WalFile, codes};
use crate::cluster::finding::{Code, Finding};
use crate::evidence::{EvidenceFile, plain};

/// The bytes of a segment, decompressed where need be.
pub(super) struct Opened {
    /// `None` where they can't be had.
    pub(super) file: Option<Arc<dyn EvidenceFile>>,
    /// What is wrong with them.
    pub(super) findings: Vec<Finding>,
}

impl Wal {
    /// Opens the file of a segment that is to be read.
    pub(super) fn open_segment(&self, segment: &WalFile) -> Opened {
        let mut opened = self.open_file(self.file_of(segment));
        opened.findings.extend(self.choice(segment).finding.clone());
        opened
    }

    /// Opens that file. Of what it decompresses to, no more than a segment's bytes are made, and
    /// one more that says whether there are more.
    pub(super) fn open_file(&self, segment: &WalFile) -> Opened {
        let size = u64::from(self.format.wal_segment_size);
        let opened = segment.tree.open(&segment.path);
        let opened = opened.and_then(|file| {
            let stored = file.len();
            plain(file, &segment.name, size + 1).map(|(file, note)| (file, note, stored))
        });
        let (file, note, stored) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let findings = vec![self.unreadable(segment, error.to_string())];
                return Opened { file: None, findings };
            }
        };
        let len = file.len();
        let findings = match note {
            Some(note) => vec![self.unreadable(segment, note)],
            // That of a file which is not compressed was seen when it was found.
            None if len == stored || len == size => Vec::new(),
            // Only as much of it had come.
            None if len < size && segment.is_partial => Vec::new(),
            None => {
                let more = if len > size { "more than that" } else { &format!("{len} bytes") };
                let mut finding = self.about(&codes::WAL_SEGMENT_SIZE, segment, more.to_owned());
                finding.expected = format!("{size} bytes, decompressed");
                vec![finding]
            }
        };
        Opened { file: Some(file), findings }
    }

    /// Says that a segment, or what is missing of it, can't be read.
    pub(super) fn unreadable(&self, segment: &WalFile, why: String) -> Finding {
        self.about(&codes::WAL_SEGMENT_UNREADABLE, segment, why)
    }

    fn about(&self, code: &'static Code, segment: &WalFile, found: String) -> Finding {
        let mut finding = Finding::in_file(code, segment.name.as_str(), "", found);
        finding.location.lsn = Some(self.start_of(segment.number));
        finding
    }
}
