//! Pages, decoded one by one: the answer of the `page` command.
//!
//! A [`PageSet`] knows which pages there are and what they are of; [`Pages`] reads them, each once
//! as long as they fit, and shows each as a [`PageView`], whose [`PageContent`] is what stands on a
//! page of that type.

mod beside;
pub mod codes;
mod heap;
pub mod index;
pub mod map;
mod read;
mod recognise;
mod set;
mod trouble;
mod view;

pub use beside::{Beside, OtherPages};
pub use heap::{ItemView, TupleView};
pub use read::Pages;
pub use set::{PageSet, PageSetError};
pub use trouble::Trouble;
pub use view::{PageContent, PageContext, PageView};

#[cfg(test)]
mod tests;
