//! `wal` against `pg_waldump`, on 4 GB of WAL that pgbench wrote.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use pgautopsy::analysis::wal::{
    RecordFilter, RecordWork, StatsBy, WalScan, wal_records, wal_relations, wal_stats,
};
use pgautopsy::report::tables::wal_records as tables;
use pgautopsy::report::{NdjsonOutput, Output};

use crate::server::{Setup, anonymous, open, paired, ratio};

/// How much WAL there is to be, in bytes.
const WAL_BYTES: u64 = 4 << 30;

impl Setup {
    pub(crate) fn compare_wal(&self) {
        let data = self.wal_cluster();
        let scan = WalScan { threads: Some(self.threads), ..WalScan::default() };
        let stats = || {
            let cluster = open(&data);
            wal_stats(cluster.wal(), scan, StatsBy::Record, &())
        };
        let relations = || {
            let cluster = open(&data);
            wal_relations(cluster.wal(), Some(&cluster), scan, false, &());
        };
        // The first round warms the cache.
        let total = stats().total;
        println!(
            "{:.2} GB of WAL, {} records, {:.0} % images, {} threads, warm",
            total.combined_size() as f64 / 1e9,
            total.count,
            100.0 * total.fpi_size as f64 / total.combined_size() as f64,
            self.threads
        );
        relations();
        let (of_stats, by_relation) = paired(10, || drop(stats()), relations);
        println!("anonymous memory after wal stats and wal relations: {} kB", anonymous());
        let waldump = self.waldump(&data);
        let (ours, theirs) = paired(5, || drop(stats()), || waldump(&["--stats=record"]));
        println!("pg_waldump --stats=record: {theirs:?}");
        println!("wal stats:                 {ours:?} ({:.1} times as fast)", ratio(theirs, ours));
        println!(
            "wal relations:             {by_relation:?} ({:.2} times wal stats, then {of_stats:?})",
            ratio(by_relation, of_stats)
        );
        let (ours, theirs) = paired(3, || records_as_ndjson(&data, scan), || waldump(&[]));
        let records = |duration: Duration| total.count as f64 / duration.as_secs_f64();
        println!("anonymous memory after wal records: {} kB", anonymous());
        println!("pg_waldump:                {:.0} records a second", records(theirs));
        println!(
            "wal records -f ndjson:     {:.0} records a second ({:.1} times as many)",
            records(ours),
            ratio(theirs, ours)
        );
    }

    /// What runs `pg_waldump` of all that there is, with what arguments it is given.
    fn waldump(&self, data: &Path) -> impl Fn(&[&str]) {
        let cluster = open(data);
        let wal = cluster.wal();
        let start = wal.segments().first().map(|segment| wal.start_of(segment.number));
        let start = start.unwrap_or_default().to_string();
        let (program, wal) = (self.bin.join("pg_waldump"), data.join("pg_wal"));
        move |arguments| {
            let null = File::options().write(true).open("/dev/null").expect("/dev/null");
            let mut command = Command::new(&program);
            command.arg("-p").arg(&wal).arg("-s").arg(&start).args(arguments);
            // It ends with an error where the WAL does.
            command.stdout(null).stderr(Stdio::null()).status().expect("pg_waldump runs");
        }
    }

    /// A pgbench cluster with its WAL, made unless it is there.
    fn wal_cluster(&self) -> PathBuf {
        let name = format!("wal-{}", self.scale);
        let data = self.data.join(&name);
        if data.join("done").exists() {
            return data;
        }
        let data = self.initdb(&name);
        self.with_server(&data, "-c max_wal_size=512MB", |setup| {
            setup.client("pgbench", &["-i", "-q", "-s", &setup.scale, "postgres"]);
            setup.client("psql", &["-Xq", "-c", "checkpoint", "postgres"]);
            setup.client("psql", &["-Xq", "-c", "select pg_switch_wal()", "postgres"]);
            setup.client("psql", &["-Xq", "-c", "checkpoint", "postgres"]);
        });
        let settings = "-c max_wal_size=1GB -c wal_keep_size=32GB -c synchronous_commit=off";
        self.with_server(&data, settings, |setup| {
            let wal = data.join("pg_wal");
            let before = len_of(&wal);
            while len_of(&wal) < before + WAL_BYTES {
                setup.client("pgbench", &["-c", "8", "-j", "2", "-T", "20", "postgres"]);
            }
        });
        self.run("touch", &[data.join("done").to_str().expect("a path")]);
        data
    }
}

fn len_of(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).expect("a folder").flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// What `wal records -f ndjson` does, into nowhere.
fn records_as_ndjson(data: &Path, scan: WalScan) {
    let cluster = open(data);
    let mut null = File::options().write(true).open("/dev/null").expect("/dev/null");
    let mut output = NdjsonOutput::new(std::io::sink());
    output.table(&tables::RECORDS).expect("a table");
    let encoder = output.encoder().expect("an encoder");
    let read = wal_records(
        cluster.wal(),
        Some(&cluster),
        scan,
        &RecordFilter::default(),
        RecordWork::default(),
        |view, out| encoder.encode(out, |row| tables::row(view, row)),
        |rows| null.write_all(rows),
    );
    assert!(read.error.is_none());
}
