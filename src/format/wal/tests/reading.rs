use super::writer::{PAGE, SEGMENT, START, Writer, rules};
use crate::format::wal::{Chain, EndReason, PageInfo, RawRecord, RecordReader, WalEnd, WalSpace};
use crate::primitives::Lsn;

/// What a test keeps of a record.
pub(super) type Seen = (Lsn, Lsn, usize);

/// Reads all as one, in runs of so many pages.
pub(super) fn read(bytes: &[u8], pages: usize) -> (Vec<Seen>, Option<WalEnd>, WalSpace) {
    let mut reader = RecordReader::new(rules(), START);
    let mut seen = Vec::new();
    for run in bytes.chunks(pages * PAGE) {
        let mut records = reader.read(run);
        while let Some(record) = records.next() {
            seen.push(note(record));
        }
    }
    (seen, reader.end().cloned(), reader.space())
}

/// Reads each segment on its own, and joins them.
pub(super) fn join(bytes: &[u8]) -> (Vec<Seen>, Option<WalEnd>, WalSpace) {
    let mut chain = Chain::new(rules().format);
    let mut seen = Vec::new();
    for (index, segment) in bytes.chunks(SEGMENT).enumerate() {
        let start = Lsn(START.0 + u64::try_from(index * SEGMENT).unwrap());
        let mut reader = RecordReader::new(rules(), start);
        let mut own = Vec::new();
        let mut records = reader.read(segment);
        while let Some(record) = records.next() {
            own.push(note(record));
        }
        let end = chain.add(reader.finish(), |record| seen.push(note(record)));
        if let Err(end) = end {
            seen.extend(own.into_iter().filter(|(start, ..)| *start < end.lsn));
            return (seen, Some(end), chain.space());
        }
        seen.extend(own);
    }
    (seen, None, chain.space())
}

fn note(record: RawRecord<'_>) -> Seen {
    assert_eq!(usize::try_from(record.header.xl_tot_len()), Ok(record.bytes.len()));
    (record.start_lsn, record.end_lsn, record.bytes.len())
}

fn places(seen: &[Seen]) -> Vec<(Lsn, Lsn)> {
    seen.iter().map(|(start, end, _)| (*start, *end)).collect()
}

#[test]
fn records_are_found_wherever_they_cross_pages_and_segments() {
    for shift in 0..70 {
        let lens = [shift, 3, 40, 0, 200, 1500, 9, 31, 77, 600];
        let writer = Writer::of(&lens);
        let bytes = writer.segments();
        for pages in [1, 2, 3, 100] {
            let (seen, end, space) = read(&bytes, pages);
            assert_eq!(places(&seen), writer.records, "{shift}");
            let lens: Vec<_> = lens
                .iter()
                .map(|len| 24 + len + if *len > 255 { 5 } else { 2 * usize::from(*len > 0) })
                .collect();
            assert_eq!(seen.iter().map(|(.., len)| *len).collect::<Vec<_>>(), lens);
            if let Some(end) = end {
                assert_eq!(end.lsn, writer.lsn());
                assert_eq!(space.total(), end.lsn.0 - START.0);
            }
            assert_eq!(space.abandoned, 0);
        }
        let (seen, end, space) = join(&bytes);
        assert_eq!(places(&seen), writer.records, "{shift}");
        assert!(
            end.is_none_or(|end| end.lsn == writer.lsn() && end.reason == EndReason::ZeroLength)
        );
        assert_eq!(space, read(&bytes, 1).2);
    }
}

#[test]
fn after_a_switch_reading_goes_on_in_the_next_segment() {
    for before in (0..480).step_by(8) {
        let mut writer = Writer::of(&[before]);
        writer.push(0, 0x40, &[]);
        writer.push(10, 0, b"after");
        let bytes = writer.segments();
        let (seen, end, space) = read(&bytes, 1);
        assert_eq!(places(&seen), writer.records, "{before}");
        assert!(seen[1].1.0.is_multiple_of(SEGMENT as u64));
        assert_eq!(space.total(), end.unwrap().lsn.0 - START.0);
        let (joined, _, joined_space) = join(&bytes);
        assert_eq!((joined, joined_space), (seen, space), "{before}");
    }
}

#[test]
fn a_segment_that_was_recycled_after_a_switch_does_no_harm() {
    let mut writer = Writer::of(&[9]);
    writer.push(0, 0x40, &[]);
    writer.push(10, 0, b"after");
    let mut bytes = writer.segments();
    bytes[PAGE..SEGMENT].fill(0xEE);
    assert_eq!(places(&read(&bytes, 2).0), writer.records);
    assert_eq!(places(&join(&bytes).0), writer.records);
}

#[test]
fn a_record_whose_rest_was_lost_is_passed_over() {
    for lost in [700, 1500] {
        let mut writer = Writer::of(&[30, lost]);
        let (kept, begun) = (writer.records[0], writer.records[1].0);
        // The crash: nothing of the record came behind the page after that on which it starts.
        let cut = (Writer::at(begun) / PAGE + 1) * PAGE;
        for cut in [cut, SEGMENT] {
            writer.bytes.truncate(cut);
            writer.header(0, PageInfo::XLP_FIRST_IS_OVERWRITE_CONTRECORD);
            writer.records = vec![kept];
            writer.prev_is(kept.0);
            writer.push(0, 0xD0, &[0; 16]);
            let bytes = writer.segments();
            let (seen, end, space) = read(&bytes, 1);
            assert_eq!(places(&seen), writer.records, "{lost} {cut}");
            assert_eq!(end.unwrap().lsn, writer.lsn());
            assert!(space.abandoned > 0 && space.total() == writer.lsn().0 - START.0);
            assert_eq!(join(&bytes).0, seen, "{lost} {cut}");
            assert_eq!(join(&bytes).2, space);
            let whole = Writer::of(&[30, lost]);
            writer.bytes = whole.bytes;
        }
    }
}

#[test]
fn reading_may_start_at_any_page() {
    let writer = Writer::of(&[30, 300, 20, 90, 400, 7, 7, 7]);
    let bytes = writer.segments();
    for page in 0..bytes.len() / PAGE {
        let start = Lsn(START.0 + u64::try_from(page * PAGE).unwrap());
        let mut reader = RecordReader::new(rules(), start);
        let mut seen = Vec::new();
        let mut records = reader.read(&bytes[page * PAGE..]);
        while let Some(record) = records.next() {
            seen.push((record.start_lsn, record.end_lsn));
        }
        let expected: Vec<_> =
            writer.records.iter().copied().filter(|(begin, _)| *begin >= start).collect();
        assert_eq!(seen, expected, "{page}");
    }
}
