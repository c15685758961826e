//! The bytes of a file, wherever they are, and a part of them as an [`EvidenceFile`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use memmap2::Mmap;

use super::EvidenceFile;

/// Where bytes are.
#[derive(Debug)]
pub(super) enum Contents {
    /// On disk, read when asked for.
    File(File),
    /// On disk, mapped.
    Mapped(Mmap),
    /// In memory.
    Memory(Vec<u8>),
}

/// A run of bytes that is handed out as a file.
#[derive(Debug, Clone)]
pub(super) struct Region {
    contents: Arc<Contents>,
    start: u64,
    len: u64,
}

impl Region {
    /// The whole of `contents`, which are `len` bytes.
    pub(super) fn whole(contents: Contents, len: u64) -> Self {
        Self { contents: Arc::new(contents), start: 0, len }
    }

    /// The `len` bytes at `start`, or as many of them as there are.
    pub(super) fn part(&self, start: u64, len: u64) -> Self {
        let start = start.min(self.len);
        Self {
            contents: Arc::clone(&self.contents),
            start: self.start.saturating_add(start),
            len: len.min(self.len - start),
        }
    }
}

impl EvidenceFile for Region {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at<'a>(
        &'a self,
        offset: u64,
        len: usize,
        buffer: &'a mut Vec<u8>,
    ) -> io::Result<&'a [u8]> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = len.min(left);
        if len == 0 {
            return Ok(&[]);
        }
        let start = self.start.saturating_add(offset);
        match &*self.contents {
            Contents::File(file) => pread(file, start, len, buffer),
            Contents::Mapped(map) => Ok(slice(map, start, len)),
            Contents::Memory(bytes) => Ok(slice(bytes, start, len)),
        }
    }
}

fn slice(bytes: &[u8], start: u64, len: usize) -> &[u8] {
    let bytes = usize::try_from(start).ok().and_then(|start| bytes.get(start..));
    bytes.map_or(&[], |bytes| bytes.get(..len).unwrap_or(bytes))
}

/// What a processor takes the addresses of reads and writes apart by.
const PAGE: usize = 4096;

/// Fills `buffer` from `start` on; a file that shrank since it was opened gives fewer bytes.
fn pread<'a>(file: &File, start: u64, len: usize, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
    // Where the bytes lie on a page in the system's memory, so they do here: an allocator puts a
    // large buffer 16 bytes behind the start of a page, and a copy to there takes half as long again,
    // since each read looks as if it might need what was written just before.
    let is_large = len >= PAGE;
    let needed = if is_large { len.saturating_add(PAGE) } else { len };
    // The buffer only ever grows, so that it is zeroed once and not for every read.
    if buffer.len() < needed {
        buffer.resize(needed, 0);
    }
    let on_page = usize::try_from(start % PAGE as u64).unwrap_or(0);
    let from =
        if is_large { buffer.as_ptr().align_offset(PAGE).wrapping_add(on_page) % PAGE } else { 0 };
    let room = buffer.get_mut(from..).and_then(|room| room.get_mut(..len)).unwrap_or_default();
    let mut done = 0;
    while done < len {
        match file.read_at(&mut room[done..], start.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(&room[..done])
}
