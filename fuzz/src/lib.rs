//! What the fuzzer does with bytes, one module for each thing in `format` that takes them.
//!
//! A target hands its input to a parser as every version would read it, touches all that comes
//! back, and asserts what must hold whatever the bytes are: lengths that stay in bounds, counts
//! that the bytes can pay for. The input is what stands in a file of a cluster, so that real bytes
//! are seeds as they are; where a checksum would turn every mutation away, the target also tries
//! the bytes with the checksum put right.
//!
//! `tests/mutations.rs` of the crate runs the same functions on stable Rust.

pub mod array;
pub mod compression;
pub mod control;
pub mod heap;
pub mod index;
pub mod map;
pub mod page;
pub mod relmap;
pub mod slot;
pub mod slru;
pub mod text;
pub mod twophase;
pub mod varlena;
pub mod wal;

/// What one target does with one input.
pub type Target = fn(&[u8]);

/// Every target, by the name of its file in `fuzz_targets/` and of its folder in `seeds/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("array", array::run),
    ("compression", compression::run),
    ("control", control::run),
    ("heap", heap::run),
    ("index", index::run),
    ("map", map::run),
    ("page", page::run),
    ("relmap", relmap::run),
    ("slot", slot::run),
    ("slru", slru::run),
    ("text", text::run),
    ("twophase", twophase::run),
    ("varlena", varlena::run),
    ("wal", wal::run),
];

/// Whether `part` lies in `whole`, in memory; nothing does anywhere.
fn is_within(part: &[u8], whole: &[u8]) -> bool {
    if part.is_empty() {
        return true;
    }
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}
