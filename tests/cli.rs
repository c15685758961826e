//! The program as its user meets it: what it prints, where, and how it ends.

#[path = "cli/page.rs"]
mod page;
mod program;

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{answer, command, fixture, pg17, refusal};

#[test]
fn the_readme_shows_what_its_first_command_prints() {
    let readme = fs::read_to_string(fixture("../README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output = command(["bloat", "testdata/pg17.tar.zst"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.replace(&pg17(), "testdata/pg17.tar.zst"), shown);
}

#[test]
fn every_command_of_the_readme_exists_and_every_one_that_exists_is_there() {
    let readme = fs::read_to_string(fixture("../README.md")).unwrap();
    let table = readme.split("| --- | --- |").nth(1).unwrap().split("\n\n").next().unwrap();
    let words = |line: &str| -> Vec<String> {
        let cell = line.split('|').nth(1).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut listed: Vec<_> = table.lines().flat_map(words).collect();
    listed.sort();
    let mut existing = commands(&[]);
    existing.sort();
    assert_eq!(listed, existing);
}

/// The commands that `--help` lists; of one that has commands of its own, these.
fn commands(of: &[&str]) -> Vec<String> {
    let help = answer(&[of, &["--help"]].concat());
    let Some(listed) = help.split("Commands:\n").nth(1) else { return vec![of.join(" ")] };
    let listed = listed.split("\n\n").next().unwrap().lines();
    let names = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("    "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    names.flat_map(|name| commands(&[of, &[name]].concat())).collect()
}

#[test]
fn help_of_each_command_has_examples_and_fits_a_terminal() {
    for name in commands(&[]) {
        let words: Vec<_> = name.split(' ').collect();
        let long = [words.as_slice(), &["--help"]].concat();
        let output = command(long).env("COLUMNS", "80").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example") && help.contains(&format!("pgautopsy {name}")), "{name}");
        let short = answer(&[words.as_slice(), &["-h"]].concat());
        assert!(short.lines().next().is_some_and(|line| !line.is_empty()), "{name}");
    }
}

#[test]
fn what_can_not_be_read_is_said_on_standard_error() {
    assert!(refusal(&["bloat", "/no/such/path"]).contains("/no/such/path"));
    let empty = tempfile::tempdir().unwrap();
    let message = refusal(&["bloat", empty.path().to_str().unwrap()]);
    assert!(message.contains("looked for PG_VERSION") && message.contains("found nothing"));
    let file = fixture("README.md");
    assert!(refusal(&["relations", &file]).contains("no tar"));
    assert!(refusal(&["control", &file]).contains("pg_control_version"));
    assert!(refusal(&["bloat", &pg17(), "-d", "nowhere"]).contains("shop"));
    assert!(refusal(&["bloat", &pg17(), "-r", "helt"]).contains("shop.public.held"));
    assert!(refusal(&["page", &pg17(), "updated", "-b", "0"]).contains("any of"));
    let beyond = ["page", &pg17(), "shop.public.held", "-b", "99"];
    assert!(refusal(&beyond).contains("blocks 0 to 2"));
    assert!(refusal(&["page", &pg17()]).contains("--block"));
    assert!(refusal(&["page", &pg17(), "-b", "0"]).contains("which relation"));
    assert!(refusal(&["bloat", &pg17(), "--table", "nothing"]).contains("holders"));
    assert!(refusal(&["xact", &pg17(), "x"]).contains("names no transactions"));
    let sizes = ["page", &file, "-b", "0", "--block-size", "0"];
    assert!(refusal(&sizes).contains("block size of 0"));
    assert!(refusal(&["frobnicate"]).contains("frobnicate"));
}

#[test]
fn other_versions_and_machines_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    put("PG_VERSION", b"11\n");
    put("base/1/1", b"");
    let message = refusal(&["control", folder.path().to_str().unwrap()]);
    assert!(message.contains("\"11\"") && message.contains("12 to 19"), "{message}");
    put("PG_VERSION", b"17\n");
    let mut control = fs::read(fixture("../fuzz/seeds/control/pg17")).unwrap();
    control[8..12].reverse();
    put("global/pg_control", &control);
    let message = refusal(&["control", folder.path().to_str().unwrap()]);
    assert!(message.contains("big-endian"), "{message}");
}

#[test]
fn json_is_one_document_and_ndjson_a_row_a_line() {
    let path = pg17();
    for arguments in [
        vec!["bloat", &path, "--blocks"],
        vec!["bloat", &path, "--total"],
        vec!["bloat", &path, "--dangling", "-d", "shop"],
        vec!["relations", &path, "--columns", "-d", "shop"],
        vec!["page", &path, "shop.public.held", "--all", "--hex"],
        vec!["xact", &path, "3400-3507"],
        vec!["control", &path],
    ] {
        let with = |format: &'static str| [arguments.clone(), vec!["-f", format]].concat();
        let json: Value = serde_json::from_str(&answer(&with("json"))).unwrap();
        assert_eq!(json["schema"], "pgautopsy/1");
        assert_eq!(json["command"], arguments[0]);
        let rows: usize = json["tables"]
            .as_object()
            .unwrap()
            .values()
            .map(|rows| rows.as_array().unwrap().len())
            .sum();
        let has_summary = json["summary"].as_object().is_some_and(|summary| !summary.is_empty());
        let summary = usize::from(has_summary);
        let lines = answer(&with("ndjson"));
        for line in lines.lines() {
            assert!(line.starts_with("{\"table\":"), "{line}");
            serde_json::from_str::<Value>(line).unwrap();
        }
        assert_eq!(lines.lines().count(), rows + 1 + summary, "{arguments:?}");
        let csv = answer(&with("csv"));
        assert!(csv.lines().count() > 1, "{arguments:?}");
    }
}

#[test]
fn rows_about_relations_start_with_the_columns_that_scripts_rely_on() {
    let path = pg17();
    for command in ["bloat", "relations"] {
        let csv = answer(&[command, &path, "-f", "csv"]);
        let head = csv.lines().next().unwrap();
        assert!(head.starts_with("database,schema,relation,kind,oid,relfilenode,path,"), "{head}");
    }
    let json: Value = serde_json::from_str(&answer(&["bloat", &path, "-f", "json"])).unwrap();
    let rows = json["tables"]["relations"].as_array().unwrap();
    let index = rows.iter().find(|row| row["kind"] == "index").unwrap();
    let pages = index["pages_by_kind"].as_object().unwrap().values();
    assert_eq!(pages.map(|pages| pages.as_u64().unwrap()).sum::<u64>(), index["pages"]);
    assert!(index["held_len"].is_null() && index["leaf_pages"].is_number());
    let held = rows.iter().find(|row| row["relation"] == "held" && row["database"] == "shop");
    let held = held.unwrap();
    assert_eq!(held["held_by"][0]["name"], "physical");
    let ledger = held["ledger"].as_object().unwrap().values();
    assert_eq!(ledger.map(|len| len.as_u64().unwrap()).sum::<u64>(), held["table_len"]);
}

#[test]
fn items_of_indexes_are_followed_where_that_is_asked_for() {
    let path = pg17();
    let row = |arguments: &[&str], name: &str| -> Value {
        let arguments = [&["bloat", &path, "-d", "shop", "-f", "json"], arguments].concat();
        let json: Value = serde_json::from_str(&answer(&arguments)).unwrap();
        let rows = json["tables"]["relations"].as_array().unwrap();
        rows.iter().find(|row| row["relation"] == name).unwrap().clone()
    };
    let row_without = row(&["-r", "public.updated_pkey"], "updated_pkey");
    assert!(row_without["tid_count"].is_null() && row_without["dangling_refusal"].is_null());
    // What VACUUM removes from this index.
    let index = row(&["-r", "public.updated", "--dangling"], "updated_pkey");
    assert_eq!(index["dangling_count"], 467);
    assert_eq!(
        index["tid_removable_count"].as_u64().unwrap()
            + index["tid_lp_dead_count"].as_u64().unwrap(),
        467
    );
    assert_eq!(index["advice"], "VACUUM its table");
    let brin = row(&["-r", "public.indexed_brin", "--dangling"], "indexed_brin");
    assert!(brin["tid_count"].is_null());
    assert!(brin["dangling_refusal"].as_str().unwrap().contains("ranges"), "{brin}");
    // People see the column where there is something in it.
    let is_shown = |options: &[&str]| {
        answer(&[&["bloat", &path, "-d", "shop"], options].concat()).contains("dangling %")
    };
    assert_eq!([&["--dangling"][..], &[], &["--verbose"]].map(is_shown), [true, false, false]);
}

#[test]
fn a_narrow_terminal_cuts_names_and_says_what_has_no_room() {
    for columns in [40, 60, 80, 120] {
        let output =
            command(["bloat", &pg17()]).env("COLUMNS", columns.to_string()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let table = text.split("\n\n").nth(1).unwrap();
        for line in table.lines().filter(|line| !line.starts_with("(no room")) {
            assert!(line.chars().count() <= columns || columns < 60, "{columns}: {line}");
        }
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for format in ["table", "json", "ndjson", "csv"] {
        let mut child = command(["relations", &pg17(), "-f", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
        assert_eq!(output.status.code(), Some(0), "{format}");
    }
}

#[test]
fn what_can_not_be_written_is_named() {
    let message = refusal(&["relations", &pg17(), "-o", "/dev/full"]);
    assert!(message.contains("cannot write /dev/full"), "{message}");
}

#[test]
fn output_goes_to_a_file_in_the_format_of_its_name_but_never_into_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.json");
    assert_eq!(answer(&["control", &pg17(), "-o", file.to_str().unwrap()]), "");
    let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(json["command"], "control");
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("global")).unwrap();
    fs::create_dir(directory.path().join("base")).unwrap();
    fs::write(directory.path().join("PG_VERSION"), "17\n").unwrap();
    let inside = directory.path().join("base/answer.json");
    let message =
        refusal(&["relations", directory.path().to_str().unwrap(), "-o", inside.to_str().unwrap()]);
    assert!(message.contains("lies in the evidence"), "{message}");
    assert!(!inside.exists());
    // Another name of a file that is in there.
    let outside = tempfile::tempdir().unwrap();
    let link = outside.path().join("answer.json");
    fs::hard_link(directory.path().join("PG_VERSION"), &link).unwrap();
    let evidence = directory.path().to_str().unwrap();
    let message = refusal(&["relations", evidence, "-o", link.to_str().unwrap()]);
    assert!(message.contains("lies in the evidence"), "{message}");
    assert_eq!(fs::read_to_string(directory.path().join("PG_VERSION")).unwrap(), "17\n");
}

#[test]
fn colour_is_there_when_asked_for_alone() {
    let path = pg17();
    assert!(!answer(&["control", &path]).contains('\x1b'));
    assert!(answer(&["control", &path, "--color", "always"]).contains('\x1b'));
    assert!(!answer(&["control", &path, "--color", "never"]).contains('\x1b'));
}

#[test]
fn quiet_shows_the_answer_alone_and_verbose_every_column() {
    let path = pg17();
    let quiet = answer(&["bloat", &path, "-q", "--top", "1"]);
    assert!(quiet.starts_with("Relations\n"), "{quiet}");
    let verbose = answer(&["bloat", &path, "-v", "--top", "1"]);
    assert!(verbose.contains("lp_redirect_count"));
}

#[test]
fn a_single_file_is_read_on_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let page: Value = serde_json::from_str(&answer(&[
        "page",
        &pg17(),
        "shop.public.held",
        "-b",
        "1",
        "--hex",
        "-f",
        "json",
    ]))
    .unwrap();
    let hex: String = page["tables"]["bytes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["hex"].as_str().unwrap())
        .collect();
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let file = folder.path().join("16800");
    fs::write(&file, [vec![0; 8192], bytes].concat()).unwrap();
    let alone: Value =
        serde_json::from_str(&answer(&["page", file.to_str().unwrap(), "-b", "1", "-f", "json"]))
            .unwrap();
    assert_eq!(alone["tables"]["pages"], page["tables"]["pages"]);
    assert_eq!(alone["tables"]["items"][0]["t_xmin"], page["tables"]["items"][0]["t_xmin"]);
    assert!(alone["tables"]["items"][0]["fate"].is_null());
    let control = folder.path().join("pg_control");
    fs::write(&control, fs::read(fixture("../fuzz/seeds/control/pg13")).unwrap()).unwrap();
    assert!(answer(&["control", control.to_str().unwrap()]).contains("PostgreSQL 13"));
}

#[test]
fn completions_and_manual_pages_are_printed() {
    assert!(answer(&["completions", "bash"]).contains("pgautopsy"));
    assert!(answer(&["man"]).starts_with(".ie") || answer(&["man"]).contains(".TH"));
    assert!(answer(&["man", "bloat"]).contains("pgautopsy\\-bloat"));
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let path = pg17();
    let with = |threads| answer(&["bloat", &path, "-f", "json", "--blocks", "-j", threads]);
    assert_eq!(with("1"), with("5"));
}
