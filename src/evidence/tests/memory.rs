use super::*;

fn sample() -> MemoryEvidence {
    let files = ["a-b", "a/b/c", "a/b-c", "a/b0", "a.b", "a/x/y/z"];
    let mut sample: MemoryEvidence =
        files.into_iter().map(|path| (path, path.as_bytes().to_vec())).collect();
    sample.insert_directory("empty");
    sample
}

#[test]
fn lists_like_a_directory() {
    let sample = sample();
    assert_eq!(names(&sample, ""), ["a/", "a-b", "a.b", "empty/"]);
    assert_eq!(names(&sample, "a"), ["b/", "b-c", "b0", "x/"]);
    assert_eq!(names(&sample, "a/x"), ["y/"]);
    assert_eq!(names(&sample, "empty"), Vec::<String>::new());
    assert!(matches!(sample.list("none"), Err(EvidenceError::NotFound(_))));
    assert!(matches!(sample.list("a-b"), Err(EvidenceError::NotRegular { .. })));
}

#[test]
fn opens_files_only() {
    let sample = sample();
    assert_eq!(text(&sample, "a/b/c"), "a/b/c");
    assert!(matches!(sample.open("a"), Err(EvidenceError::NotRegular { .. })));
    assert!(matches!(sample.open("a/b/d"), Err(EvidenceError::NotFound(_))));
}

#[test]
fn reads_end_where_the_file_does() {
    let sample = sample();
    let file = sample.open("a/b/c").unwrap();
    let mut buffer = Vec::new();
    assert_eq!(file.read_at(3, 100, &mut buffer).unwrap(), b"/c".as_slice());
    assert_eq!(file.read_at(5, 100, &mut buffer).unwrap(), b"".as_slice());
    assert_eq!(file.read_at(u64::MAX, usize::MAX, &mut buffer).unwrap(), b"".as_slice());
}

#[test]
fn fails_where_it_is_told_to() {
    let failing = FailingEvidence::new(Arc::new(sample())).fail("a/b/c", 2..3);
    let mut buffer = Vec::new();
    let file = failing.open("a/b/c").unwrap();
    assert!(file.read_at(0, 2, &mut buffer).is_ok());
    assert!(file.read_at(3, 2, &mut buffer).is_ok());
    assert_eq!(file.read_at(0, 3, &mut buffer).unwrap_err().raw_os_error(), Some(5));
    assert!(failing.open("a/b0").unwrap().read_at(0, 4, &mut buffer).is_ok());
    assert_eq!(failing.list("").unwrap(), sample().list("").unwrap());
}
