use super::*;
use crate::format::relmap::RelationMap;
use crate::format::wal::Record;
use crate::format::wal::tests::writer::record;
use crate::format::{Format, PgVersion};
use crate::primitives::{BlockNumber, ForkNumber, Lsn, Oid, RelFileLocator, RelFileNumber};

/// What servers of every version say, each asked for each `xl_info`.
const IDENTIFY: &str = include_str!("identify.txt");

#[test]
fn every_type_of_record_has_the_name_that_the_server_gives_it() {
    let mut named = 0;
    for version in PgVersion::ALL {
        for rmid in 0..=21 {
            let manager = rmgr_name(RmgrId(rmid)).to_string();
            for info in (0..=0xF0).step_by(0x10) {
                let found = record_type(RmgrId(rmid), info | 0x03, version).to_string();
                let expected = expected(&manager, rmid, info, version);
                named += usize::from(expected.is_some());
                let unknown = format!("UNKNOWN ({:x})", record_type_bits(RmgrId(rmid), info));
                assert_eq!(found, expected.unwrap_or(&unknown), "{manager} {info:02X} {version}");
            }
        }
    }
    assert!(named > 1100, "{named}");
}

fn expected(manager: &str, rmid: u8, info: u8, version: PgVersion) -> Option<&'static str> {
    let prefix = format!("{rmid} {manager} {info:02X} ");
    IDENTIFY.lines().filter_map(|line| line.strip_prefix(&prefix)).find_map(|rest| {
        let (versions, name) = rest.split_once(' ')?;
        let (since, until) = versions.split_once('-')?;
        let (since, until): (PgVersion, PgVersion) = (since.parse().ok()?, until.parse().ok()?);
        (since <= version && version <= until).then_some(name)
    })
}

#[test]
fn extensions_and_strangers_go_by_their_number() {
    assert_eq!(rmgr_name(RmgrId(128)).to_string(), "custom128");
    assert_eq!(rmgr_name(RmgrId(22)).to_string(), "UNKNOWN (22)");
    assert_eq!(record_type(RmgrId(128), 0, PgVersion::V17).to_string(), "UNKNOWN (0)");
    assert!(RmgrId(128).is_valid(PgVersion::V15) && !RmgrId(128).is_valid(PgVersion::V14));
    assert!(!RmgrId(22).is_valid(PgVersion::V19));
}

const LOCATOR: RelFileLocator =
    RelFileLocator { tablespace: Oid(1663), database: Oid(5), number: RelFileNumber(16384) };

/// What `read` makes of a record with that main data, four bytes a number; then of the same without
/// its last byte, which has to be an error.
fn read<T: std::fmt::Debug>(
    (rmid, info): (RmgrId, u8),
    data: &[u32],
    version: PgVersion,
    read: impl Fn(&Record<'_>) -> Result<T, crate::format::FormatError>,
) -> (T, Vec<String>) {
    let data: Vec<u8> = data.iter().flat_map(|number| number.to_le_bytes()).collect();
    let record = |data| record(rmid.0, info, Lsn(0), data);
    let (whole, short) = (record(&data), record(&data[..data.len() - 1]));
    let short = Record::decode(&short, Format::usual(version)).unwrap();
    assert!(read(&short).is_err() && decode(&short, version, &mut Vec::new()).is_err());
    let whole = Record::decode(&whole, Format::usual(version)).unwrap();
    let mut fields = Vec::new();
    decode(&whole, version, &mut fields).unwrap();
    let fields = fields.iter().map(|field| format!("{} {:?}", field.name, field.value));
    (read(&whole).unwrap(), fields.collect())
}

#[test]
fn files_are_made_and_cut_off() {
    let fork = ForkNumber::FreeSpace;
    let made = |code| {
        let data = [1663, 5, 16384, code];
        read((RmgrId::SMGR, 0x10), &data, PgVersion::V17, StorageRecord::parse)
    };
    let (create, fields) = made(1);
    let expected = StorageRecord::Create { locator: LOCATOR, fork: Some(fork), fork_code: 1 };
    assert_eq!(create, Some(expected));
    assert_eq!(fields[1], "forkNum Text(\"fsm\")");
    let (create, fields) = made(9);
    let expected = StorageRecord::Create { locator: LOCATOR, fork: None, fork_code: 9 };
    assert_eq!((create, fields[1].as_str()), (Some(expected), "forkNum U64(9)"));

    let data = [12, 1663, 5, 16384, 7];
    let (cut, _) = read((RmgrId::SMGR, 0x20), &data, PgVersion::V12, StorageRecord::parse);
    let blocks = BlockNumber(12);
    assert_eq!(cut, Some(StorageRecord::Truncate { locator: LOCATOR, blocks, flags: 7 }));
}

#[test]
fn a_database_is_dropped_from_one_tablespace_or_from_several() {
    let drop = |info, data: &[u32], version| {
        let parse = |record: &Record<'_>| DatabaseDrop::parse(record, version);
        let (drop, fields) = read((RmgrId::DBASE, info), data, version, parse);
        (drop.map(|drop| (drop.database, drop.tablespaces)), fields.len())
    };
    assert_eq!(drop(0x10, &[5, 1663], PgVersion::V12), (Some((Oid(5), vec![Oid(1663)])), 2));
    let both = Some((Oid(5), vec![Oid(1663), Oid(16385)]));
    assert_eq!(drop(0x10, &[5, 2, 1663, 16385], PgVersion::V14), (both.clone(), 3));
    assert_eq!(drop(0x20, &[5, 2, 1663, 16385], PgVersion::V15), (both, 3));
    // In 15, what dropped one in 14 makes one.
    let made = record(RmgrId::DBASE.0, 0x10, Lsn(0), &[0; 8]);
    let record = Record::decode(&made, Format::usual(PgVersion::V15)).unwrap();
    assert_eq!(DatabaseDrop::parse(&record, PgVersion::V15), Ok(None));
}

#[test]
fn mapped_catalogs_get_files() {
    let version = PgVersion::V17;
    let map = include_bytes!("../../../../fuzz/seeds/relmap/global-pg17");
    let len = u32::try_from(map.len()).unwrap().to_le_bytes();
    let data = [&[0; 4][..], &1664_u32.to_le_bytes(), &len, map].concat();
    let bytes = record(RmgrId::RELMAP.0, 0, Lsn(0), &data);
    let record = Record::decode(&bytes, Format::usual(version)).unwrap();
    let files = RelmapUpdate::parse(&record).unwrap().unwrap().files(version).unwrap();
    let (_, locator) = files.iter().find(|(oid, _)| *oid == Oid(1262)).unwrap();
    let number = RelationMap::parse(map, version).unwrap().file_number(Oid(1262)).unwrap();
    assert_eq!(*locator, RelFileLocator { tablespace: Oid(1664), database: Oid(0), number });
    // Data that is longer than the record, and data that is no map.
    let parsed = |data: &[u32]| {
        let parse = |record: &Record<'_>| {
            let update = RelmapUpdate::parse(record)?;
            Ok(update.map(|update| update.files(version).is_ok()))
        };
        read((RmgrId::RELMAP, 0), data, version, parse).0
    };
    assert_eq!(parsed(&[0, 1664, 8, 1, 2]), Some(false));
}

#[test]
fn a_checkpoint_says_whether_it_was_the_last() {
    for (info, is_shutdown) in [(0x00, true), (0x10, false)] {
        let version = PgVersion::V17;
        let data: Vec<u32> = (0..22).collect();
        let parse = |record: &Record<'_>| CheckpointRecord::parse(record, version);
        let (found, _) = read((RmgrId::XLOG, info), &data, version, parse);
        let found = found.unwrap();
        assert_eq!((found.checkpoint.redo, found.is_shutdown), (Lsn(1 << 32), is_shutdown));
    }
    let noop = record(RmgrId::XLOG.0, 0x20, Lsn(0), &[]);
    let record = Record::decode(&noop, Format::usual(PgVersion::V17)).unwrap();
    assert_eq!(CheckpointRecord::parse(&record, PgVersion::V17), Ok(None));
}
