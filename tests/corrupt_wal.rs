//! Damage to the WAL, done to good clusters here and named for what it is: it says where and why,
//! and what can be read before and after is still answered.

mod files;

use std::sync::Arc;

use pgautopsy::analysis::wal::{
    Extent, RecordCount, RecordFilter, RecordTypes, RecordWork, StatsBy, WalScan, each_record,
    follow_xid, wal_relations, wal_stats,
};
use pgautopsy::cluster::finding::Finding;
use pgautopsy::cluster::wal::{Wal, WalError, WalOptions};
use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{Evidence, MemoryEvidence, OpenOptions};
use pgautopsy::format::PgVersion;
use pgautopsy::format::wal::{EndReason, ImageFlags, Record, version_magic};
use pgautopsy::primitives::{Lsn, TimelineId, TransactionId};

use crate::files::{COMPRESSIONS, Files, Pack, gzip};

const PAGE: usize = 8192;
const SEGMENT: usize = 1 << 20;
const NAME: &str = "pg17-wal";

/// A record of the undamaged WAL.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    start: Lsn,
    end: Lsn,
    len: usize,
}

/// Each record, read one after the other.
fn records(wal: &Wal, resync: bool) -> (Vec<Seen>, Extent) {
    let mut seen = Vec::new();
    let scan = WalScan { resync, ..WalScan::default() };
    let filter = RecordFilter::default();
    let read = each_record(wal, None, scan, &filter, RecordWork::default(), |view| {
        let len = view.header.xl_tot_len() as usize;
        seen.push(Seen { start: view.start_lsn, end: view.end_lsn, len });
        Ok(())
    });
    assert!(read.error.is_none());
    (seen, read.extent)
}

/// The same WAL counted in every way, which have to agree: how many records and bytes, and what
/// was said about it. The ledger of the files adds up whatever is in them.
fn counted(wal: &Wal, resync: bool) -> (RecordCount, Extent) {
    let one = WalScan { resync, threads: Some(1), ..WalScan::default() };
    let stats = wal_stats(wal, one, StatsBy::Record, &());
    let many = WalScan { threads: Some(5), ..one };
    let again = wal_stats(wal, many, StatsBy::Rmgr, &());
    assert_eq!(again.total, stats.total);
    let relations = wal_relations(wal, None, many, false, &());
    assert_eq!(relations.total.wal_bytes, stats.total.combined_size());
    assert_eq!(relations.total.record_count, stats.total.count);
    let (seen, extent) = records(wal, resync);
    assert_eq!(seen.len() as u64, stats.total.count);
    assert_eq!(seen.iter().map(|one| one.len as u64).sum::<u64>(), stats.total.combined_size());
    assert_eq!((extent.start, extent.end), (stats.extent.start, stats.extent.end));
    assert_eq!(extent.stop.map(|end| end.lsn), stats.extent.stop.clone().map(|end| end.lsn));
    let on_disk: u64 = wal.segments().iter().map(|segment| segment.len).sum();
    if wal.segments().iter().all(|segment| !segment.name.contains(".gz")) {
        assert_eq!(stats.extent.disk.unwrap().total(), on_disk);
    }
    (stats.total, stats.extent)
}

/// The file of a segment of the fixture: its number, counted from the first that is there.
fn segment(files: &Files, index: usize) -> String {
    let names = files
        .0
        .keys()
        .filter(|path| path.strip_prefix("pg_wal/").is_some_and(|name| name.len() == 24));
    names.clone().nth(index).unwrap().clone()
}

/// A cluster of whose files only the WAL is damaged.
fn open(files: Files) -> Cluster {
    files.open()
}

fn named<'a>(findings: &'a [Finding], code: &str) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| finding.code.name == code).collect()
}

/// The undamaged WAL, where the segment starts that is damaged, and its place among the others.
fn sound() -> (Vec<Seen>, Lsn, usize) {
    let cluster = open(Files::of(NAME));
    let wal = cluster.wal();
    let (seen, extent) = records(wal, false);
    assert!(extent.goes_on.is_none() && extent.findings.is_empty());
    let (total, extent) = counted(wal, false);
    assert_eq!(extent.disk.unwrap().records, total.combined_size());
    // One whose records begin before it and go on behind it, with more segments on both sides.
    let crosses =
        |lsn: Lsn| seen.iter().any(|one| one.start < lsn && lsn < one.end && one.len > 40);
    let starts = wal.segments().iter().map(|segment| wal.start_of(segment.number));
    let place = starts
        .clone()
        .skip(1)
        .position(|start| crosses(start) && crosses(Lsn(start.0 + SEGMENT as u64)));
    let place = place.unwrap() + 1;
    (seen, starts.clone().nth(place).unwrap(), place)
}

/// Where in its segment a position is.
fn offset(lsn: Lsn) -> usize {
    usize::try_from(lsn.0).unwrap() % SEGMENT
}

/// A record of the second segment that lies within a page, with others before and behind it.
fn victim(seen: &[Seen], second: Lsn) -> Seen {
    let within = |one: &&Seen| {
        let at = offset(one.start);
        one.start.0 > second.0 + 20 * PAGE as u64
            && one.end.0 < second.0 + 100 * PAGE as u64
            && one.len > 60
            && at % PAGE + one.len < PAGE - 200
            && at % PAGE > 200
    };
    seen.iter().find(within).unwrap().clone()
}

/// Damages the second segment, and checks what comes of it: what is before `lost` is all read,
/// and with resync what starts on a later page than `found_at`.
fn damaged(change: impl FnOnce(&mut [u8]), lost: &Seen, is_it: impl Fn(EndReason) -> bool) {
    let (seen, _, place) = sound();
    let mut files = Files::of(NAME);
    let path = segment(&files, place);
    change(files.get(&path));
    let cluster = open(files);
    let wal = cluster.wal();
    let (total, extent) = counted(wal, false);
    let before = seen.iter().filter(|one| one.start < lost.start).count();
    assert_eq!(total.count, before as u64);
    let stop = extent.stop.unwrap();
    assert!(is_it(stop.reason), "{stop}");
    assert_eq!(stop.lsn, lost.start, "{stop}");
    assert!(extent.goes_on.is_some());
    let finding = named(&extent.findings, "wal_broken")[0];
    assert_eq!(finding.location.path.as_deref(), Some(path.as_str()));
    assert_eq!(finding.location.lsn, Some(lost.start));

    let (after, extent) = records(wal, true);
    let (_, again) = counted(wal, true);
    // What is behind the end is as unused as it was, and what was passed over is little.
    let disk = again.disk.unwrap();
    assert!(disk.unread < 4 * PAGE as u64 && disk.unused > 100_000, "{disk:?}");
    let next_page = lost.start.0.next_multiple_of(PAGE as u64);
    // A record that goes on behind the page began on it: it is lost, too.
    let expected: Vec<_> = seen
        .iter()
        .filter(|one| one.start < lost.start || one.start.0 >= next_page)
        .cloned()
        .collect();
    assert!(after == expected, "{} of {}", after.len(), expected.len());
    assert_eq!(extent.skipped.len(), 1);
    let skipped = named(&extent.findings, "wal_skipped")[0];
    assert!(skipped.found.contains("records go on at"), "{}", skipped.found);
}

#[test]
fn a_flipped_bit_in_a_records_header_ends_the_wal_there() {
    let (seen, second, _) = sound();
    let lost = victim(&seen, second);
    let at = offset(lost.start);
    // xl_prev
    damaged(
        |bytes| bytes[at + 9] ^= 0x10,
        &lost,
        |reason| matches!(reason, EndReason::WrongPrev { .. }),
    );
    // xl_rmid
    damaged(
        |bytes| bytes[at + 17] ^= 0x40,
        &lost,
        |reason| matches!(reason, EndReason::WrongResourceManager { .. }),
    );
    // xl_xid
    damaged(
        |bytes| bytes[at + 4] ^= 1,
        &lost,
        |reason| matches!(reason, EndReason::WrongChecksum { .. }),
    );
}

#[test]
fn a_flipped_bit_in_a_length_ends_the_wal_there() {
    let (seen, second, _) = sound();
    let lost = victim(&seen, second);
    let at = offset(lost.start);
    damaged(
        |bytes| bytes[at] ^= 0x08,
        &lost,
        |reason| matches!(reason, EndReason::WrongChecksum { .. }),
    );
    // So long that it would go on on the next page, which knows nothing of it.
    damaged(
        |bytes| bytes[at + 1] ^= 0x40,
        &lost,
        |reason| matches!(reason, EndReason::NoContinuation | EndReason::WrongContinuation { .. }),
    );
}

#[test]
fn a_record_that_claims_four_gigabytes_is_not_believed() {
    let (seen, second, _) = sound();
    let lost = victim(&seen, second);
    let at = offset(lost.start);
    damaged(
        |bytes| bytes[at..at + 4].fill(0xFF),
        &lost,
        |reason| reason == EndReason::WrongLength { found: u32::MAX },
    );
}

#[test]
fn a_flipped_bit_in_a_checksum_ends_the_wal_there() {
    let (seen, second, _) = sound();
    let lost = victim(&seen, second);
    let at = offset(lost.start);
    damaged(
        |bytes| bytes[at + 20] ^= 1,
        &lost,
        |reason| matches!(reason, EndReason::WrongChecksum { .. }),
    );
}

#[test]
fn a_flipped_bit_in_an_image_ends_the_wal_there() {
    let (seen, second, _) = sound();
    let with_image = |one: &&Seen| {
        let at = offset(one.start);
        one.start.0 > second.0 + 5 * PAGE as u64
            && one.end.0 < second.0 + 100 * PAGE as u64
            && one.len > 2000
            && at % PAGE + one.len < PAGE
            && seen.iter().any(|other| other.start.0 > one.start.0 + 2 * PAGE as u64)
    };
    let lost = seen.iter().find(with_image).unwrap().clone();
    let at = offset(lost.start) + 1500;
    damaged(
        |bytes| bytes[at] ^= 4,
        &lost,
        |reason| matches!(reason, EndReason::WrongChecksum { .. }),
    );
}

/// What the first page of the second segment is damaged into: nothing behind the first segment is
/// read, and said to be so.
fn second_segment(change: impl FnOnce(&mut Vec<u8>)) -> (Cluster, Extent, Vec<Seen>) {
    let (seen, second, place) = sound();
    let mut files = Files::of(NAME);
    let path = segment(&files, place);
    change(files.get(&path));
    let cluster = open(files);
    let (total, extent) = counted(cluster.wal(), false);
    // A record that goes on in it does not come to its end.
    let before: Vec<_> = seen.into_iter().filter(|one| one.end <= second).collect();
    assert_eq!(total.count, before.len() as u64);
    (cluster, extent, before)
}

#[test]
fn a_segment_of_another_cluster_is_none_of_this_wal() {
    let (cluster, extent, before) = second_segment(|bytes| bytes[24] ^= 1);
    let stop = extent.stop.unwrap();
    assert!(matches!(stop.reason, EndReason::WrongSystem { .. }), "{stop}");
    assert_eq!(named(&extent.findings, "wal_broken").len(), 1);
    // Nothing of it is taken for ours, wherever it may be read.
    let (seen, second, _) = sound();
    let third = Lsn(second.0 + SEGMENT as u64);
    let expected: Vec<_> =
        before.into_iter().chain(seen.into_iter().filter(|one| one.start >= third)).collect();
    let (after, _) = records(cluster.wal(), true);
    assert!(after == expected, "{} {}", after.len(), expected.len());
    counted(cluster.wal(), true);
}

#[test]
fn a_segment_of_another_size_or_version_is_none_of_this_wal() {
    let (.., extent, _) = second_segment(|bytes| bytes[34] = 0x20);
    let reason = extent.stop.unwrap().reason;
    assert!(matches!(reason, EndReason::WrongSegmentSize { expected: 0x10_0000, .. }), "{reason}");
    let magic = version_magic(PgVersion::V16);
    let (.., extent, _) = second_segment(|bytes| bytes[..2].copy_from_slice(&magic.to_le_bytes()));
    let stop = extent.stop.unwrap();
    assert!(matches!(stop.reason, EndReason::WrongMagic { found, .. } if found == magic));
    assert!(stop.to_string().contains("PostgreSQL 16"), "{stop}");
}

#[test]
fn a_short_file_is_read_as_far_as_it_goes() {
    let (seen, second, place) = sound();
    let cut = 30 * PAGE + 100;
    let mut files = Files::of(NAME);
    let path = segment(&files, place);
    files.get(&path).truncate(cut);
    let cluster = open(files);
    let sizes = cluster.wal().findings().to_vec();
    let finding = named(&sizes, "wal_segment_size")[0];
    assert_eq!(finding.location.path.as_deref(), Some(path.as_str()));
    assert_eq!(
        (finding.expected.as_str(), finding.found.as_str()),
        ("1048576 bytes", "245860 bytes")
    );
    let (total, extent) = counted(cluster.wal(), false);
    let whole = Lsn(second.0 + 30 * PAGE as u64);
    let before = seen.iter().filter(|one| one.end <= whole).count();
    assert_eq!(total.count, before as u64);
    let stop = extent.stop.unwrap();
    assert_eq!(stop.reason, EndReason::ShortPage { had: 100 });
    assert_eq!(stop.found_at, whole);
}

#[test]
fn a_missing_segment_is_a_gap() {
    let (seen, second, place) = sound();
    let mut files = Files::of(NAME);
    files.0.remove(&segment(&files, place)).unwrap();
    let cluster = open(files);
    let (total, extent) = counted(cluster.wal(), false);
    let before: Vec<_> = seen.iter().filter(|one| one.end <= second).cloned().collect();
    assert_eq!(total.count, before.len() as u64);
    let stop = extent.stop.unwrap();
    let third = Lsn(second.0 + SEGMENT as u64);
    assert_eq!(stop.reason, EndReason::Gap { found: third });
    let [finding] = named(&extent.findings, "wal_broken")[..] else { panic!() };
    // The one that is missing, not the one behind it.
    let path = segment(&Files::of(NAME), place).replace("pg_wal/", "");
    assert_eq!(finding.location.path, Some(path));
    // Behind it the WAL goes on.
    let behind = seen.into_iter().filter(|one| one.start >= third);
    let (after, extent) = records(cluster.wal(), true);
    assert!(after == before.into_iter().chain(behind).collect::<Vec<_>>());
    assert_eq!(named(&extent.findings, "wal_skipped").len(), 1);
    counted(cluster.wal(), true);
}

#[test]
fn of_damage_at_every_other_page_the_first_is_said_and_the_rest_counted() {
    let (seen, _, place) = sound();
    let mut files = Files::of(NAME);
    let path = segment(&files, place);
    for pages in files.get(&path).chunks_mut(2 * PAGE).skip(1) {
        pages[..PAGE].fill(0);
    }
    let cluster = open(files);
    let (found, extent) = records(cluster.wal(), true);
    assert!(found.len() < seen.len() && found.iter().all(|one| seen.contains(one)));
    assert!(extent.skipped.len() > 20);
    let skipped = named(&extent.findings, "wal_skipped");
    assert_eq!(skipped.len(), 20);
    let more = format!("(and {} more of this kind)", extent.skipped.len() - 20);
    assert!(skipped[19].found.ends_with(&more), "{}", skipped[19].found);
    let (_, parallel) = counted(cluster.wal(), true);
    assert_eq!(parallel.skipped, extent.skipped);
    assert_eq!(parallel.findings, extent.findings);
}

#[test]
fn without_its_first_segment_the_wal_starts_in_the_second() {
    let (seen, second, place) = sound();
    let mut files = Files::of(NAME);
    for _ in 0..place {
        files.0.remove(&segment(&files, 0)).unwrap();
    }
    let cluster = open(files);
    let (after, extent) = records(cluster.wal(), false);
    let expected: Vec<_> = seen.into_iter().filter(|one| one.start >= second).collect();
    assert!(after == expected);
    assert!(extent.goes_on.is_none());
    counted(cluster.wal(), false);
}

#[test]
fn where_the_wal_breaks_the_outcome_of_a_transaction_is_unknown() {
    let (seen, second, place) = sound();
    let lost = victim(&seen, second);
    let whole = open(Files::of(NAME));
    let mut xids = Vec::new();
    let commits = RecordFilter {
        types: Some(RecordTypes::named(&[], &["COMMIT".to_owned()], PgVersion::V17).unwrap()),
        ..RecordFilter::default()
    };
    each_record(whole.wal(), None, WalScan::default(), &commits, RecordWork::default(), |view| {
        xids.push((view.start_lsn, view.header.xl_xid()));
        Ok(())
    });
    let (at, later) = *xids.last().unwrap();
    assert!(at > lost.start);
    let (_, first) = xids[0];
    let mut files = Files::of(NAME);
    files.get(&segment(&Files::of(NAME), place))[offset(lost.start) + 30] ^= 1;
    let broken = open(files);
    let follow = |cluster: &Cluster, xid| follow_xid(cluster.wal(), WalScan::default(), xid, &());
    assert_eq!(follow(&whole, later).findings, []);
    assert_eq!(follow(&broken, first).findings, []);
    let finding = &follow(&broken, later).findings[0];
    assert_eq!(finding.code.name, "wal_outcome_unknown");
    assert_eq!(
        finding.found,
        format!(
            "transaction {later}: the WAL stops at {}, and what was written later was not read",
            lost.start
        )
    );
    let never = &follow(&whole, TransactionId(999_999)).findings[0];
    let end = seen.last().unwrap().end;
    assert_eq!(never.found, format!("transaction 999999: the WAL ends at {end}"));
}

/// The segments from that place on as a new timeline wrote them, which left the first at `left`;
/// its first one is there as the old timeline had it, too.
fn forked(files: &mut Files, place: usize, left: Lsn, change: impl FnOnce(&mut [u8])) {
    let mut change = Some(change);
    while files.0.contains_key(&segment(files, place)) {
        let path = segment(files, place + usize::from(change.is_none()));
        if !path.starts_with("pg_wal/00000001") {
            break;
        }
        let mut bytes = files.get(&path).clone();
        for page in bytes.chunks_exact_mut(PAGE) {
            page[4..8].copy_from_slice(&2_u32.to_le_bytes());
        }
        match change.take() {
            Some(change) => change(&mut bytes),
            None => drop(files.0.remove(&path)),
        }
        files.0.insert(path.replace("pg_wal/00000001", "pg_wal/00000002"), bytes);
    }
    let history = format!("1\t{left}\tno recovery target specified\n");
    files.0.insert("pg_wal/00000002.history".to_owned(), history.into_bytes());
}

fn on_timeline(files: Files, timeline: u32) -> Cluster {
    let options =
        ClusterOptions { timeline: Some(TimelineId(timeline)), ..ClusterOptions::default() };
    Cluster::open(files.evidence(), &options).unwrap()
}

#[test]
fn a_timeline_is_read_with_the_one_that_it_grew_out_of() {
    let (seen, second, place) = sound();
    let mut files = Files::of(NAME);
    forked(&mut files, place, Lsn(second.0 + 100), |_| ());
    let cluster = on_timeline(files, 2);
    let (after, extent) = records(cluster.wal(), false);
    assert!(after == seen);
    assert!(extent.goes_on.is_none());
    counted(cluster.wal(), false);
    let timelines: Vec<_> = cluster.wal().segments().iter().map(|one| one.timeline.0).collect();
    assert_eq!(timelines[place - 1..=place], [1, 2]);
    assert!(!cluster.wal().unread().is_empty());
}

#[test]
fn two_timelines_that_disagree_end_the_wal_where_they_do() {
    let (seen, second, place) = sound();
    let mut files = Files::of(NAME);
    // What goes on in it is another record than the one that was begun.
    forked(&mut files, place, Lsn(second.0 + 100), |bytes| {
        bytes[2] &= !1;
        bytes[16..20].fill(0);
    });
    let cluster = on_timeline(files, 2);
    let (total, extent) = counted(cluster.wal(), false);
    let before = seen.iter().filter(|one| one.end <= second).count();
    assert_eq!(total.count, before as u64);
    let stop = extent.stop.unwrap();
    assert_eq!((stop.reason, stop.found_at), (EndReason::NoContinuation, second));
    assert_eq!(named(&extent.findings, "wal_broken").len(), 1);
}

#[test]
fn a_timeline_without_its_history_is_read_alone() {
    let mut files = Files::of(NAME);
    let (_, second, place) = sound();
    forked(&mut files, place, Lsn(second.0 + 100), |_| ());
    files.0.insert("pg_wal/00000002.history".to_owned(), b"what?\n".to_vec());
    let cluster = on_timeline(files, 2);
    assert!(cluster.wal().segments().iter().all(|one| one.timeline == TimelineId(2)));
    assert!(cluster.wal().unread().len() > place);
    let findings = cluster.wal().findings().to_vec();
    let finding = named(&findings, "wal_history_unreadable")[0];
    assert!(finding.found.contains("what?"), "{}", finding.found);
    counted(cluster.wal(), false);
}

#[test]
fn no_timeline_of_that_number_is_no_wal() {
    let cluster = on_timeline(Files::of(NAME), 9);
    let findings = cluster.wal().findings().to_vec();
    let finding = named(&findings, "wal_missing")[0];
    assert!(finding.found.contains("other timelines"), "{}", finding.found);
    assert_eq!(counted(cluster.wal(), false).0, RecordCount::default());
}

/// The segments of the fixture in a folder, each as `name` and `change` have it.
fn archive(change: impl Fn(&str, &[u8]) -> Option<(String, Vec<u8>)>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in Files::of(NAME).0 {
        let Some(name) = path.strip_prefix("pg_wal/").filter(|name| name.len() == 24) else {
            continue;
        };
        if let Some((name, bytes)) = change(name, &bytes) {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
    }
    folder
}

fn open_archive(folder: &std::path::Path) -> Result<Wal, WalError> {
    let opened = Wal::open(folder, &OpenOptions::default(), &[], &WalOptions::default());
    opened.map(|(wal, _)| wal)
}

#[test]
fn an_archive_is_read_however_it_is_compressed() {
    let (seen, ..) = sound();
    // Some keep the name.
    let other: [Pack; 3] = [("", |bytes| bytes.to_vec()), ("", gzip), (".gz.partial", gzip)];
    for (ending, pack) in COMPRESSIONS.into_iter().chain(other) {
        let folder = archive(|name, bytes| Some((format!("{name}{ending}"), pack(bytes))));
        let wal = open_archive(folder.path()).unwrap();
        assert_eq!(wal.format().version, PgVersion::V17);
        assert_eq!(wal.format().wal_segment_size as usize, SEGMENT);
        let (found, extent) = records(&wal, false);
        assert!(found == seen, "{ending}");
        assert!(wal.findings().is_empty() && extent.findings.is_empty(), "{ending}");
        let scan = WalScan::default();
        assert_eq!(wal_stats(&wal, scan, StatsBy::Record, &()).total.count, seen.len() as u64);
    }
}

#[test]
fn a_segment_that_decompresses_to_another_size_is_a_finding() {
    let (seen, second, place) = sound();
    let victim = segment(&Files::of(NAME), place).replace("pg_wal/", "");
    for (ending, pack) in COMPRESSIONS {
        let sized = |len: usize| {
            let folder = archive(|name, bytes| {
                let mut bytes = bytes.to_vec();
                if name == victim {
                    bytes.resize(len, 0);
                }
                Some((format!("{name}{ending}"), pack(&bytes)))
            });
            let wal = open_archive(folder.path()).unwrap();
            let (found, extent) = records(&wal, false);
            let stats = wal_stats(&wal, WalScan::default(), StatsBy::Record, &());
            let size = named(&extent.findings, "wal_segment_size");
            assert_eq!(size, named(&stats.extent.findings, "wal_segment_size"));
            let [finding] = size[..] else { panic!("{:?}", extent.findings) };
            assert_eq!(finding.location.lsn, Some(second));
            let path = finding.location.path.as_deref().unwrap();
            assert!(path.ends_with(&format!("{victim}{ending}")), "{path}");
            assert_eq!(finding.expected, "1048576 bytes, decompressed");
            (found, finding.found.clone())
        };
        let (found, text) = sized(64 * SEGMENT);
        assert!(found == seen);
        assert_eq!(text, "more than that");
        let (found, text) = sized(30 * PAGE);
        let whole = Lsn(second.0 + 30 * PAGE as u64);
        assert!(found == seen.iter().filter(|one| one.end <= whole).cloned().collect::<Vec<_>>());
        assert_eq!(text, "245760 bytes");
    }
}

#[test]
fn a_history_that_never_ends_is_none() {
    let mut files = Files::of(NAME);
    let (_, second, place) = sound();
    forked(&mut files, place, Lsn(second.0 + 100), |_| ());
    let history = files.0.remove("pg_wal/00000002.history").unwrap();
    let with = |bytes: Vec<u8>| {
        let mut files = Files(files.0.clone());
        files.0.insert("pg_wal/00000002.history.gz".to_owned(), gzip(&bytes));
        on_timeline(files, 2)
    };
    assert!(with(history.clone()).wal().findings().is_empty());
    let cluster = with([history, vec![b'\n'; 2 << 20]].concat());
    let finding = named(cluster.wal().findings(), "wal_history_unreadable")[0];
    assert_eq!(finding.found, "more than 1048576 bytes, which makes no sense");
}

#[test]
fn an_empty_folder_holds_no_wal() {
    let folder = tempfile::tempdir().unwrap();
    let error = open_archive(folder.path()).unwrap_err().to_string();
    assert!(error.contains("24 hexadecimal digits") && error.contains("it is empty"), "{error}");
    std::fs::write(folder.path().join("000000010000000000000001"), b"not WAL").unwrap();
    let error = open_archive(folder.path()).unwrap_err().to_string();
    assert!(error.contains("found 000000010000000000000001"), "{error}");
}

#[test]
fn a_stray_segment_does_not_decide_whose_archive_it_is() {
    let (seen, ..) = sound();
    let mut names: Vec<_> = Files::of(NAME).0.into_keys().collect();
    names.retain(|path| path.starts_with("pg_wal/0") && path.len() == "pg_wal/".len() + 24);
    let last = names.last().unwrap().replace("pg_wal/", "");
    let (_, end) = (seen.first().unwrap(), seen.last().unwrap().end);
    let folder = archive(|name, bytes| {
        let mut bytes = bytes.to_vec();
        // The last one, and so the first that is asked: it holds nothing.
        if name == last {
            bytes[24..32].fill(7);
        }
        Some((name.to_owned(), bytes))
    });
    let whole = Lsn(end.0 / SEGMENT as u64 * SEGMENT as u64);
    let expected: Vec<_> = seen.into_iter().filter(|one| one.end <= whole).collect();
    assert!(records(&open_archive(folder.path()).unwrap(), false).0 == expected);
}

#[test]
fn one_segment_is_read_on_its_own() {
    let (seen, second, place) = sound();
    let folder = archive(|name, bytes| Some((name.to_owned(), bytes.to_vec())));
    let path = segment(&Files::of(NAME), place);
    let path = folder.path().join(path.strip_prefix("pg_wal/").unwrap());
    let (after, extent) = records(&open_archive(&path).unwrap(), false);
    let third = Lsn(second.0 + SEGMENT as u64);
    let own = |one: &Seen| one.start >= second && one.end <= third;
    assert!(after == seen.into_iter().filter(own).collect::<Vec<_>>());
    assert!(extent.goes_on.is_none());
}

#[test]
fn what_an_archive_holds_comes_before_pg_wal() {
    let (seen, _, place) = sound();
    // The cluster's own second segment is damaged; the archive has it whole.
    let mut files = Files::of(NAME);
    let path = segment(&files, place);
    let whole = files.get(&path).clone();
    files.get(&path)[30 * PAGE..].fill(0);
    let name = path.strip_prefix("pg_wal/").unwrap();
    let archive: Arc<dyn Evidence> =
        Arc::new(MemoryEvidence::from_iter([(name.to_owned(), whole)]));
    let options = ClusterOptions { archives: vec![archive], ..ClusterOptions::default() };
    let cluster = Cluster::open(files.evidence(), &options).unwrap();
    assert!(records(cluster.wal(), false).0 == seen);
    assert!(cluster.wal().findings().is_empty());
}

/// The fixture with an archive that has the victim segment once more, as `change` makes it.
fn with_archive(files: Files, name: &str, bytes: Vec<u8>) -> Cluster {
    let archive: Arc<dyn Evidence> =
        Arc::new(MemoryEvidence::from_iter([(name.to_owned(), bytes)]));
    let options = ClusterOptions { archives: vec![archive], ..ClusterOptions::default() };
    Cluster::open(files.evidence(), &options).unwrap()
}

/// All records are there, however they are read; what was said about it.
fn whole(wal: &Wal, seen: &[Seen]) -> Vec<Finding> {
    let (found, extent) = records(wal, false);
    assert!(found == seen, "{} of {}: {:?}", found.len(), seen.len(), extent.findings);
    let scan = WalScan { threads: Some(3), ..WalScan::default() };
    let stats = wal_stats(wal, scan, StatsBy::Record, &());
    assert_eq!(stats.total.count, seen.len() as u64);
    assert_eq!(stats.extent.findings, extent.findings);
    let on_disk = wal.segments().len() * SEGMENT;
    assert_eq!(stats.extent.disk.unwrap().total(), on_disk as u64);
    extent.findings
}

type Damage<'a> = &'a dyn Fn(&mut Vec<u8>);

#[test]
fn a_damaged_copy_in_an_archive_does_not_hide_a_sound_one() {
    let (seen, second, place) = sound();
    let path = segment(&Files::of(NAME), place);
    let name = path.strip_prefix("pg_wal/").unwrap();
    let bytes = Files::of(NAME).get(&path).clone();
    let lost = victim(&seen, second);
    let at = offset(lost.start);
    // The parts of records that begin before the segment, and that go on behind it.
    let (rest, start) = (45, SEGMENT - 10);
    let cases: [(Damage<'_>, &str, Lsn); 7] = [
        (&|bytes| bytes[at + 30] ^= 1, "xl_crc", lost.start),
        (&|bytes| bytes[..PAGE].fill(0), "zero", second),
        (&|bytes| bytes[24] ^= 1, "system identifier", second),
        (&|bytes| bytes.truncate(9 * PAGE), "it ends after 73728 bytes", second),
        (&|bytes| bytes.clear(), "it ends after 0 bytes", second),
        (&|bytes| bytes[rest] ^= 1, "does not fit", second),
        (&|bytes| bytes[start] ^= 1, "does not fit", second),
    ];
    for (damage, why, from) in cases {
        let mut copy = bytes.clone();
        damage(&mut copy);
        for (ending, pack) in COMPRESSIONS.into_iter().chain([("", <[u8]>::to_vec as _)]) {
            let bad = format!("{name}{ending}");
            let cluster = with_archive(Files::of(NAME), &bad, pack(&copy));
            let findings = whole(cluster.wal(), &seen);
            let [finding] = &named(&findings, "wal_copy_broken")[..] else {
                panic!("{bad} {why}: {findings:?}")
            };
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(finding.location.path, Some(format!("memory/{bad}")));
            assert!(finding.location.lsn >= Some(from), "{finding:?}");
            assert!(finding.found.contains(why), "{}", finding.found);
            assert!(finding.expected.contains(&path), "{}", finding.expected);
            let differ = !named(cluster.wal().findings(), "wal_copies_differ").is_empty();
            assert_eq!(differ, why == "system identifier");
        }
        // The other way round, nobody needs the damaged one.
        let mut files = Files::of(NAME);
        *files.get(&path) = copy;
        let cluster = with_archive(files, name, bytes.clone());
        assert!(whole(cluster.wal(), &seen).is_empty());
    }
}

#[test]
fn a_copy_that_can_not_be_decompressed_is_passed_over() {
    let (seen, _, place) = sound();
    let path = segment(&Files::of(NAME), place);
    let bytes = Files::of(NAME).get(&path).clone();
    let name = path.strip_prefix("pg_wal/").unwrap().to_owned() + ".gz";
    let packed = gzip(&bytes);
    let cluster = with_archive(Files::of(NAME), &name, packed[..packed.len() / 2].to_vec());
    let findings = whole(cluster.wal(), &seen);
    let finding = named(&findings, "wal_copy_broken")[0];
    assert!(finding.found.contains("can be decompressed only up to"), "{}", finding.found);
    assert_eq!(findings.len(), 1);
}

#[test]
fn of_two_damaged_copies_the_one_that_goes_further_is_read() {
    let (seen, second, place) = sound();
    let path = segment(&Files::of(NAME), place);
    let name = path.strip_prefix("pg_wal/").unwrap();
    let lost = victim(&seen, second);
    let mut files = Files::of(NAME);
    let mut copy = files.get(&path).clone();
    copy[offset(lost.start) + 30] ^= 1;
    files.get(&path)[110 * PAGE..].fill(0);
    let zero = Lsn(second.0 + 110 * PAGE as u64);
    assert!(lost.start < zero);
    let expected: Vec<_> = seen.iter().filter(|one| one.end <= zero).cloned().collect();
    let cluster = with_archive(files, name, copy);
    let (found, extent) = records(cluster.wal(), false);
    assert!(found == expected, "{} of {}", found.len(), expected.len());
    assert_eq!(named(&extent.findings, "wal_copy_broken").len(), 1);
    assert_eq!(named(&extent.findings, "wal_broken")[0].location.path.as_deref(), Some(&*path));
    counted(cluster.wal(), false);
    counted(cluster.wal(), true);
}

#[test]
fn an_image_that_expands_past_a_page_is_a_finding_and_the_others_are_saved() {
    let cluster = open(Files::of(NAME));
    let filter = RecordFilter { fpi: true, ..RecordFilter::default() };
    // A record with one compressed image, within a page of its segment.
    let mut found = None;
    let work = RecordWork::default();
    let scan = WalScan::default();
    each_record(cluster.wal(), None, scan, &filter, work, |view| {
        let (start, len) = (view.start_lsn, view.header.xl_tot_len() as usize);
        let image = view.record.iter().flat_map(Record::blocks).find_map(|block| {
            block.image.filter(|image| image.flags.contains(ImageFlags::COMPRESS_PGLZ))
        });
        let fits = offset(start) % PAGE + len < PAGE;
        if let Some(image) = image.filter(|_| fits && found.is_none()) {
            let image = image.data.unwrap();
            let at = image.as_ptr().addr() - std::ptr::from_ref(view.header).addr();
            found = Some((start, len, at, image.len()));
        }
        Ok(())
    });
    let (lsn, len, at, image_len) = found.expect("a compressed image");
    let mut files = Files::of(NAME);
    let first = cluster.wal().segment_at(lsn);
    let path = segment(&files, first);
    let record = &mut files.get(&path)[offset(lsn)..offset(lsn) + len];
    // Four bytes as they are, then matches as long as can be.
    record[at] = 0xF0;
    for (index, byte) in record[at + 5..at + image_len].iter_mut().enumerate() {
        *byte =
            if index % 25 == 0 && index > 0 { 0xFF } else { [0x0F, 0x01, 0xFF][index % 25 % 3] };
    }
    let crc = crc32c::crc32c_append(crc32c::crc32c(&record[24..]), &record[..20]);
    record[20..24].copy_from_slice(&crc.to_le_bytes());
    let damaged = open(files);
    let saved = std::sync::Mutex::new(0);
    let save = |_: &str, page: &[u8]| {
        assert_eq!(page.len(), PAGE);
        *saved.lock().unwrap() += 1;
        Ok(())
    };
    let work = RecordWork { save: Some(&save), ..work };
    let whole = each_record(cluster.wal(), None, scan, &filter, work, |_| Ok(()));
    let before = std::mem::take(&mut *saved.lock().unwrap());
    assert_eq!(whole.saved, before);
    let read = each_record(damaged.wal(), None, scan, &filter, work, |_| Ok(()));
    assert_eq!((read.shown, read.saved), (whole.shown, before - 1));
    let finding = named(&read.extent.findings, "wal_image_broken")[0];
    assert_eq!(finding.location.lsn, Some(lsn));
    assert!(finding.location.block.is_some());
}

#[test]
fn segments_at_the_end_of_all_positions_do_no_harm() {
    let mut files = Files::of(NAME);
    let path = segment(&files, 0);
    let mut bytes = files.get(&path).clone();
    for low in [0xFFE_u64, 0xFFF] {
        // It says that it stands where its name does.
        bytes[8..16].copy_from_slice(&(0xFFFF_FFFF << 32 | low << 20).to_le_bytes());
        files.0.insert(format!("pg_wal/00000001FFFFFFFF{low:08X}"), bytes.clone());
    }
    let cluster = open(files);
    // The last of all has no end, and is none.
    let last = cluster.wal().segments().last().unwrap();
    assert!(last.path.ends_with("FFFFFFFF00000FFE"));
    for resync in [false, true] {
        counted(cluster.wal(), resync);
    }
}

/// Flips bits all over the WAL; whatever comes of it, nothing panics, all ways of reading agree,
/// and the ledger of the files adds up.
#[test]
fn no_damage_makes_it_panic_or_disagree() {
    let files = Files::of(NAME);
    let names: Vec<_> = (0..2).map(|index| segment(&files, index)).collect();
    for seed in 0..30 {
        fastrand::seed(seed);
        let mut files = Files(files.0.clone());
        for _ in 0..fastrand::usize(1..5) {
            let bytes = files.get(&names[fastrand::usize(0..2)]);
            let at = fastrand::usize(0..bytes.len());
            match fastrand::u8(0..4) {
                0 => bytes[at] ^= 1 << fastrand::u8(0..8),
                1 => bytes[at / PAGE * PAGE..][..PAGE].fill(0),
                2 => bytes[at / PAGE * PAGE + fastrand::usize(0..40)] = fastrand::u8(..),
                _ => bytes[at..].iter_mut().take(300).for_each(|byte| *byte = fastrand::u8(..)),
            }
        }
        let cluster = open(files);
        for resync in [false, true] {
            counted(cluster.wal(), resync);
        }
    }
}
