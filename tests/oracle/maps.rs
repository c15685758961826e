//! What `page` shows of the maps, against `pg_freespace()` and `pg_visibility_map()`; and that it finds
//! nothing wrong where nothing is.

use pgautopsy::analysis::page::PageSet;
use pgautopsy::cluster::relation::Relation;
use pgautopsy::primitives::ForkNumber;

use serde_json::Value;

use crate::answers::{Stored, all, list, number, stopped, text};
use crate::shown::Shown;

fn shown(stored: &Stored, relation: &Relation, fork: ForkNumber) -> Shown {
    Shown::of(&PageSet::of_relation(&stored.cluster, relation, fork, None).unwrap())
}

#[test]
fn free_space_is_that_of_pg_freespace() {
    for name in stopped() {
        let stored = Stored::open(name);
        let mut compared = 0;
        for space in list(&stored.answers["space"]) {
            for answer in list(&space["freespace"]) {
                let relation = stored.relation(number(&space["database"]), number(&answer[0]));
                let shown = shown(stored, relation, ForkNumber::FreeSpace);
                let ours: Vec<_> =
                    shown.tables["fsm_blocks"].iter().map(|row| number(&row["avail"])).collect();
                let theirs: Vec<_> = list(&answer[1]).iter().map(number).collect();
                assert_eq!(ours, theirs, "{name}: {}", relation.qualified_name());
                compared += 1;
            }
        }
        assert!(compared > 100, "{name}: {compared}");
    }
}

#[test]
fn visibility_is_that_of_pg_visibility_map() {
    for name in stopped() {
        let stored = Stored::open(name);
        let (mut compared, mut visible) = (0, 0);
        for space in list(&stored.answers["space"]) {
            for answer in list(&space["visibility"]) {
                let relation = stored.relation(number(&space["database"]), number(&answer[0]));
                let shown = shown(stored, relation, ForkNumber::Visibility);
                let bits = |row: &Value| {
                    let set = |name: &str| u8::from(row[name].as_bool().unwrap());
                    char::from(b'0' + set("all_visible") + 2 * set("all_frozen"))
                };
                let ours: String = shown.tables["vm_blocks"].iter().map(bits).collect();
                let at = format!("{name}: {}", relation.qualified_name());
                assert_eq!(Some(ours.as_str()), text(&answer[1]), "{at}");
                compared += 1;
                visible += ours.matches(['1', '3']).count();
            }
        }
        assert!(compared > 100 && visible > 300, "{name}: {compared} maps, {visible} blocks");
    }
}

#[test]
fn nothing_is_found_wrong_with_pages_that_servers_wrote() {
    for name in all() {
        let stored = Stored::open(name);
        let (mut indexes, mut rows) = (0, 0);
        for relation in stored.cluster.relations() {
            for fork in ForkNumber::ALL {
                if relation.kind.is_heap() && fork == ForkNumber::Main
                    || relation.files.fork(fork).is_none()
                {
                    continue;
                }
                let shown = shown(stored, relation, fork);
                let at = format!("{name}: {} {fork}", relation.qualified_name());
                assert_eq!(shown.findings, Vec::<Value>::new(), "{at}");
                indexes += usize::from(relation.kind.is_index());
                rows += shown.tables.values().map(Vec::len).sum::<usize>();
            }
        }
        assert!(indexes > 200 && rows > 50_000, "{name}: {rows} rows of {indexes} indexes");
    }
}
