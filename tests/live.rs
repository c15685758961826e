//! The comparison with servers that are here: fresh clusters, made now.
//!
//! `PGAUTOPSY_SERVERS` lists bin directories, with colons between; without it, those below
//! `/usr/lib/postgresql` are taken. Where there are none, the test says so, and the stored answers
//! (tests/oracle.rs) are what holds.

#[path = "inspect/compare.rs"]
mod compare;
#[path = "live/pages.rs"]
mod pages;
#[path = "inspect/shown.rs"]
mod shown;

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use pgautopsy::analysis::bloat::{BloatOptions, bloat};
use pgautopsy::cluster::relation::Relation;
use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, OpenOptions};

#[test]
fn fresh_clusters_of_the_servers_found_here_or_none_and_then_it_says_so() {
    each_server(WORK, compare);
}

/// Hands a fresh cluster of each server, on which the statements were run, to `compare`.
fn each_server(work: &str, compare: impl Fn(&Cluster, &Server<'_>)) {
    let servers = servers();
    if servers.is_empty() {
        println!("NOTHING WAS COMPARED: no PostgreSQL server was found on this machine");
        return;
    }
    let Some(psql) = psql(&servers) else {
        println!("NOTHING WAS COMPARED: there are servers, and no psql");
        return;
    };
    for bin in servers {
        on_fresh_cluster(&bin, &psql, work, &compare);
    }
}

fn servers() -> Vec<PathBuf> {
    let named = std::env::var("PGAUTOPSY_SERVERS").unwrap_or_default();
    let mut servers: Vec<_> =
        named.split(':').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
    if servers.is_empty() {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        servers.extend(versions.map(|version| version.path().join("bin")));
    }
    servers.retain(|bin| bin.join("postgres").exists() && bin.join("initdb").exists());
    servers
}

fn psql(servers: &[PathBuf]) -> Option<PathBuf> {
    let own = servers.iter().rev().map(|bin| bin.join("psql"));
    let path = std::env::var("PATH").unwrap_or_default();
    let paths: Vec<_> = path.split(':').map(|folder| Path::new(folder).join("psql")).collect();
    own.chain(paths).find(|psql| psql.exists())
}

const WORK: &str = "
    CREATE EXTENSION pgstattuple;
    CREATE TABLE worked (id int PRIMARY KEY, n int, note text) WITH (fillfactor = 70);
    INSERT INTO worked SELECT i, 0, repeat('x', i % 90) FROM generate_series(1, 3000) i;
    UPDATE worked SET n = n + 1 WHERE id % 3 = 0;
    UPDATE worked SET n = n + 1 WHERE id % 9 = 0;
    DELETE FROM worked WHERE id % 7 = 0;
    VACUUM worked;
    DELETE FROM worked WHERE id % 5 = 0;
    BEGIN; INSERT INTO worked SELECT i, 9, 'aborted' FROM generate_series(9001, 9100) i; ROLLBACK;
    BEGIN; SAVEPOINT s; UPDATE worked SET n = 7 WHERE id = 1; ROLLBACK TO s; DELETE FROM worked WHERE id = 2; COMMIT;
    CREATE TABLE toasted (body text);
    ALTER TABLE toasted ALTER body SET STORAGE EXTERNAL;
    INSERT INTO toasted SELECT repeat(md5(i::text), 200) FROM generate_series(1, 20) i;
    DELETE FROM toasted WHERE ctid = '(0,1)';
    CREATE MATERIALIZED VIEW seen AS SELECT n, count(*) FROM worked GROUP BY n;
    CREATE SEQUENCE counted;
    SELECT nextval('counted');
    VACUUM FULL pg_class;
    CREATE TABLE after (id int);
    CHECKPOINT;
";

const COUNTS: &str = "
    SELECT pg_relation_filepath(c.oid), t.table_len, t.tuple_count, t.tuple_len, t.dead_tuple_count,
           t.dead_tuple_len, t.free_space
    FROM pg_class c, LATERAL pgstattuple(c.oid) t
    WHERE relkind IN ('r', 't', 'm', 'S') AND relam <> 0 AND NOT relisshared
      AND relname NOT IN ('pg_class', 'pg_proc', 'pg_statistic', 'pg_attribute')
    ORDER BY c.oid";

/// Makes a cluster, stops it, and has what we say of it compared with what a server says of a copy
/// (`asked`).
fn on_fresh_cluster(bin: &Path, psql: &Path, work: &str, compare: impl Fn(&Cluster, &Server<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let user = ordinary_user();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    if let Some((uid, gid)) = user {
        chown(&home, Some(uid), Some(gid)).unwrap();
    }
    let server = Server { bin, psql, home: &home, user };
    server.run("initdb", &["-D", "data", "-U", "postgres", "-A", "trust", "-k", "--wal-segsize=1"]);
    server.with("data", || {
        for statement in work.split_inclusive(";\n") {
            server.sql(statement);
        }
    });
    server.program(Path::new("cp"), &["-a", "data", "asked"]);
    let evidence = evidence::open(&home.join("data"), &OpenOptions::default()).unwrap();
    let cluster = Cluster::open(evidence, &ClusterOptions::default()).unwrap();
    assert_eq!(cluster.findings(), []);
    compare(&cluster, &server);
}

/// The space of each relation.
fn compare(cluster: &Cluster, server: &Server<'_>) {
    let theirs = server.with("asked", || server.sql(COUNTS));
    let relations: Vec<&Relation> = cluster.relations().iter().collect();
    let found = bloat(cluster, &relations, BloatOptions::default(), &());
    assert_eq!(found.findings, []);
    let rows: HashMap<_, _> = found
        .relations
        .iter()
        .filter_map(|row| Some((row.relation.path.as_deref()?, row)))
        .collect();
    for line in theirs.lines() {
        let (path, counts) = line.split_once('|').unwrap();
        let row = rows.get(path).unwrap_or_else(|| panic!("{}: no {path}", server.bin.display()));
        let tally = &row.heap.as_ref().unwrap().tally;
        let (present, dead) = (tally.present(), tally.dead());
        let ours =
            [row.table_len, present.count, present.len, dead.count, dead.len, tally.free_space];
        let ours = ours.map(|count| count.to_string()).join("|");
        assert_eq!(ours, counts, "{}: {}", server.bin.display(), row.relation.qualified_name());
        assert_eq!(tally.ledger.total(), row.table_len, "{path}");
    }
    let compared = theirs.lines().count();
    println!("{}: {compared} relations compared", server.bin.display());
    assert!(compared > 60, "{}", server.bin.display());
}

/// Servers refuse to run as root: then `nobody` has to do.
fn ordinary_user() -> Option<(u32, u32)> {
    let ids = |name: &str| {
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?.to_owned();
        let mut fields = line.split(':').skip(2).map_while(|id| id.parse().ok());
        Some((fields.next()?, fields.next()?))
    };
    let root = fs::metadata("/proc/self").is_ok_and(|process| {
        use std::os::unix::fs::MetadataExt;
        process.uid() == 0
    });
    root.then(|| ids("nobody").expect("root, and no user called nobody"))
}

struct Server<'a> {
    bin: &'a Path,
    psql: &'a Path,
    home: &'a Path,
    user: Option<(u32, u32)>,
}

impl Server<'_> {
    fn run(&self, name: &str, arguments: &[&str]) -> String {
        self.program(&self.bin.join(name), arguments)
    }

    fn program(&self, program: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.home).env("LC_ALL", "C").env("HOME", self.home);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let log = self.home.join("output");
        let output = fs::File::create(&log).unwrap();
        // pg_ctl's server keeps what it inherits: a pipe would never end.
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let status = command.status().unwrap();
        let said = fs::read_to_string(&log).unwrap();
        assert!(status.success(), "{} {arguments:?}: {said}", program.display());
        said
    }

    /// Does something while a server runs on `data`.
    fn with<R>(&self, data: &str, work: impl FnOnce() -> R) -> R {
        let options = format!(
            "-c listen_addresses= -c autovacuum=off -c fsync=off -c client_min_messages=warning \
             -c unix_socket_directories={}",
            self.home.display()
        );
        let log = format!("{data}.log");
        self.run("pg_ctl", &["-D", data, "-w", "-l", &log, "-o", &options, "start"]);
        let outcome = catch_unwind(AssertUnwindSafe(work));
        self.run("pg_ctl", &["-D", data, "-w", "-m", "fast", "stop"]);
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn sql(&self, statement: &str) -> String {
        let host = self.home.to_str().unwrap();
        let arguments =
            ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "postgres", "-c", statement];
        self.program(self.psql, &[&arguments[..], &["postgres"]].concat())
    }
}
