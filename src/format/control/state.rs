//! The codes in `pg_control`: how the cluster stopped, and how much its WAL says.

use std::fmt;

/// What the cluster was doing when `pg_control` was last written (`DBState`,
/// catalog/pg_control.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DbState {
    /// Being made by `initdb`, or just about to start.
    Startup,
    /// Stopped cleanly.
    ShutDown,
    /// A standby that was stopped cleanly.
    ShutDownInRecovery,
    /// On its way down.
    ShuttingDown,
    /// Replaying its own WAL after a crash.
    InCrashRecovery,
    /// A standby, or being restored.
    InArchiveRecovery,
    /// Running, or killed while it ran.
    InProduction,
    /// A code that this build does not know.
    Unknown(u32),
}

impl DbState {
    /// The state of that code.
    #[must_use]
    pub const fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Startup,
            1 => Self::ShutDown,
            2 => Self::ShutDownInRecovery,
            3 => Self::ShuttingDown,
            4 => Self::InCrashRecovery,
            5 => Self::InArchiveRecovery,
            6 => Self::InProduction,
            other => Self::Unknown(other),
        }
    }
}

/// In the words of `pg_controldata`; an unknown code as a number.
impl fmt::Display for DbState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Startup => f.pad("starting up"),
            Self::ShutDown => f.pad("shut down"),
            Self::ShutDownInRecovery => f.pad("shut down in recovery"),
            Self::ShuttingDown => f.pad("shutting down"),
            Self::InCrashRecovery => f.pad("in crash recovery"),
            Self::InArchiveRecovery => f.pad("in archive recovery"),
            Self::InProduction => f.pad("in production"),
            Self::Unknown(code) => write!(f, "{code:#x}"),
        }
    }
}

/// How much the WAL says (`WalLevel`, access/xlog.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WalLevel {
    /// Enough to recover from a crash.
    Minimal,
    /// Enough for archives and standbys.
    Replica,
    /// Enough for logical decoding.
    Logical,
    /// A code that this build does not know.
    Unknown(u32),
}

impl WalLevel {
    /// The level of that code.
    #[must_use]
    pub const fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Minimal,
            1 => Self::Replica,
            2 => Self::Logical,
            other => Self::Unknown(other),
        }
    }
}

/// As the setting is spelled; an unknown code as a number.
impl fmt::Display for WalLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minimal => f.pad("minimal"),
            Self::Replica => f.pad("replica"),
            Self::Logical => f.pad("logical"),
            Self::Unknown(code) => write!(f, "{code:#x}"),
        }
    }
}
