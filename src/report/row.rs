use super::Cell;

/// Takes the cells of a row, one after the other.
///
/// Where there are millions of rows, they are written as they come ([`JsonRow`](super::JsonRow)),
/// and nothing is built; where a format must see a row as a whole, [`Cells`] keeps it. What the
/// cells are is said once, for both: by a function that hands them to a `RowWriter`.
///
/// ```
/// use pgautopsy::report::{Cell, Cells, RowWriter};
///
/// fn sizes<'a>(name: &'a str, sizes: &[u64], row: &mut impl RowWriter<'a>) {
///     row.cell(Cell::name(name));
///     row.list(|list| sizes.iter().for_each(|size| list.cell(Cell::Bytes(*size))));
///     row.map(|map| map.name("count").cell(Cell::Count(sizes.len() as u64)));
/// }
///
/// let cells = Cells::of(|row| sizes("t", &[8192], row));
/// let list = Cell::List(vec![Cell::Bytes(8192)]);
/// assert_eq!(cells, [Cell::name("t"), list, Cell::map([("count", Cell::Count(1))])]);
/// ```
pub trait RowWriter<'a> {
    /// The next cell of the row, element of the list, or value by the [`name`](Self::name) that
    /// was given before it.
    fn cell(&mut self, cell: Cell<'a>);

    /// The same for a list, of what `elements` writes.
    fn list(&mut self, elements: impl FnOnce(&mut Self));

    /// The same for values by name: `entries` writes each behind its name.
    fn map(&mut self, entries: impl FnOnce(&mut Self));

    /// What the next value of a map is called.
    fn name(&mut self, name: &'static str) -> &mut Self;
}

/// A row that is kept.
#[derive(Debug, Default)]
pub struct Cells<'a> {
    cells: Vec<Cell<'a>>,
    names: Vec<&'static str>,
}

impl<'a> Cells<'a> {
    /// The cells that `row` writes.
    pub fn of(row: impl FnOnce(&mut Self)) -> Vec<Cell<'a>> {
        let mut cells = Self::default();
        row(&mut cells);
        cells.cells
    }
}

impl<'a> RowWriter<'a> for Cells<'a> {
    fn cell(&mut self, cell: Cell<'a>) {
        self.cells.push(cell);
    }

    fn list(&mut self, elements: impl FnOnce(&mut Self)) {
        self.cells.push(Cell::List(Self::of(elements)));
    }

    fn map(&mut self, entries: impl FnOnce(&mut Self)) {
        let mut map = Self::default();
        entries(&mut map);
        self.cells.push(Cell::Map(map.names.into_iter().zip(map.cells).collect()));
    }

    fn name(&mut self, name: &'static str) -> &mut Self {
        self.names.push(name);
        self
    }
}
