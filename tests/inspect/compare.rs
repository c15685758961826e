//! What `page` shows, beside what pageinspect says of the same pages.

use serde_json::Value;

use crate::shown::Shown;

/// The functions of pageinspect for pages of indexes, and the table that has their columns.
const FUNCTIONS: [(&str, &str); 17] = [
    ("bt_metap", "btree_meta"),
    ("bt_page_stats", "btree_pages"),
    ("bt_page_items", "btree_items"),
    ("hash_page_type", "hash_pages"),
    ("hash_page_stats", "hash_pages"),
    ("hash_page_items", "hash_items"),
    ("hash_bitmap_info", "hash_pages"),
    ("hash_metapage_info", "hash_meta"),
    ("gin_metapage_info", "gin_meta"),
    ("gin_page_opaque_info", "gin_pages"),
    ("gin_leafpage_items", "gin_items"),
    ("gist_page_opaque_info", "gist_pages"),
    ("gist_page_items_bytea", "gist_items"),
    ("brin_page_type", "brin_pages"),
    ("brin_metapage_info", "brin_meta"),
    ("brin_revmap_data", "brin_revmap"),
    ("brin_page_items", "brin_items"),
];

impl Shown {
    /// The rows about a block.
    pub(crate) fn rows(&self, table: &str, block: u64) -> Vec<&Value> {
        let rows = self.tables.get(table).unwrap_or_else(|| panic!("no table {table}"));
        rows.iter().filter(|row| row["block"] == block).collect()
    }

    /// What a function says of a block, and what is shown: every column of theirs is one of ours,
    /// with the same value in every row.
    pub(crate) fn compare(&self, function: &str, block: u64, theirs: &[Value], at: &str) {
        let at = format!("{at}: {function} of block {block}");
        let (_, table) = FUNCTIONS.iter().find(|(known, _)| *known == function).unwrap();
        let ours = self.rows(table, block);
        if self.is_incomparable(function, block) {
            return;
        }
        let theirs = match function {
            // We end with the last range that has a summary.
            "brin_revmap_data" => {
                let is_set =
                    |row: &Value| row.as_object().unwrap().values().any(|tid| tid != "(0,0)");
                &theirs[..theirs.iter().rposition(is_set).map_or(0, |last| last + 1)]
            }
            _ => theirs,
        };
        assert_eq!(ours.len(), theirs.len(), "{at}: rows");
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            for (column, value) in theirs.as_object().unwrap() {
                let column = match (function, column.as_str()) {
                    // Only the types of the operator class could tell; we show the bytes.
                    ("brin_page_items", "value") => continue,
                    ("hash_page_type" | "brin_page_type", _) => "type",
                    ("brin_revmap_data", _) => "pages",
                    (_, "blkno") => "block",
                    // Before 14: a level, or, on a deleted page, an xid.
                    (_, "btpo") if ours["btpo_level"].is_null() => "safexid",
                    (_, "btpo") => "btpo_level",
                    (_, column) => column,
                };
                let own = ours.get(column).unwrap_or_else(|| panic!("{at}: no column {column}"));
                let raw = matches!(column, "data" | "key_data");
                assert!(is_same(value, own, raw), "{at}: {column}: {value}, not {own}: {ours}");
            }
        }
    }

    /// Where a function does not tell what stands there.
    fn is_incomparable(&self, function: &str, block: u64) -> bool {
        match function {
            // A deleted page of 12 and 13: nothing behind the xid is filled in.
            "bt_page_stats" => self
                .rows("btree_pages", block)
                .iter()
                .any(|page| page["type"] == "d" && page["btpo_level"].is_null()),
            // Of a deleted page it takes the xid for line pointers.
            "gist_page_items_bytea" => {
                self.rows("pages", block).iter().any(|page| page["kind"] == "deleted")
            }
            _ => false,
        }
    }
}

/// Whether two values are the same, where numbers and texts of numbers are, too: `xid` comes as
/// text, `real` with fewer digits, a `pg_lsn` of 19 with zeros, bytes with a prefix or with spaces.
fn is_same(theirs: &Value, ours: &Value, raw: bool) -> bool {
    match (theirs, ours) {
        (Value::Array(theirs), Value::Array(ours)) => {
            let mut pairs = theirs.iter().zip(ours);
            theirs.len() == ours.len() && pairs.all(|(theirs, ours)| is_same(theirs, ours, raw))
        }
        (Value::Number(theirs), Value::Number(ours)) => {
            theirs == ours || theirs.as_f64() == ours.as_f64()
        }
        (Value::String(theirs), Value::Number(ours)) => *theirs == ours.to_string(),
        (Value::String(theirs), Value::String(ours)) if raw => {
            theirs.trim_start_matches("\\x").replace(' ', "") == *ours
        }
        (Value::String(theirs), Value::String(ours)) => {
            theirs == ours || lsn(theirs).is_some_and(|lsn_of| lsn(ours) == Some(lsn_of))
        }
        _ => theirs == ours,
    }
}

fn lsn(text: &str) -> Option<(u32, u32)> {
    let (high, low) = text.split_once('/')?;
    Some((u32::from_str_radix(high, 16).ok()?, u32::from_str_radix(low, 16).ok()?))
}
