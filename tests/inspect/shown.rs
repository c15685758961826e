//! What `page` shows of a fork, in JSON.

use std::collections::BTreeMap;

use pgautopsy::analysis::page::PageSet;
use pgautopsy::report::tables::pages;
use pgautopsy::report::{Head, JsonOutput, Output, Tail};
use serde_json::Value;

/// All that `page` shows of a fork: each table's rows, and the findings.
pub(crate) struct Shown {
    pub(crate) tables: BTreeMap<String, Vec<Value>>,
    pub(crate) findings: Vec<Value>,
}

impl Shown {
    pub(crate) fn of(set: &PageSet<'_>) -> Self {
        let tables = pages::tables(set.page_type(), false);
        let schemas: Vec<_> = tables.iter().map(|table| table.schema).collect();
        let mut text = Vec::new();
        let mut output = JsonOutput::new(&mut text);
        output.start(&Head { command: "page", tables: &schemas, evidence: None }).unwrap();
        let mut pages = set.read(set.all());
        for table in tables {
            output.table(table.schema).unwrap();
            pages.each(|page| table.rows(page, &mut |cells| output.row(cells))).unwrap();
        }
        output.finish(&Tail { findings: pages.findings(), summary: None }).unwrap();
        drop(output);
        let mut json: Value = serde_json::from_slice(&text).unwrap();
        let tables = json["tables"].as_object_mut().unwrap();
        let rows = |value: &mut Value| value.take().as_array().unwrap().clone();
        let tables = tables.iter_mut().map(|(name, value)| (name.clone(), rows(value))).collect();
        Self { tables, findings: rows(&mut json["findings"]) }
    }
}
