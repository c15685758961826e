//! The commands about the WAL as their user meets them.

mod files;
mod program;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::files::{COMPRESSIONS, Files};
use crate::program::{answer, command, fixture, pg17, refusal, run};

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&answer(&[arguments, &["-f", "json"]].concat())).unwrap()
}

fn rows<'a>(answer: &'a Value, table: &str) -> &'a [Value] {
    answer["tables"][table].as_array().unwrap()
}

/// The sum of a column.
fn sum(rows: &[Value], column: &str) -> u64 {
    rows.iter().map(|row| row[column].as_u64().unwrap()).sum()
}

/// The names of a row's columns, in their order.
fn columns(line: &str) -> Vec<String> {
    let row: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
    let at = |name: &String| line.find(&format!("\"{name}\":")).unwrap();
    let mut names: Vec<_> = row.keys().cloned().collect();
    names.sort_by_key(at);
    names
}

#[test]
fn statistics_have_the_columns_and_sums_that_scripts_rely_on() {
    let stats = json(&["wal", "stats", &pg17()]);
    assert_eq!(stats["command"], "wal stats");
    let records = rows(&stats, "records");
    for column in ["count", "record_size", "fpi_size", "combined_size"] {
        assert_eq!(sum(records, column), stats["summary"][column].as_u64().unwrap(), "{column}");
        let share = |row: &Value| row[format!("{column}_percent")].as_f64().unwrap();
        let shares: f64 = records.iter().map(share).sum();
        assert!((shares - 100.0).abs() < 1.0, "{column}: {shares}");
    }
    let managers = json(&["wal", "stats", &pg17(), "--by", "rmgr"]);
    assert_eq!(managers["summary"], stats["summary"]);
    assert!(rows(&managers, "records").iter().all(|row| row["record_type"].is_null()));
    for (by, table) in [("xid", "xids"), ("minute", "minutes"), ("checkpoint", "checkpoints")] {
        let found = json(&["wal", "stats", &pg17(), "--by", by]);
        assert_eq!(found["summary"], stats["summary"], "{by}");
        assert_eq!(sum(rows(&found, table), "combined_size"), sum(records, "combined_size"));
        assert!(rows(&found, table).len() > 1, "{by}");
    }
}

#[test]
fn relations_add_up_to_the_whole() {
    let stats = json(&["wal", "stats", &pg17()]);
    let found = json(&["wal", "relations", &pg17()]);
    let relations = rows(&found, "relations");
    assert_eq!(sum(relations, "wal_bytes"), stats["summary"]["combined_size"].as_u64().unwrap());
    assert_eq!(sum(relations, "record_count"), stats["summary"]["count"].as_u64().unwrap());
    assert_eq!(sum(relations, "fpi_bytes"), stats["summary"]["fpi_size"].as_u64().unwrap());
    let none = relations.iter().filter(|row| row["path"].is_null()).collect::<Vec<_>>();
    assert_eq!(none.len(), 1);
    assert_eq!(none[0]["qualified_name"], "(no relation)");
    let cycles = json(&["wal", "relations", &pg17(), "--cycles"]);
    assert_eq!(cycles["summary"], found["summary"]);
    let apart = rows(&cycles, "relations");
    assert!(apart.len() > relations.len());
    assert_eq!(sum(apart, "wal_bytes"), sum(relations, "wal_bytes"));
    assert_eq!(sum(rows(&cycles, "cycles"), "wal_bytes"), sum(relations, "wal_bytes"));
}

#[test]
fn records_are_rows_with_the_names_of_pg_walinspect() {
    let lines = answer(&["wal", "records", &pg17(), "-f", "ndjson", "-n", "3"]);
    let records: Vec<_> = lines.lines().filter(|line| line.contains("\"records\",")).collect();
    assert_eq!(records.len(), 3);
    assert_eq!(
        columns(records[0]),
        [
            "table",
            "start_lsn",
            "end_lsn",
            "prev_lsn",
            "xid",
            "resource_manager",
            "record_type",
            "record_length",
            "main_data_length",
            "fpi_length",
            "blocks",
            "data"
        ]
    );
    let with_block = answer(&["wal", "records", &pg17(), "--fpi", "-n", "1", "-f", "ndjson"]);
    let record: Value = serde_json::from_str(with_block.lines().nth(1).unwrap()).unwrap();
    let block = &record["blocks"][0];
    for name in ["reltablespace", "reldatabase", "relfilenode", "relforknumber", "relblocknumber"] {
        assert!(block[name].is_u64(), "{name}");
    }
    assert!(block["block_fpi_info"].as_array().unwrap().len() > 1);
    assert!(block["relation"].is_string());
}

#[test]
fn the_same_records_come_in_every_format_and_with_any_number_of_threads() {
    let all = json(&["wal", "records", &pg17()]);
    let count = rows(&all, "records").len();
    assert_eq!(all["summary"]["records"], count);
    let lines = answer(&["wal", "records", &pg17(), "-f", "ndjson"]);
    assert_eq!(lines.lines().count(), count + 2);
    let table = answer(&["wal", "records", &pg17(), "-q"]);
    assert!(table.lines().count() > count);
    let csv = answer(&["wal", "records", &pg17(), "-f", "csv"]);
    assert_eq!(csv.lines().count(), count + 1);
    for limit in ["1", "700", "3000", "1000000"] {
        let with = |threads: &str| {
            answer(&["wal", "records", &pg17(), "-f", "json", "-n", limit, "-j", threads])
        };
        assert_eq!(with("1"), with("4"), "{limit}");
    }
    let stats = |threads: &str| answer(&["wal", "relations", &pg17(), "-f", "json", "-j", threads]);
    assert_eq!(stats("1"), stats("4"));
}

#[test]
fn filters_leave_what_they_say() {
    let records = |more: &[&str]| {
        let found = json(&[&["wal", "records", &pg17()], more].concat());
        rows(&found, "records").to_vec()
    };
    let all = records(&[]);
    let only = |is: &dyn Fn(&Value) -> bool| all.iter().filter(|row| is(row)).cloned().collect();
    let check = |arguments: &[&str], expected: Vec<Value>| {
        let found = records(arguments);
        assert!(!expected.is_empty() && expected.len() < all.len(), "{arguments:?}");
        assert!(found == expected, "{arguments:?}: {} of {}", found.len(), expected.len());
    };
    let about =
        |row: &Value, is: &dyn Fn(&Value) -> bool| row["blocks"].as_array().unwrap().iter().any(is);
    check(&["--rmgr", "btree"], only(&|row| row["resource_manager"] == "Btree"));
    check(&["--rmgr", "10", "--type", "insert"], {
        only(&|row| row["resource_manager"] == "Heap" && row["record_type"] == "INSERT")
    });
    check(&["--type", "Transaction/COMMIT"], only(&|row| row["record_type"] == "COMMIT"));
    let held = |block: &Value| block["relation"] == "shop.public.held";
    check(&["--relation", "shop.public.held"], only(&|row| about(row, &held)));
    check(&["--relation", "held", "-d", "shop", "--block", "1-2"], {
        let is = |block: &Value| {
            held(block) && [1, 2].map(Value::from).contains(&block["relblocknumber"])
        };
        only(&|row| about(row, &is))
    });
    check(&["--fork", "main"], only(&|row| about(row, &|block| block["relforknumber"] == 0)));
    check(&["--fpi"], only(&|row| row["fpi_length"].as_u64() > Some(0)));
    let xid = all.iter().find_map(|row| row["xid"].as_u64()).unwrap().to_string();
    check(&["--xid", &xid], only(&|row| row["xid"].as_u64() == xid.parse().ok()));
    let (start, end) =
        (all[100]["start_lsn"].as_str().unwrap(), all[199]["end_lsn"].as_str().unwrap());
    check(&["--start", start, "--end", end], all[100..200].to_vec());
}

#[test]
fn a_time_stands_for_the_transactions_that_ended_by_then() {
    let transactions = json(&["wal", "stats", &pg17(), "--by", "xid"]);
    let mut ends: Vec<_> = rows(&transactions, "xids")
        .iter()
        .filter(|row| row["status"] != "in progress")
        .filter_map(|row| row["ended_at"].as_str().map(str::to_owned))
        .collect();
    ends.sort();
    let middle = ends[ends.len() / 2].as_str();
    let whole = json(&["wal", "stats", &pg17()]);
    let count = |answer: &Value| answer["summary"]["count"].as_u64().unwrap();
    let until = json(&["wal", "stats", &pg17(), "--end", middle]);
    let since = json(&["wal", "stats", &pg17(), "--start", middle]);
    assert!(count(&until) > 0 && count(&since) > 0);
    // The record that ends the transaction counts on both sides, with what comes before it.
    assert!(count(&until) + count(&since) >= count(&whole));
    let message = refusal(&["wal", "stats", &pg17(), "--start", "2100-01-01"]);
    assert!(message.contains("2100-01-01T00:00:00Z or later"), "{message}");
    // A time before all counts all, of older timelines, too.
    let promoted = fixture("pg17-promoted.tar.zst");
    let all = json(&["wal", "stats", &promoted, "--start", "0/1"]);
    let since = json(&["wal", "stats", &promoted, "--start", "2000-01-01"]);
    assert_eq!(since["summary"]["count"], all["summary"]["count"]);
    let own = json(&["wal", "stats", &promoted]);
    assert!(own["summary"]["count"].as_u64() < all["summary"]["count"].as_u64());
    let before = json(&["wal", "stats", &promoted, "--end", "0/E80000"]);
    assert!(before["summary"]["count"].as_u64() > Some(0));
    assert!(refusal(&["wal", "stats", &pg17(), "--start", "soon"]).contains("no place in the WAL"));
}

#[test]
fn a_transaction_is_followed_with_its_subtransactions_and_its_end() {
    let wal = fixture("pg17-wal.tar.zst");
    let lines = answer(&["wal", "records", &wal, "--type", "COMMIT", "-f", "ndjson"]);
    let with_subs = lines.lines().find(|line| line.contains("\"subxacts\":[")).unwrap();
    let record: Value = serde_json::from_str(with_subs).unwrap();
    let (top, subs) =
        (record["xid"].as_u64().unwrap(), record["data"]["subxacts"].as_array().unwrap());
    let follow = |xid: u64| json(&["wal", "records", &wal, "--follow-xid", &xid.to_string()]);
    let found = follow(top);
    assert_eq!(found["summary"]["xid"], top);
    assert_eq!(found["summary"]["outcome"], "committed");
    assert_eq!(found["summary"]["outcome_lsn"], record["start_lsn"]);
    assert!(subs.iter().all(|sub| found["summary"]["subxids"].as_array().unwrap().contains(sub)));
    let writers: Vec<_> = rows(&found, "records").iter().map(|row| &row["xid"]).collect();
    assert!(writers.contains(&&Value::from(top)) && writers.contains(&&subs[0]));
    assert_eq!(follow(subs[0].as_u64().unwrap())["tables"], found["tables"]);
}

#[test]
fn images_are_written_once_and_never_over_anything() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("images");
    let place = place.to_str().unwrap();
    let found = json(&["wal", "records", &pg17(), "--fpi", "--save-images", place]);
    let saved = found["summary"]["images_saved"].as_u64().unwrap();
    let files: Vec<_> = fs::read_dir(place).unwrap().flatten().collect();
    assert_eq!(files.len() as u64, saved);
    assert!(files.iter().all(|file| file.metadata().unwrap().len() == 8192));
    let few = folder.path().join("few");
    let few = few.to_str().unwrap();
    let found = json(&["wal", "records", &pg17(), "--fpi", "-n", "2", "--save-images", few]);
    let files = fs::read_dir(few).unwrap().count() as u64;
    assert_eq!(found["summary"]["images_saved"], files);
    assert!(files >= 2 && files < saved);
    // As pg_waldump does, before anything is read or written.
    let message = refusal(&["wal", "records", &pg17(), "--fpi", "--save-images", place]);
    assert!(message.contains("images is not empty: name a new folder"), "{message}");
    assert_eq!(fs::read_dir(place).unwrap().count() as u64, saved);
}

#[test]
fn an_option_that_is_wrong_leaves_no_folder_behind() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("images");
    let wrong = [
        ["--type", "INSRT"],
        ["--rmgr", "haep"],
        ["--relation", "nosuch.table"],
        ["--start", "2100-01-01"],
    ];
    for option in wrong {
        let asked = ["wal", "records", &pg17(), "--save-images", place.to_str().unwrap()];
        refusal(&[&asked[..], &option].concat());
        assert!(!place.exists(), "{option:?}");
    }
}

#[test]
fn wal_without_its_cluster_has_numbers_for_names() {
    let folder = tempfile::tempdir().unwrap();
    let evidence =
        pgautopsy::evidence::open(Path::new(&pg17()), &pgautopsy::evidence::OpenOptions::default());
    let evidence = evidence.unwrap();
    for entry in evidence.list("pg_wal").unwrap() {
        let Ok(file) = evidence.open(&format!("pg_wal/{}", entry.name)) else { continue };
        let mut buffer = Vec::new();
        let bytes = file.read_at(0, 1 << 20, &mut buffer).unwrap();
        fs::write(folder.path().join(&entry.name), bytes).unwrap();
    }
    let place = folder.path().to_str().unwrap();
    let alone = json(&["wal", "stats", place]);
    let whole = json(&["wal", "stats", &pg17()]);
    assert_eq!(alone["tables"], whole["tables"]);
    assert_eq!(alone["evidence"]["version"], 17);
    assert_eq!(alone["evidence"]["system_identifier"], whole["evidence"]["system_identifier"]);
    let relations = json(&["wal", "relations", place]);
    let named = json(&["wal", "relations", &pg17()]);
    let first = |answer: &Value| rows(answer, "relations")[0]["relfilenode"].clone();
    assert_eq!(first(&relations), first(&named));
    assert!(rows(&relations, "relations").iter().all(|row| row["relation"].is_null()));
    let number = first(&relations).to_string();
    let records = json(&["wal", "records", place, "--relation", &number, "-n", "5"]);
    assert_eq!(rows(&records, "records").len(), 5);
    let message = refusal(&["wal", "records", place, "--relation", "orders"]);
    assert!(message.contains("does not have names"), "{message}");
    // Output does not go where the WAL is.
    let inside = folder.path().join("out.json");
    let message = refusal(&["wal", "stats", place, "-o", inside.to_str().unwrap()]);
    assert!(message.contains("lies in the evidence"), "{message}");
    let message = refusal(&["wal", "records", place, "--save-images", place]);
    assert!(message.contains("lies in the evidence"), "{message}");
    let message =
        refusal(&["wal", "stats", &pg17(), "--wal", place, "-o", inside.to_str().unwrap()]);
    assert!(message.contains("lies in the evidence"), "{message}");
}

/// The segments of a fixture: name and bytes.
fn segments(name: &str) -> Vec<(String, Vec<u8>)> {
    let files = Files::of(name).0.into_iter();
    let segment = |(path, bytes): (String, Vec<u8>)| {
        let name = path.strip_prefix("pg_wal/").filter(|name| name.len() == 24)?;
        Some((name.to_owned(), bytes))
    };
    files.filter_map(segment).collect()
}

fn tarred(below: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, format!("{below}{name}"), bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn an_archive_may_put_the_segments_of_each_4_gb_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("xlog.db"), "").unwrap();
    for (name, bytes) in segments("pg17") {
        let group = folder.path().join(&name[..16]);
        fs::create_dir_all(&group).unwrap();
        fs::write(group.join(name), bytes).unwrap();
    }
    let place = folder.path().to_str().unwrap();
    let whole = json(&["wal", "stats", &pg17()]);
    let found = json(&["wal", "stats", place]);
    assert_eq!(found["tables"], whole["tables"]);
    assert_eq!(found["evidence"]["version"], 17);
}

#[test]
fn wal_is_read_from_a_tar_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let whole = json(&["wal", "stats", &pg17()])["tables"].clone();
    let files = segments("pg17");
    let plain = tarred("", &files);
    let as_it_is: files::Pack = ("", <[u8]>::to_vec);
    for (ending, pack) in COMPRESSIONS.into_iter().chain([as_it_is]) {
        for name in ["pg_wal", "saved"] {
            let tar = folder.path().join(format!("{name}.tar{ending}"));
            fs::write(&tar, pack(&plain)).unwrap();
            let found = json(&["wal", "stats", tar.to_str().unwrap()]);
            assert_eq!(found["tables"], whole, "{}", tar.display());
            assert_eq!(found["evidence"]["kind"], "tar");
        }
    }
    // As tar makes it of the folder, and as an archive.
    let tar = folder.path().join("folder.tar");
    fs::write(&tar, tarred("pg_wal/", &files)).unwrap();
    let tar = tar.to_str().unwrap();
    assert_eq!(json(&["wal", "stats", tar])["tables"], whole);
    assert_eq!(json(&["wal", "stats", &pg17(), "--wal", tar])["tables"], whole);
    let nothing = folder.path().join("nothing.tar");
    fs::write(&nothing, tarred("", &[("readme".to_owned(), Vec::new())])).unwrap();
    let message = refusal(&["wal", "stats", nothing.to_str().unwrap()]);
    assert!(message.contains("found readme") && message.contains("24 hexadecimal"), "{message}");
}

#[test]
fn a_copy_that_is_passed_over_is_said_once_by_all_that_read_the_wal() {
    let archive = tempfile::tempdir().unwrap();
    for (name, bytes) in segments("pg17-killed") {
        fs::write(archive.path().join(name), &bytes[..8192]).unwrap();
    }
    let (killed, archive) = (fixture("pg17-killed.tar.zst"), archive.path().to_str().unwrap());
    for command in [&["bloat"][..], &["wal", "relations"], &["wal", "stats"], &["wal", "records"]] {
        let output = run([command, &[&killed, "--wal", archive, "-f", "json"]].concat());
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = found["findings"].as_array().unwrap();
        let broken = findings.iter().filter(|finding| finding["code"] == "wal_copy_broken");
        let mut places: Vec<_> = broken.map(|finding| finding["lsn"].as_str().unwrap()).collect();
        assert!(!places.is_empty(), "{command:?}");
        let said = places.len();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), said, "{command:?}: {findings:?}");
    }
}

#[test]
fn a_timeline_that_is_not_there_is_refused() {
    let message = refusal(&["wal", "stats", &pg17(), "--timeline", "7"]);
    assert!(message.contains("no WAL of timeline 7: all that is there is of timeline 1"));
    let promoted = fixture("pg17-promoted.tar.zst");
    let message = refusal(&["wal", "records", &promoted, "--timeline", "9"]);
    assert!(message.contains("there is WAL of the timelines 1, 2, 3"), "{message}");
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in segments("pg17") {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let message = refusal(&["wal", "stats", folder.path().to_str().unwrap(), "--timeline", "2"]);
    assert!(message.contains("of timeline 1"), "{message}");
}

#[test]
fn the_end_of_the_wal_does_not_read_like_damage() {
    let recycled = answer(&["wal", "stats", &fixture("pg16-standby.tar.zst")]);
    assert!(
        recycled.contains(
            "because:        the WAL ends there: what follows is left from an older use of the \
             segment (xl_tot_len is "
        ),
        "{recycled}"
    );
    let whole = answer(&["wal", "stats", &pg17()]);
    assert!(
        whole.contains("because:        the WAL ends there: no record was written there yet"),
        "{whole}"
    );
    assert!(whole.contains("page headers 2.8 KiB, alignment 5.8 KiB, unused"), "{whole}");
    assert!(whole.contains("segments read:"), "{whole}");
}

#[test]
fn what_is_no_wal_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let message = refusal(&["wal", "stats", empty]);
    assert!(
        message.contains("24 hexadecimal digits") && message.contains("PG_VERSION"),
        "{message}"
    );
    // What WAL looks like helps nobody whose path is wrong, or whose cluster is.
    let message = refusal(&["wal", "stats", "/no/such/path"]);
    assert!(message.contains("/no/such/path") && !message.contains("WAL"), "{message}");
    let broken = folder.path().join("broken");
    for name in ["base", "global"] {
        fs::create_dir_all(broken.join(name)).unwrap();
    }
    fs::write(broken.join("PG_VERSION"), "8\n").unwrap();
    let message = refusal(&["wal", "stats", broken.to_str().unwrap()]);
    assert!(message.contains("12 to 19") && !message.contains("WAL"), "{message}");
    assert!(refusal(&["wal", "records", &pg17(), "--rmgr", "heep"]).contains("Heap2"));
    assert!(refusal(&["wal", "records", &pg17(), "--type", "INSRT"]).contains("Heap/INSERT"));
    assert!(
        refusal(&["wal", "records", &pg17(), "--relation", "helt"]).contains("shop.public.held")
    );
    assert!(
        refusal(&["wal", "stats", &pg17(), "--start", "1/0", "--end", "0/1"]).contains("before")
    );
    assert!(refusal(&["wal"]).contains("Usage"));
    assert!(refusal(&["wal", "stats", &pg17(), "--wal", "/no/such/archive"]).contains("archive"));
}

#[test]
fn a_pipe_that_closes_is_no_error() {
    for format in ["table", "json", "ndjson", "csv"] {
        let mut child = command(["wal", "records", &pg17(), "-f", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}
