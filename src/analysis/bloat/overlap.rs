//! Whether the items of a page overlap.

/// A bit for each 8 bytes of the largest page there is.
type Marks = [u64; 64];

/// Whether any two of these places share a byte. A place is a start and a length, both multiples
/// of 8, within a page.
pub(super) fn overlap(places: impl Iterator<Item = (u32, u32)>) -> bool {
    let mut marks: Marks = [0; 64];
    let mut free = true;
    for (start, len) in places {
        free &= mark(&mut marks, start, len);
    }
    !free
}

/// Sets the bits of a place; `false` where one of them is set already.
fn mark(marks: &mut Marks, start: u32, len: u32) -> bool {
    let (mut bit, end) = (start / 8, (start + len) / 8);
    let mut free = true;
    while bit < end {
        let Some(word) = marks.get_mut((bit / 64) as usize) else { return false };
        let (first, count) = (bit % 64, (end - bit).min(64 - bit % 64));
        let mask = (u64::MAX >> (64 - count)) << first;
        free &= *word & mask == 0;
        *word |= mask;
        bit += count;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_any_order_are_told_from_those_that_overlap() {
        let overlaps = |places: &[(u32, u32)]| overlap(places.iter().copied());
        assert!(!overlaps(&[(8152, 40), (8112, 40), (7000, 1112)]));
        assert!(!overlaps(&[(7000, 40), (8152, 40), (7040, 1112), (24, 6976)]));
        assert!(!overlaps(&[(8152, 40), (8152, 0)]));
        assert!(overlaps(&[(8152, 40), (8120, 40)]));
        assert!(overlaps(&[(7000, 40), (8000, 40), (7032, 8)]));
        assert!(overlaps(&[(8152, 40), (8152, 40)]));
        assert!(!overlaps(&[(32_760, 8)]));
    }
}
