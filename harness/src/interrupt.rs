//! Ctrl-C and SIGTERM: the first asks the run to stop after the current sample, the second ends
//! the program at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on, listens for the signals.
///
/// # Errors
/// If the system doesn't let the program handle them.
pub(crate) fn listen() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            // Workers see their input end, and end too.
            process::exit(1);
        }
    })
}

/// Whether the user has asked the run to stop.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
