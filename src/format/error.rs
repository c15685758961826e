/// Why bytes could not be read as what they were taken for.
///
/// `offset` counts from the start of the bytes that the parser was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes end before the thing does.
    #[error("{what} at offset {offset} needs {needed} bytes, and {had} are there")]
    Truncated {
        /// The structure or field that was being read.
        what: &'static str,
        /// Where it starts.
        offset: usize,
        /// How many bytes it takes.
        needed: usize,
        /// How many there were from `offset` on.
        had: usize,
    },
    /// A field holds what it can't hold.
    #[error("{what} at offset {offset}: expected {expected}, found {found}")]
    Invalid {
        /// The field.
        what: &'static str,
        /// Where it stands.
        offset: usize,
        /// What would have been right.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A checksum does not fit the bytes that it covers.
    #[error("{what}: stored checksum {stored:#010x}, computed {computed:#010x}")]
    Checksum {
        /// The structure that is covered.
        what: &'static str,
        /// The checksum that the bytes carry.
        stored: u32,
        /// The checksum that they have.
        computed: u32,
    },
    /// The cluster is of a kind that this program does not read.
    #[error("{0}")]
    Unsupported(String),
}
