//! Which relation is which file, and what its columns are.

use pgautopsy::cluster::relation::{Certainty, Persistence, RelationKind};
use pgautopsy::primitives::ForkNumber;

use crate::answers::{Stored, list, number, stopped, text};

#[test]
fn every_relation_is_where_pg_relation_filepath_says() {
    for name in stopped() {
        let stored = Stored::open(name);
        let mut compared = 0;
        for catalog in list(&stored.answers["catalogs"]) {
            let database = number(&catalog["database"]);
            for row in list(&catalog["relations"]) {
                relation_is_as_listed(stored, database, row);
                compared += 1;
            }
        }
        let shared = |count: usize| count * (list(&stored.answers["databases"]).len() - 1);
        let ours = stored.cluster.relations();
        let in_none = ours.iter().filter(|relation| relation.database.is_none()).count();
        assert_eq!(compared, ours.len() + shared(in_none), "{name}: as many relations");
        assert!(compared > 1500, "{name}: {compared}");
        assert_eq!(stored.cluster.findings(), [], "{name}");
    }
}

fn relation_is_as_listed(stored: &Stored, database: u64, row: &serde_json::Value) {
    let name = stored.name;
    let relation = stored.relation(database, number(&row[0]));
    let at = format!("{name}: {}", row[3]);
    assert_eq!(relation.schema.as_deref(), text(&row[1]), "{at}");
    assert_eq!(relation.name.as_deref(), text(&row[2]), "{at}");
    assert_eq!(relation.path.as_deref(), text(&row[10]), "{at}");
    let letter = |value: &serde_json::Value| text(value).unwrap().as_bytes()[0];
    assert_eq!(relation.kind, RelationKind::from_code(letter(&row[4])), "{at}");
    assert_eq!(relation.persistence, Persistence::from_code(letter(&row[5])), "{at}");
    assert_eq!(relation.access_method.as_deref(), text(&row[8]), "{at}");
    assert_eq!(relation.certainty, Certainty::Certain, "{at}");
    let oid = |oid: Option<pgautopsy::primitives::Oid>| u64::from(oid.unwrap_or_default().0);
    assert_eq!(oid(relation.toast), number(&row[11]), "{at}: TOAST table");
    if !row[12].is_null() {
        assert_eq!(oid(relation.owner), number(&row[12]), "{at}: table of an index");
    }
    let parent = if row[6] == true { number(&row[13]) } else { 0 };
    assert_eq!(oid(relation.partition_of), parent, "{at}: partition of");
    if let Some(sizes) = row[16].as_array() {
        for (fork, size) in ForkNumber::ALL.into_iter().zip(sizes) {
            assert_eq!(relation.fork_len(fork), number(size), "{at}: {fork} fork");
        }
    } else {
        assert!(relation.files.is_empty(), "{at}: no storage");
    }
}

#[test]
fn columns_have_the_types_that_format_type_says() {
    for name in stopped() {
        let stored = Stored::open(name);
        let mut compared = 0;
        for catalog in list(&stored.answers["catalogs"]) {
            for row in list(&catalog["columns"]) {
                let relation = stored.relation(number(&catalog["database"]), number(&row[0]));
                let ours = stored.cluster.columns(relation);
                let theirs = list(&row[1]);
                assert_eq!(ours.len(), theirs.len(), "{name}: {}", relation.qualified_name());
                for (ours, theirs) in ours.iter().zip(theirs) {
                    let at = format!("{name}: {} {}", relation.qualified_name(), theirs[1]);
                    assert_eq!(i64::from(ours.number), theirs[0].as_i64().unwrap(), "{at}");
                    assert_eq!(Some(ours.name.as_str()), text(&theirs[1]), "{at}");
                    assert_eq!(ours.type_name.as_deref(), text(&theirs[2]), "{at}");
                    assert_eq!(ours.is_dropped, theirs[3].as_bool().unwrap(), "{at}");
                    assert_eq!(
                        i64::from(ours.attribute.len),
                        theirs[4].as_i64().unwrap(),
                        "{at}: attlen"
                    );
                    compared += 1;
                }
            }
        }
        assert!(compared > 150, "{name}: {compared}");
    }
}

#[test]
fn databases_and_tablespaces_have_their_names() {
    for name in stopped() {
        let stored = Stored::open(name);
        let ours: Vec<_> = stored
            .cluster
            .databases()
            .iter()
            .map(|database| (u64::from(database.oid.0), database.name.clone().unwrap()))
            .collect();
        let named = |row: &serde_json::Value| (number(&row[0]), text(&row[1]).unwrap().to_owned());
        let theirs: Vec<_> = list(&stored.answers["databases"]).iter().map(named).collect();
        assert_eq!(ours, theirs, "{name}");
        let ours: Vec<_> = stored
            .cluster
            .tablespaces()
            .iter()
            .map(|(oid, name)| (u64::from(oid.0), name.clone().unwrap()))
            .collect();
        let theirs: Vec<_> = list(&stored.answers["tablespaces"]).iter().map(named).collect();
        assert_eq!(ours, theirs, "{name}");
    }
}
