use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::*;
use crate::primitives::Oid;

#[test]
fn a_data_directory_is_listed_and_read() {
    let root = data_directory();
    let evidence = open_default(root.path());
    assert_eq!(evidence.kind().name(), "directory");
    assert_eq!(names(&*evidence, ""), ["PG_VERSION", "base/", "global/", "pg_tblspc/", "pg_wal/"]);
    assert_eq!(names(&*evidence, "base/5"), ["1259", "PG_VERSION"]);
    assert_eq!(evidence.list("base/5").unwrap()[0].kind, EntryKind::File(8));
    for (path, bytes) in FILES {
        assert_eq!(text(&*evidence, path), bytes);
    }
    assert!(
        matches!(evidence.open("base/5/1"), Err(EvidenceError::NotFound(path)) if path == "base/5/1")
    );
    assert!(
        matches!(evidence.open("base/6/1"), Err(EvidenceError::NotFound(path)) if path == "base/6/1")
    );
    assert!(matches!(evidence.list("base/6"), Err(EvidenceError::NotFound(_))));
    assert!(matches!(evidence.open("base"), Err(EvidenceError::NotRegular { .. })));
    assert_eq!(evidence.notes(), Vec::<String>::new());
}

#[test]
fn a_path_can_not_lead_out() {
    let root = data_directory();
    let evidence = open_default(&root.path().join("."));
    for path in ["", "..", "/etc/passwd", "base/../PG_VERSION", "base//5/1259", "./PG_VERSION"] {
        assert!(evidence.open(path).is_err(), "{path}");
    }
    assert!(matches!(evidence.list(".."), Err(EvidenceError::NotFound(_))));
    assert!(matches!(evidence.list("base/.."), Err(EvidenceError::NotFound(_))));
}

#[test]
fn a_mapped_file_reads_the_same_without_the_buffer() {
    let root = data_directory();
    write(root.path(), "base/5/empty", "");
    let evidence =
        open(root.path(), &OpenOptions { mmap: true, ..OpenOptions::default() }).unwrap();
    let mut buffer = Vec::new();
    let file = evidence.open("base/5/1259").unwrap();
    assert_eq!(file.read_at(3, 100, &mut buffer).unwrap(), b"class".as_slice());
    assert_eq!(buffer.capacity(), 0);
    assert_eq!(text(&*evidence, "base/5/empty"), "");
}

#[test]
fn the_buffer_is_reused_and_a_file_that_shrank_gives_less() {
    let root = data_directory();
    write(root.path(), "base/5/9", vec![7; 3000]);
    let evidence = open_default(root.path());
    let file = evidence.open("base/5/9").unwrap();
    let mut buffer = vec![1; 4096];
    let place = buffer.as_ptr();
    assert_eq!(file.read_at(1000, 1 << 40, &mut buffer).unwrap(), [7; 2000]);
    assert_eq!((buffer.as_ptr(), buffer.len()), (place, 4096));
    fs::File::options()
        .write(true)
        .open(root.path().join("base/5/9"))
        .unwrap()
        .set_len(1500)
        .unwrap();
    assert_eq!(file.len(), 3000);
    assert_eq!(file.read_at(1000, 2000, &mut buffer).unwrap().len(), 500);
}

#[test]
fn a_large_read_lies_on_its_pages_as_the_file_does() {
    let root = data_directory();
    write(
        root.path(),
        "base/5/10",
        (0..40_000_u32).map(|at| at.to_le_bytes()[0]).collect::<Vec<_>>(),
    );
    let evidence = open_default(root.path());
    let file = evidence.open("base/5/10").unwrap();
    let mut buffer = Vec::new();
    for (offset, len) in [(0, 8192), (8192, 16_384), (100, 5000), (39_000, 8192), (4095, 4096)] {
        let bytes = file.read_at(offset, len, &mut buffer).unwrap();
        let end = 40_000.min(offset + len as u64);
        assert!(bytes.iter().copied().eq((offset..end).map(|at| at.to_le_bytes()[0])));
        if bytes.len() >= 4096 {
            assert_eq!(bytes.as_ptr().addr() as u64 % 4096, offset % 4096);
        }
    }
}

#[test]
fn reading_leaves_access_times_alone() {
    let root = data_directory();
    let path = root.path().join("base/5/1259");
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = fs::File::open(&path).unwrap();
    file.set_times(fs::FileTimes::new().set_accessed(long_ago)).unwrap();
    text(&*open_default(root.path()), "base/5/1259");
    assert_eq!(fs::metadata(&path).unwrap().accessed().unwrap(), long_ago);
}

#[test]
fn links_inside_are_named_and_never_followed() {
    let (root, outside) = (data_directory(), tempfile::tempdir().unwrap());
    write(outside.path(), "secret", "secret");
    symlink(outside.path().join("secret"), root.path().join("base/5/16384")).unwrap();
    symlink(outside.path(), root.path().join("base/6")).unwrap();
    symlink(outside.path(), root.path().join("pg_tblspc/backup")).unwrap();
    let evidence = open_default(root.path());
    assert_eq!(names(&*evidence, "base"), ["5/", "6?"]);
    assert_eq!(names(&*evidence, "base/5"), ["1259", "16384?", "PG_VERSION"]);
    assert_eq!(names(&*evidence, "pg_tblspc"), ["backup?"]);
    let error = evidence.open("base/5/16384").unwrap_err();
    assert_eq!(
        error.to_string(),
        "base/5/16384 is a link: only regular files and directories are read"
    );
    for path in ["base/6/secret", "pg_tblspc/backup/secret"] {
        assert!(matches!(evidence.open(path), Err(EvidenceError::NotRegular { .. })), "{path}");
    }
    assert!(matches!(evidence.list("base/6"), Err(EvidenceError::NotRegular { .. })));
    assert_eq!(
        evidence.notes(),
        [
            "base/5/16384 is a link: passed over",
            "base/6 is a link: passed over",
            "pg_tblspc/backup is a link: passed over"
        ]
    );
}

#[test]
fn pipes_and_sockets_are_never_opened() {
    let root = data_directory();
    let pipe = root.path().join("base/5/16384");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    let _socket = UnixListener::bind(root.path().join(".s.PGSQL.5432")).unwrap();
    let evidence = open_default(root.path());
    assert_eq!(names(&*evidence, "base/5"), ["1259", "16384?", "PG_VERSION"]);
    assert!(matches!(
        evidence.open("base/5/16384"),
        Err(EvidenceError::NotRegular { found: "a pipe", .. })
    ));
    assert!(matches!(
        evidence.open(".s.PGSQL.5432"),
        Err(EvidenceError::NotRegular { found: "a socket", .. })
    ));
    assert!(refusal(&pipe).contains("a pipe"));
    assert!(open(Path::new("/dev/null"), &OpenOptions::default()).is_err());
}

#[test]
fn pg_wal_and_tablespaces_behind_links_are_followed_and_named() {
    let (root, elsewhere) = (data_directory(), tempfile::tempdir().unwrap());
    let elsewhere_path = fs::canonicalize(elsewhere.path()).unwrap();
    fs::rename(root.path().join("pg_wal"), elsewhere_path.join("wal")).unwrap();
    symlink(elsewhere_path.join("wal"), root.path().join("pg_wal")).unwrap();
    write(&elsewhere_path, "space/PG_17_202406281/5/16385", "there");
    symlink(elsewhere_path.join("space"), root.path().join("pg_tblspc/16401")).unwrap();
    write(root.path(), "pg_tblspc/16402/PG_17_202406281/5/16386", "in place");
    let evidence = open_default(root.path());
    assert_eq!(names(&*evidence, "")[3..], ["pg_tblspc/", "pg_wal/"]);
    assert_eq!(names(&*evidence, "pg_tblspc"), ["16401/", "16402/"]);
    assert_eq!(text(&*evidence, "pg_wal/000000010000000000000001"), "wal");
    assert_eq!(text(&*evidence, "pg_tblspc/16401/PG_17_202406281/5/16385"), "there");
    assert_eq!(text(&*evidence, "pg_tblspc/16402/PG_17_202406281/5/16386"), "in place");
    let error = evidence.open("pg_tblspc/16401/PG_17_202406281/5/1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no such file in the evidence: pg_tblspc/16401/PG_17_202406281/5/1"
    );
    let shown = elsewhere_path.display();
    assert_eq!(
        evidence.notes(),
        [
            format!("pg_tblspc/16401 is a link to {shown}/space: followed"),
            format!("pg_wal is a link to {shown}/wal: followed"),
        ]
    );
}

#[test]
fn a_link_that_leads_nowhere_costs_only_what_stands_behind_it() {
    let root = data_directory();
    fs::remove_dir_all(root.path().join("pg_wal")).unwrap();
    symlink("/nowhere/wal", root.path().join("pg_wal")).unwrap();
    symlink("/nowhere/space", root.path().join("pg_tblspc/16401")).unwrap();
    symlink("../PG_VERSION", root.path().join("pg_tblspc/16402")).unwrap();
    let evidence = open_default(root.path());
    assert_eq!(text(&*evidence, "base/5/1259"), "pg_class");
    assert_eq!(names(&*evidence, "pg_tblspc"), ["16401?", "16402?"]);
    let error = evidence.list("pg_tblspc/16401").unwrap_err();
    assert!(matches!(error, EvidenceError::BrokenLink(_)));
    assert!(error.to_string().contains("/nowhere/space"), "{error}");
    assert!(error.to_string().contains("--tablespace 16401=DIR"), "{error}");
    let notes = evidence.notes().join("\n");
    assert!(notes.contains("pg_wal is a link to /nowhere/wal"), "{notes}");
    assert!(notes.contains("--wal DIR"), "{notes}");
    assert!(notes.contains("--tablespace 16402=DIR"), "{notes}");
    assert_eq!(evidence.notes().len(), 3, "{notes}");
}

#[test]
fn tablespaces_can_be_pointed_elsewhere() {
    let (root, elsewhere) = (data_directory(), tempfile::tempdir().unwrap());
    symlink("/nowhere/space", root.path().join("pg_tblspc/16401")).unwrap();
    write(elsewhere.path(), "PG_17_202406281/5/16385", "there");
    let at = |oid, path: &Path| OpenOptions {
        tablespaces: vec![(Oid(oid), path.to_path_buf())],
        ..OpenOptions::default()
    };
    let evidence = open(root.path(), &at(16401, elsewhere.path())).unwrap();
    assert_eq!(names(&*evidence, "pg_tblspc"), ["16401/"]);
    assert_eq!(text(&*evidence, "pg_tblspc/16401/PG_17_202406281/5/16385"), "there");
    assert_eq!(
        evidence.notes(),
        [format!("pg_tblspc/16401 is read from {} (--tablespace)", elsewhere.path().display())]
    );
    // A clone may have lost its links, and even their folder.
    fs::remove_dir_all(root.path().join("pg_tblspc")).unwrap();
    let evidence = open(root.path(), &at(16403, elsewhere.path())).unwrap();
    assert_eq!(names(&*evidence, "pg_tblspc"), ["16403/"]);
    let error = open(root.path(), &at(16401, Path::new("/nowhere"))).unwrap_err();
    assert!(error.to_string().contains("/nowhere"), "{error}");
}

#[test]
fn what_is_not_a_data_directory_is_said_to_be_so() {
    let nowhere = refusal(Path::new("/nowhere/data"));
    assert!(nowhere.starts_with("cannot open /nowhere/data: No such file"), "{nowhere}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        refusal(empty.path()),
        format!(
            "{} is not a PostgreSQL data directory: looked for PG_VERSION with base/ or global/ \
             beside it, for global/pg_control, and for base.tar (.gz, .lz4, .zst) as \
             pg_basebackup -Ft writes it; found nothing",
            empty.path().display()
        )
    );
    let root = data_directory();
    let one_database = refusal(&root.path().join("base/5"));
    assert!(one_database.contains("found 1259, PG_VERSION"), "{one_database}");
    assert!(one_database.contains("the folder of one database"), "{one_database}");
    let above = tempfile::tempdir().unwrap();
    write(above.path(), "main/PG_VERSION", "17\n");
    write(above.path(), "main/global/pg_control", "");
    write(above.path(), "conf/a", "");
    let above = refusal(above.path());
    assert!(above.ends_with("found conf/, main/; a data directory stands below: main/"), "{above}");
}

#[test]
fn a_data_directory_without_pg_control_or_pg_version_is_still_read() {
    let root = data_directory();
    fs::remove_file(root.path().join("global/pg_control")).unwrap();
    assert_eq!(text(&*open_default(root.path()), "base/5/1259"), "pg_class");
    let root = data_directory();
    fs::remove_file(root.path().join("PG_VERSION")).unwrap();
    assert_eq!(text(&*open_default(root.path()), "base/5/1259"), "pg_class");
}

#[test]
fn incremental_backups_are_refused() {
    for (path, bytes) in [
        ("base/5/INCREMENTAL.1259", ""),
        ("global/INCREMENTAL.1262", ""),
        ("backup_label", "START WAL LOCATION: 0/2000028\nINCREMENTAL FROM LSN: 0/1000028\n"),
    ] {
        let root = data_directory();
        write(root.path(), path, bytes);
        let refusal = refusal(root.path());
        assert!(refusal.contains("is an incremental backup"), "{refusal}");
        assert!(refusal.contains("pg_combinebackup"), "{refusal}");
        assert!(refusal.contains(path), "{refusal}");
    }
}

#[test]
fn output_stays_out_of_the_evidence() {
    let (root, elsewhere) = (data_directory(), tempfile::tempdir().unwrap());
    fs::create_dir(elsewhere.path().join("space")).unwrap();
    symlink(elsewhere.path().join("space"), root.path().join("pg_tblspc/16401")).unwrap();
    symlink(root.path().join("base"), elsewhere.path().join("way-in")).unwrap();
    symlink(root.path().join("base/new"), elsewhere.path().join("new")).unwrap();
    let evidence = open_default(root.path());
    let inside = |path: &Path| would_change(&*evidence, path).unwrap();
    assert!(inside(&root.path().join("out.json")));
    assert!(inside(&root.path().join("PG_VERSION")));
    assert!(inside(&root.path().join("base/5/../out.json")));
    assert!(inside(&elsewhere.path().join("space/out.json")));
    assert!(inside(&elsewhere.path().join("way-in/out.json")));
    assert!(inside(&elsewhere.path().join("new")));
    assert!(!inside(&elsewhere.path().join("out.json")));
    assert!(!inside(&root.path().join("../out.json")));
    assert!(would_change(&*evidence, Path::new("/nowhere/at/all")).is_err());
}

#[test]
fn one_file_on_its_own_is_read_below_its_name() {
    let root = data_directory();
    let path = root.path().join("base/5/1259");
    let evidence = open_file(&path, &OpenOptions::default()).unwrap();
    assert_eq!(evidence.kind().name(), "file");
    assert_eq!(names(&*evidence, ""), ["1259"]);
    assert_eq!(text(&*evidence, "1259"), "pg_class");
    assert!(would_change(&*evidence, &path).unwrap());
    assert!(!would_change(&*evidence, &root.path().join("base/5/out")).unwrap());
    assert!(open_file(root.path(), &OpenOptions::default()).is_err());
}
