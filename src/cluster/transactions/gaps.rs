//! What is missing of the logs of transactions.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::pages::PageError;
use super::{SLRU_SEGMENT_MISSING, SLRU_UNREADABLE, Transactions};
use crate::cluster::finding::{Finding, Location};
use crate::evidence::Evidence;
use crate::format::slru::{self, PAGES_PER_SEGMENT, SlruKind, clog};
use crate::primitives::TransactionId;

impl Transactions {
    /// Reports each segment of `pg_xact` that should be there and is not, whether or not anything
    /// will ask for it.
    pub(super) fn look_for_gaps(&self, evidence: &dyn Evidence, findings: &mut Vec<Finding>) {
        let Some(limits) = &self.limits else { return };
        let directory = SlruKind::Clog.directory();
        let present: BTreeSet<u64> = evidence
            .list(directory)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| SlruKind::Clog.segment_number(&entry.name, self.format.version))
            .collect();
        let segment_of = |xid| clog::page_of(xid, self.format) / PAGES_PER_SEGMENT;
        let segments = segment_of(TransactionId(u32::MAX)) + 1;
        let mut segment = segment_of(limits.oldest_xid);
        let last = segment_of(TransactionId(limits.next_xid.0.wrapping_sub(1)));
        loop {
            if !present.contains(&segment) {
                let path = SlruKind::Clog.segment_path(segment, self.format.version);
                let finding = missing(&path);
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).insert(path, None);
                findings.push(finding);
            }
            if segment == last {
                return;
            }
            segment = (segment + 1) % segments;
        }
    }

    /// Notes that a page could not be had, once for each file.
    pub(super) fn report_page(&self, kind: SlruKind, page: u64) {
        let (segment, _) = slru::locate(page, self.format);
        let path = kind.segment_path(segment, self.format.version);
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.contains_key(&path) {
            return;
        }
        let finding = self.pages.with(kind, page, |content| match content {
            Err(PageError::Unreadable(why)) => Finding {
                code: &SLRU_UNREADABLE,
                location: Location { path: Some(path.clone()), ..Location::default() },
                expected: "a file that can be read".to_owned(),
                found: why.to_string(),
            },
            Ok(_) | Err(PageError::Missing) => missing(&path),
        });
        failures.insert(path, Some(finding));
    }
}

fn missing(path: &str) -> Finding {
    Finding {
        code: &SLRU_SEGMENT_MISSING,
        location: Location { path: Some(path.to_owned()), ..Location::default() },
        expected: "a file that reaches to the transactions that are asked for".to_owned(),
        found: "no such file, or a shorter one".to_owned(),
    }
}
