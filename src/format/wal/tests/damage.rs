use super::reading::{join, read};
use super::writer::{PAGE, SEGMENT, START, Writer, format, rules, seal};
use crate::format::wal::{Chain, EndReason, RecordReader};
use crate::primitives::{Lsn, TimelineId};

/// Three records on the first page, one across the next two, one more; then patched.
fn damaged(at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = Writer::of(&[0, 200, 0]).segments();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// Reads it both ways, which have to agree: how many records, where it ends, where that shows.
fn ends(bytes: &[u8]) -> (usize, Lsn, Lsn, EndReason) {
    let (seen, end, space) = read(bytes, 2);
    let end = end.expect("it ends");
    let (joined, joined_end, _) = join(bytes);
    assert_eq!((&joined, joined_end.as_ref()), (&seen, Some(&end)));
    assert!(space.total() <= u64::try_from(bytes.len()).unwrap());
    (seen.len(), end.lsn, end.found_at, end.reason)
}

const FIRST: usize = 40;
const SECOND: usize = 64;
const SECOND_PAGE: usize = PAGE;

fn lsn(at: usize) -> Lsn {
    Lsn(START.0 + u64::try_from(at).unwrap())
}

#[test]
fn a_page_that_is_not_the_one_it_should_be_ends_the_wal() {
    let within = |reason| (1, lsn(SECOND), lsn(SECOND_PAGE), reason);
    let at_start = |reason| (0, START, START, reason);
    let (newest, found) = (TimelineId(1), TimelineId(2));
    let cases: [(usize, &[u8], _); 13] = [
        (0, &[0x06, 0xD1], at_start(EndReason::WrongMagic { found: 0xD106, expected: 0xD116 })),
        (0, &[0; 24], at_start(EndReason::ZeroPage)),
        (2, &[0x12], at_start(EndReason::UnknownPageFlags { found: 0x12 })),
        (2, &[0], at_start(EndReason::NoLongHeader { found: 0 })),
        (4, &[2], at_start(EndReason::WrongTimeline { found, newest })),
        (
            24,
            &[0; 8],
            at_start(EndReason::WrongSystem { found: 0, expected: super::writer::SYSTEM }),
        ),
        (32, &[0, 4, 0, 0], at_start(EndReason::WrongSegmentSize { found: 1024, expected: 512 })),
        (36, &[0, 1, 0, 0], at_start(EndReason::WrongPageSize { found: 256, expected: 128 })),
        (SECOND_PAGE, &[0; 24], within(EndReason::ZeroPage)),
        (SECOND_PAGE + 8, &[0, 0], within(EndReason::WrongPageAddress { found: Lsn(0) })),
        (SECOND_PAGE + 4, &[0], within(EndReason::WrongTimeline { found: TimelineId(0), newest })),
        (SECOND_PAGE + 2, &[0], within(EndReason::NoContinuation)),
        (SECOND_PAGE + 16, &[9], within(EndReason::WrongContinuation { found: 9, expected: 162 })),
    ];
    for (at, with, expected) in cases {
        assert_eq!(ends(&damaged(at, with)), expected, "{at}");
    }
}

#[test]
fn a_record_that_makes_no_sense_ends_the_wal() {
    let first = |reason| (0, lsn(FIRST), lsn(FIRST), reason);
    let second = |reason| (1, lsn(SECOND), lsn(SECOND), reason);
    let cases: [(usize, &[u8], _); 8] = [
        (FIRST, &[0; 4], first(EndReason::ZeroLength)),
        (FIRST, &[23], first(EndReason::WrongLength { found: 23 })),
        (FIRST, &[0xFF; 4], first(EndReason::WrongLength { found: u32::MAX })),
        (FIRST + 17, &[22], first(EndReason::WrongResourceManager { found: 22 })),
        (
            FIRST + 8,
            &[0xFF; 8],
            first(EndReason::WrongPrev { found: Lsn(u64::MAX), expected: None }),
        ),
        (SECOND + 17, &[127], second(EndReason::WrongResourceManager { found: 127 })),
        (
            SECOND + 8,
            &[8, 1, 0],
            second(EndReason::WrongPrev { found: Lsn(0x108), expected: Some(lsn(FIRST)) }),
        ),
        (SECOND, &[0xFF; 4], second(EndReason::WrongLength { found: u32::MAX })),
    ];
    for (at, with, expected) in cases {
        assert_eq!(ends(&damaged(at, with)), expected, "{at}");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_record_is_found() {
    let writer = Writer::of(&[0, 200, 0]);
    let (begin, end) = (Writer::at(writer.records[1].0), Writer::at(writer.records[1].1) - 6);
    for at in begin..end {
        let on_page = at % PAGE;
        let header = if at < SEGMENT { 24 } else { 40 };
        if at >= PAGE && on_page < header {
            continue;
        }
        let mut bytes = writer.segments();
        bytes[at] ^= 0x10;
        let (seen, at_lsn, _, reason) = ends(&bytes);
        assert_eq!((seen, at_lsn), (1, lsn(begin)), "{at} {reason}");
    }
}

#[test]
fn a_record_that_claims_a_gigabyte_takes_no_more_than_there_is() {
    let mut bytes = damaged(SECOND, &[0xFF, 0xFF, 0xFF, 0x3F]);
    let (seen, _, found_at, reason) = ends(&bytes);
    assert_eq!((seen, found_at), (1, lsn(SECOND_PAGE)));
    let expected = 0x3FFF_FFFF - 64;
    assert_eq!(reason, EndReason::WrongContinuation { found: 162, expected });
    // The pages agree with it, as far as they go.
    let mut left = expected;
    for page in [SECOND_PAGE, 2 * PAGE] {
        bytes[page + 2] |= 1;
        bytes[page + 16..page + 20].copy_from_slice(&left.to_le_bytes());
        left -= 104;
    }
    assert!(matches!(ends(&bytes).3, EndReason::ZeroPage));
}

#[test]
fn a_page_that_goes_on_with_nothing_ends_the_wal() {
    // The second page starts a record, and says that it goes on with one.
    let mut writer = Writer::of(&[62, 5]);
    assert_eq!(writer.records[1].0, lsn(PAGE + 24));
    writer.bytes[PAGE + 2] = 1;
    writer.bytes[PAGE + 16] = 40;
    let bytes = writer.segments();
    let reason = EndReason::UnexpectedContinuation { rem_len: 40 };
    assert_eq!(ends(&bytes), (1, lsn(PAGE), lsn(PAGE), reason));
}

#[test]
fn what_overwrites_a_lost_record_can_not_go_on_with_one() {
    // One record across two segments, and the second says that it both goes on and overwrites.
    let mut bytes = Writer::of(&[372]).segments();
    bytes[SEGMENT + 2] = 0x0B;
    let rem_len = u32::from_le_bytes(bytes[SEGMENT + 16..SEGMENT + 20].try_into().unwrap());
    let reason = EndReason::UnexpectedContinuation { rem_len };
    assert_eq!(ends(&bytes), (0, lsn(SEGMENT), lsn(SEGMENT), reason));
}

#[test]
fn a_record_that_begins_at_a_segments_end_must_know_the_one_before() {
    // The last record ends 32 bytes before the second segment does, and there a leftover begins.
    let writer = Writer::of(&[15, 127, 524]);
    let at = 2 * SEGMENT - 32;
    assert_eq!(writer.records[2].1, lsn(at));
    let mut bytes = writer.segments();
    bytes[at] = 33;
    let reason = EndReason::WrongPrev { found: Lsn(0), expected: Some(writer.records[2].0) };
    assert_eq!(ends(&bytes), (3, lsn(at), lsn(at), reason));
}

#[test]
fn a_file_that_stops_within_a_page_says_so() {
    let bytes = Writer::of(&[0, 200, 0]).segments();
    let (seen, end, _) = read(&bytes[..PAGE + 30], 1);
    assert_eq!((seen.len(), end.unwrap().reason), (1, EndReason::ShortPage { had: 30 }));
    assert_eq!(read(&bytes[..3], 1).1.unwrap().reason, EndReason::ShortPage { had: 3 });
    assert_eq!(read(&[], 1), (Vec::new(), None, crate::format::wal::WalSpace::default()));
}

#[test]
fn segments_that_do_not_follow_each_other_are_not_joined() {
    let writer = Writer::of(&[30, 30, 30, 30, 30, 30, 300, 30, 900, 7]);
    let bytes = writer.segments();
    let scan = |index: usize, bytes: &[u8]| {
        let start = Lsn(START.0 + u64::try_from(index * SEGMENT).unwrap());
        let mut reader = RecordReader::new(rules(), start);
        let mut records = reader.read(&bytes[index * SEGMENT..(index + 1) * SEGMENT]);
        while records.next().is_some() {}
        reader.finish()
    };
    let mut chain = Chain::new(format());
    chain.add(scan(0, &bytes), |_| {}).unwrap();
    let unfinished = chain.unfinished().unwrap();
    let end = chain.add(scan(2, &bytes), |_| {}).unwrap_err();
    let found = Lsn(START.0 + 2 * SEGMENT as u64);
    assert_eq!((end.lsn, end.reason), (unfinished, EndReason::Gap { found }));

    // Another history from the second segment on: its records are sound, but not these ones'.
    let other = Writer::of(&[8, 30, 30, 30, 30, 52, 300, 30, 900, 7]).segments();
    let mut chain = Chain::new(format());
    chain.add(scan(0, &bytes), |_| {}).unwrap();
    let end = chain.add(scan(1, &other), |_| {}).unwrap_err();
    assert!(
        matches!(
            end.reason,
            EndReason::WrongContinuation { .. }
                | EndReason::WrongChecksum { .. }
                | EndReason::NoContinuation
                | EndReason::WrongPrev { .. }
        ),
        "{end}"
    );
}

proptest::proptest! {
    #[test]
    fn whatever_happens_to_pages_both_ways_of_reading_agree(
        lens in proptest::collection::vec(0_usize..700, 1..9),
        patches in proptest::collection::vec((0_usize..4096, 0_u8..=255), 0..4),
        reseal: bool,
        cut in 0_usize..4096,
    ) {
        let writer = Writer::of(&lens);
        let mut bytes = writer.segments();
        for (at, byte) in patches {
            let len = bytes.len();
            bytes[at % len] = byte;
        }
        if reseal {
            // A record whose checksum fits, whatever it says.
            let (start, end) = writer.records[0];
            let (at, end) = (Writer::at(start), Writer::at(end));
            if end <= PAGE {
                let len = usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap();
                if (24..=end - at).contains(&len) {
                    seal(&mut bytes[at..at + len]);
                }
            }
        }
        let (seen, end, space) = read(&bytes, 1);
        let (joined, joined_end, _) = join(&bytes);
        proptest::prop_assert_eq!(&seen, &joined);
        proptest::prop_assert_eq!(end.as_ref().map(|end| end.lsn), joined_end.map(|end| end.lsn));
        proptest::prop_assert!(space.total() <= u64::try_from(bytes.len()).unwrap());
        bytes.truncate(cut % (bytes.len() + 1));
        let _ = read(&bytes, 3);
    }
}
