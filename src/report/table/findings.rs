//! Findings in short: each kind once, with how many there are and the first of them.

use std::io::{self, Write};

use super::style::Styles;
use crate::cluster::finding::{Code, Finding};
use crate::report::escape_for_terminal;
use crate::report::human::grouped;

pub(super) fn write(
    writer: &mut impl Write,
    findings: &[Finding],
    styles: &Styles,
    verbose: bool,
) -> io::Result<()> {
    for (code, members) in groups(findings) {
        let style = styles.severity(code.severity);
        write!(writer, "{style}{}{style:#} {}", code.severity.name(), code.name)?;
        if members.len() > 1 {
            write!(writer, " × {}", grouped(members.len() as u64))?;
        }
        writeln!(writer, ": {}", escape_for_terminal(code.meaning))?;
        let shown = if verbose { members.len() } else { 1 };
        for finding in members.iter().take(shown) {
            let text = sentence(finding);
            if !text.is_empty() {
                writeln!(writer, "    {}", escape_for_terminal(&text))?;
            }
        }
        if shown < members.len() {
            let dim = styles.dim;
            let more = grouped((members.len() - shown) as u64);
            writeln!(writer, "    {dim}and {more} more (--verbose lists them){dim:#}")?;
        }
        if !code.advice.is_empty() {
            writeln!(writer, "    → {}", escape_for_terminal(code.advice))?;
        }
    }
    Ok(())
}

/// The findings by code: the worst first, then as they came.
fn groups(findings: &[Finding]) -> Vec<(&'static Code, Vec<&Finding>)> {
    let mut groups: Vec<(&'static Code, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|(code, _)| code.name == finding.code.name) {
            Some((_, members)) => members.push(finding),
            None => groups.push((finding.code, vec![finding])),
        }
    }
    groups.sort_by_key(|(code, _)| std::cmp::Reverse(code.severity));
    groups
}

/// Where it is, what is there and what should be.
fn sentence(finding: &Finding) -> String {
    let at = &finding.location;
    let mut place: Vec<String> = Vec::new();
    place.extend(at.relation.clone());
    place.extend(at.path.as_ref().map(|path| match at.relation {
        Some(_) => format!("({path})"),
        None => path.clone(),
    }));
    // The main fork is what is meant where no other is named.
    place.extend(at.fork.filter(|fork| fork.code() != 0).map(|fork| format!("fork {fork}")));
    place.extend(at.block.map(|block| format!("block {block}")));
    place.extend(at.offset.map(|offset| format!("item {offset}")));
    place.extend(at.lsn.map(|lsn| format!("at {lsn}")));
    let what = match (finding.found.as_str(), finding.expected.as_str()) {
        ("", "") => String::new(),
        (found, "") => found.to_owned(),
        ("", expected) => format!("expected {expected}"),
        (found, expected) => format!("{found}, expected {expected}"),
    };
    let place = place.join(" ");
    if place.is_empty() || what.is_empty() { place + &what } else { format!("{place}: {what}") }
}
