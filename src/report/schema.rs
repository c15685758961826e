/// What a table is, whatever is in it.
#[derive(Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// The name in JSON and on the command line.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// How people see it.
    pub layout: Layout,
    /// Its columns, in the order of a row's cells.
    pub columns: &'static [Column],
    /// Whether people see its title even where it has no rows.
    pub shown_empty: bool,
}

/// How people see a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A line a row, below a line of titles.
    Grid,
    /// A line a cell, behind its title: for one row, or few rows of many cells.
    Record,
}

impl TableSchema {
    /// A table with a line a row.
    #[must_use]
    pub const fn grid(name: &'static str, title: &'static str, columns: &'static [Column]) -> Self {
        Self { name, title, layout: Layout::Grid, columns, shown_empty: true }
    }

    /// A table with a line a cell.
    #[must_use]
    pub const fn record(
        name: &'static str,
        title: &'static str,
        columns: &'static [Column],
    ) -> Self {
        Self { name, title, layout: Layout::Record, columns, shown_empty: true }
    }

    /// The same table, of which people see nothing where it has no rows: one of several that an
    /// answer can have.
    #[must_use]
    pub const fn only_with_rows(self) -> Self {
        Self { shown_empty: false, ..self }
    }
}

/// A column: what scripts call it, and how people see it.
///
/// ```
/// use pgautopsy::report::{Column, Shown};
/// const SIZE: Column = Column::number("table_len").title("size").optional(2);
/// assert_eq!((SIZE.name, SIZE.title, SIZE.shown), ("table_len", "size", Shown::Optional(2)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name in JSON and CSV.
    pub name: &'static str,
    /// The title that people see.
    pub title: &'static str,
    /// Where its cells stand in a grid.
    pub align: Align,
    /// When people see it.
    pub shown: Shown,
    /// What people see for [`Cell::Null`](super::Cell::Null): `-` where there is no such thing,
    /// `?` where it is not known.
    pub absent: &'static str,
    /// Whether a record has no line for it where the cell is null, and a grid no column where all of
    /// its cells are.
    pub skip_absent: bool,
}

/// Where cells stand in a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left: text.
    Left,
    /// At the right: numbers.
    Right,
}

/// When people see a column; scripts always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// Where there is room; of these, the column with the highest number goes first.
    Optional(u8),
    /// Only where they ask for everything (`--verbose`).
    Verbose,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self {
            name,
            title: name,
            align: Align::Left,
            shown: Shown::Always,
            absent: "-",
            skip_absent: false,
        }
    }

    /// A column of names from the evidence; its cells are [`Cell::Name`](super::Cell::Name)s.
    #[must_use]
    pub const fn name(name: &'static str) -> Self {
        Self::text(name)
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Self { align: Align::Right, ..Self::text(name) }
    }

    /// The same column with a title for people.
    #[must_use]
    pub const fn title(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    /// The same column, shown where there is room; the highest `rank` goes first.
    #[must_use]
    pub const fn optional(self, rank: u8) -> Self {
        Self { shown: Shown::Optional(rank), ..self }
    }

    /// The same column, for scripts and for those who ask for everything.
    #[must_use]
    pub const fn verbose(self) -> Self {
        Self { shown: Shown::Verbose, ..self }
    }

    /// The same column, where null means “not known” rather than “there is none”.
    #[must_use]
    pub const fn unknown_if_null(self) -> Self {
        Self { absent: "?", ..self }
    }

    /// The same column, with no line in a record where its cell is null, and not in a grid where all
    /// of its cells are.
    #[must_use]
    pub const fn skip_if_null(self) -> Self {
        Self { skip_absent: true, ..self }
    }
}
