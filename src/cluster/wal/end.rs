//! Whether the end of the records is the end of the WAL.

use super::{Wal, WalFile};
use crate::format::wal::{WalEnd, WalPageHeader, version_magic};
use crate::primitives::Lsn;

/// Behind the end of the records, there is a page that is where it belongs: something is wrong
/// in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalGoesOn {
    /// The page.
    pub at: Lsn,
    /// Its file.
    pub file: String,
}

impl Wal {
    /// Looks behind the end of the records for pages that stand where they belong. Where the
    /// server had come to when it stopped, there is none: nothing, or leftovers of what a segment
    /// held before it was recycled.
    #[must_use]
    pub fn goes_on_after(&self, end: &WalEnd) -> Option<WalGoesOn> {
        let page = u64::from(self.format.wal_block_size.max(1));
        let behind = Lsn(self.page_of(end.found_at).0.saturating_add(page));
        let first = self.segment_at(end.found_at);
        self.segments.iter().enumerate().skip(first).find_map(|(at, segment)| {
            let start = self.start_of(segment.number);
            segment.files().find_map(|file| {
                if at == first && start < behind {
                    self.sound_page(file, behind, u64::MAX)
                } else {
                    self.sound_page(file, start, 1)
                }
            })
        })
    }

    /// The first of at most `most` pages from `from` on that stands where it belongs.
    fn sound_page(&self, segment: &WalFile, from: Lsn, most: u64) -> Option<WalGoesOn> {
        let file = self.open_file(segment).file?;
        let page = u64::from(self.format.wal_block_size.max(1));
        let size = u64::from(self.format.wal_segment_size);
        let end = self.start_of(segment.number).0.saturating_add(size);
        let pages = (end.saturating_sub(from.0) / page).min(most);
        let magic = version_magic(self.format.version);
        let mut buffer = Vec::new();
        (0..pages).map(|index| Lsn(from.0.saturating_add(index * page))).find_map(|at| {
            let bytes = file.read_at(self.offset(at), size_of::<WalPageHeader>(), &mut buffer);
            let header = WalPageHeader::parse(bytes.ok()?).ok()?;
            let sound = header.xlp_magic() == magic && header.xlp_pageaddr() == at;
            sound.then(|| WalGoesOn { at, file: segment.name.clone() })
        })
    }
}
