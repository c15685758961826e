//! The page: the unit in which relations are stored, whatever their kind.
//!
//! ```text
//!  0        24                 pd_lower       pd_upper            pd_special   block_size
//!  ├ header ┼ line pointers … ─┼── free space ─┼── … items ────────┼── special ─┤
//! ```
//!
//! [`PageHeader`] and [`ItemId`] are the same for heaps and indexes; what the items hold is the
//! business of [`heap`] and of each index type; [`index`] has what these share.

pub mod bloom;
pub mod brin;
pub mod btree;
pub mod checksum;
pub mod gin;
pub mod gist;
pub mod hash;
mod header;
pub mod heap;
pub mod index;
mod item_id;
mod item_pointer;
pub mod sequence;
pub mod spgist;

pub use header::{PAGE_LAYOUT_VERSION, PageFlags, PageHeader};
pub use item_id::{ItemId, LpFlags};
pub use item_pointer::{BlockIdData, ItemPointerData};

use super::{Bytes, Format, FormatError};
use crate::primitives::OffsetNumber;

/// One page, borrowed, its header checked for sense.
///
/// ```
/// use pgautopsy::format::{Format, PgVersion, page::Page};
/// let page = Page::new(&[0; 8192], Format::usual(PgVersion::V17)).unwrap();
/// assert!(page.is_new());
/// assert_eq!(page.item_count(), 0);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    bytes: &'a [u8],
    header: &'a PageHeader,
    line_pointers: &'a [ItemId],
    format: Format,
}

impl<'a> Page<'a> {
    /// Takes `bytes`, a whole block, for a page.
    ///
    /// A page that was never initialised (`pd_upper` 0) is none the less a page, with no items:
    /// see [`is_new`](Self::is_new). What the server would refuse to read is an error.
    #[inline]
    pub fn new(bytes: &'a [u8], format: Format) -> Result<Self, FormatError> {
        let block_size = format.block_size as usize;
        let bytes = Bytes(bytes).slice("page", 0, block_size)?;
        let header: &PageHeader = Bytes(bytes).view("page header", 0)?;
        let line_pointers: &[ItemId] = if header.is_new() {
            &[]
        } else {
            header.check(format)?;
            let len = usize::from(header.pd_lower()) - size_of::<PageHeader>();
            let array = Bytes(bytes).slice("line pointers", size_of::<PageHeader>(), len)?;
            item_id::array(array)
        };
        Ok(Self { bytes, header, line_pointers, format })
    }

    /// The header of `bytes`, whatever it says.
    pub fn header_of(bytes: &'a [u8]) -> Result<&'a PageHeader, FormatError> {
        Bytes(bytes).view("page header", 0)
    }

    /// The header's fields.
    #[must_use]
    pub const fn header(&self) -> &'a PageHeader {
        self.header
    }

    /// All bytes of the page.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The layout that the page was read with.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether the page was never initialised (`PageIsNew`): the file was extended, and no more.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.header.is_new()
    }

    /// Whether every byte is zero, as a page that was never initialised has to be.
    #[must_use]
    pub fn is_all_zero(&self) -> bool {
        self.bytes.iter().all(|&byte| byte == 0)
    }

    /// How many line pointers there are (`PageGetMaxOffsetNumber`).
    #[must_use]
    pub fn item_count(&self) -> u16 {
        u16::try_from(self.line_pointers.len()).unwrap_or(u16::MAX)
    }

    /// The line pointers as they lie on the page; the first one's number is 1.
    #[must_use]
    pub const fn line_pointers(&self) -> &'a [ItemId] {
        self.line_pointers
    }

    /// The line pointers with their numbers.
    pub fn item_ids(&self) -> impl Iterator<Item = (OffsetNumber, ItemId)> + use<'a> {
        (1..).map(OffsetNumber).zip(self.line_pointers.iter().copied())
    }

    /// The line pointer of that number.
    pub fn item_id(&self, number: OffsetNumber) -> Result<ItemId, FormatError> {
        number.index().and_then(|at| self.line_pointers.get(at)).copied().ok_or_else(|| {
            FormatError::Invalid {
                what: "line pointer number",
                offset: size_of::<PageHeader>(),
                expected: format!("1 to {}", self.item_count()),
                found: number.to_string(),
            }
        })
    }

    /// The bytes that a line pointer points to (`PageGetItem`): from its offset, of its length.
    ///
    /// They must lie between `pd_upper` and `pd_special`, as every item that the server placed
    /// does.
    #[inline]
    pub fn item_bytes(&self, item: ItemId) -> Result<&'a [u8], FormatError> {
        let (start, len) = (usize::from(item.lp_off()), usize::from(item.lp_len()));
        let (upper, special) = (self.header.pd_upper(), self.header.pd_special());
        if start < usize::from(upper) || start + len > usize::from(special) {
            return Err(FormatError::Invalid {
                what: "line pointer",
                offset: start,
                expected: format!("an item between {upper} and {special}"),
                found: format!("{start} to {}", start + len),
            });
        }
        Bytes(self.bytes).slice("item", start, len)
    }

    /// The same, wherever on the page they lie: for looking at what is damaged.
    pub fn item_on_page(&self, item: ItemId) -> Result<&'a [u8], FormatError> {
        Bytes(self.bytes).slice("item", item.lp_off().into(), item.lp_len().into())
    }

    /// What an index keeps at the page's end; empty on a heap page.
    #[must_use]
    pub fn special(&self) -> &'a [u8] {
        if self.is_new() {
            return &[];
        }
        self.bytes.get(usize::from(self.header.pd_special())..).unwrap_or_default()
    }

    /// The room between the line pointers and the items, in bytes.
    #[must_use]
    pub fn free_space(&self) -> u16 {
        self.header.pd_upper().saturating_sub(self.header.pd_lower())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::PgVersion;

    fn format() -> Format {
        Format::usual(PgVersion::V17)
    }

    /// A page with one line pointer (offset 8160, 30 bytes long, normal).
    fn page_of_one() -> Vec<u8> {
        let mut page = vec![0; 8192];
        page[12..20].copy_from_slice(&[28, 0, 0xE0, 0x1F, 0, 0x20, 4, 0x20]);
        page[24..28].copy_from_slice(&(8160_u32 | 1 << 15 | 30 << 17).to_le_bytes());
        page
    }

    #[test]
    fn a_line_pointer_is_read_bit_by_bit() {
        let bytes = page_of_one();
        let page = Page::new(&bytes, format()).unwrap();
        let item = page.item_id(OffsetNumber(1)).unwrap();
        assert_eq!((item.lp_off(), item.lp_flags(), item.lp_len()), (8160, LpFlags::Normal, 30));
        assert_eq!(page.item_bytes(item).unwrap().len(), 30);
        assert_eq!(page.free_space(), 8160 - 28);
        assert!(page.item_id(OffsetNumber(2)).is_err());
        assert!(page.item_id(OffsetNumber(0)).is_err());
    }

    #[test]
    fn an_item_that_leaves_the_page_is_refused() {
        let mut bytes = page_of_one();
        bytes[24..28].copy_from_slice(&(8190_u32 | 1 << 15 | 30 << 17).to_le_bytes());
        let page = Page::new(&bytes, format()).unwrap();
        assert!(page.item_bytes(page.item_id(OffsetNumber(1)).unwrap()).is_err());
    }

    #[test]
    fn a_header_that_crosses_itself_is_refused() {
        let mut bytes = page_of_one();
        bytes[12..14].copy_from_slice(&8188_u16.to_le_bytes());
        let error = Page::new(&bytes, format()).unwrap_err().to_string();
        assert!(error.contains("pd_lower"), "{error}");
    }
}
