/// What a page of an index is for, in words that fit all index types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexPageKind {
    /// Never initialised: the file was extended, and no more.
    New,
    /// What holds for the index as a whole.
    Meta,
    /// The root of a tree with more than one level; a root that is a leaf counts as a leaf.
    Root,
    /// A page of a tree between root and leaves.
    Internal,
    /// A page of a tree whose items point to the heap.
    Leaf,
    /// A B-tree leaf that is empty and still has its parent, or an internal page that goes with it.
    HalfDead,
    /// Taken out of the tree; to be used again once nobody can still be on the way to it.
    Deleted,
    /// An internal page of a GIN posting tree.
    PostingInternal,
    /// A leaf of a GIN posting tree.
    PostingLeaf,
    /// A page of the list that GIN inserts go to before VACUUM sorts them in.
    Pending,
    /// The first page of a hash bucket.
    Bucket,
    /// A further page of a hash bucket.
    Overflow,
    /// Which overflow pages of a hash index are in use.
    Bitmap,
    /// A page of a hash index that was allocated, or freed, and holds nothing.
    Unused,
    /// Where BRIN keeps the summary of each range of blocks.
    Revmap,
    /// Summaries of a BRIN index, or signatures of a bloom index.
    Regular,
}

impl IndexPageKind {
    /// Every kind, in the order of a ledger.
    pub const ALL: [Self; 16] = [
        Self::Meta,
        Self::Root,
        Self::Internal,
        Self::Leaf,
        Self::PostingInternal,
        Self::PostingLeaf,
        Self::Pending,
        Self::Bucket,
        Self::Overflow,
        Self::Bitmap,
        Self::Revmap,
        Self::Regular,
        Self::HalfDead,
        Self::Deleted,
        Self::Unused,
        Self::New,
    ];

    /// Its name in tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Meta => "meta",
            Self::Root => "root",
            Self::Internal => "internal",
            Self::Leaf => "leaf",
            Self::HalfDead => "half_dead",
            Self::Deleted => "deleted",
            Self::PostingInternal => "posting_internal",
            Self::PostingLeaf => "posting_leaf",
            Self::Pending => "pending",
            Self::Bucket => "bucket",
            Self::Overflow => "overflow",
            Self::Bitmap => "bitmap",
            Self::Unused => "unused",
            Self::Revmap => "revmap",
            Self::Regular => "regular",
        }
    }

    /// Whether the page is waste: nothing on it is in use.
    #[must_use]
    pub const fn is_reusable(self) -> bool {
        matches!(self, Self::New | Self::Deleted | Self::Unused)
    }
}
