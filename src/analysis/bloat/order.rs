use std::cmp::Reverse;

use super::{Dangling, Family, IndexBloat, RelationBloat, Targets};

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
    /// How much the items of an index point to that is no row which somebody sees.
    Dangling,
    /// Database, schema and name, in their order.
    Name,
}

impl SortKey {
    /// Every key with its name.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Waste, "waste"),
        (Self::Size, "size"),
        (Self::Dead, "dead"),
        (Self::Removable, "removable"),
        (Self::Held, "held"),
        (Self::Free, "free"),
        (Self::Dangling, "dangling"),
        (Self::Name, "name"),
    ];

    /// Sorts rows that come by name; of two that are equal the name decides.
    pub fn sort(self, rows: &mut [RelationBloat<'_>]) {
        rows.sort_by_cached_key(|row| Reverse((self.of(row), self.then(row))));
    }

    /// The same for tables with all that belongs to them.
    pub fn sort_families(self, families: &mut [Family<'_, '_>]) {
        families.sort_by_cached_key(|family| {
            let sum =
                |get: &dyn Fn(&RelationBloat<'_>) -> u64| family.members().map(get).sum::<u64>();
            Reverse((sum(&|row| self.of(row)), sum(&|row| self.then(row))))
        });
    }

    /// What a relation is sorted by.
    pub(super) fn of(self, row: &RelationBloat<'_>) -> u64 {
        match self {
            Self::Name => 0,
            Self::Waste => row.waste_len(),
            Self::Size => row.table_len,
            Self::Dead => {
                let of_index = row.of_index(|index| index.dead_items().len);
                row.of_heap(|heap| heap.tally.dead().len) + of_index
            }
            Self::Removable => row.of_heap(|heap| heap.tally.removable.len),
            Self::Held => row.of_heap(|heap| heap.tally.held.len),
            Self::Free => {
                row.of_heap(|heap| heap.tally.free_space) + row.of_index(IndexBloat::free_space)
            }
            Self::Dangling => row.of_index(|index| {
                let targets = index.dangling.as_ref().and_then(Dangling::targets);
                targets.map_or(0, Targets::dangling)
            }),
        }
    }

    /// What decides between two that are equal, before their names do.
    fn then(self, row: &RelationBloat<'_>) -> u64 {
        match self {
            Self::Waste => row.table_len,
            Self::Dangling => row.waste_len(),
            _ => 0,
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
