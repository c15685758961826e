//! Tars, compressed or not, whole or not.

use std::io::Write;
use std::path::PathBuf;

use super::*;

/// A tar of these members.
fn tarred(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (path, text) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn below(folder: &str) -> Vec<u8> {
    let members: Vec<_> =
        FILES.iter().map(|(path, text)| (format!("{folder}{path}"), *text)).collect();
    let members: Vec<_> = members.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    tarred(&members)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn written(name: &str, bytes: &[u8]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Written { _folder: folder, path }
}

fn assert_whole(evidence: &dyn Evidence) {
    for (path, bytes) in FILES {
        assert_eq!(text(evidence, path), bytes, "{path}");
    }
}

#[test]
fn a_tar_is_read_whatever_it_is_compressed_with() {
    let plain = below("");
    let (one, two) = plain.split_at(plain.len() / 2);
    let joined = |compress: fn(&[u8]) -> Vec<u8>| [compress(one), compress(two)].concat();
    let forms = [
        plain.clone(),
        gzip(&plain),
        zstd(&plain),
        lz4(&plain),
        joined(gzip),
        joined(zstd),
        joined(lz4),
    ];
    for (at, bytes) in forms.iter().enumerate() {
        // The name says nothing.
        let file = written("backup", bytes);
        let evidence = open_default(&file.path);
        assert_eq!(evidence.kind().name(), "tar", "{at}");
        assert_whole(&*evidence);
        assert_eq!(evidence.notes(), Vec::<String>::new(), "{at}");
    }
    let file = written("backup.tar", &plain);
    let options = OpenOptions { mmap: true, ..OpenOptions::default() };
    assert_whole(&*open(&file.path, &options).unwrap());
}

#[test]
fn the_data_directory_may_stand_in_a_folder_of_the_tar() {
    for folder in ["./", "pgdata/", "./pg data/"] {
        let file = written("backup.tar", &below(folder));
        assert_whole(&*open_default(&file.path));
    }
}

#[test]
fn a_later_member_takes_the_place_of_an_earlier_one() {
    let mut members = FILES.to_vec();
    members.push(("PG_VERSION", "18\n"));
    let file = written("backup.tar", &tarred(&members));
    assert_eq!(text(&*open_default(&file.path), "PG_VERSION"), "18\n");
}

#[test]
fn a_tar_that_was_cut_short_gives_what_is_there() {
    let plain = below("");
    for bytes in [plain[..plain.len() - 1700].to_vec(), {
        let packed = zstd(&[plain.clone(), vec![7; 1 << 20]].concat());
        packed[..packed.len() - 4].to_vec()
    }] {
        let file = written("backup", &bytes);
        let evidence = open_default(&file.path);
        assert_eq!(text(&*evidence, "PG_VERSION"), FILES[0].1);
        assert_eq!(evidence.notes().len(), 1, "{:?}", evidence.notes());
    }
}

#[test]
fn what_leads_elsewhere_is_passed_over_and_named() {
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut append = |path: &[u8], kind: ::tar::EntryType| {
        let mut header = ::tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_entry_type(kind);
        header.set_link_name("/etc/passwd").unwrap();
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
    };
    append(b"../outside", ::tar::EntryType::Regular);
    append(b"PG_VERSION", ::tar::EntryType::Regular);
    append(b"global/pg_control", ::tar::EntryType::Regular);
    append(b"base/5/1", ::tar::EntryType::Symlink);
    let file = written("backup.tar", &builder.into_inner().unwrap());
    let evidence = open_default(&file.path);
    assert!(evidence.notes()[0].contains("../outside"), "{:?}", evidence.notes());
    assert!(matches!(evidence.open("base/5/1"), Err(EvidenceError::NotRegular { .. })));
}

#[test]
fn the_tars_of_a_base_backup_are_one_tree() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("base.tar.gz", &gzip(&below("")));
    put("pg_wal.tar", &tarred(&[("000000010000000000000001", "wal")]));
    put("16401.tar.zst", &zstd(&tarred(&[("PG_17_202406281/5/16402", "rows")])));
    put("backup_manifest", b"{}");
    let evidence = open_default(folder.path());
    assert_eq!(evidence.kind().name(), "tar set");
    assert_whole(&*evidence);
    assert_eq!(text(&*evidence, "pg_wal/000000010000000000000001"), "wal");
    assert_eq!(text(&*evidence, "pg_tblspc/16401/PG_17_202406281/5/16402"), "rows");
    assert!(would_change(&*evidence, &folder.path().join("base.tar.gz")).unwrap());
    assert!(would_change(&*evidence, &folder.path().join("beside.json")).unwrap());
}

#[test]
fn what_is_no_tar_of_a_data_directory_is_refused_in_words() {
    let message = |bytes: &[u8]| {
        let file = written("file", bytes);
        open(&file.path, &OpenOptions::default()).unwrap_err().to_string()
    };
    assert!(message(b"hello").contains("no tar"), "{}", message(b"hello"));
    assert!(message(b"").contains("no tar"));
    assert!(message(&tarred(&[("a/b", "c")])).contains("found a/"));
    assert!(message(&gzip(b"no tar at all")).contains("no tar"));
    assert!(message(&[0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3]).contains("decompress"));
    let incremental = tarred(&[
        ("PG_VERSION", "17\n"),
        ("global/pg_control", ""),
        ("base/5/INCREMENTAL.1259", ""),
    ]);
    assert!(message(&incremental).contains("pg_combinebackup"));
}

#[test]
fn a_name_of_gigabytes_is_not_read_into_memory() {
    for kind in [::tar::EntryType::GNULongName, ::tar::EntryType::XHeader] {
        let mut header = ::tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(3 << 30);
        header.set_cksum();
        let whole = tarred(&FILES);
        let members = &whole[..whole.len() - 1024];
        let file = written("backup.tar", &[members, header.as_bytes()].concat());
        let sparse = std::fs::File::options().write(true).open(&file.path).unwrap();
        sparse.set_len(3 << 30).unwrap();
        let evidence = open_default(&file.path);
        assert_whole(&*evidence);
        assert!(evidence.notes()[0].contains("1 MiB"), "{:?}", evidence.notes());
    }
}

#[test]
fn a_tablespace_may_be_re_pointed_to_a_tar() {
    let file = written("backup.tar", &below(""));
    let space = written("space.tar", &tarred(&[("PG_17_1/5/7", "seven")]));
    let tablespaces = vec![(crate::primitives::Oid(16_500), space.path.clone())];
    let evidence = open(&file.path, &OpenOptions { tablespaces, mmap: false }).unwrap();
    assert_eq!(text(&*evidence, "pg_tblspc/16500/PG_17_1/5/7"), "seven");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_it_panic(at in 0_usize..4000, noise: [u8; 16], form in 0_usize..4, cut in 0_usize..6000) {
        let plain = below("");
        let mut bytes = match form {
            0 => plain,
            1 => gzip(&plain),
            2 => zstd(&plain),
            _ => lz4(&plain),
        };
        let place = at % bytes.len();
        bytes.iter_mut().skip(place).zip(noise).for_each(|(byte, new)| *byte ^= new);
        bytes.truncate(bytes.len().saturating_sub(cut % 3000));
        let file = written("any", &bytes);
        if let Ok(evidence) = open(&file.path, &OpenOptions::default()) {
            let _ = evidence.list("base");
            let _ = evidence.open("PG_VERSION").map(|file| file.read_at(0, 100, &mut Vec::new()).map(<[u8]>::len));
        }
    }
}

#[test]
fn a_small_file_that_stands_for_much_is_made_only_as_far_as_is_wanted() {
    let much = vec![0; 64 << 20];
    for (name, bytes) in [("gz", gzip(&much)), ("zst", zstd(&much)), ("lz4", lz4(&much))] {
        // In memory, and in a temporary file.
        for most in [40, 1 << 20] {
            let files = MemoryEvidence::from_iter([(name, bytes.clone())]);
            let (file, note) = plain(files.open(name).unwrap(), name, most).unwrap();
            assert_eq!((file.len(), note), (most, None), "{name}");
            let mut buffer = Vec::new();
            let read = file.read_at(most - 30, 100, &mut buffer).unwrap();
            assert_eq!(read, [0; 30], "{name}");
        }
    }
}
