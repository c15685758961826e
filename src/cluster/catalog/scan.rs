//! Reading the rows of a catalog that are current.

use std::collections::BTreeMap;

use super::layout::Layout;
use super::rows::CatalogRow;
use crate::cluster::codes;
use crate::cluster::fate::TupleFate;
use crate::cluster::files::RelationFiles;
use crate::cluster::finding::{Finding, Location};
use crate::cluster::pages::PageSource;
use crate::cluster::relation::Certainty;
use crate::cluster::transactions::{Transactions, XidStatus};
use crate::format::FormatError;
use crate::format::datum::Attributes;
use crate::format::page::heap::{HeapTuple, HeapTupleHeader, Infomask};
use crate::format::page::{LpFlags, Page};
use crate::primitives::{BlockNumber, ForkNumber, OffsetNumber, TransactionId};

/// What reading a catalog needs.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) pages: &'a PageSource,
    pub(super) transactions: &'a Transactions,
}

/// How much a row can be relied on: of two rows about one object, the greater wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Its inserter is in doubt, or unknown.
    PerhapsInserted,
    /// It was there, and who deleted it is in doubt, or unknown.
    PerhapsDeleted,
    /// It is live.
    Current,
}

impl Standing {
    pub(super) const fn certainty(self) -> Certainty {
        match self {
            Self::Current => Certainty::Certain,
            Self::PerhapsDeleted | Self::PerhapsInserted => Certainty::InDoubt,
        }
    }
}

impl Reader<'_> {
    /// Shows `take` every row of a catalog that is, or may be, current, until it returns `false`.
    ///
    /// A page or row that can't be read is a finding, and the rest still comes.
    pub(super) fn rows<R: CatalogRow>(
        self,
        files: &RelationFiles,
        layout: &Layout,
        findings: &mut Vec<Finding>,
        take: impl FnMut(Standing, R) -> bool,
    ) {
        self.rows_of(files, layout, findings, |tuple| self.standing(tuple), take);
    }

    /// Shows `take` the rows that are certainly gone and still on their page, each with its
    /// inserter.
    pub(super) fn former_rows<R: CatalogRow>(
        self,
        files: &RelationFiles,
        layout: &Layout,
        mut take: impl FnMut(TransactionId, R),
    ) {
        let gone = |tuple: &HeapTupleHeader| match self.transactions.tuple_fate(tuple) {
            TupleFate::Deleted { .. } | TupleFate::Aborted => Some(tuple.t_xmin()),
            TupleFate::Live | TupleFate::InDoubt | TupleFate::Unknown => None,
        };
        // What is damaged was reported when the current rows were read.
        self.rows_of(files, layout, &mut Vec::new(), gone, |xmin, row| {
            take(xmin, row);
            true
        });
    }

    /// Shows `take` the rows that `judge` has something to say of.
    fn rows_of<R: CatalogRow, J>(
        self,
        files: &RelationFiles,
        layout: &Layout,
        findings: &mut Vec<Finding>,
        judge: impl Fn(&HeapTupleHeader) -> Option<J>,
        mut take: impl FnMut(J, R) -> bool,
    ) {
        let wanted: Vec<_> = R::COLUMNS.iter().map(|name| layout.position(name)).collect();
        let Some(fork) = files.fork(ForkNumber::Main) else { return };
        let mut buffer = Vec::new();
        let mut more = true;
        for run in self.pages.runs(fork, RUN) {
            self.pages.visit(fork, run, &mut buffer, |block, page| {
                if !more {
                    return;
                }
                let damage = page.map_err(|error| (OffsetNumber::INVALID, error.to_string()));
                let outcome = damage.and_then(|bytes| {
                    self.page(bytes, layout, &wanted, &judge, |judged, row| {
                        more = more && take(judged, row);
                    })
                });
                if let Err((offset, found)) = outcome {
                    findings.push(damaged::<R>(fork.first_path(), block, offset, found));
                }
            });
            if !more {
                return;
            }
        }
    }

    /// The rows of a catalog by a key; where several have the same one, the one to rely on most.
    pub(super) fn by_key<R: CatalogRow, K: Ord>(
        self,
        files: &RelationFiles,
        layout: &Layout,
        findings: &mut Vec<Finding>,
        key: impl Fn(&R) -> K,
    ) -> BTreeMap<K, (Standing, R)> {
        let mut rows = BTreeMap::new();
        self.rows(files, layout, findings, |standing, row: R| {
            let key = key(&row);
            let better = |(known, _): &(Standing, R)| *known <= standing;
            if rows.get(&key).is_none_or(better) {
                rows.insert(key, (standing, row));
            }
            true
        });
        rows
    }

    /// The first damage on a page is reported; rows that it doesn't concern are shown.
    fn page<R: CatalogRow, J>(
        self,
        bytes: &[u8],
        layout: &Layout,
        wanted: &[Option<usize>],
        judge: impl Fn(&HeapTupleHeader) -> Option<J>,
        mut take: impl FnMut(J, R),
    ) -> Result<(), (OffsetNumber, String)> {
        let page = Page::new(bytes, self.pages.format())
            .map_err(|error| (OffsetNumber::INVALID, error.to_string()))?;
        let mut damage = Ok(());
        for (number, item) in page.item_ids() {
            if item.lp_flags() != LpFlags::Normal {
                continue;
            }
            let row = page.heap_tuple(item).and_then(|tuple| {
                let Some(judged) = judge(tuple.header) else { return Ok(None) };
                Ok(Some((judged, row(tuple, layout, wanted)?)))
            });
            match row {
                Ok(Some((judged, row))) => take(judged, row),
                Ok(None) => {}
                Err(error) => damage = damage.and(Err((number, error.to_string()))),
            }
        }
        damage
    }

    /// `None` for a row that is certainly gone.
    fn standing(self, tuple: &HeapTupleHeader) -> Option<Standing> {
        match self.transactions.tuple_fate(tuple) {
            TupleFate::Live => Some(Standing::Current),
            TupleFate::Deleted { .. } | TupleFate::Aborted => None,
            TupleFate::InDoubt | TupleFate::Unknown => {
                let inserted = tuple.t_infomask().contains(Infomask::HEAP_XMIN_COMMITTED)
                    || self.transactions.status(tuple.t_xmin()) == XidStatus::Committed;
                Some(if inserted { Standing::PerhapsDeleted } else { Standing::PerhapsInserted })
            }
        }
    }
}

/// How many pages are read as one run.
const RUN: u32 = 128;

fn row<R: CatalogRow>(
    tuple: HeapTuple<'_>,
    layout: &Layout,
    wanted: &[Option<usize>],
) -> Result<R, FormatError> {
    let last = wanted.iter().flatten().max().map_or(0, |last| last + 1);
    let mut values = Vec::with_capacity(last);
    for value in Attributes::new(tuple, layout.attributes()).take(last) {
        values.push(value?);
    }
    R::from_values(wanted.iter().map(|place| values.get((*place)?).copied().flatten()))
}

fn damaged<R: CatalogRow>(
    path: &str,
    block: BlockNumber,
    offset: OffsetNumber,
    found: String,
) -> Finding {
    Finding {
        code: &codes::CATALOG_UNREADABLE,
        location: Location {
            relation: Some(format!("pg_catalog.{}", R::NAME)),
            path: Some(path.to_owned()),
            block: Some(block),
            offset: offset.is_valid().then_some(offset),
            ..Location::default()
        },
        expected: "a page of rows".to_owned(),
        found,
    }
}
