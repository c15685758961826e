use std::borrow::Cow;

/// `text` with nothing left in it that could steer a terminal: control characters, and those
/// that reorder or hide text, are written as escapes.
///
/// ```
/// use pgautopsy::report::escape_for_terminal;
/// assert_eq!(escape_for_terminal("naïve “名前”"), "naïve “名前”");
/// assert_eq!(escape_for_terminal("a\x1b[31m\nb"), r"a\x1b[31m\nb");
/// assert_eq!(escape_for_terminal("user\u{202e}nimda"), r"user\u{202e}nimda");
/// ```
#[must_use]
pub fn escape_for_terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers_terminal) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        push_escaped(&mut escaped, char);
    }
    Cow::Owned(escaped)
}

/// `text` so that a spreadsheet takes it for text: what would start a formula gets an apostrophe
/// before it.
///
/// ```
/// use pgautopsy::report::escape_for_spreadsheet;
/// assert_eq!(escape_for_spreadsheet("orders"), "orders");
/// assert_eq!(escape_for_spreadsheet("=cmd|'/c calc'!A1"), "'=cmd|'/c calc'!A1");
/// ```
#[must_use]
pub fn escape_for_spreadsheet(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn push_escaped(escaped: &mut String, char: char) {
    let escape = match char {
        '\n' => r"\n".to_owned(),
        '\r' => r"\r".to_owned(),
        '\t' => r"\t".to_owned(),
        _ if char.is_ascii_control() => format!(r"\x{:02x}", u32::from(char)),
        _ if steers_terminal(char) => format!(r"\u{{{:x}}}", u32::from(char)),
        _ => return escaped.push(char),
    };
    escaped.push_str(&escape);
}

/// Control characters, and the invisible ones that change how their neighbours read: bidirectional
/// marks, embeddings, overrides and isolates, zero-width characters, line separators, tags.
fn steers_terminal(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}
