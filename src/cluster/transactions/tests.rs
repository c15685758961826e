//! The rules by which a status is found, on logs made for each.

use std::collections::BTreeMap;

use zerocopy::FromBytes;

use super::*;
use crate::cluster::fate::TupleFate;
use crate::evidence::MemoryEvidence;
use crate::format::PgVersion;
use crate::format::page::heap::{HeapTupleHeader, Infomask};
use crate::primitives::{MultiXactId, MultiXactOffset};

/// Files by path, made page by page.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn page(mut self, path: &str, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut page = vec![0; 8192];
        fill(&mut page);
        self.0.entry(path.to_owned()).or_default().extend(page);
        self
    }

    /// `pg_xact` with these statuses from xid 800 on, and the rest in progress.
    fn clog(self, statuses: &[u8]) -> Self {
        self.page("pg_xact/0000", |page| {
            for (index, status) in statuses.iter().enumerate() {
                page[200 + index / 4] |= status << (index % 4 * 2);
            }
        })
    }

    fn load(self, version: PgVersion, limits: Limits) -> (Transactions, Vec<Finding>) {
        let evidence: Arc<dyn Evidence> = Arc::new(MemoryEvidence::from_iter(self.0));
        let mut findings = Vec::new();
        let format = Format::usual(version);
        let loaded = Transactions::with_limits(&evidence, format, Some(limits), &mut findings);
        (loaded, findings)
    }
}

const SHUT_DOWN: Limits = Limits {
    shut_down: true,
    next_xid: TransactionId(900),
    oldest_xid: TransactionId(700),
    next_multi: MultiXactId(12),
    oldest_multi: MultiXactId(1),
    next_multi_offset: MultiXactOffset(100),
    oldest_commit_ts_xid: TransactionId::INVALID,
    newest_commit_ts_xid: TransactionId::INVALID,
};
const KILLED: Limits = Limits { shut_down: false, ..SHUT_DOWN };

const IN_PROGRESS: u8 = 0;
const COMMITTED: u8 = 1;
const ABORTED: u8 = 2;
const SUB_COMMITTED: u8 = 3;

fn resolve(transactions: &Transactions, xid: u32) -> (XidStatus, Reason) {
    let Resolution { status, reason } = transactions.resolve(TransactionId(xid));
    (status, reason)
}

#[test]
fn what_is_in_progress_goes_by_how_the_server_stopped() {
    let logs = || Files::default().clog(&[COMMITTED, ABORTED, IN_PROGRESS]);
    let (clean, findings) = logs().load(PgVersion::V17, SHUT_DOWN);
    assert_eq!(findings, []);
    assert_eq!(resolve(&clean, 800), (XidStatus::Committed, Reason::Clog));
    assert_eq!(resolve(&clean, 801), (XidStatus::Aborted, Reason::Clog));
    assert_eq!(resolve(&clean, 802), (XidStatus::Aborted, Reason::ShutDown));
    assert_eq!(resolve(&clean, 900), (XidStatus::Unknown, Reason::NotAssigned));
    let (killed, _) = logs().load(PgVersion::V17, KILLED);
    assert_eq!(resolve(&killed, 802), (XidStatus::InDoubt, Reason::InProgress));
    assert_eq!(resolve(&killed, 900), (XidStatus::InDoubt, Reason::InProgress));
}

#[test]
fn xids_outside_the_log_are_not_looked_up() {
    let (clean, _) = Files::default().clog(&[]).load(PgVersion::V17, SHUT_DOWN);
    assert_eq!(resolve(&clean, 0), (XidStatus::Aborted, Reason::Permanent));
    assert_eq!(resolve(&clean, 2), (XidStatus::Committed, Reason::Permanent));
    assert_eq!(resolve(&clean, 699), (XidStatus::Unknown, Reason::BeforeOldestXid));
}

#[test]
fn a_missing_segment_is_reported_once_and_its_transactions_are_unknown() {
    let (clean, findings) = Files::default().load(PgVersion::V17, SHUT_DOWN);
    let paths: Vec<_> = findings.iter().map(|finding| finding.location.path.clone()).collect();
    assert_eq!(paths, [Some("pg_xact/0000".to_owned())]);
    assert_eq!(resolve(&clean, 800), (XidStatus::Unknown, Reason::PageMissing));
    assert_eq!(clean.findings(), []);
}

#[test]
fn after_a_crash_pg_xact_may_end_at_the_checkpoint() {
    let limits = Limits { next_xid: TransactionId(32_768), ..KILLED };
    let (killed, findings) = Files::default().clog(&[]).load(PgVersion::V17, limits);
    assert_eq!(findings, []);
    assert_eq!(resolve(&killed, 32_769), (XidStatus::InDoubt, Reason::InProgress));
    assert_eq!(killed.findings(), []);
}

#[test]
fn a_short_segment_is_reported_when_it_is_asked_for() {
    let limits = Limits { next_xid: TransactionId(40_000), ..SHUT_DOWN };
    let (clean, findings) = Files::default().clog(&[]).load(PgVersion::V17, limits);
    assert_eq!(findings, []);
    assert_eq!(resolve(&clean, 32_769), (XidStatus::Unknown, Reason::PageMissing));
    assert_eq!(resolve(&clean, 32_770), (XidStatus::Unknown, Reason::PageMissing));
    assert_eq!(clean.findings().len(), 1);
}

#[test]
fn a_sub_committed_transaction_ends_as_its_parent() {
    let parents = |page: &mut [u8]| {
        for (child, parent) in [(801_usize, 800_u32), (802, 801), (804, 803), (805, 806)] {
            page[child * 4..child * 4 + 4].copy_from_slice(&parent.to_le_bytes());
        }
    };
    let statuses = [COMMITTED, SUB_COMMITTED, SUB_COMMITTED, ABORTED, SUB_COMMITTED, SUB_COMMITTED];
    let logs = Files::default().clog(&statuses).page("pg_subtrans/0000", parents);
    let (clean, _) = logs.load(PgVersion::V17, SHUT_DOWN);
    assert_eq!(resolve(&clean, 802), (XidStatus::Committed, Reason::Parent(TransactionId(800))));
    assert_eq!(resolve(&clean, 804), (XidStatus::Aborted, Reason::Parent(TransactionId(803))));
    assert_eq!(clean.parent(TransactionId(805)), None, "a parent is older than its child");
    assert_eq!(resolve(&clean, 805), (XidStatus::Aborted, Reason::ShutDown));
}

#[test]
fn a_damaged_prepared_transaction_leaves_its_subtransactions_in_doubt() {
    let mut logs = Files::default().clog(&[IN_PROGRESS]);
    logs.0.insert("pg_twophase/0000000000000320".to_owned(), vec![0; 100]);
    let (clean, findings) = logs.load(PgVersion::V17, SHUT_DOWN);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, &PREPARED_UNREADABLE);
    assert_eq!(resolve(&clean, 800), (XidStatus::InDoubt, Reason::Prepared));
    assert_eq!(resolve(&clean, 801), (XidStatus::InDoubt, Reason::InProgress));
}

#[test]
fn a_state_file_that_outlived_its_transaction_does_not_count() {
    let mut logs = Files::default().clog(&[COMMITTED]);
    logs.0.insert("pg_twophase/0000000000000320".to_owned(), vec![0; 100]);
    let (clean, _) = logs.load(PgVersion::V17, SHUT_DOWN);
    assert_eq!(clean.prepared(), []);
    assert_eq!(resolve(&clean, 800), (XidStatus::Committed, Reason::Clog));
}

#[test]
fn the_wal_decides_what_pg_xact_leaves_open() {
    let (mut killed, _) = Files::default().clog(&[COMMITTED]).load(PgVersion::V17, KILLED);
    let outcomes = [
        (TransactionId(800), WalOutcome::Aborted),
        (TransactionId(40_000), WalOutcome::Committed),
        (TransactionId(802), WalOutcome::Prepared),
    ];
    killed.decide_by_wal(WalOutcomes {
        outcomes: outcomes.into_iter().collect(),
        next_xid: Some(TransactionId(40_001)),
        complete: true,
        ..WalOutcomes::default()
    });
    assert_eq!(resolve(&killed, 800), (XidStatus::Committed, Reason::Clog));
    assert_eq!(resolve(&killed, 40_000), (XidStatus::Committed, Reason::Wal));
    assert_eq!(resolve(&killed, 802), (XidStatus::InDoubt, Reason::Wal));
    assert_eq!(resolve(&killed, 803), (XidStatus::Aborted, Reason::Wal));
    assert_eq!(resolve(&killed, 40_001), (XidStatus::Unknown, Reason::NotAssigned));
}

/// Offsets of multixacts 10 to 12 before 19: the first wraps around past offset 0.
fn multixacts() -> Files {
    let page = u64::from(u32::MAX) / 1636;
    let last = usize::try_from(u64::from(u32::MAX) % 1636).unwrap();
    let path = SlruKind::MultiXactMembers.segment_path(page / 32, PgVersion::V17);
    let mut files =
        Files::default().clog(&[COMMITTED, ABORTED]).page("pg_multixact/offsets/0000", |page| {
            page[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
            page[44..48].copy_from_slice(&2_u32.to_le_bytes());
        });
    for _ in 0..page % 32 {
        files = files.page(&path, |_| ());
    }
    let member = |page: &mut [u8], slot: usize, xid: u32, status: u8| {
        let group = slot / 4 * 20;
        page[group + slot % 4] = status;
        page[group + 4 + slot % 4 * 4..][..4].copy_from_slice(&xid.to_le_bytes());
    };
    files.page(&path, |page| member(page, last, 800, 5)).page("pg_multixact/members/0000", |page| {
        member(page, 1, 801, 0);
        member(page, 2, 801, 4);
        member(page, 3, 800, 1);
    })
}

#[test]
fn members_wrap_around_past_offset_0_and_the_last_end_where_pg_control_says() {
    let limits = Limits { next_multi_offset: MultiXactOffset(4), ..SHUT_DOWN };
    let (clean, _) = multixacts().load(PgVersion::V17, limits);
    let members = |multi| -> Vec<_> {
        let members = clean.multixact_members(MultiXactId(multi)).unwrap();
        members.iter().map(|member| (member.xid.0, member.status.0)).collect()
    };
    assert_eq!(members(10), [(800, 5), (801, 0)]);
    assert_eq!(members(11), [(801, 4), (800, 1)]);
    assert_eq!(clean.update_xid(MultiXactId(10)), Ok(Some(TransactionId(800))));
    assert_eq!(
        clean.multixact_members(MultiXactId(12)),
        Err(UnknownMulti::NeverMade(MultiXactId(12)))
    );
    assert!(matches!(clean.multixact_members(MultiXactId(9)), Err(UnknownMulti::Damaged { .. })));
}

#[test]
fn the_fate_of_a_tuple_goes_by_its_hints_first() {
    let limits = Limits { next_multi_offset: MultiXactOffset(4), ..SHUT_DOWN };
    let (clean, _) = multixacts().load(PgVersion::V17, limits);
    let fate = |xmin: u32, xmax: u32, info: Infomask| {
        let mut bytes = [0; 23];
        bytes[..4].copy_from_slice(&xmin.to_le_bytes());
        bytes[4..8].copy_from_slice(&xmax.to_le_bytes());
        bytes[20..22].copy_from_slice(&info.bits().to_le_bytes());
        clean.tuple_fate(HeapTupleHeader::ref_from_bytes(&bytes).unwrap())
    };
    let (none, multi) = (Infomask::empty(), Infomask::HEAP_XMAX_IS_MULTI);
    let no_xmax = Infomask::HEAP_XMAX_INVALID;
    let deleted = |xmax| TupleFate::Deleted { xmax: TransactionId(xmax) };
    assert_eq!(fate(800, 0, no_xmax), TupleFate::Live);
    assert_eq!(fate(801, 0, no_xmax), TupleFate::Aborted);
    assert_eq!(fate(801, 0, no_xmax | Infomask::HEAP_XMIN_COMMITTED), TupleFate::Live);
    assert_eq!(fate(100, 0, no_xmax | Infomask::HEAP_XMIN_FROZEN), TupleFate::Live);
    assert_eq!(fate(800, 0, no_xmax | Infomask::HEAP_XMIN_INVALID), TupleFate::Aborted);
    assert_eq!(fate(0, 0, no_xmax), TupleFate::Aborted);
    assert_eq!(fate(100, 0, no_xmax), TupleFate::Unknown);
    assert_eq!(fate(800, 800, none), deleted(800));
    assert_eq!(fate(800, 801, none), TupleFate::Live);
    assert_eq!(fate(800, 801, Infomask::HEAP_XMAX_COMMITTED), deleted(801));
    let committed = Infomask::HEAP_XMIN_COMMITTED | Infomask::HEAP_XMAX_COMMITTED;
    assert_eq!(fate(801, 801, committed), deleted(801));
    assert_eq!(fate(801, 801, committed | no_xmax), TupleFate::Live);
    assert_eq!(fate(801, 801, committed | Infomask::HEAP_XMAX_LOCK_ONLY), TupleFate::Live);
    assert_eq!(fate(801, 801, committed | Infomask::HEAP_XMAX_EXCL_LOCK), TupleFate::Live);
    assert_eq!(fate(801, 10, committed | multi), deleted(800), "the member, not the multixact");
    assert_eq!(fate(800, 800, Infomask::HEAP_XMAX_LOCK_ONLY), TupleFate::Live);
    assert_eq!(fate(800, 800, Infomask::HEAP_XMAX_EXCL_LOCK), TupleFate::Live, "before 9.3");
    assert_eq!(fate(800, 10, multi), deleted(800));
    assert_eq!(fate(800, 11, multi), TupleFate::Live, "the updating member aborted");
    assert_eq!(fate(800, 9, multi), TupleFate::Unknown);
    assert_eq!(fate(800, 9, multi | Infomask::HEAP_XMAX_LOCK_ONLY), TupleFate::Live);
}

#[test]
fn threads_agree_on_pages_that_either_read() {
    let mut files = Files::default();
    files.0.insert("pg_xact/0000".to_owned(), vec![0b0101_0101; 32 * 8192]);
    let limits = Limits { next_xid: TransactionId(1_000_000), ..SHUT_DOWN };
    let (clean, _) = files.load(PgVersion::V17, limits);
    std::thread::scope(|scope| {
        for start in 0..4 {
            let clean = &clean;
            scope.spawn(move || {
                for xid in (800 + start..1_000_000).step_by(9973) {
                    assert_eq!(clean.status(TransactionId(xid)), XidStatus::Committed);
                }
            });
        }
    });
}
