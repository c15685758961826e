//! What the servers say of the WAL of each stored cluster, typed. All of it is about the current
//! timeline, from its oldest segment to its last record.

use std::collections::{BTreeMap, HashMap};

use pgautopsy::primitives::{Lsn, TimelineId};
use serde_json::Value;

use crate::answers::{Stored, number, text, with_wal};

/// The answers about the WAL of a cluster. What a version has no program or function for is `None`.
#[derive(Debug)]
pub(crate) struct WalAnswers {
    pub(crate) timeline: TimelineId,
    /// Where the oldest segment starts; the first record may start later.
    pub(crate) start: Lsn,
    /// `pg_waldump --stats=record` (13, 15, 17 to 19).
    pub(crate) by_record: Option<WalStats>,
    /// `pg_waldump --stats=rmgr` (13, 15, 17 to 19).
    pub(crate) by_rmgr: Option<WalStats>,
    /// `pg_waldump --bkp-details` (13).
    pub(crate) lines: Option<Vec<WalLine>>,
    /// `pg_waldump --save-fullpage` (17 to 19).
    pub(crate) images: Option<Vec<SavedImage>>,
    /// `pg_get_wal_records_info()` (15 to 19).
    pub(crate) records: Option<Vec<WalRecord>>,
    /// `pg_get_wal_block_info()` (16 to 19).
    pub(crate) blocks: Option<Vec<WalBlock>>,
}

/// What `pg_waldump --stats` prints, without the lines of no record.
#[derive(Debug, PartialEq)]
pub(crate) struct WalStats {
    pub(crate) rows: BTreeMap<String, WalCounts>,
    pub(crate) total: WalCounts,
}

/// The numbers of a line of it; a record's size is without its images.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct WalCounts {
    pub(crate) count: u64,
    pub(crate) record_size: u64,
    pub(crate) fpi_size: u64,
}

/// A record in `pg_waldump`'s words.
#[derive(Debug)]
pub(crate) struct WalLine {
    pub(crate) rmgr: String,
    /// Its length without images.
    pub(crate) len: u64,
    pub(crate) total_len: u64,
    pub(crate) xid: u64,
    pub(crate) start_lsn: Lsn,
    pub(crate) prev_lsn: Lsn,
    /// `INSERT off 3 flags 0x00`.
    pub(crate) description: String,
    /// `blkref #0: rel 1663/16384/16459 fork main blk 0 (FPW); hole: offset: 64, length: 7808`.
    pub(crate) blocks: Vec<String>,
}

/// A page that `--save-fullpage` wrote.
#[derive(Debug)]
pub(crate) struct SavedImage {
    pub(crate) name: String,
    /// Of its bytes, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// A row of `pg_get_wal_records_info()`.
#[derive(Debug)]
pub(crate) struct WalRecord {
    pub(crate) start_lsn: Lsn,
    pub(crate) end_lsn: Lsn,
    pub(crate) prev_lsn: Lsn,
    pub(crate) xid: u64,
    pub(crate) resource_manager: String,
    pub(crate) record_type: String,
    pub(crate) record_length: u64,
    pub(crate) main_data_length: u64,
    pub(crate) fpi_length: u64,
    pub(crate) description: String,
    /// As a [`WalLine`] has them, all in one text.
    pub(crate) block_ref: Option<String>,
}

/// A row of `pg_get_wal_block_info()`, without what its record says, too.
#[derive(Debug)]
pub(crate) struct WalBlock {
    pub(crate) start_lsn: Lsn,
    pub(crate) block_id: u64,
    /// Tablespace, database, filenode.
    pub(crate) relation: [u64; 3],
    pub(crate) fork: u64,
    pub(crate) block: u64,
    pub(crate) data_length: u64,
    pub(crate) fpi_length: u64,
    /// `HAS_HOLE`, `APPLY`, `COMPRESS_PGLZ` …; of a reference without an image `None`.
    pub(crate) fpi_info: Option<Vec<String>>,
}

impl WalAnswers {
    pub(crate) fn of(stored: &Stored) -> Self {
        let (waldump, walinspect) = (&stored.answers["waldump"], &stored.answers["walinspect"]);
        let stats = |by| text(&waldump["stats"][by]).map(WalStats::parse);
        Self {
            timeline: TimelineId(number(&waldump["timeline"]).try_into().unwrap()),
            start: lsn(&waldump["start"]),
            by_record: stats("record"),
            by_rmgr: stats("rmgr"),
            lines: text(&waldump["lines"]).map(WalLine::parse_all),
            images: rows(&waldump["images"], SavedImage::new),
            records: rows(&walinspect["records"], WalRecord::new),
            blocks: rows(&walinspect["blocks"], WalBlock::new),
        }
    }
}

impl WalStats {
    fn parse(printed: &str) -> Self {
        let mut stats = Self { rows: BTreeMap::new(), total: WalCounts::default() };
        for line in printed.lines() {
            let Some((name, counts)) = line.split_once("  ") else { continue };
            // Behind each number stands a percentage, in one kind of brackets or the other.
            let numbers = counts.split_whitespace().filter(|word| word.parse::<u64>().is_ok());
            let numbers: Vec<u64> = numbers.map(|word| word.parse().unwrap()).collect();
            let [count, record_size, fpi_size, combined] = numbers[..] else { continue };
            assert_eq!(record_size + fpi_size, combined, "{line}");
            let counts = WalCounts { count, record_size, fpi_size };
            match name {
                "Total" => stats.total = counts,
                _ if count > 0 => drop(stats.rows.insert(name.to_owned(), counts)),
                _ => {}
            }
        }
        stats
    }
}

impl WalLine {
    fn parse_all(printed: &str) -> Vec<Self> {
        let mut lines: Vec<Self> = Vec::new();
        for line in printed.lines() {
            match line.strip_prefix('\t') {
                Some(block) => lines.last_mut().unwrap().blocks.push(block.to_owned()),
                None => lines.push(Self::parse(line)),
            }
        }
        lines
    }

    fn parse(line: &str) -> Self {
        let field = |name: &str, end: &str| {
            let (_, rest) = line.split_once(name).unwrap_or_else(|| panic!("no {name}: {line}"));
            rest.split_once(end).unwrap().0.trim()
        };
        let (len, total_len) = field("len (rec/tot):", ",").split_once('/').unwrap();
        Self {
            rmgr: field("rmgr:", "len (").to_owned(),
            len: len.trim().parse().unwrap(),
            total_len: total_len.trim().parse().unwrap(),
            xid: field("tx:", ",").parse().unwrap(),
            start_lsn: field("lsn:", ",").parse().unwrap(),
            prev_lsn: field("prev ", ",").parse().unwrap(),
            description: line.split_once("desc: ").unwrap().1.trim().to_owned(),
            blocks: Vec::new(),
        }
    }
}

impl SavedImage {
    fn new(row: &Value) -> Self {
        Self { name: word(&row[0]), sha256: word(&row[1]) }
    }
}

impl WalRecord {
    fn new(row: &Value) -> Self {
        Self {
            start_lsn: lsn(&row[0]),
            end_lsn: lsn(&row[1]),
            prev_lsn: lsn(&row[2]),
            xid: number(&row[3]),
            resource_manager: word(&row[4]),
            record_type: word(&row[5]),
            record_length: number(&row[6]),
            main_data_length: number(&row[7]),
            fpi_length: number(&row[8]),
            description: text(&row[9]).unwrap_or_default().to_owned(),
            block_ref: text(&row[10]).map(str::to_owned),
        }
    }
}

impl WalBlock {
    fn new(row: &Value) -> Self {
        Self {
            start_lsn: lsn(&row[0]),
            block_id: number(&row[3]),
            relation: [4, 5, 6].map(|at| number(&row[at])),
            fork: number(&row[7]),
            block: number(&row[8]),
            data_length: number(&row[14]),
            fpi_length: number(&row[15]),
            fpi_info: rows(&row[16], word),
        }
    }

    /// The name that `--save-fullpage` gives its image.
    pub(crate) fn image_name(&self, timeline: TimelineId) -> String {
        let (high, low) = (self.start_lsn.0 >> 32, self.start_lsn.0 & 0xFFFF_FFFF);
        let [tablespace, database, filenode] = self.relation;
        let fork = ["main", "fsm", "vm", "init"][usize::try_from(self.fork).unwrap()];
        let block = self.block;
        format!(
            "{:08X}-{high:08X}-{low:08X}.{tablespace}.{database}.{filenode}.{block}_{fork}",
            timeline.0
        )
    }
}

fn rows<T>(value: &Value, row: impl Fn(&Value) -> T) -> Option<Vec<T>> {
    value.as_array().map(|rows| rows.iter().map(row).collect())
}

fn word(value: &Value) -> String {
    text(value).unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

/// 19 prints eight digits behind the slash.
fn lsn(value: &Value) -> Lsn {
    text(value).unwrap().parse().unwrap()
}

/// The sums of records with the same name.
fn sums(records: &[WalRecord], name: impl Fn(&WalRecord) -> String) -> BTreeMap<String, WalCounts> {
    let mut sums = BTreeMap::<_, WalCounts>::new();
    for record in records {
        let sum = sums.entry(name(record)).or_default();
        sum.count += 1;
        sum.record_size += record.record_length - record.fpi_length;
        sum.fpi_size += record.fpi_length;
    }
    sums
}

#[test]
fn answers_about_the_wal_agree_with_each_other() {
    let (mut versions, mut of_lines) = (0, 0);
    for name in with_wal() {
        let answers = WalAnswers::of(Stored::open(name));
        let (by_record, by_rmgr) = (&answers.by_record, &answers.by_rmgr);
        if let Some(stats) = by_rmgr {
            assert_eq!(stats.total, by_record.as_ref().unwrap().total, "{name}");
            let all: u64 = stats.rows.values().map(|row| row.count).sum();
            assert_eq!(all, stats.total.count, "{name}");
        }
        if let (Some(lines), Some(stats)) = (&answers.lines, by_rmgr) {
            let ours = lines.iter().map(|line| line.total_len).sum::<u64>();
            assert_eq!(ours, stats.total.record_size + stats.total.fpi_size, "{name}");
            let of = |rmgr: &str| lines.iter().filter(|line| line.rmgr == rmgr).count() as u64;
            for (rmgr, counts) in &stats.rows {
                assert_eq!(of(rmgr), counts.count, "{name}: {rmgr}");
            }
            for pair in lines.windows(2) {
                assert_eq!(pair[1].prev_lsn, pair[0].start_lsn, "{name}");
            }
            let with_image = |line: &&WalLine| line.blocks.iter().any(|at| at.contains("(FPW)"));
            assert!(lines.iter().filter(with_image).all(|line| line.len < line.total_len));
            assert!(lines.iter().any(|line| line.description.starts_with("INSERT")), "{name}");
            assert!(lines.iter().any(|line| line.xid > 0), "{name}");
            of_lines += 1;
        }
        let Some(records) = &answers.records else { continue };
        assert!(records.iter().all(|record| record.start_lsn >= answers.start), "{name}");
        if let (Some(by_record), Some(by_rmgr)) = (by_record, by_rmgr) {
            let of_type = |of: &WalRecord| format!("{}/{}", of.resource_manager, of.record_type);
            assert_eq!(sums(records, of_type), by_record.rows, "{name}");
            let of_rmgr = |of: &WalRecord| of.resource_manager.clone();
            assert_eq!(sums(records, of_rmgr), by_rmgr.rows, "{name}");
        }
        let Some(blocks) = &answers.blocks else { continue };
        blocks_are_those_of_records(name, records, blocks);
        if let Some(images) = &answers.images {
            let with_image = blocks.iter().filter(|block| block.fpi_info.is_some());
            let mut ours: Vec<_> =
                with_image.map(|block| block.image_name(answers.timeline)).collect();
            ours.sort();
            let theirs: Vec<_> = images.iter().map(|image| image.name.clone()).collect();
            assert_eq!(ours, theirs, "{name}");
            assert!(images.iter().all(|image| image.sha256.len() == 64), "{name}");
        }
        versions += 1;
    }
    assert!(versions > 4 && of_lines > 1 || with_wal().len() < 10);
}

fn blocks_are_those_of_records(name: &str, records: &[WalRecord], blocks: &[WalBlock]) {
    let mut of_record: HashMap<Lsn, Vec<&WalBlock>> = HashMap::new();
    for block in blocks {
        of_record.entry(block.start_lsn).or_default().push(block);
    }
    for record in records {
        let at = format!("{name}: {}", record.start_lsn);
        let blocks = of_record.remove(&record.start_lsn).unwrap_or_default();
        let images: u64 = blocks.iter().map(|block| block.fpi_length).sum();
        assert_eq!(images, record.fpi_length, "{at}");
        let data: u64 = blocks.iter().map(|block| block.data_length).sum();
        assert!(data + images + record.main_data_length < record.record_length, "{at}");
        assert!(record.prev_lsn < record.start_lsn && record.start_lsn < record.end_lsn, "{at}");
        assert_eq!(blocks.is_empty(), record.block_ref.is_none(), "{at}");
        let ids: Vec<_> = blocks.iter().map(|block| block.block_id).collect();
        assert!(ids.is_sorted(), "{at}");
    }
    assert!(of_record.is_empty(), "{name}: {of_record:?}");
}

/// Every resource manager that PostgreSQL itself has.
const RMGRS: [&str; 22] = [
    "XLOG",
    "Transaction",
    "Storage",
    "CLOG",
    "Database",
    "Tablespace",
    "MultiXact",
    "RelMap",
    "Standby",
    "Heap2",
    "Heap",
    "Btree",
    "Hash",
    "Gin",
    "Gist",
    "Sequence",
    "SPGist",
    "BRIN",
    "CommitTs",
    "ReplicationOrigin",
    "Generic",
    "LogicalMessage",
];

#[test]
fn the_stored_wal_has_every_resource_manager_and_images_of_every_kind() {
    for name in with_wal() {
        if !name.ends_with("-wal") {
            continue;
        }
        let answers = WalAnswers::of(Stored::open(name));
        if let Some(stats) = &answers.by_rmgr {
            for rmgr in RMGRS {
                assert!(stats.rows.contains_key(rmgr), "{name}: {rmgr}");
            }
            assert_eq!(stats.rows.len(), RMGRS.len(), "{name}");
            assert!(answers.by_record.unwrap().rows.len() > 85, "{name}");
        }
        if let Some(records) = &answers.records {
            let described = records.iter().filter(|record| !record.description.is_empty());
            assert!(described.count() > 1000 && records.iter().any(|record| record.xid > 0));
        }
        let Some(blocks) = &answers.blocks else { continue };
        let has = |wanted: &[&str]| {
            blocks.iter().any(|block| block.fpi_info.as_deref().is_some_and(|info| info == wanted))
        };
        assert!(has(&["APPLY"]) && has(&["HAS_HOLE", "APPLY"]) && has(&["HAS_HOLE"]), "{name}");
        assert!(has(&["APPLY", "COMPRESS_PGLZ"]), "{name}");
        assert!(has(&["HAS_HOLE", "APPLY", "COMPRESS_PGLZ"]), "{name}");
        // Not every server is built with the other two.
        let other = |way| has(&["APPLY", way]) && has(&["HAS_HOLE", "APPLY", way]);
        let is_built = name != "pg16-wal";
        assert_eq!(other("COMPRESS_LZ4") && other("COMPRESS_ZSTD"), is_built, "{name}");
    }
}
