use zerocopy::FromBytes;
use zerocopy::little_endian::U32;

use crate::format::page::Page;
use crate::format::page::index::contents;

/// Which overflow pages are in use, a bit each, in words of 32 bits.
#[derive(Debug, Clone, Copy)]
pub struct HashBitmap<'a> {
    words: &'a [U32],
}

impl<'a> HashBitmap<'a> {
    pub(super) fn of(page: &Page<'a>) -> Self {
        let bytes = contents(page);
        let words = <[U32]>::ref_from_prefix_with_elems(bytes, bytes.len() / size_of::<U32>());
        Self { words: words.map(|(words, _)| words).unwrap_or_default() }
    }

    /// Whether the overflow page of that bit is in use; `None` past the page's end.
    #[must_use]
    pub fn is_set(&self, bit: u32) -> Option<bool> {
        let word = self.words.get(usize::try_from(bit / 32).ok()?)?;
        Some(word.get() >> (bit % 32) & 1 != 0)
    }

    /// How many bits the page has, whether or not overflow pages stand behind them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len() * 32
    }

    /// Whether there are no bits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}
