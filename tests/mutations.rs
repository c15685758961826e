//! What the fuzzer does, in small and on stable Rust: every seed, and thousands of damaged copies
//! of each, through the functions that the fuzz targets run. The same damage every time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::{env, fs};

use pgautopsy::analysis::page::{Beside, PageContent, PageContext};
use pgautopsy::format::{Format, PageType, PgVersion};
use pgautopsy::primitives::BlockNumber;
use pgautopsy::report::Cell;
use pgautopsy::report::tables::pages;

#[expect(unreachable_pub, reason = "it is a crate of its own, for the fuzzer")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

use targets::{TARGETS, Target};

/// Bytes that are given to each target, damaged copies of its seeds taken together.
const BYTES_A_TARGET: usize = 64 << 20;
/// Damaged copies that are made of each target's seeds, taken together, at the most.
const COPIES_A_TARGET: usize = 50_000;

#[test]
fn every_target_has_seeds_and_a_program() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(!seeds(name).is_empty(), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(program.contains(&format!("{name}::run(data)")), "{name}");
    }
    for folder in ["fuzz_targets", "seeds"] {
        for entry in fs::read_dir(fuzz().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            assert!(TARGETS.iter().any(|(name, _)| *name == stem), "{}", path.display());
        }
    }
}

#[test]
fn nothing_panics_on_seeds_and_damaged_copies_of_them() {
    for (name, run) in TARGETS {
        let seeds = seeds(name);
        for (seed, bytes) in &seeds {
            feed(name, *run, bytes, seed);
        }
        let sizes: usize = seeds.iter().map(|(_, bytes)| bytes.len() + 1).sum();
        let rounds = (BYTES_A_TARGET / sizes).min(COPIES_A_TARGET / seeds.len()).max(1);
        let mut random = fastrand::Rng::with_seed(0x5EED);
        for round in 0..rounds {
            for (seed, bytes) in &seeds {
                let mut damaged = bytes.clone();
                for _ in 0..=random.usize(..8) {
                    damage(&mut damaged, &mut random);
                }
                feed(name, *run, &damaged, &format!("{seed}, round {round}"));
            }
        }
    }
}

/// Damaged pages through all that `page` does with them, taken for pages of every type. The answer
/// stays in proportion to the page, whatever its line pointers claim.
#[test]
fn nothing_panics_where_damaged_pages_are_shown() {
    let mut random = fastrand::Rng::with_seed(0x9A6E);
    for (seed, bytes) in ["index", "map", "page"].into_iter().flat_map(seeds) {
        for round in 0..PAGES_A_SEED {
            let mut damaged = bytes.clone();
            for _ in 0..random.usize(..8) {
                damage(&mut damaged, &mut random);
            }
            damaged.resize(bytes.len(), 0);
            for of in PageType::all() {
                let version = if round % 2 == 0 { PgVersion::V12 } else { PgVersion::V19 };
                let beside = Beside { columns: Some(32), blocks: None, pages: None };
                let format = Format::usual(version);
                let page_type = Some(of);
                let context = PageContext { format, transactions: None, page_type, beside };
                let page = context.view(&damaged, BlockNumber(round));
                let (mut rows, mut cells) = (0, 0);
                for table in pages::tables(page_type, true) {
                    let mut count = |row: &[Cell<'_>]| {
                        assert_eq!(row.len(), table.schema.columns.len());
                        rows += 1;
                        cells += row.iter().map(weight).sum::<usize>();
                        Ok(())
                    };
                    table.rows(&page, &mut count).unwrap();
                }
                let what = format!("{seed} as {}, round {round}: {rows} rows", of.name());
                assert!(
                    of == PageType::Heap || cells < 64 * damaged.len(),
                    "{what}, {cells} cells"
                );
                let broken = matches!(page.content, PageContent::Nothing);
                assert!(
                    !broken || page.trouble.is_some() || page.header.unwrap().is_new(),
                    "{what}"
                );
            }
        }
    }
}

/// Damaged copies of each seed that are shown.
const PAGES_A_SEED: u32 = 300;

/// How much a cell takes, in units of about a number.
fn weight(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::List(cells) => cells.iter().map(weight).sum(),
        Cell::Map(entries) => entries.iter().map(|(_, cell)| weight(cell)).sum(),
        Cell::Hex(bytes) => 1 + bytes.len() / 8,
        Cell::Text(text) | Cell::Name(text) => 1 + text.len() / 8,
        _ => 1,
    }
}

/// Runs a target; where it panics, keeps the bytes so that they can become a fixture.
fn feed(name: &str, run: Target, bytes: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| run(bytes))).is_err() {
        let kept = env::temp_dir().join(format!("pgautopsy-{name}-{}", std::process::id()));
        fs::write(&kept, bytes).unwrap();
        panic!("{name} failed on {what}; the bytes are in {}", kept.display());
    }
}

/// Changes bytes as accidents and attackers do: a bit, a byte, a number, a length, a piece.
fn damage(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    const NUMBERS: [u64; 12] = [
        0,
        1,
        4,
        18,
        0x7F,
        0xFF,
        0x7FFF,
        0xFFFF,
        0x7FFF_FFFF,
        0xFFFF_FFFF,
        0x7FFF_FFFF_FFFF_FFFF,
        u64::MAX,
    ];
    if bytes.is_empty() {
        return bytes.push(random.u8(..));
    }
    let at = random.usize(..bytes.len());
    match random.u8(..8) {
        0 => bytes[at] ^= 1 << random.u8(..8),
        1 => bytes[at] = random.u8(..),
        2 | 3 => {
            let width = 1 << random.u8(..4);
            let number = NUMBERS[random.usize(..NUMBERS.len())].to_le_bytes();
            let start = at - at % width;
            bytes[start..].iter_mut().zip(&number[..width]).for_each(|(old, new)| *old = *new);
        }
        4 => bytes.truncate(at),
        5 => bytes.extend((0..=random.u8(..64)).map(|_| random.u8(..))),
        6 => {
            let end = random.usize(at..bytes.len()).min(at + 64);
            let to = random.usize(..=bytes.len() - (end - at));
            bytes.copy_within(at..end, to);
        }
        _ => {
            let end = random.usize(at..bytes.len()).min(at + 64);
            bytes[at..end].fill(0);
        }
    }
}

/// The real bytes that a target starts from, by name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fuzz().join("seeds").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}
