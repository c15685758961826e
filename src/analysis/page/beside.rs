//! What stands elsewhere about a page.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::cluster::files::ForkFiles;
use crate::cluster::pages::PageSource;
use crate::primitives::BlockNumber;

/// What stands elsewhere about a page; what is not known is left out of its view.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// How many columns the index has.
    pub columns: Option<u16>,
    /// How many blocks the relation has whose map it is.
    pub blocks: Option<u32>,
    /// The other pages of the same fork.
    pub pages: Option<&'a OtherPages>,
}

/// Pages of a fork that tell about others: a meta page, a bitmap. Each is read once.
#[derive(Debug)]
pub struct OtherPages {
    source: PageSource,
    files: ForkFiles,
    read: RefCell<BTreeMap<BlockNumber, Option<Rc<[u8]>>>>,
}

/// How many pages are kept.
const KEPT: usize = 16;

impl OtherPages {
    /// The pages of a fork.
    #[must_use]
    pub const fn new(source: PageSource, files: ForkFiles) -> Self {
        Self { source, files, read: RefCell::new(BTreeMap::new()) }
    }

    /// A page; `None` where it is not there or can't be read.
    pub(super) fn get(&self, block: BlockNumber) -> Option<Rc<[u8]>> {
        let mut read = self.read.borrow_mut();
        if let Some(known) = read.get(&block) {
            return known.clone();
        }
        if read.len() >= KEPT {
            read.clear();
        }
        let mut buffer = Vec::new();
        let page = self.source.read(&self.files, block, &mut buffer).ok().map(Rc::from);
        read.insert(block, page.clone());
        page
    }
}
