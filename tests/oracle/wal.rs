//! Records of the WAL, against `pg_walinspect` and `pg_waldump --stats=record`.

use std::collections::BTreeMap;

use pgautopsy::format::wal::rmgr::{decode, record_type, rmgr_name};
use pgautopsy::format::wal::{ImageRestorer, PageRules, RecordReader, SegmentNumber, WalFileName};
use pgautopsy::primitives::{Lsn, TimelineId};
use serde_json::Value;

use crate::answers::{Stored, all, list, number, text};

/// A record, as both sides describe it.
#[derive(Debug, PartialEq)]
struct Described {
    start_lsn: Lsn,
    end_lsn: Lsn,
    prev_lsn: Lsn,
    xid: u64,
    resource_manager: String,
    record_type: String,
    record_length: u64,
    main_data_length: u64,
    fpi_length: u64,
}

/// Every record from the oldest segment on. What each holds must be known, to its last byte, and
/// each image must be restored to a page.
fn records(stored: &Stored) -> Vec<Described> {
    let format = stored.cluster.format();
    let control = stored.cluster.control().unwrap();
    let size = format.wal_segment_size;
    let (timeline, first) = first_segment(stored);
    let rules = PageRules {
        format,
        system_identifier: Some(control.system_identifier),
        timeline: Some(timeline),
    };
    let mut reader = RecordReader::new(rules, first.start(size));
    let (mut all, mut buffer) = (Vec::new(), Vec::new());
    let (mut restorer, mut page) = (ImageRestorer::default(), Vec::new());
    for number in first.0.. {
        let name = WalFileName::Segment(timeline, SegmentNumber(number)).name(size);
        let Ok(file) = stored.cluster.evidence().open(&format!("pg_wal/{name}")) else { break };
        let bytes = file.read_at(0, size as usize, &mut buffer).unwrap();
        let mut records = reader.read(bytes);
        while let Some(raw) = records.next() {
            let at = format!("{}: {}", stored.name, raw.start_lsn);
            let record = raw.decode(format).unwrap_or_else(|error| panic!("{at}: {error}"));
            let header = record.header;
            let (rmid, info) = (header.xl_rmid(), header.xl_info());
            let mut fields = Vec::new();
            decode(&record, format.version, &mut fields)
                .unwrap_or_else(|error| panic!("{at}: {error}"));
            assert!(fields.iter().all(|field| field.name != "rest"), "{at}: {fields:?}");
            for block in record.blocks() {
                if let Some(image) = block.image {
                    restorer
                        .restore(&image, format.block_size, &mut page)
                        .unwrap_or_else(|error| panic!("{at}: {error}"));
                    assert_eq!(page.len(), format.block_size as usize);
                }
            }
            all.push(Described {
                start_lsn: raw.start_lsn,
                end_lsn: raw.end_lsn,
                prev_lsn: header.xl_prev(),
                xid: header.xl_xid().0.into(),
                resource_manager: rmgr_name(rmid).to_string(),
                record_type: record_type(rmid, info, format.version).to_string(),
                record_length: header.xl_tot_len().into(),
                main_data_length: record.main_data.len() as u64,
                fpi_length: record.image_len.into(),
            });
        }
    }
    all
}

/// The oldest segment.
fn first_segment(stored: &Stored) -> (TimelineId, SegmentNumber) {
    let name = text(&stored.answers["waldump"]["segments"][0]).unwrap();
    match WalFileName::parse(name, stored.cluster.format().wal_segment_size) {
        Some(WalFileName::Segment(timeline, number)) => (timeline, number),
        _ => panic!("{name} is no segment"),
    }
}

/// 19 prints eight digits behind the slash.
fn lsn(value: &Value) -> Lsn {
    text(value).unwrap().parse().unwrap()
}

#[test]
fn records_are_those_of_pg_walinspect() {
    let mut versions = 0;
    for name in all() {
        let stored = Stored::open(name);
        let Some(theirs) = stored.answers["walinspect"]["records"].as_array() else { continue };
        let theirs = theirs.iter().map(|row| Described {
            start_lsn: lsn(&row[0]),
            end_lsn: lsn(&row[1]),
            prev_lsn: lsn(&row[2]),
            xid: number(&row[3]),
            resource_manager: text(&row[4]).unwrap().to_owned(),
            record_type: text(&row[5]).unwrap().to_owned(),
            record_length: number(&row[6]),
            main_data_length: number(&row[7]),
            fpi_length: number(&row[8]),
        });
        let ours = records(stored);
        // The server that was asked had written a few more since it was started on its copy.
        let (shutdown, mut more) = (ours.last().unwrap(), 0);
        assert_eq!(shutdown.record_type, "CHECKPOINT_SHUTDOWN", "{name}");
        let mut ours = ours.iter();
        for theirs in theirs {
            match ours.next() {
                Some(ours) => assert_eq!(*ours, theirs, "{name}"),
                None => more += 1,
            }
        }
        assert_eq!(ours.next(), None, "{name}");
        assert!(more < 20, "{name}: {more}");
        versions += 1;
    }
    assert!(versions > 0 || all().len() < 8);
}

#[test]
fn counts_are_those_of_pg_waldump() {
    for name in all() {
        let stored = Stored::open(name);
        let Some(stats) = text(&stored.answers["waldump"]["stats"]) else { continue };
        // Asked for one segment, it stops at its end; from 15 on it says where that was.
        let said = stats.split_once(" and ").and_then(|(_, rest)| rest.split_once(':'));
        let size = stored.cluster.format().wal_segment_size;
        let end: Lsn = match said {
            Some((end, _)) => end.parse().unwrap(),
            None => SegmentNumber(first_segment(stored).1.0 + 1).start(size),
        };
        let mut ours: BTreeMap<String, [u64; 3]> = BTreeMap::new();
        for record in records(stored).iter().filter(|record| record.end_lsn <= end) {
            let row = ours
                .entry(format!("{}/{}", record.resource_manager, record.record_type))
                .or_default();
            let fpi = record.fpi_length;
            for (sum, more) in row.iter_mut().zip([1, record.record_length - fpi, fpi]) {
                *sum += more;
            }
        }
        let theirs: BTreeMap<String, [u64; 3]> = stats
            .lines()
            .filter(|line| line.contains('/') && line.contains('('))
            .map(|line| {
                let (name, counts) = line.split_once("  ").unwrap();
                let mut numbers = counts
                    .split('(')
                    .map(|part| part.split(')').next_back().unwrap().trim().parse::<u64>());
                let mut next = || numbers.next().unwrap().unwrap();
                (name.trim().to_owned(), [next(), next(), next()])
            })
            .collect();
        assert_eq!(ours, theirs, "{name}");
        assert!(list(&stored.answers["waldump"]["segments"]).len() > 1 && ours.len() > 5, "{name}");
    }
}
