//! Maps that say what is not so, or are not as long as what they are of.

use std::sync::Arc;

use pgautopsy::analysis::bloat::MapsTally;
use pgautopsy::cluster::finding::Finding;
use pgautopsy::evidence::FailingEvidence;
use pgautopsy::primitives::{BlockNumber, ForkNumber};

use super::{Files, PAGE, codes, only, open, scan, table};

/// A page of a map: a header, and nothing behind it.
fn map_page() -> Vec<u8> {
    let mut page = vec![0; PAGE];
    page[12..20].copy_from_slice(&[24, 0, 0, 0x20, 0, 0x20, 4, 0x20]);
    page
}

/// A visibility map whose first blocks have these bits.
fn visibility(bits: &[u8]) -> Vec<u8> {
    let mut page = map_page();
    for (block, bits) in bits.iter().enumerate() {
        page[24 + block / 4] |= bits << (2 * (block % 4));
    }
    page
}

/// What is found of a table of `shop` with other files: its main fork, and its maps.
fn found(name: &str, change: impl FnOnce(&mut Files, &str)) -> (Vec<Finding>, MapsTally) {
    let mut files = Files::of("pg17");
    let path = table(&Files::of("pg17").open(), name).path.clone().unwrap();
    change(&mut files, &path);
    let cluster = files.open();
    let mut found = scan(&cluster);
    let row = found.relations.iter().find(|row| row.relation.path.as_deref() == Some(&path));
    let maps = *row.unwrap().maps().unwrap();
    (std::mem::take(&mut found.findings), maps)
}

fn with_bits(name: &str, bits: &[u8]) -> Vec<Finding> {
    found(name, |files, path| drop(files.0.insert(format!("{path}_vm"), visibility(bits)))).0
}

#[test]
fn a_bit_says_that_everyone_sees_rows_that_are_dead() {
    let finding = only(&with_bits("tail", &[1]), "all_visible_contradicted");
    assert_eq!(finding.location.block, Some(BlockNumber(0)));
    // Its first pages are full of live rows, but nobody marked them.
    assert_eq!(finding.expected, "a page that is marked, too (PD_ALL_VISIBLE)");
    let findings = with_bits("held", &[0, 1]);
    let finding = only(&findings, "all_visible_contradicted");
    assert_eq!(
        (finding.found.as_str(), finding.location.block),
        ("dead rows", Some(BlockNumber(1)))
    );
}

#[test]
fn a_page_marks_itself_and_has_dead_rows() {
    let mark = |files: &mut Files, path: &str| files.page(path, 1)[10] |= 4;
    let (findings, maps) = found("held", mark);
    assert_eq!(only(&findings, "all_visible_contradicted").found, "dead rows");
    assert_eq!((maps.all_visible, maps.all_frozen), (0, 0));
}

#[test]
fn a_bit_says_that_rows_are_frozen_that_are_not() {
    let name = "copied_frozen";
    let (findings, sound) = found(name, |_, _| ());
    assert_eq!(findings, []);
    assert!(sound.all_frozen > 0 && sound.all_frozen == sound.all_visible, "{sound:?}");
    let (findings, _) = found(name, |files, path| {
        let page = files.page(path, 0);
        let tuple = usize::from(u16::from_le_bytes([page[24], page[25]]) & 0x7FFF);
        // xmin committed, and not frozen any more.
        page[tuple + 21] &= !2;
    });
    let finding = only(&findings, "all_frozen_contradicted");
    assert_eq!(finding.location.offset.map(|offset| offset.0), Some(1));
    let (findings, maps) = found(name, |files, path| {
        files.page(&format!("{path}_vm"), 0)[24] &= !1;
    });
    assert_eq!(only(&findings, "all_frozen_contradicted").found, "all-frozen alone");
    assert_eq!(maps.all_visible + 1, maps.all_frozen);
}

#[test]
fn maps_are_longer_than_their_relation() {
    let (findings, _) = found("shrunk", |files, path| {
        let map = files.get(&format!("{path}_vm"));
        map.extend(map_page());
        let free = files.get(&format!("{path}_fsm"));
        free.extend(map_page());
    });
    assert_eq!(codes(&findings), ["map_too_long", "map_too_long"]);
    let forks: Vec<_> = findings.iter().filter_map(|finding| finding.location.fork).collect();
    assert_eq!(forks, [ForkNumber::FreeSpace, ForkNumber::Visibility]);
    let (findings, _) = found("shrunk", |files, path| {
        files.page(&format!("{path}_vm"), 0)[PAGE - 1] |= 0x40;
    });
    let finding = only(&findings, "all_visible_contradicted");
    assert_eq!(finding.found, "bits of block 32671");
    assert_eq!(finding.location.fork, Some(ForkNumber::Visibility));
}

#[test]
fn a_main_fork_was_cut_off_under_its_maps() {
    let (findings, _) = found("shrunk", |files, path| files.get(path).truncate(PAGE));
    let finding = only(&findings, "all_visible_contradicted");
    assert_eq!(finding.expected, "no bits behind block 1, where the relation ends");
}

#[test]
fn a_map_that_is_shorter_knows_nothing_of_what_is_behind_it() {
    let (_, sound) = found("many", |_, _| ());
    let (findings, maps) = found("many", |files, path| {
        files.get(&format!("{path}_fsm")).truncate(2 * PAGE);
    });
    assert_eq!((findings, maps.fsm_free_space), (Vec::new(), 0));
    assert!(sound.fsm_free_space > 100_000, "{sound:?}");
    let real = sound.fsm_free_space + sound.fsm_missing_space - sound.fsm_excess_space;
    assert_eq!(maps.fsm_missing_space, real);
}

#[test]
fn a_page_of_a_map_makes_no_sense_or_cannot_be_read() {
    for (fork, block) in [("fsm", 2), ("vm", 0)] {
        let (findings, maps) = found("shrunk", |files, path| {
            files.page(&format!("{path}_{fork}"), block)[12..14].fill(0xFF);
        });
        let finding = only(&findings, "map_page_broken");
        assert_eq!(finding.location.fork.map(ForkNumber::name), Some(fork));
        let known = if fork == "vm" { maps.all_visible } else { maps.fsm_free_space };
        assert_eq!(known, 0, "{fork}");
    }
    let path = table(&Files::of("pg17").open(), "shrunk").path.clone().unwrap();
    let evidence = Files::of("pg17").evidence();
    let failing = FailingEvidence::new(evidence).fail(format!("{path}_vm"), 0..1);
    let cluster = open(Arc::new(failing));
    let finding = only(&scan(&cluster).findings, "block_unreadable");
    assert_eq!(finding.location.fork, Some(ForkNumber::Visibility));
}

#[test]
fn a_free_space_map_promises_what_is_not_there() {
    let (findings, maps) = found("tail", |files, path| {
        let page = files.page(&format!("{path}_fsm"), 2);
        page[28 + 4095..28 + 4095 + 2].fill(200);
    });
    // It is a hint: the server finds out, and mends it.
    assert_eq!(findings, []);
    assert!(maps.fsm_excess_space > 8000, "{maps:?}");
}
