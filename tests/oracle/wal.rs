//! Records of the WAL, against `pg_walinspect` and `pg_waldump --stats=record`.

use std::collections::BTreeMap;

use pgautopsy::format::wal::rmgr::{decode, record_type, rmgr_name};
use pgautopsy::format::wal::{ImageRestorer, PageRules, RecordReader, SegmentNumber, WalFileName};
use pgautopsy::primitives::Lsn;

use crate::answers::{Stored, with_wal};
use crate::wal_answers::{WalAnswers, WalCounts, WalRecord};

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

impl From<WalRecord> for Described {
    fn from(theirs: WalRecord) -> Self {
        Self {
            start_lsn: theirs.start_lsn,
            end_lsn: theirs.end_lsn,
            prev_lsn: theirs.prev_lsn,
            xid: theirs.xid,
            resource_manager: theirs.resource_manager,
            record_type: theirs.record_type,
            record_length: theirs.record_length,
            main_data_length: theirs.main_data_length,
            fpi_length: theirs.fpi_length,
        }
    }
}

/// Every record from the oldest segment of the timeline on. What each holds must be known, to its last byte, and
/// each image must be restored to a page.
fn records(stored: &Stored, answers: &WalAnswers) -> Vec<Described> {
    let format = stored.cluster.format();
    let control = stored.cluster.control().unwrap();
    let size = format.wal_segment_size;
    let timeline = answers.timeline;
    let rules = PageRules {
        format,
        system_identifier: Some(control.system_identifier),
        timeline: Some(timeline),
    };
    let mut reader = RecordReader::new(rules, answers.start);
    let (mut all, mut buffer) = (Vec::new(), Vec::new());
    let (mut restorer, mut page) = (ImageRestorer::default(), Vec::new());
    for number in answers.start.0 / u64::from(size).. {
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

#[test]
fn records_are_those_of_pg_walinspect() {
    let mut versions = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let mut answers = WalAnswers::of(stored);
        let Some(theirs) = answers.records.take() else { continue };
        let ours = records(stored, &answers);
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(theirs.into_iter().map(Described::from)) {
            assert_eq!(*ours, theirs, "{name}");
        }
        versions += 1;
    }
    assert!(versions > 8 || with_wal().len() < 16);
}

#[test]
fn counts_are_those_of_pg_waldump() {
    let mut versions = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let answers = WalAnswers::of(stored);
        let Some(theirs) = &answers.by_record else { continue };
        let mut ours = BTreeMap::<_, WalCounts>::new();
        for record in records(stored, &answers) {
            let name = format!("{}/{}", record.resource_manager, record.record_type);
            let row = ours.entry(name).or_default();
            row.count += 1;
            row.record_size += record.record_length - record.fpi_length;
            row.fpi_size += record.fpi_length;
        }
        assert_eq!(ours, theirs.rows, "{name}");
        versions += 1;
    }
    assert!(versions > 8 || with_wal().len() < 16);
}
