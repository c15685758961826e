//! Pages, decoded one by one: the answer of the `page` command.

mod set;
mod view;

pub use set::{PageSet, PageSetError};
pub use view::{ItemView, PageContext, PageView, TupleView};
