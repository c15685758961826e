//! What a record is made of (`DecodeXLogRecord`, access/transam/xlogreader.c;
//! access/xlogrecord.h).
//!
//! ```text
//! XLogRecord                     24 bytes
//! for each block:
//!   id                           0 to 32, rising
//!   fork_flags                   fork in the low four bits, see `BlockFlags`
//!   data_length                  2 bytes
//!   with HAS_IMAGE:              length, hole_offset: 2 bytes each; bimg_info: 1 byte
//!     compressed, with a hole:   hole_length: 2 bytes
//!   without SAME_REL:            tablespace, database, relation: 4 bytes each
//!   block number                 4 bytes
//! 253: origin                    2 bytes
//! 252: top-level xid             4 bytes, from 14 on
//! 255: main data                 length: 1 byte      or   254: 4 bytes
//! then, in that order: each block's image and data; the main data
//! ```
//!
//! Headers end where what they have announced is all that is left.

use nom::IResult;
use nom::number::complete::{le_u8, le_u16, le_u32};

use super::block::{BlockFlags, BlockRef};
use super::image::{Image, ImageFlags};
use super::images::Images;
use super::record::{RECORD_HEADER_LEN, RawRecord, XLogRecord, record_header};
use crate::format::Format;
use crate::primitives::{BlockNumber, Oid, RelFileLocator, RelFileNumber, TransactionId};

/// `XLR_MAX_BLOCK_ID`, and the ids that are no block's.
const MAX_BLOCK_ID: u8 = 32;
const DATA_SHORT: u8 = 255;
const DATA_LONG: u8 = 254;
const ORIGIN: u8 = 253;
const TOPLEVEL_XID: u8 = 252;

/// A record, taken apart. It borrows the record's bytes and allocates nothing.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Its header.
    pub header: &'a XLogRecord,
    /// The node that the change came from (`RepOriginId`), in logical replication.
    pub origin: Option<u16>,
    /// The transaction that `xl_xid` is a subtransaction of, where the record says so.
    pub toplevel_xid: Option<TransactionId>,
    /// What belongs to no block.
    pub main_data: &'a [u8],
    /// How many blocks it references.
    pub block_count: u8,
    /// How many of these have an image.
    pub image_count: u8,
    /// Bytes of images, as they are stored: what `pg_waldump` counts as FPI.
    pub image_len: u32,
    pub(super) headers: &'a [u8],
    payload: &'a [u8],
    images: Images,
    format: Format,
}

/// Why a record whose checksum fits can't be taken apart. No server writes such a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The record ends before what its headers announce, or after it.
    #[error("the record's parts do not add up to its length")]
    WrongLength,
    /// A block reference comes after one with the same or a higher number.
    #[error("block_id {0} is out of order")]
    OutOfOrder(u8),
    /// A part has a number that means nothing.
    #[error("block_id {0} is not known")]
    UnknownBlockId(u8),
    /// A block reference has `BKPBLOCK_HAS_DATA`, and no data.
    #[error("block reference {0} has BKPBLOCK_HAS_DATA set, but no data")]
    NoData(u8),
    /// A block reference has data, without `BKPBLOCK_HAS_DATA`.
    #[error("block reference {0} has {1} bytes of data, but not BKPBLOCK_HAS_DATA")]
    UnflaggedData(u8, u16),
    /// An image has `BKPIMAGE_HAS_HOLE`, and none that makes sense.
    #[error(
        "image {id}: BKPIMAGE_HAS_HOLE, but hole {offset}+{length} in an image of {stored} bytes"
    )]
    NoHole {
        /// The block reference.
        id: u8,
        /// Where the hole starts.
        offset: u16,
        /// How long it is.
        length: u32,
        /// Bytes of image that are stored.
        stored: u16,
    },
    /// An image has a hole, without `BKPIMAGE_HAS_HOLE`.
    #[error("image {id}: no BKPIMAGE_HAS_HOLE, but hole {offset}+{length}")]
    UnflaggedHole {
        /// The block reference.
        id: u8,
        /// Where the hole starts.
        offset: u16,
        /// How long it is.
        length: u32,
    },
    /// A compressed image is as long as a page.
    #[error("image {id} is compressed, and takes {stored} bytes, a whole page")]
    NotCompressed {
        /// The block reference.
        id: u8,
        /// Bytes of image that are stored.
        stored: u16,
    },
    /// An image that is neither compressed nor has a hole is no whole page.
    #[error("image {id} has no hole and is not compressed, but takes {stored} bytes")]
    NotAPage {
        /// The block reference.
        id: u8,
        /// Bytes of image that are stored.
        stored: u16,
    },
    /// The first block reference has `BKPBLOCK_SAME_REL`.
    #[error("block reference {0} has BKPBLOCK_SAME_REL, but none is before it")]
    NoPreviousRelation(u8),
}

impl<'a> RawRecord<'a> {
    /// Takes the record apart.
    pub fn decode(&self, format: Format) -> Result<Record<'a>, RecordError> {
        Record::decode(self.bytes, format)
    }

    /// The same, and hands out the header of each block reference on the way: all that is known of
    /// it, but for the bytes of image and data. Where that ends with an error, some may have been.
    #[inline]
    pub fn decode_each(
        &self,
        format: Format,
        each: impl FnMut(BlockHeader),
    ) -> Result<Record<'a>, RecordError> {
        Record::decode_each(self.bytes, Images::Stored, format, each)
    }
}

impl<'a> Record<'a> {
    /// Takes the bytes of a whole record apart, with all the checks of the server.
    pub fn decode(bytes: &'a [u8], format: Format) -> Result<Self, RecordError> {
        Self::decode_each(bytes, Images::Stored, format, |_| ())
    }

    #[inline]
    pub(super) fn decode_each(
        bytes: &'a [u8],
        images: Images,
        format: Format,
        mut each: impl FnMut(BlockHeader),
    ) -> Result<Self, RecordError> {
        let header = record_header(bytes).ok_or(RecordError::WrongLength)?;
        let body = bytes.get(RECORD_HEADER_LEN..).unwrap_or_default();
        let mut record = Self {
            header,
            origin: None,
            toplevel_xid: None,
            main_data: &[],
            block_count: 0,
            image_count: 0,
            image_len: 0,
            headers: body,
            payload: &[],
            images,
            format,
        };
        let mut parts = Parts { left: body, format, last_id: None, locator: None };
        let mut announced = 0_usize;
        let mut main_len = 0;
        while parts.left.len() > announced {
            let part = parts.next(|block| {
                record.block_count += 1;
                announced += usize::from(block.data_len);
                if let Some(image) = block.image {
                    record.image_count += 1;
                    record.image_len += u32::from(image.stored);
                    if images == Images::Stored {
                        announced += usize::from(image.stored);
                    }
                }
                each(block);
            });
            match part? {
                Part::Block => {}
                Part::Origin(origin) => record.origin = Some(origin),
                Part::ToplevelXid(xid) => record.toplevel_xid = Some(xid),
                Part::MainData(len) => {
                    main_len = usize::try_from(len).unwrap_or(usize::MAX);
                    announced = announced.saturating_add(main_len);
                    break;
                }
            }
        }
        if parts.left.len() != announced {
            return Err(RecordError::WrongLength);
        }
        record.headers = body.get(..body.len() - announced).unwrap_or_default();
        (record.payload, record.main_data) =
            parts.left.split_at_checked(announced - main_len).unwrap_or_default();
        Ok(record)
    }

    /// The blocks that it references, by rising number.
    #[inline]
    #[must_use]
    pub fn blocks(&self) -> Blocks<'a> {
        Blocks {
            parts: Parts { left: self.headers, format: self.format, last_id: None, locator: None },
            payload: self.payload,
            images: self.images,
            left: self.block_count,
        }
    }

    /// The block reference of that number.
    #[must_use]
    pub fn block(&self, id: u8) -> Option<BlockRef<'a>> {
        self.blocks().find(|block| block.id == id)
    }
}

/// The block references of a [`Record`].
#[derive(Debug, Clone)]
pub struct Blocks<'a> {
    parts: Parts<'a>,
    payload: &'a [u8],
    images: Images,
    left: u8,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = BlockRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<BlockRef<'a>> {
        while self.left > 0 {
            let mut block = None;
            // An error was found when the record was decoded.
            self.parts.next(|header| block = Some(header)).ok()?;
            // Else an origin or a top-level xid.
            let Some(block) = block else { continue };
            self.left -= 1;
            let image = match block.image {
                None => None,
                Some(image) => Some(Image {
                    stored: image.stored,
                    hole_offset: image.hole_offset,
                    hole_length: image.hole_length,
                    flags: image.flags,
                    data: match self.images {
                        Images::Stored => Some(self.take(image.stored)?),
                        Images::LeftOut => None,
                    },
                }),
            };
            return Some(BlockRef {
                id: block.id,
                fork: block.flags.fork(),
                flags: block.flags,
                locator: block.locator,
                block: block.block,
                image,
                data: self.take(block.data_len)?,
                header_len: block.header_len,
            });
        }
        None
    }
}

impl<'a> Blocks<'a> {
    fn take(&mut self, len: u16) -> Option<&'a [u8]> {
        let (taken, rest) = self.payload.split_at_checked(usize::from(len))?;
        self.payload = rest;
        Some(taken)
    }
}

/// One of the headers that stand before the data. That of a block is handed out on its own: carried
/// in here it would go through memory, and its parts be read back before they are all there.
enum Part {
    Block,
    Origin(u16),
    ToplevelXid(TransactionId),
    MainData(u32),
}

/// What a record says about a block before the bytes of its image and data
/// (`XLogRecordBlockHeader` and what follows it).
#[derive(Debug, Clone, Copy)]
pub struct BlockHeader {
    /// Its number within the record.
    pub id: u8,
    /// The fork, and the flags.
    pub flags: BlockFlags,
    /// Bytes of data.
    pub data_len: u16,
    /// The header of its image.
    pub image: Option<ImageHeader>,
    /// The relation's files.
    pub locator: RelFileLocator,
    /// The page.
    pub block: BlockNumber,
    /// Bytes that this header takes.
    pub header_len: usize,
}

/// What a record says about an image (`XLogRecordBlockImageHeader`).
#[derive(Debug, Clone, Copy)]
pub struct ImageHeader {
    /// Bytes that are stored of it.
    pub stored: u16,
    /// Where the hole starts.
    pub hole_offset: u16,
    /// How long it is.
    pub hole_length: u16,
    /// The flags.
    pub flags: ImageFlags,
}

impl BlockHeader {
    /// Bytes of the record that are this block's: reference, image and data.
    #[inline]
    #[must_use]
    pub fn record_len(&self) -> usize {
        let image = self.image.map_or(0, |image| image.stored);
        self.header_len + usize::from(image) + usize::from(self.data_len)
    }
}

/// Reads one header after the other.
#[derive(Debug, Clone)]
struct Parts<'a> {
    left: &'a [u8],
    format: Format,
    last_id: Option<u8>,
    locator: Option<RelFileLocator>,
}

impl<'a> Parts<'a> {
    #[inline]
    fn next(&mut self, each: impl FnOnce(BlockHeader)) -> Result<Part, RecordError> {
        let (rest, id) = le_u8(self.left)?;
        let (rest, part) = match id {
            0..=MAX_BLOCK_ID => {
                if self.last_id.is_some_and(|last| id <= last) {
                    return Err(RecordError::OutOfOrder(id));
                }
                let (rest, block) = self.block(rest, id)?;
                self.last_id = Some(id);
                self.locator = Some(block.locator);
                each(BlockHeader { header_len: self.left.len() - rest.len(), ..block });
                (rest, Part::Block)
            }
            DATA_SHORT => {
                let (rest, len) = le_u8(rest)?;
                (rest, Part::MainData(u32::from(len)))
            }
            DATA_LONG => {
                let (rest, len) = le_u32(rest)?;
                (rest, Part::MainData(len))
            }
            ORIGIN => {
                let (rest, origin) = le_u16(rest)?;
                (rest, Part::Origin(origin))
            }
            TOPLEVEL_XID if self.format.version.wal_records_name_toplevel_xid() => {
                let (rest, xid) = le_u32(rest)?;
                (rest, Part::ToplevelXid(TransactionId(xid)))
            }
            unknown => return Err(RecordError::UnknownBlockId(unknown)),
        };
        self.left = rest;
        Ok(part)
    }

    #[inline]
    fn block(&self, input: &'a [u8], id: u8) -> Parsed<'a, BlockHeader> {
        let (input, fork_flags) = le_u8(input)?;
        let (input, data_len) = le_u16(input)?;
        let flags = BlockFlags::from_bits_retain(fork_flags);
        match (flags.contains(BlockFlags::HAS_DATA), data_len) {
            (true, 0) => return failure(RecordError::NoData(id)),
            (false, 1..) => return failure(RecordError::UnflaggedData(id, data_len)),
            _ => {}
        }
        let (input, image) = if flags.contains(BlockFlags::HAS_IMAGE) {
            let (input, image) = self.image(input, id)?;
            (input, Some(image))
        } else {
            (input, None)
        };
        let (input, locator) = match self.locator {
            Some(same) if flags.contains(BlockFlags::SAME_REL) => (input, same),
            None if flags.contains(BlockFlags::SAME_REL) => {
                return failure(RecordError::NoPreviousRelation(id));
            }
            _ => locator(input)?,
        };
        let (input, block) = le_u32(input)?;
        let block = BlockNumber(block);
        // Its length is known to the caller, who knows where it starts.
        let header = BlockHeader { id, flags, data_len, image, locator, block, header_len: 0 };
        Ok((input, header))
    }

    #[inline]
    fn image(&self, input: &'a [u8], id: u8) -> Parsed<'a, ImageHeader> {
        let (input, stored) = le_u16(input)?;
        let (input, hole_offset) = le_u16(input)?;
        let (input, bimg_info) = le_u8(input)?;
        let flags = ImageFlags::from_raw(bimg_info, self.format.version);
        let has_hole = flags.contains(ImageFlags::HAS_HOLE);
        let page = self.format.block_size;
        let (input, hole_length) = match (flags.is_compressed(), has_hole) {
            (true, true) => {
                let (input, length) = le_u16(input)?;
                (input, u32::from(length))
            }
            (true, false) => (input, 0),
            (false, _) => (input, page.wrapping_sub(u32::from(stored))),
        };
        let whole = u32::from(stored) == page;
        let (offset, length) = (hole_offset, hole_length);
        // The server's checks, in its order; and one that it leaves to the restoring of the page:
        // that the hole lies within it.
        let beyond = u32::from(offset).saturating_add(length) > page;
        if has_hole && (offset == 0 || length == 0 || whole || beyond) {
            return failure(RecordError::NoHole { id, offset, length, stored });
        }
        if flags.is_compressed() && whole {
            return failure(RecordError::NotCompressed { id, stored });
        }
        if !has_hole && !flags.is_compressed() && !whole {
            return failure(RecordError::NotAPage { id, stored });
        }
        if !has_hole && (offset != 0 || length != 0) {
            return failure(RecordError::UnflaggedHole { id, offset, length });
        }
        let hole_length = u16::try_from(length).unwrap_or(u16::MAX);
        Ok((input, ImageHeader { stored, hole_offset, hole_length, flags }))
    }
}

fn locator(input: &[u8]) -> Parsed<'_, RelFileLocator> {
    let (input, tablespace) = le_u32(input)?;
    let (input, database) = le_u32(input)?;
    let (input, number) = le_u32(input)?;
    let (tablespace, database) = (Oid(tablespace), Oid(database));
    Ok((input, RelFileLocator { tablespace, database, number: RelFileNumber(number) }))
}

type Parsed<'a, T> = IResult<&'a [u8], T, RecordError>;

fn failure<T>(error: RecordError) -> Result<T, nom::Err<RecordError>> {
    Err(nom::Err::Failure(error))
}

/// Where nom runs out of bytes, a header leaves the record.
impl nom::error::ParseError<&[u8]> for RecordError {
    fn from_error_kind(_: &[u8], _: nom::error::ErrorKind) -> Self {
        Self::WrongLength
    }

    fn append(_: &[u8], _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

impl From<nom::Err<Self>> for RecordError {
    fn from(error: nom::Err<Self>) -> Self {
        match error {
            nom::Err::Incomplete(_) => Self::WrongLength,
            nom::Err::Error(error) | nom::Err::Failure(error) => error,
        }
    }
}
