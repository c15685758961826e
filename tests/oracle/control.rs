//! `pg_control`, against the functions that show it, and `pg_controldata`.

use std::process::Command;

use serde_json::Value;

use crate::answers::{Stored, all, text};

fn control(stored: &Stored, format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pgautopsy"))
        .args(["control", "--format", format])
        .arg(&stored.path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn fields_are_those_of_the_pg_control_functions() {
    for name in all() {
        let stored = Stored::open(name);
        let answer: Value = serde_json::from_str(&control(stored, "json")).unwrap();
        let ours = answer["tables"]["control"][0].as_object().unwrap();
        let mut compared = 0;
        for function in ["system", "checkpoint", "recovery", "init"] {
            for (column, theirs) in stored.answers["control"][function].as_object().unwrap() {
                let ours = ours.get(column).unwrap_or_else(|| panic!("{name}: no {column}"));
                assert_eq!(plain(column, ours), plain(column, theirs), "{name}: {column}");
                compared += 1;
            }
        }
        assert!(compared >= 38, "{name}: {compared}");
    }
}

#[test]
fn every_line_of_pg_controldata_is_there() {
    let mut versions = 0;
    for name in all() {
        let stored = Stored::open(name);
        let Some(theirs) = text(&stored.answers["control"]["pg_controldata"]) else { continue };
        let ours = control(stored, "table");
        let titles: Vec<_> = ours.lines().filter_map(|line| line.split_once(": ")).collect();
        for line in theirs.lines() {
            let (title, _) = line.split_once(':').unwrap();
            let known = titles.iter().any(|(own, _)| own.starts_with(title.trim()));
            assert!(known, "{name}: {title}");
        }
        versions += 1;
    }
    assert!(versions > 0, "{versions}");
}

/// A value as text, however it is typed; what means the same is spelled the same.
fn plain(column: &str, value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if column.ends_with("_lsn") {
        // 19 prints eight digits behind the slash.
        let (high, low) = text.split_once('/').unwrap();
        return format!("{high}/{:X}", u64::from_str_radix(low, 16).unwrap());
    }
    if column.ends_with("time") || column.ends_with("modified") {
        return text.replace("+00:00", "Z");
    }
    text
}
