//! Process groups: a worker has one of its own, and what it leaves in it is found and ended.
//!
//! All that depends on the system is here. Where there are no process groups, a worker is a process
//! and nothing more is known.

use std::process::{Child, Command};

/// Gives the process that a command will start a group of its own. So it isn't sent the terminal's
/// Ctrl-C: whether to stop is the parent's decision.
pub(super) fn separate(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Kills a worker that hasn't been waited for, and whatever it has started in its process group: a
/// wrapper's engine must not go on while others are measured.
pub(crate) fn kill(child: &mut Child) {
    #[cfg(unix)]
    signal(child.id(), Some(nix::sys::signal::Signal::SIGKILL));
    child.kill().ok();
}

/// Ends what a worker that has ended, and has been waited for, left in its group; gives the names of it.
///
/// As long as there is anything in the group, no new process gets the number; and numbers are given out
/// in turn, so that a moment later none has it either.
pub(super) fn end_rest(leader: u32) -> Vec<String> {
    #[cfg(unix)]
    if signal(leader, None) {
        let names = names(leader);
        signal(leader, Some(nix::sys::signal::Signal::SIGKILL));
        return names;
    }
    let _ = leader;
    Vec::new()
}

/// Sends a signal to a group, or none, which tells whether there is anything in it.
#[cfg(unix)]
fn signal(leader: u32, signal: Option<nix::sys::signal::Signal>) -> bool {
    let Ok(group) = i32::try_from(leader) else {
        return false;
    };
    nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal).is_ok()
}

/// The names of the programs of a group, as far as the system tells.
#[cfg(unix)]
fn names(group: u32) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let name = |entry: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // `PID (NAME) STATE PARENT GROUP …`, and a name may hold anything.
        let (before, after) = stat.rsplit_once(") ")?;
        let (_, name) = before.split_once(" (")?;
        let found: u32 = after.split(' ').nth(2)?.parse().ok()?;
        (found == group).then(|| name.replace(char::is_control, " "))
    };
    let mut names: Vec<String> = processes.filter_map(name).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        names.push("a process".to_owned());
    }
    names
}
