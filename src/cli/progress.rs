//! How far a long run is, for who waits at a terminal.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line on standard error that says how much was done. Where standard error is no terminal, it says nothing ever.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// When it began, while nothing is shown yet; `None`: it is shown, or never will be.
    hidden_since: Option<Instant>,
}

impl Progress {
    /// What is counted, such as `set-ups judged`.
    pub(super) fn new(counted: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let template = format!("{{spinner}} {{human_pos}} {counted} in {{elapsed}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar, hidden_since: std::io::stderr().is_terminal().then(Instant::now) }
    }

    pub(super) fn advance(&mut self, count: usize) {
        if self.hidden_since.is_some_and(|began| began.elapsed() > PATIENCE) {
            self.hidden_since = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        self.bar.inc(count as u64);
    }

    /// Writes something else, which may go to the same terminal.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
