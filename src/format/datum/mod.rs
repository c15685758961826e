//! Tuples to values: where each attribute of a tuple lies, and what its bytes mean.
//!
//! A tuple does not say what it holds. [`Attributes`] cuts one along the [`Attribute`]s that
//! `pg_attribute` gives; [`Varlena`] takes the header off a value of variable width; and what is
//! left becomes a value through [`FromDatum`], which each family of types has in its own file.

mod array;
mod attribute;
mod compression;
mod number;
pub mod pglz;
mod text;
mod varlena;

pub use array::{Array, Elements};
pub use attribute::{Align, Attribute, Attributes};
pub use compression::{Compression, decompress};
pub use text::{Name, name, text};
pub use varlena::{ToastPointer, Varlena};

use super::FormatError;

/// A value that an attribute's bytes can be read as.
///
/// ```
/// use pgautopsy::{format::datum::FromDatum, primitives::Oid};
/// assert_eq!(Oid::from_datum(&[0x39, 5, 0, 0]), Ok(Oid(1337)));
/// assert!(i16::from_datum(&[1]).is_err());
/// ```
pub trait FromDatum<'a>: Sized {
    /// Reads `bytes`, all of one attribute as [`Attributes`] yields it.
    fn from_datum(bytes: &'a [u8]) -> Result<Self, FormatError>;
}
