use super::image::Image;
use crate::primitives::{BlockNumber, ForkNumber, RelFileLocator};

bitflags::bitflags! {
    /// `fork_flags` of a block reference (access/xlogrecord.h): the fork in the low four bits, and
    /// the flags.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct BlockFlags: u8 {
        /// `BKPBLOCK_HAS_IMAGE`: the page as a whole is in the record.
        const HAS_IMAGE = 0x10;
        /// `BKPBLOCK_HAS_DATA`: what changed on the page is in the record.
        const HAS_DATA = 0x20;
        /// `BKPBLOCK_WILL_INIT`: replay starts from an empty page.
        const WILL_INIT = 0x40;
        /// `BKPBLOCK_SAME_REL`: the relation is that of the block reference before.
        const SAME_REL = 0x80;
        const _ = !0;
    }
}

impl BlockFlags {
    /// The fork's code (`BKPBLOCK_FORK_MASK`).
    #[inline]
    #[must_use]
    pub fn fork_code(self) -> u8 {
        self.bits() & 0x0F
    }

    /// The fork; `None` where the code means none.
    #[inline]
    #[must_use]
    pub fn fork(self) -> Option<ForkNumber> {
        ForkNumber::from_code(self.fork_code())
    }
}

/// A page that a record changes (`DecodedBkpBlock`, access/xlogreader.h).
#[derive(Debug, Clone, Copy)]
pub struct BlockRef<'a> {
    /// Its number within the record, 0 to 32; some may be missing.
    pub id: u8,
    /// Which file of the relation; `None` where the code is not known, see
    /// [`flags`](Self::flags).
    pub fork: Option<ForkNumber>,
    /// The flags.
    pub flags: BlockFlags,
    /// The relation's files.
    pub locator: RelFileLocator,
    /// The page.
    pub block: BlockNumber,
    /// The page as it was, before the change or after it.
    pub image: Option<Image<'a>>,
    /// What the resource manager keeps here about the change.
    pub data: &'a [u8],
    /// Bytes that the reference itself takes, without image and data.
    pub header_len: usize,
}

impl BlockRef<'_> {
    /// Bytes of the record that are this block's: reference, image and data.
    #[must_use]
    pub fn len(&self) -> usize {
        let image = self.image.map_or(0, |image| image.stored);
        self.header_len + usize::from(image) + self.data.len()
    }

    /// Never: a reference takes bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
