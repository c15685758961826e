use std::io;

/// The evidence could not be opened, listed or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The operating system said no.
    #[error("cannot {action} {path}: {source}{}", advice(source))]
    Io {
        /// What was tried: “open”, “list”, “read”.
        action: &'static str,
        /// On what.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing of that name.
    #[error("no such file in the evidence: {0}")]
    NotFound(String),
    /// There is something of that name, which is never opened: a link, a device, a socket …
    #[error("{path} is {found}: only regular files and directories are read")]
    NotRegular {
        /// Its path.
        path: String,
        /// What it is.
        found: &'static str,
    },
    /// It stands behind `pg_wal` or a link in `pg_tblspc` that leads nowhere here; the text names
    /// the link, and says what to do.
    #[error("{0}")]
    BrokenLink(String),
    /// It is no data directory, and holds none; the text says what was looked for, and what is
    /// there.
    #[error("{0}")]
    NoDataDirectory(String),
    /// It is no evidence that this program reads; the text says what was looked for.
    #[error("{0}")]
    Unusable(String),
}

impl EvidenceError {
    pub(super) fn io(action: &'static str, path: &str, source: impl Into<io::Error>) -> Self {
        Self::Io { action, path: path.to_owned(), source: source.into() }
    }

    /// The same, of a file that is known from outside by the path of `folder` before its own.
    pub(super) fn below(self, folder: &str) -> Self {
        match self {
            Self::Io { action, path, source } => {
                Self::Io { action, path: super::path::join(folder, &path), source }
            }
            Self::NotFound(path) => Self::NotFound(super::path::join(folder, &path)),
            Self::NotRegular { path, found } => {
                Self::NotRegular { path: super::path::join(folder, &path), found }
            }
            other => other,
        }
    }
}

fn advice(source: &io::Error) -> &'static str {
    if source.kind() == io::ErrorKind::PermissionDenied {
        "; a data directory belongs to the user whose server ran on it: read it as that user, \
         or as root"
    } else {
        ""
    }
}
