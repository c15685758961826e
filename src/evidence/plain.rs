use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::compression::{Compression, spool};
use super::{EvidenceError, EvidenceFile};

/// The file as it was before it was compressed (gzip, lz4, zstd): spooled to a temporary file
/// without a name, which is gone with the result. One that is not compressed comes back as it is.
///
/// Of a compressed file, only the first `most` bytes are made, since a small one may stand for
/// more than there is room for. `name` is what errors call it. The text says where a compressed
/// file ends early.
pub fn plain(
    file: Arc<dyn EvidenceFile>,
    name: &str,
    most: u64,
) -> Result<(Arc<dyn EvidenceFile>, Option<String>), EvidenceError> {
    let compression = compression(file.as_ref());
    let compression = compression.map_err(|error| EvidenceError::io("read", name, error))?;
    let Some(compression) = compression else { return Ok((file, None)) };
    let (region, note) = spool(Stream { file: &*file, at: 0 }, name, compression, most)?;
    Ok((Arc::new(region), note))
}

/// Whether it is a compressed file, by its first bytes.
#[must_use]
pub fn is_compressed(file: &dyn EvidenceFile) -> bool {
    compression(file).is_ok_and(|compression| compression.is_some())
}

fn compression(file: &dyn EvidenceFile) -> io::Result<Option<Compression>> {
    let mut buffer = Vec::new();
    Ok(Compression::of(file.read_at(0, 4, &mut buffer)?))
}

/// A file of the evidence, read from its start to its end.
struct Stream<'a> {
    file: &'a dyn EvidenceFile,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut buffer = Vec::new();
        let bytes = self.file.read_at(self.at, out.len(), &mut buffer)?;
        if let Some(room) = out.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Seek for Stream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.len().checked_add_signed(by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the start");
        self.at = place.ok_or_else(before)?;
        Ok(self.at)
    }
}
