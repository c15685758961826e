//! The plan of the house, held to be true: which room may import from which, which crate serves
//! in which room, and what the code that reads hostile bytes must do without.
//!
//! The sources are parsed, not run. Each rule is a function from a [`Source`] to what breaks it;
//! the tests at the end give every rule a source that breaks it, and one that comes close.

#[path = "architecture/source.rs"]
mod source;

use source::{Fact, Mention, Source};

/// The rooms, and the rooms that each may import from.
const ROOMS: &[(&str, &[&str])] = &[
    ("primitives", &[]),
    ("format", &["primitives"]),
    ("evidence", &["primitives"]),
    ("cluster", &["primitives", "format", "evidence"]),
    ("analysis", &["primitives", "format", "evidence", "cluster"]),
    ("report", &["primitives", "format", "evidence", "cluster", "analysis"]),
    ("cli", &["primitives", "format", "evidence", "cluster", "analysis", "report"]),
    ("main", &["cli"]),
];

/// Crates that stand for a room's business, and the rooms whose business it is.
const CRATES: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["report"]),
    ("serde", &["report"]),
    ("serde_json", &["report"]),
    ("rayon", &["analysis"]),
    ("memmap2", &["evidence"]),
    ("nom", &["format"]),
    ("zerocopy", &["format"]),
];

/// Files that may use a crate outside its room: `backup_manifest` is a JSON file.
const CRATE_EXCEPTIONS: &[(&str, &str)] = &[("serde_json", "backup_manifest.rs")];

/// Rooms that ask and show: what they may take from `format` by its name there. Bytes are read, and
/// turned into values, below them. That goes for what stands in a record of the WAL as well: a
/// resource manager gives it a type, and nobody looks for fields by the names that are shown.
const DECODED_BELOW: &[(&str, Taken)] = &[
    ("analysis", Taken::AllBut(&["Bytes", "control::CheckPoint", "relmap", "wal::rmgr::Value"])),
    ("report", Taken::AllBut(&["Bytes"])),
    ("cli", Taken::Only(&["Format", "FormatError", "PageType", "PgVersion", "version"])),
];

enum Taken {
    AllBut(&'static [&'static str]),
    Only(&'static [&'static str]),
}

/// What `format` must do without: it takes bytes, and knows no file and no machine.
const OUTSIDE_WORLD: &[&str] = &["env", "fs", "net", "os", "path", "process", "thread"];

const LONGEST_FILE: usize = 700;
const LONGEST_MAIN: usize = 40;

/// A rule, and what breaks it.
type Rule = fn(&Source) -> Vec<Breach>;

/// Every rule with its name.
const RULES: &[(&str, Rule)] = &[
    ("a room imports from the rooms below it", imports_go_down),
    ("a crate serves in its own room", crates_stay_home),
    ("bytes are decoded below analysis", decoding_stays_below),
    ("unsafe stands in evidence", unsafe_stays_home),
    ("format knows bytes alone", format_knows_bytes_alone),
    ("format neither indexes nor panics", format_cannot_panic),
    ("versions are asked for changes", versions_are_not_matched),
    ("files are short", files_are_short),
];

/// Where a rule is broken, and by what.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    line: usize,
    what: String,
}

fn imports_go_down(source: &Source) -> Vec<Breach> {
    let Some((room, below)) = ROOMS.iter().find(|(room, _)| *room == source.room()) else {
        return Vec::new();
    };
    let paths = source.mentions.iter().filter_map(path);
    paths
        .filter_map(|(line, path)| {
            let [first, target, ..] = path else { return None };
            let is_room = first == "crate" && ROOMS.iter().any(|(name, _)| name == target);
            let up = is_room && target != room && !below.contains(&target.as_str());
            up.then(|| Breach { line, what: format!("{room} imports {}", path.join("::")) })
        })
        .collect()
}

/// Tests may read what a room wrote with whatever reads it.
fn crates_stay_home(source: &Source) -> Vec<Breach> {
    let allowed = |name: &str| {
        let home = CRATES.iter().find(|(known, _)| *known == name);
        home.is_none_or(|(_, rooms)| rooms.contains(&source.room()))
            || CRATE_EXCEPTIONS.iter().any(|&(of, file)| of == name && source.path.ends_with(file))
    };
    let shipped = source.mentions.iter().filter(|mention| !mention.in_test).filter_map(path);
    shipped
        .filter_map(|(line, path)| {
            let name = path.first()?;
            let what = format!("{} uses {name}", source.room());
            (!allowed(name)).then_some(Breach { line, what })
        })
        .collect()
}

fn decoding_stays_below(source: &Source) -> Vec<Breach> {
    let room = DECODED_BELOW.iter().find(|(room, _)| *room == source.room());
    let Some((room, taken)) = room else { return Vec::new() };
    let shipped = source.mentions.iter().filter(|mention| !mention.in_test).filter_map(path);
    shipped
        .filter_map(|(line, path)| {
            let [first, second, name @ ..] = path else { return None };
            let of_format = first == "crate" && second == "format" && !name.is_empty();
            let name = name.join("::");
            let is = |known: &&str| {
                name.strip_prefix(known)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            };
            let allowed = match taken {
                Taken::AllBut(names) => !names.iter().any(is),
                Taken::Only(names) => names.iter().any(is),
            };
            let what = format!("{room} takes {name} from format");
            (of_format && !allowed).then_some(Breach { line, what })
        })
        .collect()
}

fn unsafe_stays_home(source: &Source) -> Vec<Breach> {
    if source.room() == "evidence" {
        return Vec::new();
    }
    source.breaches(|fact| (*fact == Fact::Unsafe).then(|| "unsafe".to_owned()))
}

fn format_knows_bytes_alone(source: &Source) -> Vec<Breach> {
    if source.room() != "format" {
        return Vec::new();
    }
    let outside = |path: &[String]| match path {
        [first, module, ..] if first == "std" => OUTSIDE_WORLD.contains(&module.as_str()),
        _ => false,
    };
    let shipped = source.mentions.iter().filter(|mention| !mention.in_test).filter_map(path);
    shipped
        .filter(|(_, path)| outside(path))
        .map(|(line, path)| Breach { line, what: path.join("::") })
        .collect()
}

fn format_cannot_panic(source: &Source) -> Vec<Breach> {
    if source.room() != "format" {
        return Vec::new();
    }
    source.shipped_breaches(|fact| match fact {
        Fact::Index => Some("an index or a slice that can be out of bounds".to_owned()),
        Fact::Panic(name) => Some(name.clone()),
        _ => None,
    })
}

fn versions_are_not_matched(source: &Source) -> Vec<Breach> {
    if source.path == "format/version.rs" {
        return Vec::new();
    }
    source.shipped_breaches(|fact| match fact {
        Fact::VersionTest => Some("a version is compared, not asked for a change".to_owned()),
        _ => None,
    })
}

fn files_are_short(source: &Source) -> Vec<Breach> {
    let most = if source.path == "main.rs" { LONGEST_MAIN } else { LONGEST_FILE };
    let what = format!("{} lines, and {most} are the most", source.lines);
    if source.lines > most { vec![Breach { line: source.lines, what }] } else { Vec::new() }
}

fn path(mention: &Mention) -> Option<(usize, &[String])> {
    match &mention.fact {
        Fact::Path(path) => Some((mention.line, path)),
        _ => None,
    }
}

impl Source {
    fn breaches(&self, what: impl Fn(&Fact) -> Option<String>) -> Vec<Breach> {
        let found = self.mentions.iter();
        found.filter_map(|m| Some(Breach { line: m.line, what: what(&m.fact)? })).collect()
    }

    /// The same, without what only tests compile.
    fn shipped_breaches(&self, what: impl Fn(&Fact) -> Option<String>) -> Vec<Breach> {
        let found = self.mentions.iter().filter(|mention| !mention.in_test);
        found.filter_map(|m| Some(Breach { line: m.line, what: what(&m.fact)? })).collect()
    }
}

#[test]
fn the_house_stands_as_planned() {
    let sources = source::read_all();
    let mut broken = Vec::new();
    for source in &sources {
        for (rule, check) in RULES {
            for Breach { line, what } in check(source) {
                broken.push(format!("src/{}:{line}: {rule}: {what}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
    // Every room that exists was looked into.
    for room in ["primitives", "format", "evidence", "cluster", "analysis", "report", "main"] {
        assert!(sources.iter().any(|source| source.room() == room), "no file of {room} was read");
    }
}

#[test]
fn every_file_belongs_to_a_module() {
    let mut found = source::files_on_disk();
    let mut read: Vec<_> = source::read_all().into_iter().map(|source| source.path).collect();
    found.sort();
    read.sort();
    assert_eq!(read, found, "left: reached through `mod`; right: under src/");
}

/// What breaks `rule` in a file at `path` with that text, as `line: what`.
fn broken(rule: Rule, path: &str, text: &str) -> Vec<String> {
    let source = Source::parse(path, text, false).unwrap();
    rule(&source).into_iter().map(|breach| format!("{}: {}", breach.line, breach.what)).collect()
}

#[test]
fn an_import_from_above_is_found_however_it_is_spelled() {
    let found = |text| broken(imports_go_down, "format/page/mod.rs", text);
    let evidence = "1: format imports crate::evidence::Evidence";
    assert_eq!(found("use crate::evidence::Evidence;"), [evidence]);
    assert_eq!(found("use crate::{evidence::{self, Evidence}};").len(), 2);
    assert_eq!(found("use super::super::evidence::Evidence;"), [evidence]);
    assert_eq!(found("mod a { use super::super::super::evidence::Evidence; }"), [evidence]);
    assert_eq!(found("use crate::evidence as e;"), ["1: format imports crate::evidence"]);
    assert_eq!(found("fn f(e: &dyn crate::evidence::Evidence) {}"), [evidence]);
    assert_eq!(found("pub use pgautopsy::evidence::Evidence;"), [evidence]);
    let call = "fn f() {\n    crate::cluster::open()\n}";
    assert_eq!(found(call), ["2: format imports crate::cluster::open"]);
    let called_in_macro = "fn f() { let x = vec![crate::cluster::open()]; }";
    assert_eq!(found(called_in_macro), ["1: format imports crate::cluster::open"]);
    let tokens = "bitflags! { struct A: crate::cluster::B { const C = 1; } }";
    assert_eq!(found(tokens), ["1: format imports crate::cluster::B"]);
    let test = "#[cfg(test)] mod tests { use crate::report::Cell; }";
    assert_eq!(found(test).len(), 1, "tests go by the same plan");
    assert!(found("use super::{Bytes, page::heap}; use crate::primitives::Oid;").is_empty());
    assert!(found("use self::evidence::X; mod evidence { pub struct X; }").is_empty());
    assert!(!broken(imports_go_down, "evidence/tar.rs", "use crate::format::Format;").is_empty());
    assert!(!broken(imports_go_down, "main.rs", "use pgautopsy::format::Format;").is_empty());
    assert!(broken(imports_go_down, "cli/bloat.rs", "use crate::format::PgVersion;").is_empty());
}

#[test]
fn a_crate_outside_its_room_is_found() {
    let found = |path, text| broken(crates_stay_home, path, text);
    assert_eq!(found("analysis/bloat.rs", "use serde::Serialize;"), ["1: analysis uses serde"]);
    assert_eq!(found("cluster/mod.rs", "fn f() { rayon::join(a, b); }"), ["1: cluster uses rayon"]);
    let derived = "#[derive(serde::Serialize)] struct A;";
    assert_eq!(found("cluster/mod.rs", derived), ["1: cluster uses serde"]);
    let parser = "#[derive(clap::Parser)] struct A;";
    assert!(found("cli/mod.rs", parser).is_empty());
    assert!(found("report/json.rs", "use serde::Serialize; use serde_json::Value;").is_empty());
    assert!(found("cluster/backup_manifest.rs", "use serde_json::Value;").is_empty());
    assert_eq!(found("cluster/backup_manifest.rs", "use serde::Serialize;").len(), 1);
    assert!(
        found("cluster/mod.rs", "#[cfg(test)] mod tests { use serde_json::Value; }").is_empty()
    );
    assert!(found("cluster/mod.rs", "mod csv; use self::csv::A; use super::csv;").is_empty());
}

#[test]
fn decoding_in_the_wrong_room_is_found() {
    let found = |path, text| broken(decoding_stays_below, path, text);
    let bytes = "use crate::format::{Bytes, page::Page};";
    assert_eq!(found("analysis/bloat.rs", bytes), ["1: analysis takes Bytes from format"]);
    assert_eq!(found("cli/page.rs", bytes).len(), 2);
    assert!(found("cli/page.rs", "use crate::format::PgVersion;").is_empty());
    assert!(found("cluster/catalog.rs", bytes).is_empty());
    assert!(found("analysis/bloat.rs", "use crate::format::page::Page;").is_empty());
    let wal = |text| found("analysis/wal/sightings.rs", text);
    let map = "fn f() { crate::format::relmap::RelationMap::parse(data, version); }";
    assert_eq!(wal(map), ["1: analysis takes relmap::RelationMap::parse from format"]);
    assert_eq!(wal("use crate::format::control::{CheckPoint, WalLevel};").len(), 1);
    assert_eq!(wal("use crate::format::wal::rmgr::{Field, Value};").len(), 1);
    assert!(wal("use crate::format::wal::rmgr::{Field, RelmapUpdate};").is_empty());
}

#[test]
fn unsafe_is_found_in_every_form() {
    let found = |text| broken(unsafe_stays_home, "analysis/bloat.rs", text);
    assert_eq!(found("fn f() { unsafe { g() } }"), ["1: unsafe"]);
    assert_eq!(found("unsafe impl Send for A {}").len(), 1);
    assert_eq!(found("unsafe fn f() {}").len(), 1);
    assert_eq!(found("fn f() { vec![unsafe { g() }]; }").len(), 1);
    assert!(found("#![deny(unsafe_code)] // unsafe\nconst A: &str = \"unsafe\";").is_empty());
    assert!(broken(unsafe_stays_home, "evidence/map.rs", "unsafe fn f() {}").is_empty());
}

#[test]
fn a_file_opened_by_a_parser_is_found() {
    let found = |text| broken(format_knows_bytes_alone, "format/control/mod.rs", text);
    assert_eq!(found("use std::fs::File;"), ["1: std::fs::File"]);
    assert_eq!(found("fn f() { std::env::var(\"A\"); }"), ["1: std::env::var"]);
    assert_eq!(found("use std::{fmt, path::Path};"), ["1: std::path::Path"]);
    assert!(found("#[cfg(test)] mod tests { use std::fs; }").is_empty());
    assert!(found("use std::fmt; use std::io::Read;").is_empty());
}

#[test]
fn what_can_panic_on_bytes_is_found() {
    let found = |text: &str| broken(format_cannot_panic, "format/slot.rs", text).len();
    for text in [
        "fn f() { a[0]; }",
        "fn f() { &a[1..]; }",
        "fn f() { format!(\"{}\", a[0]); }",
        "proptest! { fn f(x in a()[0]) {} }",
        "fn f() { a.unwrap(); }",
        "fn f() { a.expect(\"b\"); }",
        "fn f() { a.map(Option::unwrap); }",
        "fn f() { vec![a.unwrap()]; }",
        "fn f() { panic!(); }",
        "fn f() { match a { 1 => 2, _ => unreachable!() } }",
        "fn f() { assert_eq!(a, b); }",
        "bitflags! { x.unwrap() ; }",
        "#[test] fn not_a_test_module() {} fn f() { todo!() }",
    ] {
        assert_eq!(found(text), 1, "{text}");
    }
    for text in [
        "fn f(a: &[u8]) -> [u8; 4] { let [b, c] = [1, 2]; vec![a.get(1)] }",
        "fn f() { a.unwrap_or_default(); a.unwrap_or(0); }",
        "const _: () = assert!(size_of::<A>() == 4);",
        "const A: [u8; 2] = [1, 2];",
        "#[cfg(test)] mod tests { fn f() { a[0].unwrap(); panic!() } }",
        "#[expect(clippy::a, reason = \"b\")] fn f() { expect(1); }",
        "#[test] fn f() { a[0].unwrap(); }",
        "#[derive(A)] #[repr(C)] struct B { c: [u8; 4] }",
        "bitflags! { #[derive(A)] struct B: u16 { const C = 1; } fn f<'a>(x: &'a [u8]) {} }",
    ] {
        assert_eq!(found(text), 0, "{text}");
    }
    assert_eq!(broken(format_cannot_panic, "report/table.rs", "fn f() { a[0]; }").len(), 0);
    let tests = Source::parse("format/control/tests.rs", "fn f() { a[0]; }", true).unwrap();
    assert!(format_cannot_panic(&tests).is_empty(), "the whole file is a test");
}

#[test]
fn a_version_that_is_compared_is_found() {
    let found = |text: &str| broken(versions_are_not_matched, "format/slot.rs", text).len();
    for text in [
        "fn f() { match v { PgVersion::V12 => 1, _ => 2 } }",
        "fn f() { match (v, x) { (PgVersion::V12 | crate::format::PgVersion::V13, 1) => 1, _ => 2 } }",
        "fn f() { if v >= PgVersion::V14 { g() } }",
        "fn f() { v == format::PgVersion::V14 }",
        "fn f() { matches!(v, PgVersion::V14) }",
        "fn f() { (PgVersion::V14..).contains(&v) }",
        "fn f() { v.major() > 14 }",
        "fn f() { match v.major() { 14 => 1, _ => 2 } }",
        "fn f() { if let PgVersion::V14 = v { g() } }",
        "fn f() { dbg!(v < PgVersion::V14) }",
    ] {
        assert!(found(text) > 0, "{text}");
    }
    for text in [
        "const TABLE: &[Name] = &[Name { since: PgVersion::V14, until: None }];",
        "fn f() { g(PgVersion::V14); v.has_long_names(); entry.since <= v; }",
        "#[cfg(test)] mod tests { fn f() { assert!(v >= PgVersion::V14) } }",
        "fn f() { for v in PgVersion::ALL { write!(f, \"{}\", v.major()); } }",
    ] {
        assert_eq!(found(text), 0, "{text}");
    }
    let predicate = "fn f() { self >= PgVersion::V14 }";
    assert!(broken(versions_are_not_matched, "format/version.rs", predicate).is_empty());
}

#[test]
fn a_long_file_is_found() {
    let lines = |count| "// a line\n".repeat(count);
    assert!(broken(files_are_short, "report/json.rs", &lines(LONGEST_FILE)).is_empty());
    assert_eq!(broken(files_are_short, "report/json.rs", &lines(LONGEST_FILE + 1)).len(), 1);
    assert_eq!(broken(files_are_short, "main.rs", &lines(LONGEST_MAIN + 1)).len(), 1);
}
