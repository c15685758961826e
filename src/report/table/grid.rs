//! Rows as lines, in columns.
//!
//! The widths come from the first [`BATCH`] rows and stay, so that an answer of any length
//! streams: a later cell that is longer is cut if it may be, else it pushes its line.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::style::Styles;
use crate::report::human::{Cut, HumanText};
use crate::report::{Align, Cell, Column, OutputOptions, Shown, TableSchema};

/// How many rows are looked at before widths are fixed.
const BATCH: usize = 1000;
/// What stands between columns.
const GAP: usize = 2;
/// A text that may be cut keeps this width as long as another column can go instead; a name as long
/// as another text can be cut instead.
const COMFORTABLE: usize = 24;
/// A text that may be cut keeps this width whatever happens.
const LEAST: usize = 8;

#[derive(Debug)]
pub(super) struct Grid {
    /// The columns that a person sees at all, with their places in a row.
    columns: Vec<(usize, &'static Column)>,
    /// Rows that wait for their widths; `None` once these are fixed.
    waiting: Option<Vec<Vec<HumanText>>>,
    /// Of these columns, which have something in the rows that wait.
    filled: Vec<bool>,
    room: Option<usize>,
    fitted: Vec<Fitted>,
    dropped: Vec<&'static str>,
}

/// A column with its width; `at` is its place among [`Grid::columns`].
#[derive(Debug, Clone, Copy)]
struct Fitted {
    at: usize,
    column: &'static Column,
    width: usize,
    may_be_cut: bool,
    is_name: bool,
}

impl Grid {
    pub(super) fn new(schema: &'static TableSchema, options: &OutputOptions) -> Self {
        let columns = schema.columns.iter().enumerate();
        let seen = |column: &Column| options.verbose || column.shown != Shown::Verbose;
        let columns: Vec<_> = columns.filter(|(_, column)| seen(column)).collect();
        Self {
            filled: columns.iter().map(|(_, column)| !column.skip_absent).collect(),
            columns,
            waiting: Some(Vec::new()),
            room: options.width,
            fitted: Vec::new(),
            dropped: Vec::new(),
        }
    }

    pub(super) fn row(
        &mut self,
        cells: &[Cell<'_>],
        writer: &mut impl Write,
        styles: &Styles,
    ) -> io::Result<()> {
        let cell = |at: usize| cells.get(at).unwrap_or(&Cell::Null);
        let columns = self.columns.iter();
        let texts: Vec<_> = columns.map(|&(at, column)| HumanText::new(column, cell(at))).collect();
        for (filled, &(at, _)) in self.filled.iter_mut().zip(&self.columns) {
            *filled |= *cell(at) != Cell::Null;
        }
        match &mut self.waiting {
            None => self.line(&texts, writer),
            Some(waiting) => {
                waiting.push(texts);
                if waiting.len() < BATCH { Ok(()) } else { self.begin(writer, styles) }
            }
        }
    }

    /// Ends the table, and says what there was no room for.
    pub(super) fn finish(mut self, writer: &mut impl Write, styles: &Styles) -> io::Result<()> {
        if self.waiting.as_ref().is_some_and(Vec::is_empty) {
            return writeln!(writer, "(no rows)");
        }
        self.begin(writer, styles)?;
        if self.dropped.is_empty() {
            return Ok(());
        }
        let dim = styles.dim;
        writeln!(writer, "{dim}(no room for: {}){dim:#}", self.dropped.join(", "))
    }

    /// Fixes the widths and writes the titles and the rows that waited for them.
    fn begin(&mut self, writer: &mut impl Write, styles: &Styles) -> io::Result<()> {
        let Some(rows) = self.waiting.take() else { return Ok(()) };
        self.fit(&rows);
        let titles = self.fitted.iter().map(|fitted| (fitted, fitted.column.title));
        let line = aligned(titles);
        let strong = styles.strong;
        writeln!(writer, "{strong}{line}{strong:#}")?;
        let rules: Vec<_> = self.fitted.iter().map(|fitted| "─".repeat(fitted.width)).collect();
        writeln!(writer, "{}", rules.join(&" ".repeat(GAP)))?;
        rows.iter().try_for_each(|row| self.line(row, writer))
    }

    fn line(&self, texts: &[HumanText], writer: &mut impl Write) -> io::Result<()> {
        let cells: Vec<_> = self
            .fitted
            .iter()
            .filter_map(|fitted| Some((fitted, texts.get(fitted.at)?.fitted(fitted.width))))
            .collect();
        writeln!(writer, "{}", aligned(cells.iter().map(|(fitted, text)| (*fitted, &**text))))
    }

    /// Widths for every column. Where there is no room, long texts are cut as far as they stay
    /// comfortable; if that is not enough the least important columns go, and at last texts are
    /// cut to the bone.
    fn fit(&mut self, rows: &[Vec<HumanText>]) {
        let fitted = self.columns.iter().enumerate().map(|(at, &(_, column))| {
            let texts = || rows.iter().filter_map(|row| row.get(at));
            let widest = texts().map(HumanText::width).max().unwrap_or(0);
            Fitted {
                at,
                column,
                width: widest.max(column.title.width()),
                may_be_cut: texts().any(|text| text.cut != Cut::Never),
                is_name: texts().any(|text| text.cut == Cut::Middle),
            }
        });
        let filled = fitted.zip(&self.filled).filter(|(_, filled)| **filled);
        self.fitted = filled.map(|(fitted, _)| fitted).collect();
        let Some(room) = self.room else { return };
        while self.comfortable_total() > room {
            let places = self.fitted.iter().enumerate();
            let least = places.filter_map(|(at, fitted)| Some((rank(fitted.column)?, at))).max();
            let Some((_, at)) = least else { break };
            self.dropped.push(self.fitted.remove(at).column.title);
        }
        self.cut(room, |_| COMFORTABLE);
        self.cut(room, |fitted| if fitted.is_name { COMFORTABLE } else { LEAST });
        self.cut(room, |_| LEAST);
    }

    /// Takes width from the widest texts until all fits in `room` or each is down to its least.
    fn cut(&mut self, room: usize, least: impl Fn(&Fitted) -> usize) {
        let floor = |fitted: &Fitted| least(fitted).max(fitted.column.title.width());
        while self.total() > room {
            let excess = self.total() - room;
            let cuttable = |fitted: &&mut Fitted| fitted.may_be_cut && fitted.width > floor(fitted);
            let mut widths: Vec<_> = self.fitted.iter_mut().filter(cuttable).collect();
            widths.sort_by_key(|fitted| std::cmp::Reverse((fitted.width, fitted.at)));
            let next = widths.get(1).map_or(0, |second| second.width);
            let Some(widest) = widths.first_mut() else { return };
            let floor = floor(widest);
            // Down to the second widest at once; among equals, one by one.
            let step = (widest.width - next.min(widest.width)).max(1).min(excess);
            widest.width = (widest.width - step).max(floor);
        }
    }

    fn total(&self) -> usize {
        self.total_of(|fitted| fitted.width)
    }

    /// The least room in which every text is still comfortable to read.
    fn comfortable_total(&self) -> usize {
        self.total_of(|fitted| {
            let cut = fitted.width.min(COMFORTABLE.max(fitted.column.title.width()));
            if fitted.may_be_cut { cut } else { fitted.width }
        })
    }

    fn total_of(&self, width: impl Fn(&Fitted) -> usize) -> usize {
        let gaps = self.fitted.len().saturating_sub(1) * GAP;
        self.fitted.iter().map(width).sum::<usize>() + gaps
    }
}

const fn rank(column: &Column) -> Option<u8> {
    match column.shown {
        Shown::Always => None,
        Shown::Optional(rank) => Some(rank),
        Shown::Verbose => Some(u8::MAX),
    }
}

/// Cells in their columns, with nothing at the end of the line.
fn aligned<'a>(cells: impl Iterator<Item = (&'a Fitted, &'a str)>) -> String {
    let mut line = String::new();
    let mut owed = 0;
    for (fitted, text) in cells {
        let pad = fitted.width.saturating_sub(text.width());
        let (before, after) = match fitted.column.align {
            Align::Left => (0, pad),
            Align::Right => (pad, 0),
        };
        line.extend(std::iter::repeat_n(' ', owed + before));
        line.push_str(text);
        owed = after + GAP;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    static SCHEMA: TableSchema = TableSchema::grid(
        "t",
        "T",
        &[
            Column::name("relation"),
            Column::number("size"),
            Column::text("why").optional(1),
            Column::text("path").optional(2),
            Column::number("oid").verbose(),
        ],
    );

    fn shown(width: Option<usize>, verbose: bool) -> Vec<String> {
        let options = OutputOptions { width, verbose, ..OutputOptions::default() };
        let mut grid = Grid::new(&SCHEMA, &options);
        let mut text = Vec::new();
        let styles = Styles::new(false);
        for (relation, size) in [("public.order_lines_of_last_year", 1 << 30), ("public.t", 8192)] {
            let path = Cell::name("base/5/16384");
            let cells =
                [Cell::name(relation), Cell::Bytes(size), Cell::Null, path, Cell::Unsigned(7)];
            grid.row(&cells, &mut text, &styles).unwrap();
        }
        grid.finish(&mut text, &styles).unwrap();
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn everything_is_shown_where_nothing_limits() {
        assert_eq!(
            shown(None, true),
            [
                "relation                            size  why  path          oid",
                "───────────────────────────────  ───────  ───  ────────────  ───",
                "public.order_lines_of_last_year  1.0 GiB  -    base/5/16384    7",
                "public.t                         8.0 KiB  -    base/5/16384    7",
            ]
        );
    }

    #[test]
    fn narrow_terminals_cut_names_then_drop_columns_and_say_so() {
        assert_eq!(
            shown(Some(36), false),
            [
                "relation                        size",
                "───────────────────────────  ───────",
                "public.order_…_of_last_year  1.0 GiB",
                "public.t                     8.0 KiB",
                "(no room for: path, why)",
            ]
        );
    }

    #[test]
    fn a_column_goes_where_no_row_has_anything_in_it() {
        static SCHEMA: TableSchema = TableSchema::grid(
            "t",
            "T",
            &[Column::name("relation"), Column::number("dangling").skip_if_null()],
        );
        let shown = |last: Cell<'static>| {
            let mut grid = Grid::new(&SCHEMA, &OutputOptions::default());
            let (mut text, styles) = (Vec::new(), Styles::new(false));
            for cell in [Cell::Null, last] {
                grid.row(&[Cell::name("t"), cell], &mut text, &styles).unwrap();
            }
            grid.finish(&mut text, &styles).unwrap();
            String::from_utf8(text).unwrap()
        };
        assert!(!shown(Cell::Null).contains("dangling"));
        assert!(shown(Cell::Count(7)).ends_with("t                -\nt                7\n"));
    }

    #[test]
    fn no_line_is_longer_than_a_narrow_terminal() {
        for width in 17..80 {
            for line in shown(Some(width), false) {
                assert!(line.width() <= width || line.starts_with("(no room"), "{width}: {line}");
            }
        }
    }
}
