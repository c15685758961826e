use std::cmp::Reverse;

use super::{IndexBloat, RelationBloat};

/// What relations are sorted by; the largest number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// What a rewrite or a REINDEX would give back, and what something holds.
    #[default]
    Waste,
    /// The size of the main fork.
    Size,
    /// The length of dead tuples.
    Dead,
    /// The length of what VACUUM would remove.
    Removable,
    /// The length of what something holds.
    Held,
    /// Free space.
    Free,
    /// Database, schema and name, in their order.
    Name,
}

impl SortKey {
    /// Every key with its name.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Waste, "waste"),
        (Self::Size, "size"),
        (Self::Dead, "dead"),
        (Self::Removable, "removable"),
        (Self::Held, "held"),
        (Self::Free, "free"),
        (Self::Name, "name"),
    ];

    /// Sorts rows that come by name; of two that are equal the name decides.
    pub fn sort(self, rows: &mut [RelationBloat<'_>]) {
        match self {
            Self::Name => {}
            Self::Waste => rows.sort_by_key(|row| Reverse((row.waste_len(), row.table_len))),
            Self::Size => rows.sort_by_key(|row| Reverse(row.table_len)),
            Self::Dead => rows.sort_by_key(|row| {
                let of_index = |index: &IndexBloat| index.dead_items().len;
                Reverse(row.of_heap(|heap| heap.tally.dead().len) + row.of_index(of_index))
            }),
            Self::Removable => {
                rows.sort_by_key(|row| Reverse(row.of_heap(|heap| heap.tally.removable.len)));
            }
            Self::Held => rows.sort_by_key(|row| Reverse(row.of_heap(|heap| heap.tally.held.len))),
            Self::Free => rows.sort_by_key(|row| {
                let of_index = row.of_index(IndexBloat::free_space);
                Reverse(row.of_heap(|heap| heap.tally.free_space) + of_index)
            }),
        }
    }
}

impl RelationBloat<'_> {
    /// What a rewrite or a REINDEX would give back, and the held tuples, which a rewrite would have
    /// to copy.
    #[must_use]
    pub fn waste_len(&self) -> u64 {
        self.rewrite_gain_len() + self.of_heap(|heap| heap.tally.held.len)
    }

    fn of_index(&self, get: impl Fn(&IndexBloat) -> u64) -> u64 {
        self.index.as_ref().map_or(0, get)
    }

    fn of_heap(&self, get: impl Fn(&super::HeapBloat) -> u64) -> u64 {
        self.heap.as_ref().map_or(0, get)
    }
}
