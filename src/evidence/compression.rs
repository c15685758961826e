//! Compressed files: told by their first bytes, and spooled.

use std::io::{self, BufRead, BufReader, Read, Seek, Write};

use super::contents::{Contents, Region};
use super::{EvidenceError, map};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Lz4,
    Zstd,
}

/// The first bytes of each format.
const MAGICS: [(&[u8], Compression); 3] = [
    (&[0x1F, 0x8B], Compression::Gzip),
    (&[0x04, 0x22, 0x4D, 0x18], Compression::Lz4),
    (&[0x28, 0xB5, 0x2F, 0xFD], Compression::Zstd),
];

impl Compression {
    /// By a file's first bytes; `None` where they are of no compressed file.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let found = MAGICS.into_iter().find(|(magic, _)| start.starts_with(magic));
        found.map(|(_, compression)| compression)
    }
}

/// So few bytes are kept in memory, and no temporary file is made.
const MAX_IN_MEMORY: u64 = 64 << 10;

/// Decompresses the first `most` bytes of a file (`u64::MAX` for all) to a temporary one without a
/// name, and maps that.
///
/// Data that ends early, or is damaged, gives what came before; the text says so.
pub(super) fn spool(
    file: impl Read + Seek,
    path: &str,
    compression: Compression,
    most: u64,
) -> Result<(Region, Option<String>), EvidenceError> {
    if most <= MAX_IN_MEMORY {
        let mut bytes = Vec::new();
        let (len, note) = unpack(file, path, compression, &mut bytes, most)?;
        return Ok((Region::whole(Contents::Memory(bytes), len), note));
    }
    let mut spool = tempfile::tempfile().map_err(|error| no_room(path, &error))?;
    let (len, note) = unpack(file, path, compression, &mut spool, most)?;
    let contents = if len == 0 {
        Contents::Memory(Vec::new())
    } else {
        Contents::Mapped(map::spool(&spool).map_err(|error| no_room(path, &error))?)
    };
    Ok((Region::whole(contents, len), note))
}

/// How many bytes were written, and why not more.
fn unpack(
    file: impl Read + Seek,
    path: &str,
    compression: Compression,
    into: impl Write,
    most: u64,
) -> Result<(u64, Option<String>), EvidenceError> {
    let mut writer = Spool { into, len: 0, most, failed: None };
    let decompressed = decompress(BufReader::new(file), compression, &mut writer);
    let Spool { len, failed, .. } = writer;
    if let Some(error) = failed {
        return Err(no_room(path, &error));
    }
    let note = match decompressed {
        Ok(()) => None,
        Err(_) if len == most => None,
        Err(error) if len == 0 => {
            return Err(EvidenceError::io("decompress", path, error));
        }
        Err(error) => Some(format!(
            "{path} can be decompressed only up to {len} bytes ({error}): what comes behind is missing"
        )),
    };
    Ok((len, note))
}

fn decompress(
    mut file: BufReader<impl Read + Seek>,
    compression: Compression,
    writer: &mut impl Write,
) -> io::Result<()> {
    match compression {
        Compression::Gzip => copy(&mut flate2::bufread::MultiGzDecoder::new(file), writer),
        Compression::Zstd => copy(&mut zstd::Decoder::with_buffer(file)?, writer),
        // Its decoder ends with each frame; a file may have several.
        Compression::Lz4 => loop {
            let start = file.stream_position()?;
            copy(&mut lz4_flex::frame::FrameDecoder::new(&mut file), writer)?;
            if file.fill_buf()?.is_empty() {
                return Ok(());
            }
            if file.stream_position()? == start {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "an empty frame"));
            }
        },
    }
}

fn copy(reader: &mut impl Read, writer: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 128 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => writer.write_all(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Keeps apart what fails here from what is wrong with the data, and takes no more than is wanted.
struct Spool<W> {
    into: W,
    len: u64,
    most: u64,
    failed: Option<io::Error>,
}

impl<W: Write> Write for Spool<W> {
    /// Takes nothing any more once it is full, which ends the decompressing.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.most - self.len).unwrap_or(usize::MAX);
        let bytes = bytes.get(..room).unwrap_or(bytes);
        match self.into.write_all(bytes) {
            Ok(()) => {
                self.len += bytes.len() as u64;
                Ok(bytes.len())
            }
            Err(error) => {
                self.failed = Some(error);
                Err(io::Error::other("the temporary file can't be written"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn no_room(path: &str, error: &io::Error) -> EvidenceError {
    EvidenceError::Unusable(format!(
        "cannot decompress {path} to a temporary file in {}: {error}; set TMPDIR to a folder with \
         room for all that it holds, or decompress it yourself",
        std::env::temp_dir().display()
    ))
}
