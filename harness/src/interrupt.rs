//! Ctrl-C and its like: the first asks the run to stop after the current sample, the second ends
//! the program at once.
//!
//! The signals set flags, and no thread waits for them: so there is none that couldn't be started.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on, listens for the signals.
///
/// # Errors
/// If the system doesn't let the program handle them.
pub(crate) fn listen() -> io::Result<()> {
    for signal in signals() {
        // In this order: the first signal finds the flag unset, and sets it. At the second, workers
        // see their input end, and end too.
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&REQUESTED))?;
        signal_hook::flag::register(signal, Arc::clone(&REQUESTED))?;
    }
    // A file that would grow beyond what a user may have is an error of that write, as with a full
    // disk, and not the end of the program.
    #[cfg(unix)]
    signal_hook::flag::register(nix::libc::SIGXFSZ, Arc::default())?;
    Ok(())
}

/// The signals by which users, systems and closed terminals ask a program to end.
fn signals() -> Vec<i32> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    signals.extend(Some(signal_hook::consts::SIGHUP).filter(|&it| !is_ignored(it)));
    signals
}

/// Whether the program was started to ignore a signal, as by `nohup`; only Linux tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether the user has asked the run to stop.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
