use std::borrow::Cow;

/// An identifier as SQL needs it: in double quotes unless it is plain lower case
/// (`quote_identifier`, utils/adt/ruleutils.c; keywords are left as they are).
///
/// ```
/// use pgautopsy::cluster::naming::quote_identifier;
/// assert_eq!(quote_identifier("orders"), "orders");
/// assert_eq!(quote_identifier("Größe \"x\""), "\"Größe \"\"x\"\"\"");
/// ```
#[must_use]
pub fn quote_identifier(name: &str) -> Cow<'_, str> {
    let first = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let plain = name.bytes().next().is_some_and(first)
        && name.bytes().all(|byte| first(byte) || byte.is_ascii_digit());
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}
