//! `bloat` against reading the same files once, and against `pgstattuple`, in one run.
//!
//! ```text
//! cargo bench --bench compare -- BINDIR [--scale 100] [--user USER] [--data DIR] [--threads 2]
//! ```
//!
//! BINDIR holds a PostgreSQL server with pgbench and psql. A pgbench cluster of that scale is made
//! (or found in DIR from an earlier run), worked on, and stopped. Root names another user to run
//! the server.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pgautopsy::analysis::bloat::{BloatOptions, bloat};
use pgautopsy::cluster::relation::Relation;
use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, OpenOptions};
use pgautopsy::primitives::ForkNumber;

struct Setup {
    bin: PathBuf,
    scale: String,
    user: Option<String>,
    data: PathBuf,
    threads: usize,
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut setup = Setup {
        bin: PathBuf::new(),
        scale: "100".to_owned(),
        user: None,
        data: std::env::temp_dir().join("pgautopsy-bench"),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value behind the option");
        match argument.as_str() {
            "--scale" => setup.scale = value(),
            "--user" => setup.user = Some(value()),
            "--data" => setup.data = value().into(),
            "--threads" => setup.threads = value().parse().expect("a number"),
            bin => setup.bin = bin.into(),
        }
    }
    if !setup.bin.join("pgbench").exists() {
        println!("nothing was measured: name the bin directory of a server that has pgbench");
        return;
    }
    let cluster = setup.cluster();
    let empty = setup.initdb("empty");
    setup.measure(&cluster, &empty);
}

impl Setup {
    /// The pgbench cluster, made unless it is there.
    fn cluster(&self) -> PathBuf {
        let data = self.data.join(format!("scale-{}", self.scale));
        if data.join("done").exists() {
            return data;
        }
        let data = self.initdb(&format!("scale-{}", self.scale));
        self.with_server(&data, |setup| {
            setup.client("pgbench", &["-i", "-q", "-s", &setup.scale, "postgres"]);
            setup.client("pgbench", &["-N", "-c", "2", "-t", "20000", "postgres"]);
            for statement in [
                "update pgbench_accounts set abalance = abalance + 1 where aid % 5 = 0",
                "delete from pgbench_accounts where aid % 11 = 0",
                "create extension pgstattuple",
                // Reading every row sets the hint bits.
                "select count(*) from pgbench_accounts",
                "checkpoint",
            ] {
                setup.client("psql", &["-Xq", "-c", statement, "postgres"]);
            }
        });
        self.run("touch", &[data.join("done").to_str().expect("a path")]);
        data
    }

    fn initdb(&self, name: &str) -> PathBuf {
        let data = self.data.join(name);
        let _ = fs::remove_dir_all(&data);
        fs::create_dir_all(&self.data).expect("a folder for the clusters");
        if let Some(user) = &self.user {
            let status = Command::new("chown").arg(user).arg(&self.data).status();
            assert!(status.is_ok_and(|status| status.success()), "chown {user}");
        }
        let path = data.to_str().expect("a path");
        let initdb = self.bin.join("initdb");
        self.run(
            initdb.to_str().expect("a path"),
            &["-D", path, "-U", "postgres", "-A", "trust", "-k", "-N"],
        );
        data
    }

    fn measure(&self, data: &Path, empty: &Path) {
        let cluster = open(data);
        let relations: Vec<&Relation> = cluster.relations().iter().collect();
        let options = BloatOptions { threads: Some(self.threads), strips: 0 };
        let files: Vec<_> = relations
            .iter()
            .filter(|relation| relation.kind.is_heap())
            .filter_map(|relation| relation.files.fork(ForkNumber::Main))
            .flat_map(|main| main.segments().iter().map(|segment| data.join(&segment.path)))
            .collect();
        let bytes: u64 =
            files.iter().map(|file| fs::metadata(file).map_or(0, |metadata| metadata.len())).sum();
        let read = || read_once(&files, self.threads);
        let whole = || {
            let cluster = open(data);
            let relations: Vec<&Relation> = cluster.relations().iter().collect();
            bloat(&cluster, &relations, options, &());
        };
        // The first round of each warms the cache.
        read();
        whole();
        let (read, whole) = paired(read, whole);
        println!("{:.2} GB of heaps, {} threads, warm", bytes as f64 / 1e9, self.threads);
        println!("reading once: {read:?} ({:.1} GB/s)", bytes as f64 / read.as_secs_f64() / 1e9);
        println!("bloat:        {whole:?} ({:.2} times reading once)", ratio(whole, read));
        println!("anonymous memory at most: {} kB", peak_anonymous());
        let fresh = (0..10).map(|_| {
            let start = Instant::now();
            let cluster = open(empty);
            let relations: Vec<&Relation> = cluster.relations().iter().collect();
            bloat(&cluster, &relations, options, &());
            start.elapsed()
        });
        println!("fresh cluster: {:?}", fresh.min().unwrap_or_default());
        let asked = self.with_server(data, |setup| {
            let query = "select count(t.*) from pg_class c, lateral pgstattuple(c.oid) t
                         where relkind in ('r', 't', 'm')";
            setup.client("psql", &["-Xq", "-c", query, "postgres"]);
            let start = Instant::now();
            setup.client("psql", &["-Xq", "-c", query, "postgres"]);
            start.elapsed()
        });
        println!("pgstattuple:  {asked:?} ({:.1} times bloat)", ratio(asked, whole));
    }

    fn with_server<R>(&self, data: &Path, work: impl FnOnce(&Self) -> R) -> R {
        let path = data.to_str().expect("a path");
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c autovacuum=off -c fsync=off \
             -c jit=off -c max_wal_size=4GB -c shared_buffers=1GB",
            self.data.display()
        );
        let control = self.bin.join("pg_ctl");
        let control = control.to_str().expect("a path");
        let log = self.data.join("log");
        let log = log.to_str().expect("a path");
        self.run(control, &["-D", path, "-w", "-t", "300", "-l", log, "-o", &options, "start"]);
        let outcome = work(self);
        self.run(control, &["-D", path, "-w", "-t", "300", "-m", "fast", "stop"]);
        outcome
    }

    fn client(&self, name: &str, arguments: &[&str]) {
        let program = self.bin.join(name);
        let host = self.data.to_str().expect("a path");
        let arguments = [&["-h", host, "-U", "postgres"], arguments].concat();
        self.run(program.to_str().expect("a path"), &arguments);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = match &self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--", program]);
                command
            }
            None => Command::new(program),
        };
        let null = || File::options().write(true).open("/dev/null").expect("/dev/null");
        let status =
            command.args(arguments).current_dir("/").stdout(null()).stderr(null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}");
    }
}

fn open(data: &Path) -> Cluster {
    let evidence = evidence::open(data, &OpenOptions::default()).expect("the cluster");
    Cluster::open(evidence, &ClusterOptions::default()).expect("the cluster")
}

/// What touching the bytes costs: pread, 1 MiB at once, one buffer a thread.
fn read_once(files: &[PathBuf], threads: usize) {
    const CHUNK: usize = 1 << 20;
    let pieces: Vec<(usize, u64)> = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| {
            let len = fs::metadata(file).map_or(0, |metadata| metadata.len());
            (0..len).step_by(CHUNK).map(move |offset| (at, offset))
        })
        .collect();
    let open: Vec<_> = files.iter().map(|file| File::open(file).expect("a file")).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut buffer = vec![0; CHUNK];
                while let Some(&(file, offset)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let read = open[file].read_at(&mut buffer, offset).expect("a read");
                    std::hint::black_box(&buffer[..read]);
                }
            });
        }
    });
}

/// The best of several rounds of each, in turn.
fn paired(mut one: impl FnMut(), mut other: impl FnMut()) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..7 {
        let start = Instant::now();
        one();
        best.0 = best.0.min(start.elapsed());
        let start = Instant::now();
        other();
        best.1 = best.1.min(start.elapsed());
    }
    best
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// The kernel's figure for this process: resident memory that is no file's, in kB.
fn peak_anonymous() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    field("RssAnon:").unwrap_or_default()
}
