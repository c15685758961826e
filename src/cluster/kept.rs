//! The first of what there may be any number of: damage may be everywhere, and memory is bounded.

use std::collections::BTreeMap;

use super::finding::{Code, Finding};
use crate::primitives::{BlockNumber, ForkNumber, Lsn, OffsetNumber};

/// How many findings of one kind are kept, of a relation or of the WAL.
pub(crate) const KEPT: usize = 20;

/// What a scan finds wrong with one relation, or with the WAL: the first of each kind by place, and
/// how many more there are. In whatever order the pieces are merged, the outcome is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanFindings {
    by_code: BTreeMap<&'static str, (BTreeMap<Place, Finding>, u64)>,
}

/// Where, and, since several things may be wrong at one place, what.
type Place =
    (Option<Lsn>, Option<ForkNumber>, Option<BlockNumber>, Option<OffsetNumber>, [String; 2]);

impl ScanFindings {
    pub(crate) fn add(&mut self, finding: Finding) {
        let (kept, more) = self.by_code.entry(finding.code.name).or_default();
        let at = &finding.location;
        let what = [finding.expected.clone(), finding.found.clone()];
        kept.insert((at.lsn, at.fork, at.block, at.offset, what), finding);
        if kept.len() > KEPT {
            kept.pop_last();
            *more += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (code, (kept, more)) in other.by_code {
            for finding in kept.into_values() {
                self.add(finding);
            }
            self.by_code.entry(code).or_default().1 += more;
        }
    }

    /// Counts so many more of a kind.
    pub(crate) fn add_more(&mut self, code: &'static Code, more: u64) {
        if more > 0 {
            self.by_code.entry(code.name).or_default().1 += more;
        }
    }

    /// Leaves those before `end`, and those of no place in the WAL. Of a kind with more than are
    /// kept, how many more lie before it is not known, and not said.
    pub(crate) fn retain_before(&mut self, end: Lsn) {
        for (kept, more) in self.by_code.values_mut() {
            kept.retain(|(lsn, ..), _| lsn.is_none_or(|lsn| lsn < end));
            *more = 0;
        }
    }

    /// The findings by code and place; of a kind with more, the last one says how many.
    #[must_use]
    pub fn finish(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (_, (kept, more)) in self.by_code {
            let mut of_kind: Vec<_> = kept.into_values().collect();
            and_more(&mut of_kind, more);
            findings.extend(of_kind);
        }
        findings
    }
}

/// Says in the last of these findings how many more of its kind there are.
pub(crate) fn and_more(findings: &mut [Finding], more: u64) {
    if let Some(last) = findings.last_mut().filter(|_| more > 0) {
        last.found = format!("{} (and {more} more of this kind)", last.found);
    }
}

/// The first of many, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstOf<T> {
    kept: Vec<T>,
    most: usize,
    more: u64,
}

/// More than anybody reads one by one.
const FIRST: usize = 1000;

impl<T> Default for FirstOf<T> {
    fn default() -> Self {
        Self::at_most(FIRST)
    }
}

impl<T> FirstOf<T> {
    /// Room for so many.
    pub(crate) const fn at_most(most: usize) -> Self {
        Self { kept: Vec::new(), most, more: 0 }
    }

    /// Takes in those that follow.
    pub(crate) fn append(&mut self, later: Self) {
        later.kept.into_iter().for_each(|one| self.push(one));
        self.more += later.more;
    }

    pub(crate) fn push(&mut self, one: T) {
        if self.kept.len() < self.most {
            self.kept.push(one);
        } else {
            self.more += 1;
        }
    }

    /// Leaves those that come before the first one that `is_wanted` does not want; if it wants all
    /// that are kept, how many more it would want is not known, and none counts.
    pub(crate) fn take_while(&mut self, is_wanted: impl Fn(&T) -> bool) {
        let wanted = self.kept.iter().take_while(|one| is_wanted(one)).count();
        self.kept.truncate(wanted);
        self.more = 0;
    }

    /// The first ones.
    #[must_use]
    pub fn first(&self) -> &[T] {
        &self.kept
    }

    /// How many there are beside the first ones.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.more
    }

    /// How many there are in all.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::finding::Location;
    use crate::cluster::wal::codes::{WAL_COPY_BROKEN, WAL_SEGMENT_UNREADABLE};

    #[test]
    fn the_first_are_kept_and_the_others_counted() {
        let mut places = FirstOf::at_most(3);
        (0..1000).for_each(|place| places.push(place));
        assert_eq!((places.first(), places.more(), places.len()), (&[0, 1, 2][..], 997, 1000));
        places.take_while(|place| *place < 2);
        assert_eq!((places.first(), places.more()), (&[0, 1][..], 0));
        let mut few = FirstOf::default();
        few.push(7);
        assert_eq!((few.first(), few.more(), few.is_empty()), (&[7][..], 0, false));
    }

    #[test]
    fn of_each_kind_the_first_by_place_are_kept_however_they_come() {
        let finding = |code, lsn| {
            let location = Location { lsn: Some(Lsn(lsn)), ..Location::default() };
            Finding { code, location, expected: String::new(), found: lsn.to_string() }
        };
        let kept = 1..=KEPT as u64;
        let (mut rising, mut falling) = (ScanFindings::default(), ScanFindings::default());
        for lsn in 1..=100_000 {
            rising.add(finding(&WAL_SEGMENT_UNREADABLE, lsn));
            falling.add(finding(&WAL_SEGMENT_UNREADABLE, 100_001 - lsn));
        }
        rising.add(finding(&WAL_COPY_BROKEN, 5));
        falling.merge([finding(&WAL_COPY_BROKEN, 5)].into_iter().fold(
            ScanFindings::default(),
            |mut other, one| {
                other.add(one);
                other
            },
        ));
        assert_eq!(rising, falling);
        let mut cut = rising.clone();
        cut.retain_before(Lsn(4));
        let places: Vec<_> = cut.finish().into_iter().map(|one| one.location.lsn).collect();
        assert_eq!(places, [1, 2, 3].map(|lsn| Some(Lsn(lsn))));
        let mut twice = ScanFindings::default();
        let other = Finding { found: "else".to_owned(), ..finding(&WAL_COPY_BROKEN, 5) };
        for one in [finding(&WAL_COPY_BROKEN, 5), other, finding(&WAL_COPY_BROKEN, 5)] {
            twice.add(one);
        }
        assert_eq!(twice.finish().len(), 2, "two things may be wrong at one place");
        rising.add_more(&WAL_SEGMENT_UNREADABLE, 7);
        let found = rising.finish();
        assert_eq!(found.len(), KEPT + 1);
        let last = found.iter().rfind(|one| one.code == &WAL_SEGMENT_UNREADABLE).unwrap();
        assert_eq!(last.location.lsn, Some(Lsn(*kept.end())));
        let more = 100_000 - kept.end() + 7;
        assert_eq!(last.found, format!("{} (and {more} more of this kind)", kept.end()));
    }
}
