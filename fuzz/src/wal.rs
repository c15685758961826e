//! Pages of WAL, their records, what these hold, and their images; and the names of files.

use pgautopsy::format::wal::rmgr::transaction::TransactionRecord;
use pgautopsy::format::wal::rmgr::{
    CheckpointRecord, DatabaseDrop, RecordTypeName, RelmapUpdate, RmgrId, StorageRecord, decode,
    record_type, rmgr_name,
};
use pgautopsy::format::wal::{
    BlockHeader, Image, ImageRestorer, Images, PageRules, RawRecord, Record, RecordReader,
    WalFileName, WalLongPageHeader, WalPageHeader,
};
use pgautopsy::format::{Format, PgVersion};
use pgautopsy::primitives::Lsn;

/// The input is the start of a segment; and a record's bytes; and a file's name, as far as it is
/// text.
pub fn run(data: &[u8]) {
    names(&String::from_utf8_lossy(data));
    let _ = WalLongPageHeader::parse(data);
    // A reader starts where a page does; positions have room for what follows.
    let place = WalPageHeader::parse(data).map_or(0, |header| header.xlp_pageaddr().0);
    let start = Lsn(place % (1 << 62) / 8192 * 8192);
    for version in PgVersion::ALL {
        let format = Format { wal_segment_size: 1 << 20, ..Format::usual(version) };
        if let Ok(record) = Record::decode(data, format) {
            contents(&record, format);
        }
        pages(data, start, format);
    }
}

fn pages(data: &[u8], start: Lsn, format: Format) {
    let rules = PageRules { format, system_identifier: None, timeline: None };
    let mut reader = RecordReader::new(rules, start);
    let mut records = reader.read(data);
    let mut last = None;
    while let Some(raw) = records.next() {
        whole(&raw, &mut last);
        let mut headers = Vec::new();
        let decoded = raw.decode_each(format, |header| headers.push(header));
        if let Ok(record) = decoded {
            let lens = record.blocks().map(|block| (block.id, block.len()));
            let of_blocks: usize = headers.iter().map(BlockHeader::record_len).sum();
            assert!(of_blocks + record.main_data.len() <= raw.bytes.len());
            assert!(lens.eq(headers.iter().map(|header| (header.id, header.record_len()))));
            contents(&record, format);
        }
        copy(&raw, format);
    }
    let scan = reader.finish();
    assert!(scan.space.total() <= data.len() as u64);
}

/// Without its images a record says what it says with them; one that says nothing stays as it is.
fn copy(raw: &RawRecord<'_>, format: Format) {
    let mut bytes = vec![1];
    let images = raw.copy_without_images(format, &mut bytes);
    let copy = Record::decode_copy(&bytes[1..], images, format);
    let Ok(record) = raw.decode(format) else {
        assert!(copy.is_err() && bytes[1..] == *raw.bytes);
        return;
    };
    let copy = copy.expect("what can be taken apart can be copied");
    let counts = |record: &Record<'_>| (record.block_count, record.image_count, record.image_len);
    assert_eq!(counts(&copy), counts(&record));
    assert_eq!((copy.origin, copy.toplevel_xid), (record.origin, record.toplevel_xid));
    assert_eq!(copy.main_data, record.main_data);
    let left_out = if images == Images::LeftOut { record.image_len as usize } else { 0 };
    assert_eq!(bytes.len() - 1 + left_out, raw.bytes.len());
    for (copy, block) in copy.blocks().zip(record.blocks()) {
        assert_eq!((copy.id, copy.locator, copy.block), (block.id, block.locator, block.block));
        assert_eq!((copy.data, copy.len()), (block.data, block.len()));
        let head = |image: Image<'_>| (image.stored, image.hole_offset, image.hole_length);
        assert_eq!(copy.image.map(head), block.image.map(head));
    }
}

/// Records come in their order, none longer than what was read of it.
fn whole(record: &RawRecord<'_>, last: &mut Option<Lsn>) {
    assert_eq!(record.bytes.len(), record.header.xl_tot_len() as usize);
    assert!(record.start_lsn < record.end_lsn);
    assert!(last.replace(record.start_lsn).is_none_or(|last| last < record.start_lsn));
}

fn contents(record: &Record<'_>, format: Format) {
    let (rmid, info) = (record.header.xl_rmid(), record.header.xl_info());
    assert!(!rmgr_name(rmid).to_string().is_empty());
    assert!(!record_type(rmid, info, format.version).to_string().is_empty());
    typed(record, format.version);
    let mut fields = Vec::new();
    let _ = decode(record, format.version, &mut fields);
    let (mut restorer, mut page) = (ImageRestorer::default(), Vec::new());
    assert_eq!(record.blocks().count(), usize::from(record.block_count));
    for image in record.blocks().filter_map(|block| block.image) {
        if restorer.restore(&image, format.block_size, &mut page).is_ok() {
            assert_eq!(page.len(), format.block_size as usize);
        }
    }
}

/// What is read as a type of its own can be shown field by field as well.
fn typed(record: &Record<'_>, version: PgVersion) {
    let read = match record.header.xl_rmid() {
        RmgrId::XACT => TransactionRecord::parse(record, version).map(|read| read.is_some()),
        RmgrId::XLOG => CheckpointRecord::parse(record, version).map(|read| read.is_some()),
        RmgrId::SMGR => StorageRecord::parse(record).map(|read| read.is_some()),
        RmgrId::DBASE => DatabaseDrop::parse(record, version).map(|read| read.is_some()),
        RmgrId::RELMAP => RelmapUpdate::parse(record).map(|update| {
            update.is_some_and(|update| {
                let _ = update.files(version);
                true
            })
        }),
        _ => return,
    };
    if let Ok(true) = read {
        let name = record_type(record.header.xl_rmid(), record.header.xl_info(), version);
        assert!(matches!(name, RecordTypeName::Known(_)), "{name}");
    }
}

fn names(text: &str) {
    for size in [1 << 20, 1 << 24, 1 << 30] {
        if let Some(name) = WalFileName::parse(text, size) {
            assert_eq!(name.name(size), text);
        }
    }
}
