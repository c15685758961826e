use crate::format::page::{ItemId, LpFlags, Page};

/// What `bt_page_stats()` and `hash_page_stats()` count on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemStats {
    /// Items whose line pointer is not `LP_DEAD`.
    pub live_items: u16,
    /// Items that a scan or an insert found to point at dead rows alone (`LP_DEAD`).
    pub dead_items: u16,
}

impl ItemStats {
    /// The counts of these line pointers.
    pub fn of(items: impl Iterator<Item = ItemId>) -> Self {
        items.fold(Self::default(), |mut stats, item| {
            let count = match item.lp_flags() {
                LpFlags::Dead => &mut stats.dead_items,
                _ => &mut stats.live_items,
            };
            *count = count.saturating_add(1);
            stats
        })
    }
}

/// The room for one more item with its line pointer (`PageGetFreeSpace`), in bytes.
#[must_use]
pub fn free_size(page: &Page<'_>) -> u16 {
    page.free_space().saturating_sub(4)
}
