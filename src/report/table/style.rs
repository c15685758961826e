use anstyle::{AnsiColor, Style};

use crate::cluster::finding::Severity;

/// The few looks that text can have. A colour never says what the words beside it do not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Styles {
    /// Titles.
    pub(super) strong: Style,
    /// What one may pass over.
    pub(super) dim: Style,
    /// What makes the answer less certain.
    pub(super) caution: Style,
    error: Style,
}

impl Styles {
    pub(super) fn new(color: bool) -> Self {
        let plain = Style::new();
        if !color {
            return Self { strong: plain, dim: plain, caution: plain, error: plain };
        }
        Self {
            strong: plain.bold(),
            dim: plain.dimmed(),
            caution: AnsiColor::Yellow.on_default().bold(),
            error: AnsiColor::Red.on_default().bold(),
        }
    }

    pub(super) const fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Notice => self.strong,
            Severity::Warning => self.caution,
            Severity::Error => self.error,
        }
    }
}
