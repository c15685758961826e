//! Whether a tree is a data directory, and what to say where it is not.

use super::{Entry, EntryKind, Evidence, EvidenceError, path};

/// What names a tree's root as a data directory's: a `PG_VERSION` (each database's folder has one,
/// too) with `base` or `global` beside it; or `global/pg_control`.
pub(super) fn is_data_directory(
    evidence: &dyn Evidence,
    entries: &[Entry],
) -> Result<bool, EvidenceError> {
    let has = |wanted: &str, is: fn(EntryKind) -> bool| {
        entries.iter().any(|entry| entry.name == wanted && is(entry.kind))
    };
    let directory = |kind| kind == EntryKind::Directory;
    if has("PG_VERSION", |kind| matches!(kind, EntryKind::File(_))) {
        return Ok(has("base", directory) || has("global", directory));
    }
    if !has("global", directory) {
        return Ok(false);
    }
    Ok(evidence.list("global")?.iter().any(|entry| entry.name == "pg_control"))
}

/// Says what was looked for, and what is there instead.
pub(super) fn not_a_data_directory(evidence: &dyn Evidence, entries: &[Entry]) -> EvidenceError {
    let mut text = format!(
        "{} is not a PostgreSQL data directory: looked for PG_VERSION with base/ or global/ \
         beside it, for global/pg_control, and for base.tar (.gz, .lz4, .zst) as pg_basebackup -Ft \
         writes it; found {}",
        evidence.name(),
        found(entries)
    );
    if let Some(hint) = hint(evidence, entries) {
        text.push_str("; ");
        text.push_str(&hint);
    }
    EvidenceError::NoDataDirectory(text)
}

/// How many names an error message shows.
const MAX_SHOWN: usize = 8;

/// A few names, for a message.
pub(super) fn found(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "nothing".to_owned();
    }
    let shown = entries.iter().take(MAX_SHOWN).map(|entry| match entry.kind {
        EntryKind::Directory => format!("{}/", entry.name),
        EntryKind::File(_) | EntryKind::Other => entry.name.clone(),
    });
    let text = shown.collect::<Vec<_>>().join(", ");
    match entries.len().saturating_sub(MAX_SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// What a person may have meant.
fn hint(evidence: &dyn Evidence, entries: &[Entry]) -> Option<String> {
    let named = |wanted: fn(&str) -> bool| entries.iter().find(|entry| wanted(&entry.name));
    if named(|name| name == "PG_VERSION").is_some() {
        return Some("this looks like the folder of one database: give the data directory".into());
    }
    if let Some(entry) = named(|name| name.starts_with("PG_") && name != "PG_VERSION") {
        return Some(format!(
            "{} makes this look like a tablespace: give the data directory, and this one with \
             --tablespace OID=DIR",
            entry.name
        ));
    }
    if named(|name| name == "toc.dat").is_some() {
        return Some(
            "toc.dat is pg_dump's: a dump holds rows and no pages, so there is nothing to see in \
             it"
            .to_owned(),
        );
    }
    let below = entries.iter().filter(|entry| entry.kind == EntryKind::Directory).take(MAX_TRIED);
    let candidates: Vec<_> = below
        .filter(|entry| {
            evidence.list(&entry.name).is_ok_and(|inner| {
                let has = |wanted| inner.iter().any(|entry| entry.name == wanted);
                has("PG_VERSION") && has("global")
            })
        })
        .map(|entry| format!("{}/", entry.name))
        .collect();
    (!candidates.is_empty())
        .then(|| format!("a data directory stands below: {}", candidates.join(", ")))
}

/// How many folders are looked into for a hint.
const MAX_TRIED: usize = 100;

/// Refuses an incremental backup. `names` lists a directory without looking at its entries.
pub(super) fn refuse_incremental(
    evidence: &dyn Evidence,
    names: impl Fn(&str) -> Vec<String>,
) -> Result<(), EvidenceError> {
    let mut folders = vec!["global".to_owned()];
    folders.extend(names("base").iter().map(|name| path::join("base", name)));
    let label = || labelled_incremental(evidence).then(|| "its backup_label".to_owned());
    let file = || {
        folders.iter().find_map(|folder| {
            let mut names = names(folder).into_iter();
            let name = names.find(|name| name.starts_with("INCREMENTAL."))?;
            Some(path::join(folder, &name))
        })
    };
    let Some(sign) = label().or_else(file) else { return Ok(()) };
    Err(EvidenceError::Unusable(format!(
        "{} is an incremental backup ({sign} says so): it holds only the blocks that changed since \
         an earlier one; put the chain together with pg_combinebackup, and give the result",
        evidence.name()
    )))
}

/// Whether `backup_label` names the backup that this one builds on, as the server itself asks
/// before it starts (access/xlogbackup.h writes the line, from 17 on).
fn labelled_incremental(evidence: &dyn Evidence) -> bool {
    let Ok(label) = evidence.open("backup_label") else { return false };
    let mut buffer = Vec::new();
    let Ok(bytes) = label.read_at(0, MAX_LABEL, &mut buffer) else { return false };
    bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"INCREMENTAL FROM LSN:"))
}

/// More than a label has.
const MAX_LABEL: usize = 64 << 10;
