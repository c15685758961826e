//! Tables with their indexes and TOAST, against the sizes and the catalogs of the server.

use std::collections::{BTreeMap, BTreeSet};

use pgautopsy::analysis::bloat::{Bloat, BloatOptions, bloat, with_family};
use pgautopsy::cluster::relation::Relation;
use serde_json::Value;

use crate::answers::{Stored, list, number, stopped};

/// What `pg_class` and `pg_index` say of a relation: the bytes of all forks, its TOAST table, and the
/// table whose index it is.
struct Class {
    len: u64,
    toast: u64,
    indexed: Option<u64>,
}

fn classes(catalog: &Value) -> BTreeMap<u64, Class> {
    let rows = list(&catalog["relations"]).iter().filter(|row| row[16].is_array());
    let class = |row: &Value| Class {
        len: list(&row[16]).iter().map(number).sum(),
        toast: number(&row[11]),
        indexed: row[12].as_u64(),
    };
    rows.map(|row| (number(&row[0]), class(row))).collect()
}

fn scanned<'a>(stored: &Stored, relations: &[&'a Relation]) -> Bloat<'a> {
    bloat(&stored.cluster, relations, BloatOptions::default(), &())
}

#[test]
fn a_table_has_the_size_of_all_that_belongs_to_it() {
    for name in stopped() {
        let stored = Stored::open(name);
        let relations: Vec<&Relation> = stored.cluster.relations().iter().collect();
        let stored_ones = with_family(&stored.cluster, &relations);
        let found = scanned(stored, &stored_ones);
        let families = found.families();
        let counted: usize = families.iter().map(|family| family.members().count()).sum();
        assert_eq!(counted, found.relations.len(), "{name}: each relation once");
        let mut compared = 0;
        for catalog in list(&stored.answers["catalogs"]) {
            let classes = classes(catalog);
            let indexes_len = |table: u64| {
                let own = classes.values().filter(|class| class.indexed == Some(table));
                own.map(|class| class.len).sum::<u64>()
            };
            for (&oid, class) in classes.iter().filter(|(_, class)| class.toast > 0) {
                let relation = stored.relation(number(&catalog["database"]), oid);
                let is_it = |relation: &Relation, other: &Relation| std::ptr::eq(relation, other);
                let family = families.iter().find(|family| is_it(family.head.relation, relation));
                let family = family.unwrap();
                let toast_len = classes[&class.toast].len + indexes_len(class.toast);
                let at = format!("{name}: {}", relation.qualified_name());
                assert_eq!(family.indexes_len(), indexes_len(oid), "{at}");
                assert_eq!(family.toast_len(), toast_len, "{at}");
                assert_eq!(family.total_len(), class.len + indexes_len(oid) + toast_len, "{at}");
                let parts = family.head.table_len + family.maps_len();
                assert_eq!(family.total_len(), parts + family.indexes_len() + toast_len, "{at}");
                compared += 1;
            }
        }
        assert!(compared > 50, "{name}: {compared}");
    }
}

#[test]
fn with_one_relation_comes_its_family() {
    let stored = Stored::open(stopped()[0]);
    let named = |name: &str| {
        let mut relations = stored.cluster.relations().iter();
        relations.find(|relation| relation.name.as_deref() == Some(name)).unwrap()
    };
    let family_of = |relations: &[&Relation]| -> BTreeSet<String> {
        let family = with_family(&stored.cluster, relations);
        family.iter().map(|relation| relation.qualified_name()).collect()
    };
    let table = named("toasted");
    let of_table = family_of(&[table]);
    assert!(of_table.contains("shop.public.toasted_pkey"), "{of_table:?}");
    assert_eq!(of_table.len(), 4, "{of_table:?}");
    let toast = stored.cluster.relations().iter().find(|relation| relation.oid == table.toast);
    assert_eq!(family_of(&[named("toasted_pkey")]), of_table);
    assert_eq!(family_of(&[toast.unwrap()]), of_table);
}
