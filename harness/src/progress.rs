//! The progress bar: on standard error, only if that is a terminal, and drawn only when told of
//! progress, which the harness does between timed regions. No thread redraws it meanwhile.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with the remaining time.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar that shows only what is being done, until [`Progress::expect`] says how much it is.
    pub(crate) fn new() -> Self {
        // The default target is standard error, hidden where that is no terminal.
        let bar = ProgressBar::new_spinner();
        bar.set_style(style("{spinner} {msg}"));
        Self(bar)
    }

    /// Says what is being done.
    pub(crate) fn stage(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Starts the bar proper, of so many steps, of which `done` were done in an earlier run.
    pub(crate) fn expect(&self, steps: u64, done: u64) {
        self.0
            .set_style(style("{msg} {wide_bar} {percent:>3}% {eta:>4}"));
        self.0.set_length(steps);
        self.0.set_position(done);
        self.0.reset_elapsed();
        self.0.reset_eta();
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// Does something that writes to the terminal, with the bar out of the way.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// Shows a line above the bar, or on standard error without one.
    pub(crate) fn warn(&self, line: &str) {
        self.0.suspend(|| crate::console::warning(line));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; should one be wrong, the tests and the eye see the plain bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
