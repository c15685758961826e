//! Damage, done to good clusters here and named for what it is: the message is clear, and the rest
//! of the answer still comes.

#[path = "corrupt/dangling.rs"]
mod dangling;
mod files;
#[path = "corrupt/index_meta.rs"]
mod index_meta;
#[path = "corrupt/index_space.rs"]
mod index_space;
#[path = "corrupt/map_space.rs"]
mod map_space;

use std::convert::Infallible;
use std::process::Command;
use std::sync::Arc;

use pgautopsy::analysis::bloat::{Bloat, BloatOptions, Line, Tally, bloat};
use pgautopsy::analysis::page::{PageSet, PageView};
use pgautopsy::cluster::finding::Finding;
use pgautopsy::cluster::identity::IdentityError;
use pgautopsy::cluster::relation::Relation;
use pgautopsy::cluster::{Cluster, ClusterOptions};
use pgautopsy::evidence::{self, Evidence, FailingEvidence, OpenOptions};
use pgautopsy::primitives::{BlockNumber, ForkNumber};
use pgautopsy::report::Cell;
use pgautopsy::report::tables::bloat as tables;

use crate::files::Files;

const PAGE: usize = 8192;

fn open(evidence: Arc<dyn Evidence>) -> Cluster {
    Cluster::open(evidence, &ClusterOptions::default()).unwrap()
}

fn scan(cluster: &Cluster) -> Bloat<'_> {
    let relations: Vec<&Relation> = cluster.relations().iter().collect();
    let found = bloat(cluster, &relations, BloatOptions::default(), &());
    for row in &found.relations {
        let heap = row.heap.as_ref().map(|heap| heap.tally.ledger.total());
        let index = row.index.as_ref().map(|index| index.tally.ledger.total());
        if let Some(total) = heap.or(index) {
            assert_eq!(total, row.table_len, "{}", row.relation.qualified_name());
        }
    }
    found
}

/// A table of the database `shop`.
fn table<'a>(cluster: &'a Cluster, name: &str) -> &'a Relation {
    cluster.relation(&format!("shop.public.{name}").parse().unwrap(), None).unwrap()
}

fn tally<'a>(found: &'a Bloat<'_>, name: &str) -> &'a Tally {
    let is_it = |relation: &Relation| {
        relation.qualified_name() == format!("shop.public.{name}")
            || relation.path.as_deref() == Some(name)
    };
    let row = found.relations.iter().find(|row| is_it(row.relation)).unwrap();
    &row.heap.as_ref().unwrap().tally
}

/// The path and the undamaged tally of a table.
fn sound(name: &str) -> (String, Tally) {
    let cluster = Files::of("pg17").open();
    let path = table(&cluster, name).path.clone().unwrap();
    let found = scan(&cluster);
    (path, tally(&found, name).clone())
}

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.name).collect()
}

fn only(findings: &[Finding], code: &str) -> Finding {
    assert_eq!(codes(findings), [code], "{findings:#?}");
    findings[0].clone()
}

#[test]
fn pg_control_is_missing() {
    let mut files = Files::of("pg17");
    files.0.remove("global/pg_control");
    let cluster = files.open();
    only(&cluster.findings(), "control_unreadable");
    assert!(
        cluster.state().cautions()[0].contains("pg_control"),
        "{:?}",
        cluster.state().cautions()
    );
    let found = scan(&cluster);
    assert!(tally(&found, "held").live.count > 300);
}

#[test]
fn pg_control_is_short() {
    let mut files = Files::of("pg17");
    files.get("global/pg_control").truncate(100);
    let cluster = files.open();
    let finding = only(&cluster.findings(), "control_unreadable");
    assert!(finding.found.contains("needs"), "{}", finding.found);
    assert!(!table(&cluster, "held").files.is_empty());
}

#[test]
fn pg_control_has_a_wrong_crc() {
    let mut files = Files::of("pg17");
    files.get("global/pg_control")[60] ^= 1;
    let cluster = files.open();
    let finding = only(&cluster.findings(), "control_crc");
    assert_ne!(finding.expected, finding.found);
    scan(&cluster);
}

#[test]
fn pg_version_is_missing_and_pg_control_tells() {
    let mut files = Files::of("pg14");
    files.0.remove("PG_VERSION");
    assert_eq!(files.open().version().major(), 14);
    let mut files = Files::of("pg14");
    files.0.remove("PG_VERSION");
    files.0.remove("global/pg_control");
    let error = Cluster::open(files.evidence(), &ClusterOptions::default()).unwrap_err();
    assert!(matches!(error, IdentityError::NoVersion { .. }), "{error}");
    assert!(error.to_string().contains("--pg-version"), "{error}");
}

#[test]
fn a_cluster_of_a_32_bit_machine_is_refused_by_name() {
    let mut files = Files::of("pg17");
    files.sign_control(|control| {
        let float = 1_234_567.0_f64.to_le_bytes();
        let at = control.windows(8).position(|window| window == float).unwrap();
        control[at - 4..at].copy_from_slice(&4_u32.to_le_bytes());
    });
    let error = Cluster::open(files.evidence(), &ClusterOptions::default()).unwrap_err();
    assert!(error.to_string().contains("32-bit"), "{error}");
}

/// Every page made `page` bytes long, its items at the new end; the logs of transactions, which
/// have no page headers, only get more room at their ends.
fn with_block_size(files: &mut Files, page: usize) {
    let grown = page - PAGE;
    files.sign_control(|control| {
        let at = sizes_at(control);
        control[at..at + 4].copy_from_slice(&u32::try_from(page).unwrap().to_le_bytes());
        let segment = u32::try_from((1 << 30) / page).unwrap();
        control[at + 4..at + 8].copy_from_slice(&segment.to_le_bytes());
    });
    let is_relation = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let place = ["global", "base/", "pg_tblspc/"].iter().any(|root| folder.starts_with(root));
        place && name.bytes().all(|byte| byte.is_ascii_digit())
    };
    for (path, bytes) in &mut files.0 {
        let is_other_fork = ["_fsm", "_vm", "_init"].iter().any(|fork| path.ends_with(fork));
        if path.starts_with("pg_xact/") || is_other_fork {
            bytes.resize(bytes.len().next_multiple_of(page), 0);
        } else if is_relation(path) {
            *bytes = bytes.chunks(PAGE).flat_map(|old| grow(old, grown)).collect();
        }
    }
}

/// Where `pg_control` says how long pages are, and then how many a segment has.
fn sizes_at(control: &[u8]) -> usize {
    let usual = [8192_u32.to_le_bytes(), 131_072_u32.to_le_bytes()].concat();
    control.windows(8).position(|window| window == usual).unwrap()
}

fn grow(old: &[u8], by: usize) -> Vec<u8> {
    let field = |at: usize| usize::from(u16::from_le_bytes([old[at], old[at + 1]]));
    let (lower, upper) = (field(12), field(14));
    if upper == 0 {
        return vec![0; PAGE + by];
    }
    let mut new = old[..lower].to_vec();
    new.resize(upper + by, 0);
    new.extend(&old[upper..]);
    for (at, value) in [(14, upper + by), (16, field(16) + by), (18, (PAGE + by) | 4)] {
        new[at..at + 2].copy_from_slice(&u16::try_from(value).unwrap().to_le_bytes());
    }
    // What stands there on pages of indexes is not always line pointers, and not looked at.
    let is_heap = field(16) == PAGE || (field(16) == PAGE - 8 && field(PAGE - 8) == 0x1717);
    let line_pointers = if is_heap { 24..lower } else { 24..24 };
    for at in line_pointers.step_by(4) {
        let word = u32::from_le_bytes(new[at..at + 4].try_into().unwrap());
        let has_item = word >> 17 != 0;
        let moved = if has_item { word + u32::try_from(by).unwrap() } else { word };
        new[at..at + 4].copy_from_slice(&moved.to_le_bytes());
    }
    new
}

#[test]
fn sizes_come_from_pg_control() {
    let (_, sound) = sound("held");
    for page in [16_384, 32_768] {
        let mut files = Files::of("pg17");
        with_block_size(&mut files, page);
        let cluster = files.open();
        assert_eq!(cluster.format().block_size as usize, page);
        assert_eq!(codes(&cluster.findings()), Vec::<&str>::new());
        let found = scan(&cluster);
        let tally = tally(&found, "held");
        assert_eq!(tally.pages, sound.pages);
        assert_eq!(
            (tally.live, tally.held, tally.removable),
            (sound.live, sound.held, sound.removable)
        );
        let grown = (page - PAGE) as u64 * sound.pages;
        assert_eq!(tally.ledger[Line::Free], sound.ledger[Line::Free] + grown);
    }
}

#[test]
fn a_file_is_no_multiple_of_a_page() {
    let (path, sound) = sound("held");
    let mut files = Files::of("pg17");
    files.get(&path).extend([7; 100]);
    let cluster = files.open();
    let finding = only(&cluster.findings(), "partial_page");
    assert_eq!(finding.location.path.as_deref(), Some(path.as_str()));
    assert!(finding.found.contains("100 over"), "{}", finding.found);
    let found = scan(&cluster);
    assert_eq!(tally(&found, "held").ledger[Line::PartialPage], 100);
    assert_eq!(tally(&found, "held").live, sound.live);
}

#[test]
fn a_segment_between_others_is_missing() {
    let (path, sound) = sound("updated");
    let mut files = Files::of("pg17");
    // Segments of one page, so that a table of some pages has several.
    files.sign_control(|control| {
        let at = sizes_at(control);
        control[at + 4..at + 8].copy_from_slice(&1_u32.to_le_bytes());
    });
    let relations: Vec<String> = files
        .0
        .keys()
        .filter(|path| {
            path.starts_with("base/")
                || path.starts_with("global/")
                || path.starts_with("pg_tblspc/")
        })
        .filter(|path| files.0[*path].len() > PAGE && files.0[*path].len().is_multiple_of(PAGE))
        .filter(|path| {
            path.rsplit('/').next().unwrap().starts_with(|char: char| char.is_ascii_digit())
        })
        .cloned()
        .collect();
    for path in relations {
        let bytes = files.0.remove(&path).unwrap();
        for (number, page) in bytes.chunks(PAGE).enumerate() {
            let name = if number == 0 { path.clone() } else { format!("{path}.{number}") };
            files.0.insert(name, page.to_vec());
        }
    }
    files.0.remove(&format!("{path}.1"));
    let cluster = files.open();
    let finding = only(&cluster.findings(), "segment_missing");
    assert_eq!(finding.found, "no segment 1");
    assert_eq!(finding.location.relation.as_deref(), Some("shop.public.updated"));
    let found = scan(&cluster);
    assert_eq!(tally(&found, "updated").pages, sound.pages - 1);
    assert!(tally(&found, "updated").live.count > 0);
}

#[test]
fn a_page_of_zeros_is_one_that_was_never_initialised() {
    let (path, sound) = sound("held");
    let mut files = Files::of("pg17");
    files.page(&path, 1).fill(0);
    let cluster = files.open();
    let found = scan(&cluster);
    assert_eq!(codes(&found.findings), Vec::<&str>::new());
    assert_eq!(tally(&found, "held").ledger[Line::NewPages], PAGE as u64);
    assert_eq!(tally(&found, "held").pages, sound.pages);
}

#[test]
fn a_page_of_noise_is_broken_and_its_neighbours_are_not() {
    let (path, sound) = sound("held");
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut files = Files::of("pg17");
        files.page(&path, 1).iter_mut().for_each(|byte| *byte = random.u8(..));
        let cluster = files.open();
        let found = scan(&cluster);
        let finding = only(&found.findings, "page_broken");
        assert_eq!(finding.location.block.map(|block| block.0), Some(1));
        let tally = tally(&found, "held");
        assert_eq!(tally.ledger[Line::BrokenPages], PAGE as u64);
        assert!(tally.live.count > 0 && tally.live.count < sound.live.count);
    }
}

/// Where a line pointer stands that points to an item of its page, with that item's place.
fn items(page: &[u8]) -> Vec<(usize, u32, u32)> {
    let lower = usize::from(u16::from_le_bytes([page[12], page[13]]));
    let word = |at: usize| u32::from_le_bytes(page[at..at + 4].try_into().unwrap());
    (24..lower)
        .step_by(4)
        .map(|at| (at, word(at) & 0x7FFF, word(at) >> 17))
        .filter(|&(_, _, len)| len > 0)
        .collect()
}

/// What is done to a page, whose items are given.
type Damage = fn(&mut [u8], &[(usize, u32, u32)]);

fn point(page: &mut [u8], at: usize, offset: u32, len: u32) {
    page[at..at + 4].copy_from_slice(&(offset | 1 << 15 | len << 17).to_le_bytes());
}

#[test]
fn line_pointers_that_overlap_or_leave_the_page_break_it() {
    let (path, _) = sound("held");
    let damages: [(&str, Damage); 5] = [
        ("overlap", |page, items| point(page, items[0].0, items[1].1, items[1].2)),
        ("overlap by 8 bytes", |page, items| point(page, items[0].0, items[1].1 + 8, 40)),
        ("past the end", |page, items| point(page, items[0].0, 8184, 64)),
        ("in the header", |page, items| point(page, items[0].0, 0, 64)),
        ("off alignment", |page, items| point(page, items[0].0, items[0].1 + 1, items[0].2 - 1)),
    ];
    for (name, damage) in damages {
        let mut files = Files::of("pg17");
        let page = files.page(&path, 0);
        let items = items(page);
        damage(page, &items);
        let cluster = files.open();
        let found = scan(&cluster);
        // An item that lies across others can make a tuple that makes no sense, too.
        let finding = &found.findings[0];
        assert_eq!(finding.code.name, "page_broken", "{name}");
        assert_eq!(finding.location.block.map(|block| block.0), Some(0), "{name}");
        assert_eq!(tally(&found, "held").ledger[Line::BrokenPages], PAGE as u64, "{name}");
    }
}

#[test]
fn a_tuple_whose_t_hoff_is_past_its_end_is_of_unknown_fate() {
    let (path, sound) = sound("held");
    for hoff in [0, 16, 200, 255] {
        let mut files = Files::of("pg17");
        let page = files.page(&path, 0);
        let (_, offset, _) = items(page)[0];
        page[offset as usize + 22] = hoff;
        let cluster = files.open();
        let found = scan(&cluster);
        let finding = only(&found.findings, "tuple_broken");
        assert!(finding.found.contains("t_hoff"), "{}", finding.found);
        assert_eq!(tally(&found, "held").unknown.count, 1);
        assert_eq!(
            tally(&found, "held").kept().count + tally(&found, "held").removable.count,
            sound.kept().count + sound.removable.count
        );
    }
}

#[test]
fn a_segment_of_pg_xact_is_missing() {
    let (_, sound) = sound("held");
    let mut files = Files::of("pg17");
    files.0.remove("pg_xact/0000");
    let cluster = files.open();
    let found = scan(&cluster);
    let findings = cluster.findings();
    assert!(codes(&findings).contains(&"slru_segment_missing"), "{findings:#?}");
    let tally = tally(&found, "held");
    assert!(tally.unknown.count > 0, "counted as unknown, not guessed");
    assert_eq!(
        tally.kept().count + tally.removable.count,
        sound.kept().count + sound.removable.count
    );
}

#[test]
fn a_damaged_catalog_page_costs_only_the_names_on_it() {
    let sound = Files::of("pg17").open();
    let pg_class = sound.relation(&"shop.pg_catalog.pg_class".parse().unwrap(), None).unwrap();
    let path = pg_class.path.clone().unwrap();
    let mut files = Files::of("pg17");
    let last = files.get(&path).len() / PAGE - 1;
    files.page(&path, last)[12..20].fill(0xEE);
    let cluster = files.open();
    let findings = cluster.findings();
    let damaged =
        findings.iter().find(|finding| finding.code.name == "catalog_unreadable").unwrap();
    assert_eq!(damaged.location.block.map(|block| block.0 as usize), Some(last));
    assert!(codes(&findings).contains(&"relation_file_unnamed"));
    let unnamed: Vec<_> =
        cluster.relations().iter().filter(|relation| relation.name.is_none()).collect();
    assert!(!unnamed.is_empty());
    let files_of = |cluster: &Cluster| -> u64 {
        cluster.relations().iter().map(|relation| relation.fork_len(ForkNumber::Main)).sum()
    };
    assert_eq!(files_of(&cluster), files_of(&sound), "every file is still there");
    // What lost its name is still counted, by its path.
    let (whole, rest) = (scan(&sound), scan(&cluster));
    for relation in unnamed.iter().filter(|relation| relation.fork_len(ForkNumber::Main) > 0) {
        let path = relation.path.as_deref().unwrap();
        let before = whole.relations.iter().find(|row| row.relation.path.as_deref() == Some(path));
        if let Some(heap) = &before.unwrap().heap {
            assert_eq!(tally(&rest, path).live, heap.tally.live, "{path}");
        }
    }
}

#[test]
fn a_relation_map_with_a_wrong_crc_is_said_and_gone_on_without() {
    let mut files = Files::of("pg17");
    files.get("global/pg_filenode.map")[100] ^= 1;
    let cluster = files.open();
    assert!(codes(&cluster.findings()).contains(&"relation_map_unreadable"));
    assert!(table(&cluster, "held").path.is_some());
}

#[test]
fn a_block_that_can_not_be_read_is_a_finding_and_the_next_is_read() {
    let (path, sound) = sound("held");
    let evidence = Files::of("pg17").evidence();
    let failing = FailingEvidence::new(evidence).fail(path.clone(), 8192..8193);
    let cluster = open(Arc::new(failing));
    let found = scan(&cluster);
    let finding = only(&found.findings, "block_unreadable");
    assert_eq!(finding.location.block.map(|block| block.0), Some(1));
    let tally = tally(&found, "held");
    assert_eq!(tally.ledger[Line::Unreadable], PAGE as u64);
    assert_eq!(tally.pages, sound.pages);
    assert!(tally.live.count > 0);
}

#[test]
fn a_block_that_can_not_be_read_does_not_hide_the_next_from_page() {
    let (path, _) = sound("held");
    let failing = FailingEvidence::new(Files::of("pg17").evidence()).fail(path, 100..101);
    let cluster = open(Arc::new(failing));
    let held = table(&cluster, "held");
    let set = PageSet::of_relation(&cluster, held, ForkNumber::Main, None).unwrap();
    let views = |blocks| {
        let (mut views, mut pages) = (Vec::new(), set.read(blocks));
        let see = |page: &PageView<'_>| {
            views.push((page.error().is_some(), page.items().is_empty()));
            Ok::<(), Infallible>(())
        };
        let Ok(()) = pages.each(see);
        (views, pages.findings().to_vec())
    };
    let (all, findings) = views(set.all());
    assert_eq!(all, [(true, true), (false, false), (false, false)]);
    let finding = only(&findings, "block_unreadable");
    assert_eq!(finding.location.relation.as_deref(), Some("shop.public.held"));
    assert!(set.checked(BlockNumber(0), BlockNumber(3)).is_err());
    assert_eq!(views((BlockNumber(1), BlockNumber(1))), (vec![(false, false)], Vec::new()));
}

#[test]
fn a_holder_is_named_only_where_it_holds_something() {
    let cluster = Files::of("pg17").open();
    let found = scan(&cluster);
    let mut several = 0;
    for row in &found.relations {
        let Some(heap) = &row.heap else { continue };
        let held: Vec<_> = heap.held_by().collect();
        assert_eq!(
            held.is_empty(),
            heap.tally.held.count == 0,
            "{}",
            row.relation.qualified_name()
        );
        assert!(held.iter().all(|held| held.held.count > 0));
        if let Some(oldest) = held.first() {
            assert_eq!(oldest.held, heap.tally.held, "the oldest holds all that is held");
        }
        several += usize::from(held.len() > 1);
    }
    assert!(several > 0);
    let names: Vec<_> = found.holders().into_iter().map(|total| total.holder.name).collect();
    assert!(names.len() > 2 && names.iter().any(|name| name.starts_with("gid of")), "{names:?}");
}

#[test]
fn a_file_of_a_relation_is_missing() {
    let (path, _) = sound("held");
    let mut files = Files::of("pg17");
    files.0.remove(&path);
    let cluster = files.open();
    let finding = only(&cluster.findings(), "relation_file_missing");
    assert_eq!(finding.location.relation.as_deref(), Some("shop.public.held"));
    let found = scan(&cluster);
    let held = table(&cluster, "held");
    let row = found.relations.iter().find(|row| std::ptr::eq(row.relation, held)).unwrap();
    assert!(row.heap.is_none());
    let columns = tables::RELATIONS.columns.iter().map(|column| column.name);
    let cells = tables::cells(row);
    let cell = |name| columns.clone().zip(&cells).find(|(column, _)| *column == name).unwrap().1;
    assert_eq!((cell("table_len"), cell("tuple_count")), (&Cell::Null, &Cell::Null), "never 0");
}

#[test]
fn a_server_that_runs_is_warned_of_and_the_answer_comes() {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in Files::of("pg17").0 {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    // Whatever works in the directory and is named in postmaster.pid is taken for the server.
    let mut server = Command::new("sleep").arg("60").current_dir(folder.path()).spawn().unwrap();
    let pid = folder.path().join("postmaster.pid");
    std::fs::write(&pid, format!("{}\n/elsewhere\n", server.id())).unwrap();
    let evidence = evidence::open(folder.path(), &OpenOptions::default()).unwrap();
    let cluster = open(evidence);
    assert!(cluster.state().is_running);
    assert!(cluster.state().cautions()[0].contains("is running"));
    assert!(!cluster.relations().is_empty());
    server.kill().unwrap();
    server.wait().unwrap();
    let evidence = evidence::open(folder.path(), &OpenOptions::default()).unwrap();
    assert!(!open(evidence).state().is_running, "a pid that is left over is nobody's");
}

#[test]
fn a_backup_before_its_first_start_is_said_to_be_one() {
    let mut files = Files::of("pg17");
    let label = b"START WAL LOCATION: 0/200028 (file 000000010000000000000002)\nLABEL: night\n";
    files.0.insert("backup_label".to_owned(), label.to_vec());
    let cluster = files.open();
    assert!(!cluster.state().is_shut_down());
    // Its WAL was not kept with it.
    let caution = &cluster.state().cautions()[0];
    assert!(caution.contains("base backup") && caution.contains("not in pg_wal"), "{caution}");
}

#[test]
fn a_tablespace_shared_with_a_cluster_of_another_version_counts_once() {
    let sound = Files::of("pg17").open();
    let mut files = Files::of("pg17");
    let own = |path: &str| path.starts_with("pg_tblspc/") && path.contains("/PG_17_");
    let other = |path: &str| path.replace("/PG_17_202406281", "/PG_16_202307071");
    let others: Vec<_> = files
        .0
        .iter()
        .filter(|(path, _)| own(path))
        .map(|(path, bytes)| (other(path), bytes.clone()))
        .collect();
    assert!(!others.is_empty() && others.iter().all(|(path, _)| path.contains("PG_16_")));
    files.0.extend(others);
    // Nor is a directory another database's because its name has a zero in front.
    let copies: Vec<_> = files
        .0
        .iter()
        .filter_map(|(path, bytes)| {
            Some((format!("base/05/{}", path.strip_prefix("base/5/")?), bytes.clone()))
        })
        .collect();
    files.0.extend(copies);
    let cluster = files.open();
    assert_eq!(codes(&cluster.findings()), Vec::<&str>::new());
    assert_eq!(cluster.relations(), sound.relations());
}

#[test]
fn a_link_to_a_tablespace_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::of("pg17");
    let space = files.0.keys().find_map(|path| path.strip_prefix("pg_tblspc/")?.split('/').next());
    let space = space.unwrap().to_owned();
    for (path, bytes) in &files.0 {
        if path.starts_with(&format!("pg_tblspc/{space}/")) {
            continue;
        }
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let link = folder.path().join(format!("pg_tblspc/{space}"));
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", link).unwrap();
    let cluster = open(evidence::open(folder.path(), &OpenOptions::default()).unwrap());
    let findings = cluster.findings();
    let (missing, rest): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.code.name == "tablespace_missing");
    assert_eq!(missing.len(), 1);
    let found = &missing[0].found;
    assert!(found.contains("/nowhere/at/all") && found.contains("--tablespace"), "{found}");
    // One database has its catalogs there; of each file behind the link nothing more is said.
    let names = ["catalog_missing", "relation_map_unreadable"];
    assert!(rest.iter().all(|finding| names.contains(&finding.code.name)), "{rest:#?}");
}

#[test]
fn a_tablespace_of_a_backup_is_missing() {
    let mut files = Files::of("pg17");
    files.0.insert("tablespace_map".to_owned(), b"99999 /mnt/fast disk\n".to_vec());
    let finding = only(&files.open().findings(), "tablespace_missing");
    assert_eq!(finding.location.path.as_deref(), Some("pg_tblspc/99999"));
    assert!(finding.found.contains("/mnt/fast disk"), "{}", finding.found);
}

#[test]
fn a_killed_cluster_says_how_much_wal_was_never_applied() {
    let cluster = Files::of("pg17-killed").open();
    let wal = cluster.state().unapplied.as_ref().unwrap();
    assert_eq!(wal.from, cluster.control().unwrap().checkpoint_copy.redo);
    assert!(wal.len() > 100 << 10 && wal.len() < 4 << 20, "{wal:?}");
    assert!(cluster.state().cautions()[0].contains(&wal.to.to_string()));
    let mut files = Files::of("pg17-killed");
    files.0.retain(|path, _| !path.starts_with("pg_wal/"));
    let cluster = files.open();
    assert_eq!(cluster.state().unapplied, None);
    assert!(cluster.state().cautions()[0].contains("not in pg_wal"));
}

/// Flips bits all over the files that matter; whatever comes of it, nothing panics, and every
/// ledger still sums.
#[test]
fn no_damage_makes_it_panic() {
    for seed in 0..25 {
        let mut random = fastrand::Rng::with_seed(seed as u64);
        let mut files = Files::of(["pg12", "pg16", "pg19"][seed % 3]);
        let paths: Vec<String> = files
            .0
            .keys()
            .filter(|path| !path.starts_with("pg_wal") && path.as_str() != "PG_VERSION")
            .cloned()
            .collect();
        for _ in 0..400 {
            let bytes = files.get(&paths[random.usize(..paths.len())]);
            if bytes.is_empty() {
                continue;
            }
            // Headers and line pointers are where it hurts.
            let page = random.usize(..bytes.len().div_ceil(PAGE)) * PAGE;
            let within = if random.bool() { 64 } else { PAGE };
            let at = (page + random.usize(..within)).min(bytes.len() - 1);
            match random.u8(..4) {
                0 => bytes[at] ^= 1 << random.u8(..8),
                1 => bytes[at] = random.u8(..),
                2 => bytes.truncate(at),
                _ => {
                    let end = (at + random.usize(..64)).min(bytes.len());
                    bytes[at..end].fill(random.u8(..));
                }
            }
        }
        match Cluster::open(files.evidence(), &ClusterOptions::default()) {
            Ok(cluster) => {
                scan(&cluster);
                let columns = |relation| cluster.columns(relation).len();
                let some = cluster.relations().iter().take(20);
                assert!(some.map(columns).sum::<usize>() < 100_000);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
