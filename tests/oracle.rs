//! PostgreSQL is right: what the library says of each stored cluster is what a server of that
//! version said of it (testdata/README.md).

#[path = "oracle/answers.rs"]
mod answers;
#[path = "oracle/catalogs.rs"]
mod catalogs;
#[path = "inspect/compare.rs"]
mod compare;
#[path = "oracle/control.rs"]
mod control;
#[path = "oracle/dangling.rs"]
mod dangling;
#[path = "oracle/index_space.rs"]
mod index_space;
#[path = "oracle/indexes.rs"]
mod indexes;
#[path = "oracle/map_space.rs"]
mod map_space;
#[path = "oracle/maps.rs"]
mod maps;
#[path = "oracle/pages.rs"]
mod pages;
#[path = "inspect/shown.rs"]
mod shown;
#[path = "oracle/space.rs"]
mod space;
#[path = "oracle/totals.rs"]
mod totals;
#[path = "oracle/vacuum.rs"]
mod vacuum;
#[path = "oracle/wal.rs"]
mod wal;
#[path = "oracle/xacts.rs"]
mod xacts;
