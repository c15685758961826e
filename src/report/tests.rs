//! The same answer through every format.

use super::tables::findings::FINDINGS;
use super::*;
use crate::cluster::finding::{Code, Finding, Location, Severity};
use crate::primitives::{BlockNumber, Lsn, Timestamp};

static ROWS: TableSchema = TableSchema::grid(
    "relations",
    "Relations",
    &[
        Column::name("relation"),
        Column::number("table_len").title("size"),
        Column::number("free_percent").title("free"),
        Column::text("lsn"),
        Column::text("ledger").verbose(),
    ],
);
static EMPTY: TableSchema = TableSchema::grid("items", "Items", &[Column::number("lp")]);
static TOTAL: TableSchema =
    TableSchema::record("summary", "Summary", &[Column::number("table_len").title("total")]);
static CODE: Code = Code {
    name: "page-checksum",
    severity: Severity::Error,
    meaning: "a page does not carry the checksum that its bytes have",
    advice: "restore the page from a backup",
};

fn answer(format: &str, options: &OutputOptions) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    let writer = Box::new(file.reopen().unwrap());
    let mut output = OutputFormat::named(format).unwrap().open(writer, options);
    let evidence = EvidenceHead {
        path: "/data\x1b[2J".to_owned(),
        kind: "directory".to_owned(),
        version: Some(17),
        system_identifier: Some(7_412_345_678_901_234_567),
        state: Some("in production".to_owned()),
        cautions: vec!["not shut down cleanly".to_owned()],
        notes: Vec::new(),
    };
    let head = Head { command: "bloat", tables: &[&ROWS, &EMPTY], evidence: Some(&evidence) };
    output.start(&head).unwrap();
    output.table(&ROWS).unwrap();
    let ledger = Cell::map([("live", Cell::Bytes(24)), ("free", Cell::Null)]);
    output
        .row(&[
            Cell::name("=public.\"a,b\"\u{202e}"),
            Cell::Bytes(16384),
            Cell::Percent(12.345),
            Cell::lsn(Lsn(0x1_0000_00FF)),
            ledger,
        ])
        .unwrap();
    let cells = [Cell::name("t"), Cell::Null, Cell::Percent(f64::NAN), Cell::Null, Cell::Null];
    output.row(&cells).unwrap();
    let finding = |block| Finding {
        code: &CODE,
        location: Location {
            relation: Some("app.public.t".to_owned()),
            block: Some(BlockNumber(block)),
            ..Location::default()
        },
        expected: "0x1234".to_owned(),
        found: "0x0000".to_owned(),
    };
    let summary = Summary { schema: &TOTAL, cells: vec![Cell::Bytes(16384)] };
    let findings = [finding(7), finding(9)];
    output.finish(&Tail { findings: &findings, summary: Some(summary) }).unwrap();
    drop(output);
    std::fs::read_to_string(file.path()).unwrap()
}

fn lines(format: &str, options: &OutputOptions) -> Vec<String> {
    answer(format, options).lines().map(str::to_owned).collect()
}

#[test]
fn table_is_for_people() {
    assert_eq!(
        lines("table", &OutputOptions::default()),
        [
            r"/data\x1b[2J · PostgreSQL 17 · in production",
            "caution: not shut down cleanly",
            "",
            "Relations",
            "relation                   size    free  lsn",
            "─────────────────────  ────────  ──────  ────",
            r#"=public."a,b"\u{202e}  16.0 KiB  12.3 %  1/FF"#,
            "t                             -       ?  -",
            "",
            "total: 16.0 KiB",
            "",
            "Findings",
            "error page-checksum × 2: a page does not carry the checksum that its bytes have",
            "    app.public.t block 7: 0x0000, expected 0x1234",
            "    and 1 more (--verbose lists them)",
            "    → restore the page from a backup",
        ]
    );
}

#[test]
fn colour_is_never_the_only_sign() {
    let colored = answer("table", &OutputOptions { color: true, ..OutputOptions::default() });
    assert!(colored.contains("\x1b[1m"));
    let plain = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(plain, answer("table", &OutputOptions::default()));
}

#[test]
fn json_is_one_valid_document() {
    let text = answer("json", &OutputOptions::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "pgautopsy/1");
    assert_eq!(value["command"], "bloat");
    assert_eq!(value["evidence"]["system_identifier"], "7412345678901234567");
    assert_eq!(value["tables"]["relations"][0]["relation"], "=public.\"a,b\"\u{202e}");
    assert_eq!(value["tables"]["relations"][0]["table_len"], 16384);
    assert_eq!(value["tables"]["relations"][0]["lsn"], "1/FF");
    assert_eq!(value["tables"]["relations"][0]["ledger"]["live"], 24);
    assert!(value["tables"]["relations"][1]["table_len"].is_null());
    assert!(value["tables"]["relations"][1]["free_percent"].is_null());
    assert_eq!(value["tables"]["items"], serde_json::json!([]));
    assert_eq!(value["findings"][1]["block"], 9);
    assert_eq!(value["summary"], serde_json::json!({"table_len": 16384}));
    let keys = ["schema", "command", "evidence", "tables", "findings", "summary"];
    let places = keys.map(|key| text.find(&format!("\"{key}\":")).unwrap());
    assert!(places.is_sorted(), "keys in their order");
}

#[test]
fn ndjson_lines_start_with_their_table() {
    let lines = lines("ndjson", &OutputOptions::default());
    let tables: Vec<_> = lines
        .iter()
        .map(|line| {
            assert!(line.starts_with("{\"table\":"), "{line}");
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            value["table"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(tables, ["evidence", "relations", "relations", "findings", "findings", "summary"]);
}

#[test]
fn csv_is_the_main_table_with_formulas_defused() {
    assert_eq!(
        lines("csv", &OutputOptions::default()),
        [
            "relation,table_len,free_percent,lsn,ledger",
            "\"'=public.\"\"a,b\"\"\u{202e}\",16384,12.345,1/FF,\"{\"\"live\"\":24,\"\"free\"\":null}\"",
            "t,,,,",
        ]
    );
}

#[test]
fn csv_can_be_another_table() {
    let of = |table: &str| {
        lines("csv", &OutputOptions { table: Some(table.to_owned()), ..OutputOptions::default() })
    };
    assert_eq!(of("summary"), ["table_len", "16384"]);
    assert_eq!(of("findings").len(), 3);
    assert!(of("findings")[0].starts_with(FINDINGS.columns[0].name));
}

#[test]
fn one_table_alone_is_all_that_any_format_shows() {
    let options = OutputOptions { table: Some("items".to_owned()), ..OutputOptions::default() };
    let value: serde_json::Value = serde_json::from_str(&answer("json", &options)).unwrap();
    assert_eq!(value["tables"], serde_json::json!({"items": []}));
    assert_eq!(value["findings"], serde_json::json!([]));
    assert_eq!(lines("ndjson", &options).len(), 1);
}

#[test]
fn times_are_rfc_3339_and_bytes_are_hex() {
    let json = |cell: Cell<'_>| {
        let mut text = Vec::new();
        super::json_text::cell(&cell, &mut text);
        String::from_utf8(text).unwrap()
    };
    assert_eq!(json(Cell::Time(Timestamp(0))), "\"2000-01-01T00:00:00Z\"");
    assert_eq!(json(Cell::hex(&[0, 171][..])), "\"00ab\"");
    assert_eq!(json(Cell::texts(["a", "b"])), "[\"a\",\"b\"]");
    assert_eq!(json(Cell::Float(f64::INFINITY)), "null");
}

#[test]
fn people_see_nothing_of_a_table_that_may_be_missing_and_scripts_an_empty_one() {
    static MAY_BE_MISSING: TableSchema =
        TableSchema::grid("deleted", "Deleted pages", &[Column::number("block")]).only_with_rows();
    let shown = |format: &str, tables: &[&'static TableSchema], rows: usize| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = Box::new(file.reopen().unwrap());
        let mut output =
            OutputFormat::named(format).unwrap().open(writer, &OutputOptions::default());
        output.start(&Head { command: "page", tables, evidence: None }).unwrap();
        for table in tables {
            output.table(table).unwrap();
            (0..rows).for_each(|row| output.row(&[Cell::Unsigned(row as u64)]).unwrap());
        }
        output.finish(&Tail::default()).unwrap();
        std::fs::read_to_string(file.path()).unwrap()
    };
    let both: [&'static TableSchema; 2] = [&EMPTY, &MAY_BE_MISSING];
    assert_eq!(shown("table", &both, 0), "Items\n(no rows)\n");
    assert!(shown("table", &both, 1).contains("\n\nDeleted pages\nblock\n"));
    assert_eq!(shown("table", &both[1..], 0), "(no rows)\n");
    assert!(shown("json", &both, 0).contains(r#""deleted":[]"#));
}
