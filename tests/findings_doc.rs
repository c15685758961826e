//! `docs/findings.md` says of every kind of finding what the code says.
//!
//! `BLESS=1 cargo test --test findings_doc` writes it anew.

use std::fmt::Write as _;
use std::fs;

use pgautopsy::analysis::findings::codes;

#[test]
fn the_page_of_findings_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, page()).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), page(), "BLESS=1 writes it anew");
}

#[test]
fn names_are_unique_and_made_for_scripts() {
    let codes = codes();
    for pair in codes.windows(2) {
        assert_ne!(pair[0].name, pair[1].name);
    }
    for code in codes {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(code.name.bytes().all(fits), "{}", code.name);
        assert!(code.meaning.ends_with('.') && code.advice.ends_with('.'), "{}", code.name);
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Findings\n\nWhat `pgautopsy` can find wrong, by the code that scripts match on. An \
         `error` is damage or loss, a\n`warning` makes an answer less than whole, a `notice` is \
         worth knowing.\n",
    );
    for code in codes() {
        let (name, severity) = (code.name, code.severity.name());
        write!(page, "\n## `{name}`\n\n*{severity}.* {}\n\n{}\n", code.meaning, code.advice)
            .unwrap();
    }
    page
}
