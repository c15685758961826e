use crate::format::wal::{Image, ImageFlags, ImageRestorer};

const PAGE: usize = 8192;
const HOLE: (usize, usize) = (100, 5000);

/// A page with a hole, and the page without it.
fn page() -> (Vec<u8>, Vec<u8>) {
    let mut page: Vec<u8> = (1..=251).cycle().step_by(3).take(PAGE).collect();
    page[HOLE.0..HOLE.0 + HOLE.1].fill(0);
    let without = [&page[..HOLE.0], &page[HOLE.0 + HOLE.1..]].concat();
    (page, without)
}

fn restore(flags: ImageFlags, hole: (usize, usize), data: &[u8]) -> Result<Vec<u8>, String> {
    let (offset, length) = (u16::try_from(hole.0).unwrap(), u16::try_from(hole.1).unwrap());
    let (stored, data) = (u16::try_from(data.len()).unwrap(), Some(data));
    let image = Image { stored, hole_offset: offset, hole_length: length, flags, data };
    let mut page = vec![1, 2, 3];
    let done = ImageRestorer::default().restore(&image, 8192, &mut page);
    done.map(|()| page).map_err(|error| error.to_string())
}

#[test]
fn pages_come_back_whole_however_they_are_stored() {
    let (page, without) = page();
    let lz4 = lz4_flex::block::compress(&without);
    let zstd = zstd::bulk::compress(&without, 3).unwrap();
    assert_eq!(restore(ImageFlags::HAS_HOLE, HOLE, &without).unwrap(), page);
    assert_eq!(restore(ImageFlags::APPLY, (0, 0), &page).unwrap(), page);
    assert_eq!(restore(ImageFlags::COMPRESS_LZ4, HOLE, &lz4).unwrap(), page);
    assert_eq!(restore(ImageFlags::COMPRESS_ZSTD, HOLE, &zstd).unwrap(), page);
    // By pglz, one byte that is repeated: a literal, then copies of the byte before.
    let runs =
        [&[0xFE_u8, b'x'][..], &[0x0F, 1, 255].repeat(7), &[0xFF], &[0x0F, 1, 255].repeat(8)]
            .concat();
    let ones = restore(ImageFlags::COMPRESS_PGLZ, (100, 8192 - 4096), &runs).unwrap();
    assert_eq!(ones, [&[b'x'; 100][..], &[0; 4096], &[b'x'; 3996]].concat());
}

#[test]
fn an_image_never_leaves_its_page() {
    let (page, without) = page();
    let twice = [page.clone(), page.clone()].concat();
    let lz4 = lz4_flex::block::compress(&twice);
    let zstd = zstd::bulk::compress(&twice, 3).unwrap();
    let cases: [(ImageFlags, (usize, usize), &[u8]); 9] = [
        (ImageFlags::HAS_HOLE, (9000, 10), &page[..8182]),
        (ImageFlags::HAS_HOLE, (0, 9000), &[]),
        (ImageFlags::HAS_HOLE, HOLE, &page),
        (ImageFlags::empty(), (0, 0), &twice),
        (ImageFlags::COMPRESS_LZ4, (0, 0), &lz4),
        (ImageFlags::COMPRESS_ZSTD, (0, 0), &zstd),
        (ImageFlags::COMPRESS_LZ4, HOLE, &without),
        (ImageFlags::COMPRESS_ZSTD, HOLE, &without),
        (ImageFlags::COMPRESS_PGLZ, HOLE, &without),
    ];
    for (flags, hole, data) in cases {
        assert!(restore(flags, hole, data).is_err(), "{flags:?}");
    }
}
