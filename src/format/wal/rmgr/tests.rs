use super::*;
use crate::format::PgVersion;

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
