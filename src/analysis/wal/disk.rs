use crate::format::wal::{WalPageHeader, WalSpace};

/// What the bytes of the WAL's files are used for; they add up to the files' sizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskLedger {
    /// Records.
    pub records: u64,
    /// The rest of a record whose start is in no file that is there.
    pub continued: u64,
    /// Headers of pages.
    pub page_headers: u64,
    /// Between records, so that each starts at a multiple of 8.
    pub alignment: u64,
    /// Behind a SWITCH, up to the end of the segment.
    pub after_switch: u64,
    /// Starts of records whose rest was never written.
    pub abandoned: u64,
    /// Behind the end of the WAL: nothing, or leftovers of what a segment held before.
    pub unused: u64,
    /// What could not be read, or was not, since the records before it stop.
    pub unread: u64,
}

/// What the header of a page takes that is not a segment's first.
const SHORT_HEADER: u64 = size_of::<WalPageHeader>() as u64;

impl DiskLedger {
    /// Its lines: name and bytes.
    #[must_use]
    pub const fn lines(&self) -> [(&'static str, u64); 8] {
        [
            ("records", self.records),
            ("continued", self.continued),
            ("page_headers", self.page_headers),
            ("alignment", self.alignment),
            ("after_switch", self.after_switch),
            ("abandoned", self.abandoned),
            ("unused", self.unused),
            ("unread", self.unread),
        ]
    }

    /// All bytes of the files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.lines().iter().map(|(_, bytes)| bytes).sum()
    }

    /// Takes in how the space of a chain grew, and says by how much.
    pub(super) fn change(&mut self, before: WalSpace, after: WalSpace) -> u64 {
        // A record that turns out to be unfinished goes from one line to another.
        self.records = self.records + after.records - before.records;
        self.page_headers += after.page_headers - before.page_headers;
        self.alignment += after.alignment - before.alignment;
        self.after_switch += after.after_switch - before.after_switch;
        self.abandoned += after.abandoned - before.abandoned;
        after.total() - before.total()
    }

    /// So many bytes, from the start of a page on, are read again: its header, and what it held of a
    /// record that came to nothing.
    pub(super) fn retract(&mut self, bytes: u64) {
        let of_record = bytes.saturating_sub(SHORT_HEADER).min(self.abandoned);
        self.abandoned -= of_record;
        self.page_headers -= (bytes - of_record).min(self.page_headers);
    }

    /// So many bytes of records turned out to be of none.
    pub(super) fn abandon(&mut self, bytes: u64) {
        let bytes = bytes.min(self.records);
        self.records -= bytes;
        self.abandoned += bytes;
    }
}
