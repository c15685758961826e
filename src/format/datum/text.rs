//! Text as the server stores it: `name` and `text`.

use std::fmt::Write as _;

use super::{FromDatum, Varlena};
use crate::format::FormatError;

/// A `name`: what identifiers are stored as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub String);

impl FromDatum<'_> for Name {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        Ok(Self(text(name(bytes))))
    }
}

/// `text`; one that is stored out of line is an error.
impl FromDatum<'_> for String {
    fn from_datum(bytes: &[u8]) -> Result<Self, FormatError> {
        match Varlena::parse(bytes)?.inline()? {
            Some(value) => Ok(text(&value)),
            None => Err(FormatError::Unsupported("the value is stored out of line".to_owned())),
        }
    }
}

/// The bytes of a `name` (`NameData`, c.h): up to the first zero byte.
///
/// ```
/// use pgautopsy::format::datum::name;
/// assert_eq!(name(b"pg_class\0\0\0\0"), b"pg_class");
/// ```
#[must_use]
pub fn name(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Text from the cluster as a string. Bytes that are no UTF-8 (the database has another encoding,
/// or the page is damaged) are spelled `\xE9`, so that names that differ stay different.
///
/// ```
/// use pgautopsy::format::datum::text;
/// assert_eq!(text("Größe".as_bytes()), "Größe");
/// assert_eq!(text(b"Gr\xF6\xDFe"), r"Gr\xF6\xDFe");
/// ```
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}
