//! The servers that are compared with, and how that is done.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, OpenOptions};

pub(crate) struct Setup {
    pub(crate) bin: PathBuf,
    pub(crate) scale: String,
    pub(crate) user: Option<String>,
    pub(crate) data: PathBuf,
    pub(crate) threads: usize,
}

impl Setup {
    pub(crate) fn initdb(&self, name: &str) -> PathBuf {
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

    pub(crate) fn with_server<R>(
        &self,
        data: &Path,
        settings: &str,
        work: impl FnOnce(&Self) -> R,
    ) -> R {
        let path = data.to_str().expect("a path");
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c autovacuum=off -c fsync=off \
             -c jit=off -c shared_buffers=1GB {settings}",
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

    pub(crate) fn client(&self, name: &str, arguments: &[&str]) {
        let program = self.bin.join(name);
        let host = self.data.to_str().expect("a path");
        let arguments = [&["-h", host, "-U", "postgres"], arguments].concat();
        self.run(program.to_str().expect("a path"), &arguments);
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str]) {
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

pub(crate) fn open(data: &Path) -> Cluster {
    let evidence = evidence::open(data, &OpenOptions::default()).expect("the cluster");
    Cluster::open(evidence, &ClusterOptions::default()).expect("the cluster")
}

/// The best of several rounds of each, in turn.
pub(crate) fn paired(
    rounds: usize,
    mut one: impl FnMut(),
    mut other: impl FnMut(),
) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..rounds {
        let start = Instant::now();
        one();
        best.0 = best.0.min(start.elapsed());
        let start = Instant::now();
        other();
        best.1 = best.1.min(start.elapsed());
    }
    best
}

pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// The kernel's figure for this process: resident memory that is no file's, in kB.
pub(crate) fn anonymous() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    field("RssAnon:").unwrap_or_default()
}
