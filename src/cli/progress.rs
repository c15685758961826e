use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::global::Global;
use crate::analysis::scan::Progress;
use crate::format::Format;

/// A bar on standard error, where that is a terminal.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    page_bytes: u64,
}

/// A scan that ends sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(100);

impl Bar {
    pub(super) fn new(global: &Global, format: Format) -> Self {
        let bar = ProgressBar::hidden();
        if !global.quiet && std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        let template = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, page_bytes: format.block_size.into() }
    }
}

impl Progress for Bar {
    fn begin(&self, pages: u64) {
        self.bar.set_length(self.bar.length().unwrap_or_default() + pages * self.page_bytes);
        self.bar.enable_steady_tick(PATIENCE);
    }

    fn advance(&self, pages: u64) {
        self.bar.inc(pages * self.page_bytes);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}
