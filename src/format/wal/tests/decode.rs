use super::writer::{format, sealed};
use crate::format::wal::{
    BlockFlags, ImageFlags, ImageRestorer, Images, RawRecord, Record, RecordError, record_header,
};
use crate::format::{Format, PgVersion};
use crate::primitives::{BlockNumber, ForkNumber, Lsn, Oid, TransactionId};

fn body(parts: &[&[u8]]) -> Vec<u8> {
    sealed(10, 0, Lsn(0), &parts.concat())
}

const LOCATOR: &[u8] = &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
const BLOCK: &[u8] = &[7, 0, 0, 0];

#[test]
fn a_record_falls_into_its_parts() {
    let bytes = body(&[
        // Block 0: data. Block 2: an image with a hole, of the same relation's visibility map.
        &[0, 0x20, 3, 0],
        LOCATOR,
        BLOCK,
        &[2, 0x80 | 0x40 | 0x10 | 2, 0, 0, 4, 0, 2, 0, 0x03],
        BLOCK,
        &[253, 9, 0],
        &[252, 5, 0, 0, 0],
        &[255, 2],
        b"abc",
        b"ABCD",
        b"xy",
    ]);
    let record = Record::decode(&bytes, format()).unwrap();
    assert_eq!((record.origin, record.toplevel_xid), (Some(9), Some(TransactionId(5))));
    assert_eq!((record.block_count, record.image_count, record.image_len), (2, 1, 4));
    assert_eq!(record.main_data, b"xy");
    let [first, second] = record.blocks().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((first.id, first.fork, first.data), (0, Some(ForkNumber::Main), &b"abc"[..]));
    assert_eq!((first.locator.tablespace, first.block), (Oid(1), BlockNumber(7)));
    assert_eq!((first.header_len, first.len()), (20, 23));
    assert!(first.image.is_none());
    assert_eq!((second.id, second.fork), (2, Some(ForkNumber::Visibility)));
    assert!(second.flags.contains(BlockFlags::WILL_INIT));
    assert_eq!((second.locator, second.len()), (first.locator, 13 + 4));
    let image = second.image.unwrap();
    assert_eq!((image.stored, image.hole_offset, image.hole_length), (4, 2, 8188));
    assert_eq!(image.data, Some(&b"ABCD"[..]));
    assert_eq!(image.flags, ImageFlags::HAS_HOLE | ImageFlags::APPLY);
    assert!(record.block(1).is_none() && record.block(2).is_some());
    let own = 24 + 3 + 5 + 2 + 2;
    assert_eq!(own + first.len() + second.len(), bytes.len());
}

#[test]
fn a_copy_without_images_says_the_same() {
    // Block 0: an image of 600 bytes, and data. Block 1: data alone.
    let bytes = body(&[
        &[0, 0x30, 3, 0, 0x58, 2, 9, 0, 0x03],
        LOCATOR,
        BLOCK,
        &[1, 0xA0, 2, 0],
        BLOCK,
        &[255, 2],
        &[7; 600],
        b"abc",
        b"de",
        b"xy",
    ]);
    let copied = |bytes: &[u8]| {
        let (start_lsn, end_lsn) = (Lsn(8), Lsn(16));
        let header = record_header(bytes).unwrap();
        let mut copy = Vec::new();
        let raw = RawRecord { start_lsn, end_lsn, bytes, header };
        let images = raw.copy_without_images(format(), &mut copy);
        (copy, images)
    };
    let (copy, images) = copied(&bytes);
    assert_eq!((copy.len(), images), (bytes.len() - 600, Images::LeftOut));
    let record = Record::decode_copy(&copy, images, format()).unwrap();
    assert_eq!((record.image_count, record.image_len, record.main_data), (1, 600, &b"xy"[..]));
    let [first, second] = record.blocks().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((first.data, second.data), (&b"abc"[..], &b"de"[..]));
    assert_eq!(24 + 4 + first.len() + second.len(), bytes.len());
    let image = first.image.unwrap();
    assert_eq!((image.stored, image.hole_offset, image.hole_length), (600, 9, 7592));
    assert!(image.data.is_none());
    let restored = ImageRestorer::default().restore(&image, 8192, &mut Vec::new());
    assert!(restored.is_err(), "nothing is not taken for zeros");

    // What can't be taken apart stays as it is, and so says the same, too.
    let mut broken = bytes.clone();
    broken[24 + 4] ^= 1;
    let error = Record::decode(&broken, format()).unwrap_err();
    let (copy, images) = copied(&broken);
    assert_eq!((&copy, images), (&broken, Images::Stored));
    assert_eq!(Record::decode_copy(&copy, images, format()).unwrap_err(), error);
}

#[test]
fn a_fork_that_nobody_knows_is_kept() {
    let bytes = body(&[&[0, 0x0E, 0, 0], LOCATOR, BLOCK]);
    let record = Record::decode(&bytes, format()).unwrap();
    let block = record.block(0).unwrap();
    assert_eq!((block.fork, block.flags.fork_code()), (None, 14));
}

#[test]
fn every_check_of_the_server_has_its_error() {
    let image = |info: u8, len: u16, offset: u16, hole: &[u8]| {
        let (len, offset) = (len.to_le_bytes(), offset.to_le_bytes());
        let head = [&[0, 0x10, 0, 0][..], &len, &offset, &[info], hole, LOCATOR, BLOCK].concat();
        [head, vec![0; usize::from(u16::from_le_bytes(len))]].concat()
    };
    let (id, offset) = (0, 5);
    let cases = [
        (vec![1, 0], RecordError::WrongLength),
        (vec![255, 3, 1, 2], RecordError::WrongLength),
        (vec![254, 0xFF, 0xFF, 0xFF, 0xFF], RecordError::WrongLength),
        (vec![33], RecordError::UnknownBlockId(33)),
        (vec![251], RecordError::UnknownBlockId(251)),
        (vec![0, 0x20, 0, 0], RecordError::NoData(0)),
        (vec![0, 0x00, 9, 0], RecordError::UnflaggedData(0, 9)),
        (vec![0, 0x80, 0, 0, 7, 0, 0, 0], RecordError::NoPreviousRelation(0)),
        ([&[3, 0, 0, 0], LOCATOR, BLOCK, &[3, 0x80, 0, 0]].concat(), RecordError::OutOfOrder(3)),
        (image(1, 4, 0, &[]), RecordError::NoHole { id, offset: 0, length: 8188, stored: 4 }),
        (image(1, 8192, 5, &[]), RecordError::NoHole { id, offset, length: 0, stored: 8192 }),
        (image(5, 4, 5, &[0, 0]), RecordError::NoHole { id, offset, length: 0, stored: 4 }),
        (image(1, 4, 5, &[]), RecordError::NoHole { id, offset, length: 8188, stored: 4 }),
        (image(4, 8192, 0, &[]), RecordError::NotCompressed { id, stored: 8192 }),
        (image(0, 100, 0, &[]), RecordError::NotAPage { id, stored: 100 }),
        (image(0, 8192, 5, &[]), RecordError::UnflaggedHole { id, offset, length: 0 }),
        (image(8, 4, 5, &[]), RecordError::UnflaggedHole { id, offset, length: 0 }),
    ];
    for (parts, error) in cases {
        assert_eq!(Record::decode(&body(&[&parts]), format()).unwrap_err(), error);
    }
}

#[test]
fn what_came_with_a_version_is_unknown_before_it() {
    let bytes = body(&[&[252, 5, 0, 0, 0]]);
    let decode = |version| Record::decode(&bytes, Format::usual(version)).map(|r| r.toplevel_xid);
    assert_eq!(decode(PgVersion::V13), Err(RecordError::UnknownBlockId(252)));
    assert_eq!(decode(PgVersion::V14), Ok(Some(TransactionId(5))));
    let flags = |bits, version| ImageFlags::from_raw(bits, version).names().collect::<Vec<_>>();
    assert_eq!(flags(0x07, PgVersion::V14), ["HAS_HOLE", "APPLY", "COMPRESS_PGLZ"]);
    assert_eq!(flags(0x05, PgVersion::V14), ["HAS_HOLE", "APPLY"]);
    assert_eq!(flags(0x07, PgVersion::V15), ["HAS_HOLE", "APPLY", "COMPRESS_PGLZ"]);
    assert_eq!(flags(0x1A, PgVersion::V15), ["APPLY", "COMPRESS_LZ4", "COMPRESS_ZSTD"]);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(parts in proptest::collection::vec(
        proptest::prop_oneof![
            proptest::collection::vec(0_u8..=255, 0..40),
            proptest::prelude::Just([&[0, 0x30, 1, 0, 4, 0, 2, 0, 5, 2, 0], LOCATOR, BLOCK].concat()),
            proptest::prelude::Just(vec![1, 0xA0, 2, 0, 7, 0, 0, 0]),
        ], 0..6)
    ) {
        let bytes = body(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut fields = Vec::new();
        for version in PgVersion::ALL {
            if let Ok(record) = Record::decode(&bytes, Format::usual(version)) {
                let parts: usize = record.blocks().map(|block| block.len()).sum();
                proptest::prop_assert_eq!(record.blocks().count(), usize::from(record.block_count));
                proptest::prop_assert!(parts + record.main_data.len() <= bytes.len());
                let _ = crate::format::wal::rmgr::decode(&record, version, &mut fields);
            }
        }
    }
}
