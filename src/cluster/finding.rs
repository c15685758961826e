//! What is wrong with the evidence: a code, where, what was expected and what was found.

use crate::primitives::{BlockNumber, ForkNumber, Lsn, OffsetNumber};

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is broken.
    Notice,
    /// The answer is incomplete or less certain because of it.
    Warning,
    /// Bytes are damaged or missing.
    Error,
}

impl Severity {
    /// The word that output and options use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A kind of finding: stable, documented, one entry of a table of codes.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// What scripts match on.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What the person can do.
    pub advice: &'static str,
}

/// Where a finding is; the more is known, the more is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// `database.schema.relation`, where the name is known.
    pub relation: Option<String>,
    /// The file, relative to the data directory.
    pub path: Option<String>,
    /// The fork.
    pub fork: Option<ForkNumber>,
    /// The page.
    pub block: Option<BlockNumber>,
    /// The line pointer.
    pub offset: Option<OffsetNumber>,
    /// The place in the WAL.
    pub lsn: Option<Lsn>,
}

/// One thing that is wrong, or that makes the answer less than whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub code: &'static Code,
    /// Where.
    pub location: Location,
    /// What would have been right.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Finding {
    /// A finding about a whole file.
    pub fn in_file(
        code: &'static Code,
        path: impl Into<String>,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self {
            code,
            location: Location { path: Some(path.into()), ..Location::default() },
            expected: expected.into(),
            found: found.to_string(),
        }
    }
}

/// Defines kinds of findings: a static [`Code`] for each, and `ALL`, the list of them.
macro_rules! codes {
    ($(
        $(#[$doc:meta])*
        $code:ident = $severity:ident $name:literal {
            meaning: $meaning:literal,
            advice: $advice:literal,
        }
    )*) => {
        $(
            $(#[$doc])*
            pub static $code: $crate::cluster::finding::Code = $crate::cluster::finding::Code {
                name: $name,
                severity: $crate::cluster::finding::Severity::$severity,
                meaning: $meaning,
                advice: $advice,
            };
        )*

        /// Every kind of finding that is defined here.
        pub static ALL: &[&$crate::cluster::finding::Code] = &[$(&$code),*];
    };
}
pub(crate) use codes;
