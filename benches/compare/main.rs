//! This program against PostgreSQL's own tools, and against touching the same bytes, in one run.
//!
//! ```text
//! cargo bench --bench compare -- BINDIR [bloat|dangling|wal] [--scale 100] [--user USER] [--data DIR]
//!                                [--threads 2]
//! ```
//!
//! BINDIR holds a PostgreSQL server with pgbench and psql. pgbench clusters of that scale are made
//! (or found in DIR from an earlier run), worked on, and stopped. Root names another user to run
//! the server.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod bloat;
mod dangling;
mod server;
mod wal;

use std::path::PathBuf;

use server::Setup;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut setup = Setup {
        bin: PathBuf::new(),
        scale: "100".to_owned(),
        user: None,
        data: std::env::temp_dir().join("pgautopsy-bench"),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut only = None;
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("a value behind the option");
        match argument.as_str() {
            "--scale" => setup.scale = value(),
            "--user" => setup.user = Some(value()),
            "--data" => setup.data = value().into(),
            "--threads" => setup.threads = value().parse().expect("a number"),
            "bloat" | "dangling" | "wal" => only = Some(argument),
            bin => setup.bin = bin.into(),
        }
    }
    if !setup.bin.join("pgbench").exists() {
        println!("nothing was measured: name the bin directory of a server that has pgbench");
        return;
    }
    let is_wanted = |what| only.as_deref().is_none_or(|only| only == what);
    if is_wanted("bloat") {
        setup.compare_bloat();
    }
    if is_wanted("dangling") {
        setup.compare_dangling();
    }
    if is_wanted("wal") {
        setup.compare_wal();
    }
}
