//! `NNNNNNNN.history`: the timelines that a timeline grew out of (`readTimeLineHistory`,
//! access/transam/timeline.c).
//!
//! ```text
//! 1    0/A000198    no recovery target specified      timeline, where it was left, why
//! 2    0/C000060    before 2026-11-24 16:54:26+00
//! ```

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::{digit1, space0, space1};
use nom::combinator::{map_res, rest};

use crate::format::FormatError;
use crate::primitives::{Lsn, TimelineId};

/// Where a timeline was left for the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The timeline.
    pub timeline: TimelineId,
    /// Its WAL counts up to there.
    pub end: Lsn,
    /// Why it was left, in the server's words.
    pub reason: String,
}

/// Reads a history file: the ancestors of its timeline, the oldest first.
///
/// ```
/// use pgautopsy::format::wal::parse_history;
/// let entries = parse_history(b"1\t0/A000198\tno recovery target specified\n\n").unwrap();
/// assert_eq!(entries[0].end.to_string(), "0/A000198");
/// ```
///
/// # Errors
///
/// A line is neither empty, nor a remark, nor such an entry, or timelines or positions fall.
pub fn parse_history(bytes: &[u8]) -> Result<Vec<HistoryEntry>, FormatError> {
    let text = String::from_utf8_lossy(bytes);
    let mut entries: Vec<HistoryEntry> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let invalid = |expected: &str| FormatError::Invalid {
            what: "line of a timeline history",
            offset: at,
            expected: expected.to_owned(),
            found: format!("{line:?}"),
        };
        let entry = entry(line).ok_or_else(|| invalid("a timeline and where it was left"))?;
        if entries
            .last()
            .is_some_and(|last| last.timeline >= entry.timeline || last.end > entry.end)
        {
            return Err(invalid("a later timeline than the line before, left no earlier"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(line: &str) -> Option<HistoryEntry> {
    let number = map_res(digit1::<&str, nom::error::Error<&str>>, str::parse);
    let lsn = map_res(take_while1(|c: char| !c.is_whitespace()), str::parse::<Lsn>);
    let parsed = (number, space1, lsn, space0, rest).parse(line);
    let (_, (timeline, _, end, _, reason)) = parsed.ok()?;
    Some(HistoryEntry { timeline: TimelineId(timeline), end, reason: reason.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_and_empty_lines_are_passed_over() {
        let text = b"# by hand\n1\t0/2000000\tfirst\n\n  2  0/3000000\n";
        let entries = parse_history(text).unwrap();
        let seen: Vec<_> = entries.iter().map(|e| (e.timeline.0, e.end.0, &*e.reason)).collect();
        assert_eq!(seen, [(1, 0x200_0000, "first"), (2, 0x300_0000, "")]);
        assert_eq!(parse_history(b""), Ok(Vec::new()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["one\t0/1", "1", "1\t0-1", "2\t0/2\n1\t0/3", "1\t0/3\n2\t0/2", "1\t0/G"] {
            assert!(parse_history(text.as_bytes()).is_err(), "{text}");
        }
    }
}
