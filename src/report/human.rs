//! How a cell reads for a person.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Cell, Column, escape_for_terminal};

/// A cell as text for a person, and what may be left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HumanText {
    pub(super) text: String,
    pub(super) cut: Cut,
}

/// Where text that is too long is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nowhere: half a number is another number.
    Never,
    /// At its end.
    End,
    /// In its middle: both ends of a name tell it from others.
    Middle,
}

impl HumanText {
    pub(super) fn new(column: &Column, cell: &Cell<'_>) -> Self {
        let cut = match cell {
            Cell::Text(_) | Cell::Hex(_) | Cell::List(_) | Cell::Map(_) => Cut::End,
            Cell::Name(_) => Cut::Middle,
            _ => Cut::Never,
        };
        let text = match cell {
            Cell::Null => column.absent.to_owned(),
            _ => text(cell).into_owned(),
        };
        Self { text, cut }
    }

    /// How many columns of a terminal it takes.
    pub(super) fn width(&self) -> usize {
        self.text.width()
    }

    /// The text in at most `width` columns, as far as it may be cut.
    pub(super) fn fitted(&self, width: usize) -> Cow<'_, str> {
        if self.cut == Cut::Never || self.width() <= width {
            return Cow::Borrowed(&self.text);
        }
        let room = width.saturating_sub(1);
        let head = if self.cut == Cut::Middle { room.div_ceil(2) } else { room };
        let start = prefix_of_width(self.text.chars(), head);
        let end: String = prefix_of_width(self.text.chars().rev(), room - head);
        Cow::Owned(start + "…" + &end.chars().rev().collect::<String>())
    }
}

fn prefix_of_width(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|char| {
            used += char.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

/// The text of a cell; nothing in it can steer a terminal.
pub(super) fn text<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    Cow::Owned(match cell {
        Cell::Null => return Cow::Borrowed("-"),
        Cell::Bool(true) => return Cow::Borrowed("yes"),
        Cell::Bool(false) => return Cow::Borrowed("no"),
        Cell::Text(text) | Cell::Name(text) => return escape_for_terminal(text),
        Cell::Unsigned(value) => value.to_string(),
        Cell::Signed(value) => value.to_string(),
        Cell::Float(value) => format!("{value:.2}"),
        Cell::Percent(value) => percent(*value),
        Cell::Ratio(value) => percent(*value * 100.0),
        Cell::Bytes(len) => size(*len),
        Cell::Count(count) => grouped(*count),
        Cell::Lsn(lsn) => lsn.to_string(),
        Cell::Xid(xid) => xid.to_string(),
        Cell::Time(time) => time.to_string(),
        Cell::Hex(bytes) => hex(bytes),
        Cell::List(cells) => joined(cells.iter().map(text)),
        Cell::Map(entries) if is_ledger(entries) => ledger(entries),
        Cell::Map(entries) => joined(
            entries
                .iter()
                .map(|(key, cell)| format!("{} {}", escape_for_terminal(key), text(cell)).into()),
        ),
    })
}

fn is_ledger(entries: &[(&str, Cell<'_>)]) -> bool {
    !entries.is_empty() && entries.iter().all(|(_, cell)| matches!(cell, Cell::Bytes(_)))
}

/// Sizes that add up to a whole: its lines that are not 0, in words.
fn ledger(entries: &[(&str, Cell<'_>)]) -> String {
    let lines = entries.iter().filter(|(_, cell)| !matches!(cell, Cell::Bytes(0)));
    let lines = joined(lines.map(|(name, cell)| {
        format!("{} {}", escape_for_terminal(&name.replace('_', " ")), text(cell)).into()
    }));
    if lines.is_empty() { "0 B".to_owned() } else { lines }
}

fn joined<'a>(texts: impl Iterator<Item = Cow<'a, str>>) -> String {
    let mut joined = String::new();
    for text in texts {
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(&text);
    }
    joined
}

fn percent(value: f64) -> String {
    if value.is_finite() { format!("{value:.1} %") } else { "?".to_owned() }
}

/// A size in binary units with one decimal: `8.0 KiB`.
pub(super) fn size(len: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if len < 1024 {
        return format!("{len} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = len as f64 / 1024.0;
    let mut unit = 0;
    // What would round to 1024.0 reads better as 1.0 of the next unit.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Digits in groups of three: `1,234,567`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Hexadecimal digits, two a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units_and_never_reach_1024() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(8192), "8.0 KiB");
        let sizes = [("page_headers", Cell::Bytes(8192)), ("unread", Cell::Bytes(0))];
        assert_eq!(text(&Cell::map(sizes)), "page headers 8.0 KiB");
        assert_eq!(text(&Cell::map([("unread", Cell::Bytes(0))])), "0 B");
        assert_eq!(text(&Cell::map([("a_b", Cell::Unsigned(0))])), "a_b 0");
        assert_eq!(size((1 << 20) - 1), "1.0 MiB");
        assert_eq!(size(1_288_490_189), "1.2 GiB");
        assert_eq!(size(u64::MAX), "16.0 EiB");
    }

    #[test]
    fn counts_are_grouped() {
        let texts = [0, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn names_are_cut_in_the_middle_and_numbers_never() {
        let cut = |cell: Cell<'_>, width| {
            HumanText::new(&Column::text("x"), &cell).fitted(width).into_owned()
        };
        assert_eq!(cut(Cell::name("orders_2024_archive"), 9), "orde…hive");
        assert_eq!(cut(Cell::name("名前名前名前"), 6), "名…前");
        assert_eq!(cut(Cell::from("a long sentence"), 8), "a long …");
        assert_eq!(cut(Cell::from(123_456_u64), 3), "123456");
    }

    #[test]
    fn null_is_never_zero() {
        let unknown = Column::number("x").unknown_if_null();
        assert_eq!(HumanText::new(&unknown, &Cell::Null).text, "?");
        assert_eq!(HumanText::new(&Column::number("x"), &Cell::Null).text, "-");
    }
}
