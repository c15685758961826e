//! Stored clusters as files in memory, to be damaged.

#![allow(dead_code, reason = "each test takes of it what it needs")]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, EntryKind, Evidence, MemoryEvidence, OpenOptions};

const PAGE: usize = 8192;

/// The files of a stored cluster, to be damaged.
pub(crate) struct Files(pub(crate) BTreeMap<String, Vec<u8>>);

impl Files {
    pub(crate) fn of(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{name}.tar.zst"));
        let evidence = evidence::open(&path, &OpenOptions::default()).unwrap();
        let mut files = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for entry in evidence.list(&folder).unwrap() {
                let path =
                    if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
                match entry.kind {
                    EntryKind::Directory => folders.push(path),
                    EntryKind::File(len) => {
                        let file = evidence.open(&path).unwrap();
                        let mut buffer = Vec::new();
                        let len = usize::try_from(len).unwrap();
                        files.insert(path, file.read_at(0, len, &mut buffer).unwrap().to_vec());
                    }
                    EntryKind::Other => {}
                }
            }
        }
        Self(files)
    }

    pub(crate) fn get(&mut self, path: &str) -> &mut Vec<u8> {
        self.0.get_mut(path).unwrap_or_else(|| panic!("no {path}"))
    }

    /// Page `block` of a file.
    pub(crate) fn page(&mut self, path: &str, block: usize) -> &mut [u8] {
        &mut self.get(path)[block * PAGE..(block + 1) * PAGE]
    }

    pub(crate) fn evidence(self) -> Arc<dyn Evidence> {
        Arc::new(self.0.into_iter().collect::<MemoryEvidence>())
    }

    pub(crate) fn open(self) -> Cluster {
        Cluster::open(self.evidence(), &ClusterOptions::default()).unwrap()
    }

    /// Gives `pg_control` the CRC that it has after a change.
    pub(crate) fn sign_control(&mut self, change: impl FnOnce(&mut [u8])) {
        let control = self.get("global/pg_control");
        let crc_at = (100..400)
            .find(|&at| crc32c::crc32c(&control[..at]).to_le_bytes() == control[at..at + 4])
            .unwrap();
        change(control);
        let crc = crc32c::crc32c(&control[..crc_at]).to_le_bytes();
        control[crc_at..crc_at + 4].copy_from_slice(&crc);
    }
}

/// An ending, and what makes such a file.
pub(crate) type Pack = (&'static str, fn(&[u8]) -> Vec<u8>);

/// The ways in which archives compress.
pub(crate) const COMPRESSIONS: [Pack; 3] = [(".gz", gzip), (".lz4", lz4), (".zst", zstd)];

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut out = lz4_flex::frame::FrameEncoder::new(Vec::new());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
