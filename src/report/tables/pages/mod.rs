//! Pages, decoded: a row a page, then what stands on a page of that type.
//!
//! Columns are called what pageinspect calls them; `block` stands before them, also in place of
//! its `blkno`.

mod bloom;
mod brin;
mod btree;
mod bytes;
mod free_space;
mod gin;
mod gist;
mod hash;
mod heap;
mod item;
mod spgist;
mod visibility;

use std::io;

use crate::analysis::page::PageView;
use crate::format::PageType;
use crate::format::page::PageHeader;
use crate::format::page::index::IndexMethod;
use crate::report::{Cell, Column, TableSchema};

/// A table in which pages are shown.
#[derive(Debug)]
pub struct PageTable {
    /// Its columns.
    pub schema: &'static TableSchema,
    rows: fn(&PageView<'_>, &mut Show<'_>) -> io::Result<()>,
}

/// What takes the rows.
pub type Show<'o> = dyn FnMut(&[Cell<'_>]) -> io::Result<()> + 'o;

impl PageTable {
    /// Hands the rows of a page to `show`; an error of it ends them.
    pub fn rows(&self, page: &PageView<'_>, show: &mut Show<'_>) -> io::Result<()> {
        (self.rows)(page, show)
    }
}

/// The tables of pages of each type, behind [`PAGES`].
static OF_TYPES: [(PageType, &[PageTable]); 10] = [
    (PageType::Heap, heap::TABLES),
    (PageType::Index(IndexMethod::Btree), btree::TABLES),
    (PageType::Index(IndexMethod::Hash), hash::TABLES),
    (PageType::Index(IndexMethod::Gin), gin::TABLES),
    (PageType::Index(IndexMethod::Gist), gist::TABLES),
    (PageType::Index(IndexMethod::SpGist), spgist::TABLES),
    (PageType::Index(IndexMethod::Brin), brin::TABLES),
    (PageType::Index(IndexMethod::Bloom), bloom::TABLES),
    (PageType::FreeSpaceMap, free_space::TABLES),
    (PageType::VisibilityMap, visibility::TABLES),
];

/// The tables of an answer about pages of that type; line pointers alone, where nobody can tell.
/// With `bytes`, the pages' bytes, too.
#[must_use]
pub fn tables(of: Option<PageType>, bytes: bool) -> Vec<&'static PageTable> {
    let own = OF_TYPES.iter().find(|(known, _)| Some(*known) == of);
    let own = own.map_or(heap::TABLES, |(_, tables)| tables);
    [&TABLE].into_iter().chain(own).chain(bytes.then_some(&bytes::TABLE)).collect()
}

static TABLE: PageTable = PageTable { schema: &PAGES, rows: |page, show| show(&cells(page)) };

/// The table `pages`: the columns of `page_header()`, whether the checksum is right, and what the
/// page of an index is for.
pub static PAGES: TableSchema = TableSchema::record(
    "pages",
    "Pages",
    &[
        Column::number("block"),
        Column::text("lsn"),
        Column::number("checksum"),
        Column::number("computed_checksum"),
        Column::text("checksum_valid"),
        Column::number("flags").verbose(),
        Column::text("flag_names").title("flags"),
        Column::number("lower"),
        Column::number("upper"),
        Column::number("special"),
        Column::number("pagesize"),
        Column::number("version"),
        Column::number("prune_xid"),
        Column::text("kind").skip_if_null(),
        Column::text("error").skip_if_null(),
    ],
);

fn cells<'a>(page: &PageView<'a>) -> Vec<Cell<'a>> {
    let header = |get: fn(&PageHeader) -> Cell<'static>| page.header.map_or(Cell::Null, get);
    vec![
        page.block.into(),
        header(|header| Cell::Lsn(header.pd_lsn())),
        // pageinspect shows it as a smallint.
        header(|header| header.pd_checksum().cast_signed().into()),
        page.computed_checksum.map(u16::cast_signed).into(),
        page.checksum_is_valid().into(),
        header(|header| header.pd_flags().bits().into()),
        header(|header| Cell::texts(header.pd_flags().iter_names().map(|(name, _)| name))),
        header(|header| header.pd_lower().into()),
        header(|header| header.pd_upper().into()),
        header(|header| header.pd_special().into()),
        header(|header| header.page_size().into()),
        header(|header| header.layout_version().into()),
        header(|header| header.pd_prune_xid().into()),
        page.kind.into(),
        page.error().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_tables_that_are_called_after_it() {
        for of in PageType::all() {
            assert!(OF_TYPES.iter().any(|(known, _)| *known == of), "{}", of.name());
            let names: Vec<_> =
                tables(Some(of), true).iter().map(|table| table.schema.name).collect();
            assert_eq!((names[0], names[names.len() - 1]), ("pages", "bytes"));
            for name in &names[1..names.len() - 1] {
                let own = name.starts_with(of.name()) || *name == "items";
                assert!(own, "{name} of {}", of.name());
            }
        }
    }

    #[test]
    fn every_table_about_pages_starts_with_the_block() {
        for of in PageType::all() {
            for table in tables(Some(of), true) {
                assert_eq!(table.schema.columns[0].name, "block", "{}", table.schema.name);
            }
        }
    }
}
