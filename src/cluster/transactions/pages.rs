//! Pages of the SLRU logs, read when asked for, and a bounded number of them kept.
//!
//! Each thread keeps the page of each log that it looked at last; behind that stands a cache that
//! all share, cut into shards so that threads seldom meet.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::evidence::{Evidence, EvidenceError};
use crate::format::Format;
use crate::format::slru::{self, SlruKind};

/// Why there is no page.
#[derive(Debug, Clone)]
pub(super) enum PageError {
    /// Its file is not there, or ends before it.
    Missing,
    /// Its file can't be read; the text says why.
    Unreadable(Arc<str>),
}

#[derive(Debug)]
pub(super) struct SlruPages {
    evidence: Arc<dyn Evidence>,
    format: Format,
    /// Tells the pages that a thread keeps from those of another cluster.
    id: u64,
    shards: [RwLock<Shard>; SHARDS],
    /// Counts up with every use of a page, to know the one not used for longest.
    clock: AtomicU64,
}

const SHARDS: usize = 16;
/// What all pages that are kept take together, in bytes.
const KEPT_BYTES: usize = 8 << 20;

type Shard = HashMap<(SlruKind, u64), Kept>;
type Content = Result<Arc<[u8]>, PageError>;

#[derive(Debug)]
struct Kept {
    content: Content,
    last_use: AtomicU64,
}

struct Recent {
    owner: u64,
    page: u64,
    content: Content,
}

thread_local! {
    static RECENT: RefCell<[Option<Recent>; SlruKind::ALL.len()]> =
        const { RefCell::new([const { None }; SlruKind::ALL.len()]) };
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl SlruPages {
    pub(super) fn new(evidence: Arc<dyn Evidence>, format: Format) -> Self {
        Self {
            evidence,
            format,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            shards: std::array::from_fn(|_| RwLock::default()),
            clock: AtomicU64::new(0),
        }
    }

    /// Shows `read` a page. `read` must not ask for a page itself.
    #[inline]
    pub(super) fn with<R>(
        &self,
        kind: SlruKind,
        page: u64,
        read: impl FnOnce(Result<&[u8], &PageError>) -> R,
    ) -> R {
        RECENT.with_borrow_mut(|recent| {
            let slot = &mut recent[kind.index()];
            let at_hand =
                slot.as_ref().is_some_and(|kept| kept.owner == self.id && kept.page == page);
            if !at_hand {
                *slot = None;
            }
            let kept = slot.get_or_insert_with(|| Recent {
                owner: self.id,
                page,
                content: self.shared(kind, page),
            });
            read(kept.content.as_deref())
        })
    }

    #[cold]
    fn shared(&self, kind: SlruKind, page: u64) -> Content {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let shard = &self.shards[usize::try_from(page % SHARDS as u64).unwrap_or_default()];
        if let Some(kept) = shard.read().unwrap_or_else(PoisonError::into_inner).get(&(kind, page))
        {
            kept.last_use.store(now, Ordering::Relaxed);
            return kept.content.clone();
        }
        let content = self.read(kind, page);
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= self.pages_per_shard() {
            let oldest = shard.iter().min_by_key(|(_, kept)| kept.last_use.load(Ordering::Relaxed));
            if let Some(key) = oldest.map(|(key, _)| *key) {
                shard.remove(&key);
            }
        }
        let kept = Kept { content: content.clone(), last_use: AtomicU64::new(now) };
        shard.insert((kind, page), kept);
        content
    }

    fn pages_per_shard(&self) -> usize {
        let page_bytes = usize::try_from(self.format.block_size).unwrap_or(usize::MAX).max(1);
        (KEPT_BYTES / SHARDS / page_bytes).max(4)
    }

    fn read(&self, kind: SlruKind, page: u64) -> Content {
        let (segment, offset) = slru::locate(page, self.format);
        let path = kind.segment_path(segment, self.format.version);
        let file = self.evidence.open(&path).map_err(|error| match error {
            EvidenceError::NotFound(_) => PageError::Missing,
            error => PageError::Unreadable(error.to_string().into()),
        })?;
        let len = usize::try_from(self.format.block_size).unwrap_or(usize::MAX);
        let mut buffer = Vec::new();
        let bytes = file
            .read_at(offset, len, &mut buffer)
            .map_err(|error| PageError::Unreadable(error.to_string().into()))?;
        if bytes.len() < len { Err(PageError::Missing) } else { Ok(Arc::from(bytes)) }
    }
}
