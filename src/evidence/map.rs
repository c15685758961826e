//! Files as memory: the only `unsafe` of this program.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps a file of the evidence, for those who asked for it with `--mmap`.
#[allow(unsafe_code)]
pub(super) fn evidence(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is only read, as bytes of any value. Nothing here writes to the file; that
    // nobody else does so (or cuts it short, or pulls the disk, which would end the program by
    // SIGBUS) is what a person vouches for with `--mmap`. Without it, files are read by `pread`.
    unsafe { Mmap::map(file) }
}

/// Maps the temporary file that a compressed tar was spooled to.
#[allow(unsafe_code)]
pub(super) fn spool(file: &File) -> io::Result<Mmap> {
    // SAFETY: the file has no name, so that nobody but this process can open it, and this process
    // no longer writes to it: it neither changes nor shrinks while the map lives.
    unsafe { Mmap::map(file) }
}
