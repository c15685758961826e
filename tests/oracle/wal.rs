//! The WAL, against `pg_walinspect`, `pg_waldump` and the images that it saves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use pgautopsy::analysis::share::percent;
use pgautopsy::analysis::wal::{
    CountBy, CountOptions, CountRow, RecordCount, RecordFilter, RecordView, RecordWork, StatsBy,
    WalPlace, WalScan, each_record, resolve, wal_count, wal_records, wal_relations, wal_stats,
};
use pgautopsy::cluster::wal::Wal;
use pgautopsy::format::wal::rmgr;
use pgautopsy::format::wal::{BlockRef, ImageFlags, Record};
use pgautopsy::primitives::{ForkNumber, Lsn};
use pgautopsy::report::tables::wal_records as tables;
use pgautopsy::report::{NdjsonOutput, Output as _};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::answers::{Stored, kept_for_wal, number, text, with_wal};

/// The records that were asked about: from the oldest segment of the timeline on.
fn scan(stored: &Stored) -> WalScan {
    let wal = stored.cluster.wal();
    let scan = resolve(wal, WalScan::default(), None, None, &()).unwrap();
    let start = lsn(&stored.answers["waldump"]["start"]);
    let named = resolve(wal, WalScan::default(), Some(WalPlace::Lsn(start)), None, &()).unwrap();
    let first = |scan| wal_stats(wal, scan, StatsBy::Rmgr, &()).extent.start;
    assert_eq!(first(scan), first(named), "{}", stored.name);
    scan
}

/// Shows each record.
fn each(stored: &Stored, mut show: impl FnMut(&RecordView<'_>)) {
    let filter = RecordFilter::default();
    let wal = stored.cluster.wal();
    let read = each_record(wal, None, scan(stored), &filter, RecordWork::default(), |view| {
        show(view);
        Ok(())
    });
    assert!(read.error.is_none() && read.extent.findings.is_empty(), "{}", stored.name);
}

/// 19 prints eight digits behind the slash.
fn lsn(value: &Value) -> Lsn {
    text(value).unwrap().parse().unwrap()
}

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
    block_ref: String,
}

impl Described {
    fn ours(view: &RecordView<'_>) -> Self {
        let record = view.record.unwrap();
        // What each holds is known, to its last byte.
        assert!(view.fields.iter().all(|field| field.name != "rest"), "{:?}", view.fields);
        Self {
            start_lsn: view.start_lsn,
            end_lsn: view.end_lsn,
            prev_lsn: view.header.xl_prev(),
            xid: view.header.xl_xid().0.into(),
            resource_manager: view.resource_manager().to_string(),
            record_type: view.record_type().to_string(),
            record_length: view.header.xl_tot_len().into(),
            main_data_length: record.main_data.len() as u64,
            fpi_length: record.image_len.into(),
            block_ref: record.blocks().map(|block| block_ref(&block)).collect::<Vec<_>>().join(" "),
        }
    }

    fn theirs(row: &Value) -> Self {
        Self {
            start_lsn: lsn(&row[0]),
            end_lsn: lsn(&row[1]),
            prev_lsn: lsn(&row[2]),
            xid: number(&row[3]),
            resource_manager: text(&row[4]).unwrap().to_owned(),
            record_type: text(&row[5]).unwrap().to_owned(),
            record_length: number(&row[6]),
            main_data_length: number(&row[7]),
            fpi_length: number(&row[8]),
            // It puts a space before the first that is not number 0.
            block_ref: text(&row[10]).unwrap_or_default().trim_start().to_owned(),
        }
    }
}

/// A block reference in the server's words (`XLogRecGetBlockRefInfo`).
fn block_ref(block: &BlockRef<'_>) -> String {
    let fork = block.fork.map_or("?", ForkNumber::name);
    let mut text =
        format!("blkref #{}: rel {} fork {fork} blk {}", block.id, slashed(block), block.block);
    let Some(image) = block.image else { return text };
    let apply = image.flags.contains(ImageFlags::APPLY);
    text += if apply { " (FPW)" } else { " (FPW for WAL verification)" };
    let _ = write!(text, "; hole: offset: {}, length: {}", image.hole_offset, image.hole_length);
    let methods = [
        (ImageFlags::COMPRESS_PGLZ, "pglz"),
        (ImageFlags::COMPRESS_LZ4, "lz4"),
        (ImageFlags::COMPRESS_ZSTD, "zstd"),
    ];
    if let Some((_, method)) = methods.iter().find(|(flag, _)| image.flags.contains(*flag)) {
        let saved = 8192 - usize::from(image.hole_length) - usize::from(image.stored);
        let _ = write!(text, ", compression saved: {saved}, method: {method}");
    }
    text
}

fn slashed(block: &BlockRef<'_>) -> String {
    block.locator.to_string()
}

#[test]
fn records_are_those_of_pg_walinspect() {
    let mut versions = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let Some(theirs) = stored.answers["walinspect"]["records"].as_array() else { continue };
        let mut theirs = theirs.iter();
        each(stored, |view| {
            let ours = Described::ours(view);
            assert_eq!(theirs.next().map(Described::theirs), Some(ours), "{name}");
        });
        assert_eq!(theirs.next(), None, "{name}");
        versions += 1;
    }
    assert!(versions >= 10 || with_wal().len() < 19, "{versions}");
}

#[test]
fn blocks_are_those_of_pg_get_wal_block_info() {
    let mut versions = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let Some(theirs) = stored.answers["walinspect"]["blocks"].as_array() else { continue };
        let mut theirs = theirs.iter();
        each(stored, |view| {
            let record = view.record.unwrap();
            for block in record.blocks() {
                let row = theirs.next().unwrap();
                let at = format!("{name}: {} block {}", view.start_lsn, block.id);
                assert_eq!(lsn(&row[0]), view.start_lsn, "{at}");
                assert_eq!(lsn(&row[1]), view.end_lsn, "{at}");
                assert_eq!(lsn(&row[2]), view.header.xl_prev(), "{at}");
                let locator = block.locator;
                let ours = [
                    block.id.into(),
                    u64::from(locator.tablespace.0),
                    locator.database.0.into(),
                    locator.number.0.into(),
                    block.flags.fork_code().into(),
                    block.block.0.into(),
                    view.header.xl_xid().0.into(),
                ];
                assert_eq!(
                    ours.to_vec(),
                    (3..10).map(|at| number(&row[at])).collect::<Vec<_>>(),
                    "{at}"
                );
                assert_eq!(text(&row[10]), Some(&*view.resource_manager().to_string()), "{at}");
                assert_eq!(text(&row[11]), Some(&*view.record_type().to_string()), "{at}");
                let image = block.image;
                let ours = [
                    u64::from(view.header.xl_tot_len()),
                    record.main_data.len() as u64,
                    block.data.len() as u64,
                    image.map_or(0, |image| u64::from(image.stored)),
                ];
                assert_eq!(
                    ours.to_vec(),
                    (12..16).map(|at| number(&row[at])).collect::<Vec<_>>(),
                    "{at}"
                );
                let flags: Option<Vec<Value>> =
                    image.map(|image| image.flags.names().map(Value::from).collect());
                assert_eq!(flags.as_ref(), row[16].as_array(), "{at}");
            }
        });
        assert_eq!(theirs.next(), None, "{name}");
        versions += 1;
    }
    assert!(versions >= 8 || with_wal().len() < 19, "{versions}");
}

/// What a line of `pg_waldump --stats` says: name, counts and shares.
type Line = (String, [(u64, String); 4]);

fn line(text: &str) -> Option<Line> {
    let (name, numbers) = text.split_once("  ")?;
    let mut parts = numbers.split(['(', ')', '[', ']']);
    let mut next = || {
        let count = parts.next()?.trim().parse().ok()?;
        Some((count, parts.next()?.trim().to_owned()))
    };
    Some((name.trim().to_owned(), [next()?, next()?, next()?, next()?]))
}

fn own_line(name: String, count: RecordCount, total: RecordCount) -> Line {
    let share = |part, whole| (part, format!("{:.2}", percent(part, whole)));
    let counts = [
        share(count.count, total.count),
        share(count.record_size, total.record_size),
        share(count.fpi_size, total.fpi_size),
        share(count.combined_size(), total.combined_size()),
    ];
    (name, counts)
}

#[test]
fn statistics_are_those_of_pg_waldump_in_every_number() {
    let mut versions = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        for (by, key) in [(StatsBy::Record, "record"), (StatsBy::Rmgr, "rmgr")] {
            let Some(theirs) = text(&stored.answers["waldump"]["stats"][key]) else { continue };
            let stats = wal_stats(stored.cluster.wal(), scan(stored), by, &());
            let ours: Vec<_> = stats
                .rows
                .iter()
                .map(|row| {
                    let manager = row.resource_manager.to_string();
                    let name = match row.record_type {
                        Some(record_type) => format!("{manager}/{record_type}"),
                        None => manager,
                    };
                    own_line(name, row.count, stats.total)
                })
                .collect();
            // With managers as rows, it lists those that have no records, too.
            let theirs = theirs.lines().filter(|text| text.contains('(') && !text.contains("(%)"));
            let theirs: Vec<_> =
                theirs.filter_map(line).filter(|(_, [count, ..])| count.0 > 0).collect();
            assert_eq!(ours, theirs, "{name} {key}");
            versions += 1;
        }
        let Some(theirs) = text(&stored.answers["waldump"]["stats"]["record"]) else { continue };
        let total = wal_stats(stored.cluster.wal(), scan(stored), StatsBy::Record, &()).total;
        let ours = [total.count, total.record_size, total.fpi_size, total.combined_size()];
        let theirs = theirs.lines().find(|text| text.starts_with("Total")).unwrap();
        let words = theirs.split_whitespace().filter_map(|word| word.parse().ok());
        assert_eq!(words.collect::<Vec<u64>>(), ours, "{name}");
    }
    assert!(versions >= 20 || with_wal().len() < 19, "{versions}");
}

#[test]
fn lines_are_those_of_pg_waldump_where_nothing_else_tells() {
    let mut records = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let Some(lines) = text(&stored.answers["waldump"]["lines"]) else { continue };
        let mut lines = lines.lines().peekable();
        each(stored, |view| {
            let ours = Described::ours(view);
            let head = lines.next().unwrap();
            let field = |name: &str, end: &str| {
                let rest = head.split(name).nth(1).unwrap_or_else(|| panic!("{head}: no {name}"));
                rest.split(end).next().unwrap().trim().to_owned()
            };
            let at = format!("{name}: {head}");
            assert_eq!(field("rmgr: ", "len (rec/tot)"), ours.resource_manager, "{at}");
            let lengths = field("len (rec/tot):", ",");
            let (record, total) = lengths.split_once('/').unwrap();
            let without_images = ours.record_length - ours.fpi_length;
            assert_eq!(record.trim().parse(), Ok(without_images), "{at}");
            assert_eq!(total.trim().parse(), Ok(ours.record_length), "{at}");
            assert_eq!(field("tx:", ",").parse(), Ok(ours.xid), "{at}");
            assert_eq!(field("lsn: ", ",").parse(), Ok(ours.start_lsn), "{at}");
            assert_eq!(field("prev ", ",").parse(), Ok(ours.prev_lsn), "{at}");
            assert!(field("desc: ", "\n").starts_with(&ours.record_type), "{at}");
            let mut blocks = Vec::new();
            while let Some(block) = lines.next_if(|line| line.starts_with('\t')) {
                blocks.push(block.trim());
            }
            // It does not name the method, where there is only one.
            let ours = ours.block_ref.replace(", method: pglz", "");
            assert_eq!(blocks.join(" "), ours, "{at}");
            records += 1;
        });
        assert_eq!(lines.next(), None, "{name}");
    }
    assert!(records > 20_000 || with_wal().len() < 19, "{records}");
}

#[test]
fn images_are_those_that_pg_waldump_saves() {
    let mut versions = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let Some(theirs) = stored.answers["waldump"]["images"].as_array() else { continue };
        let theirs: BTreeMap<_, _> = theirs
            .iter()
            .map(|row| (text(&row[0]).unwrap().to_owned(), text(&row[1]).unwrap().to_owned()))
            .collect();
        let ours = Mutex::new(BTreeMap::new());
        let save = |name: &str, page: &[u8]| {
            let hash = Sha256::digest(page).iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            ours.lock().unwrap().insert(name.to_owned(), hash);
            Ok(())
        };
        let work = RecordWork { save: Some(&save), ..RecordWork::default() };
        let wal = stored.cluster.wal();
        let filter = RecordFilter { fpi: true, ..RecordFilter::default() };
        let read = wal_records(wal, None, scan(stored), &filter, work, |_, _| (), |_| Ok(()));
        assert!(read.error.is_none() && read.extent.findings.is_empty(), "{name}");
        let ours = ours.into_inner().unwrap();
        assert_eq!(ours.len(), theirs.len(), "{name}");
        assert_eq!(ours, theirs, "{name}");
        versions += 1;
    }
    assert!(versions >= 6 || with_wal().len() < 19, "{versions}");
}

/// One way hands records out whole, one after the other; the other takes them apart on several
/// threads, without their images.
#[test]
fn records_are_the_same_however_they_are_read() {
    let mut output = NdjsonOutput::new(std::io::sink());
    output.table(&tables::RECORDS).unwrap();
    let encoder = output.encoder().unwrap();
    let encode = |view: &RecordView<'_>, out: &mut Vec<u8>| {
        encoder.encode(out, |row| tables::row(view, row));
    };
    for name in with_wal() {
        let stored = Stored::open(name);
        let (mut one_by_one, mut by_batches) = (Vec::new(), Vec::new());
        each(stored, |view| encode(view, &mut one_by_one));
        let (filter, work) = (RecordFilter::default(), RecordWork::default());
        let wal = stored.cluster.wal();
        let read = wal_records(wal, None, scan(stored), &filter, work, encode, |rows| {
            by_batches.extend_from_slice(rows);
            Ok(())
        });
        assert!(read.error.is_none() && read.extent.findings.is_empty(), "{name}");
        assert!(one_by_one == by_batches, "{name}");
    }
}

#[test]
fn relations_add_up_and_have_the_images_that_the_server_counts() {
    for name in with_wal() {
        let stored = Stored::open(name);
        let wal = stored.cluster.wal();
        let scan = scan(stored);
        let stats = wal_stats(wal, scan, StatsBy::Record, &());
        let found = wal_relations(wal, Some(&stored.cluster), scan, false, &());
        assert_eq!(found.total.wal_bytes, stats.total.combined_size(), "{name}");
        assert_eq!(found.total.record_count, stats.total.count, "{name}");
        assert_eq!(found.total.fpi_bytes, stats.total.fpi_size, "{name}");
        let disk = stats.extent.disk.unwrap();
        assert_eq!(disk.total(), on_disk(stored, wal, scan), "{name}");
        assert_eq!(disk.records, stats.total.combined_size(), "{name}");
        assert_eq!(disk.unread, 0, "{name}");

        let Some(blocks) = stored.answers["walinspect"]["blocks"].as_array() else { continue };
        // Images, their bytes and references, by files; and the blocks.
        let mut theirs: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
        let mut touched: BTreeMap<String, BTreeSet<(u64, u64)>> = BTreeMap::new();
        for row in blocks {
            let files = format!("{}/{}/{}", row[4], row[5], row[6]);
            let blocks = touched.entry(files.clone()).or_default();
            let (images, bytes, refs) = theirs.entry(files).or_default();
            *images += u64::from(row[16].is_array());
            *bytes += number(&row[15]);
            *refs += 1;
            blocks.insert((number(&row[7]), number(&row[8])));
        }
        let theirs: BTreeMap<_, _> = theirs
            .into_iter()
            .map(|(files, (images, bytes, refs))| {
                let blocks = touched[&files].len() as u64;
                (files, (images, bytes, refs, blocks))
            })
            .collect();
        let ours: BTreeMap<_, _> = found
            .rows
            .iter()
            .filter_map(|row| {
                let locator = row.relation.as_ref()?.locator?;
                let count = &row.count;
                let blocks = row.blocks.unwrap().touched;
                let counts = (count.fpi_count, count.fpi_bytes, count.block_refs, blocks);
                Some((locator.to_string(), counts))
            })
            .collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

/// The bytes of the segment files that are read.
fn on_disk(stored: &Stored, wal: &Wal, scan: WalScan) -> u64 {
    let first = wal.segment_at(scan.range.start);
    let files = wal.segments().iter().skip(first).map(|segment| {
        let path = format!("pg_wal/{}", segment.path.rsplit('/').next().unwrap());
        stored.cluster.evidence().open(&path).unwrap().len()
    });
    files.sum()
}

#[test]
fn transactions_wrote_the_records_that_carry_their_xid() {
    for name in with_wal() {
        let stored = Stored::open(name);
        let mut expected: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        each(stored, |view| {
            let xid = view.header.xl_xid();
            let own = expected.entry(xid.is_valid().then_some(xid)).or_default();
            own.0 += 1;
            own.1 += u64::from(view.header.xl_tot_len());
        });
        let count = |most| {
            let options = CountOptions { by: CountBy::Xid, most, largest_first: false };
            let counted = wal_count(stored.cluster.wal(), scan(stored), options, &());
            let mut rows = Vec::new();
            let shown = counted.each(&(), |row| {
                let CountRow::Xid(key, count) = row else { panic!("{row:?}") };
                rows.push((key.xid, (count.count, count.combined_size())));
                Ok(())
            });
            shown.unwrap();
            (rows, counted.total.count)
        };
        let (rows, total) = count(None);
        assert_eq!(total, expected.values().map(|(count, _)| count).sum::<u64>(), "{name}");
        assert!(rows.iter().copied().eq(expected), "{name}");
        let (largest, same) = count(Some(5));
        let mut sizes: Vec<_> = rows.iter().map(|(_, (_, bytes))| *bytes).collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        sizes.truncate(5);
        assert!(largest.iter().map(|(_, (_, bytes))| *bytes).eq(sizes) && same == total, "{name}");
    }
}

/// What records of Storage say about files, by the fields that are shown of them.
#[test]
fn files_were_made_and_cut_off_where_their_records_are() {
    let mut cut = 0;
    for name in with_wal() {
        let stored = Stored::open(name);
        let (mut made, mut truncated) = (BTreeMap::new(), BTreeMap::new());
        each(stored, |view| {
            let file = view.fields.iter().find_map(|field| match field.value {
                rmgr::Value::Locator(locator) if field.name == "rlocator" => Some(locator),
                _ => None,
            });
            let types = (view.resource_manager().to_string(), view.record_type().to_string());
            match (types.0.as_str(), types.1.as_str(), file) {
                ("Storage", "CREATE", Some(file)) => {
                    made.entry(file).or_insert(view.start_lsn);
                }
                ("Storage", "TRUNCATE", Some(file)) => {
                    truncated.insert(file, view.start_lsn);
                }
                _ => {}
            }
        });
        let found = wal_relations(stored.cluster.wal(), None, scan(stored), false, &());
        for row in &found.rows {
            let Some(file) = row.relation.as_ref().and_then(|relation| relation.locator) else {
                continue;
            };
            let expected = (made.get(&file).copied(), truncated.get(&file).copied());
            assert_eq!((row.sighting.created, row.sighting.truncated), expected, "{name} {file}");
            cut += usize::from(expected.1.is_some());
        }
    }
    assert!(cut > 0);
}

#[test]
fn relations_are_called_what_the_server_calls_them() {
    let (mut gone, mut numbers) = (0, 0);
    for name in with_wal() {
        let stored = Stored::open(name);
        let wal = stored.cluster.wal();
        let found = wal_relations(wal, Some(&stored.cluster), scan(stored), false, &());
        let live: BTreeSet<_> =
            stored.cluster.relations().iter().filter_map(|relation| relation.locator).collect();
        for row in &found.rows {
            let Some(relation) = &row.relation else { continue };
            if live.contains(&relation.locator.unwrap()) {
                // After a kill, rows of the catalogs may be in the WAL alone.
                let named = relation.name.is_some() || !stored.cluster.state().is_shut_down();
                assert!(named, "{name}: {:?}", relation.path);
                continue;
            }
            // What is not in the catalogs was dropped or rewritten, and the WAL says so; or it was
            // made and never came to be.
            let known = row.sighting.dropped.is_some() || row.sighting.mapped.is_some();
            assert!(
                known || row.named_by.is_some(),
                "{name}: {:?} {:?}",
                relation.path,
                row.sighting
            );
            if relation.name.is_some() { gone += 1 } else { numbers += 1 }
        }
    }
    assert!(gone > 10 && numbers > 10, "{gone} {numbers}");
}

#[test]
fn every_resource_manager_and_every_compression_is_in_the_stored_wal() {
    let mut methods = BTreeSet::new();
    for name in kept_for_wal() {
        let stored = Stored::open(name);
        let (mut managers, mut flags) = (BTreeSet::new(), BTreeSet::new());
        each(stored, |view| {
            managers.insert(view.resource_manager().to_string());
            let blocks = view.record.iter().flat_map(Record::blocks);
            flags.extend(blocks.filter_map(|block| block.image).map(|image| image.flags.bits()));
        });
        assert_eq!(managers.len(), 22, "{name}: {managers:?}");
        let flags: Vec<_> = flags.into_iter().map(ImageFlags::from_bits_retain).collect();
        let with_hole = |flags: &&ImageFlags| flags.contains(ImageFlags::HAS_HOLE);
        let both = flags.iter().filter(with_hole).count();
        assert!(both > 0 && both < flags.len(), "{name}: {flags:?}");
        assert!(flags.iter().any(|flags| !flags.is_compressed()), "{name}: {flags:?}");
        methods.extend(flags.iter().flat_map(|flags| {
            [ImageFlags::COMPRESS_PGLZ, ImageFlags::COMPRESS_LZ4, ImageFlags::COMPRESS_ZSTD]
                .into_iter()
                .filter(|method| flags.contains(*method))
                .map(|method| method.bits())
        }));
        assert!(methods.contains(&ImageFlags::COMPRESS_PGLZ.bits()), "{name}");
    }
    // Not every server is built with each.
    assert!(methods.len() == 3 || with_wal().len() < 19, "{methods:?}");
}
