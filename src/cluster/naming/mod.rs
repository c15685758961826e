//! Names as a person writes them: SQL identifiers, and patterns of them.

mod identifier;
mod pattern;
mod select;

pub use identifier::quote_identifier;
pub use pattern::{ParseNameError, RelationPattern};
pub use select::NameError;
