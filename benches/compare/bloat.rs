//! `bloat` against reading the same files once, and against `pgstattuple`.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pgautopsy::analysis::bloat::{BloatOptions, bloat};
use pgautopsy::cluster::relation::Relation;
use pgautopsy::primitives::ForkNumber;

use crate::server::{Setup, anonymous, open, paired, ratio};

impl Setup {
    pub(crate) fn compare_bloat(&self) {
        let cluster = self.cluster();
        let empty = self.initdb("empty");
        self.measure(&cluster, &empty);
    }

    /// The pgbench cluster, made unless it is there.
    pub(crate) fn cluster(&self) -> PathBuf {
        let data = self.data.join(format!("scale-{}", self.scale));
        if data.join("done").exists() {
            return data;
        }
        let data = self.initdb(&format!("scale-{}", self.scale));
        self.with_server(&data, "-c max_wal_size=4GB", |setup| {
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

    fn measure(&self, data: &Path, empty: &Path) {
        let heaps = self.against_reading("heaps", data, |relation| relation.kind.is_heap());
        self.against_reading("heaps and indexes", data, |relation| {
            relation.kind.is_heap() || relation.kind.is_index()
        });
        println!("anonymous memory after these: {} kB", anonymous());
        let fresh = (0..10).map(|_| {
            let start = Instant::now();
            self.bloat(empty, |_| true);
            start.elapsed()
        });
        println!("fresh cluster: {:?}", fresh.min().unwrap_or_default());
        let asked = self.with_server(data, "", |setup| {
            let query = "select count(t.*) from pg_class c, lateral pgstattuple(c.oid) t
                         where relkind in ('r', 't', 'm')";
            setup.client("psql", &["-Xq", "-c", query, "postgres"]);
            let start = Instant::now();
            setup.client("psql", &["-Xq", "-c", query, "postgres"]);
            start.elapsed()
        });
        println!("pgstattuple:  {asked:?} ({:.1} times bloat of the heaps)", ratio(asked, heaps));
    }

    /// Opens the cluster and accounts for these relations, against reading their files once.
    fn against_reading(
        &self,
        what: &str,
        data: &Path,
        is_wanted: impl Fn(&Relation) -> bool,
    ) -> Duration {
        let cluster = open(data);
        let files: Vec<_> = cluster
            .relations()
            .iter()
            .filter(|relation| is_wanted(relation))
            .filter_map(|relation| relation.files.fork(ForkNumber::Main))
            .flat_map(|main| main.segments().iter().map(|segment| data.join(&segment.path)))
            .collect();
        let bytes: u64 =
            files.iter().map(|file| fs::metadata(file).map_or(0, |metadata| metadata.len())).sum();
        let read = || read_once(&files, self.threads);
        let whole = || self.bloat(data, &is_wanted);
        // The first round of each warms the cache.
        read();
        whole();
        let (read, whole) = paired(15, read, whole);
        println!("{:.2} GB of {what}, {} threads, warm", bytes as f64 / 1e9, self.threads);
        println!("reading once: {read:?} ({:.1} GB/s)", bytes as f64 / read.as_secs_f64() / 1e9);
        println!("bloat:        {whole:?} ({:.2} times reading once)", ratio(whole, read));
        whole
    }

    fn bloat(&self, data: &Path, is_wanted: impl Fn(&Relation) -> bool) {
        let cluster = open(data);
        let relations: Vec<&Relation> =
            cluster.relations().iter().filter(|relation| is_wanted(relation)).collect();
        let options = BloatOptions { threads: Some(self.threads), strips: 0 };
        black_box(bloat(&cluster, &relations, options, &()));
    }
}

/// What touching the bytes costs: pread, 1 MiB at once, one buffer a thread, to where a page of
/// memory begins, since a copy to elsewhere can take half as long again.
fn read_once(files: &[PathBuf], threads: usize) {
    const CHUNK: usize = 1 << 20;
    const PAGE: usize = 4096;
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
                let mut buffer = vec![0; CHUNK + PAGE];
                let start = buffer.as_ptr().align_offset(PAGE);
                let buffer = &mut buffer[start..start + CHUNK];
                while let Some(&(file, offset)) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let read = open[file].read_at(buffer, offset).expect("a read");
                    black_box(&buffer[..read]);
                }
            });
        }
    });
}
