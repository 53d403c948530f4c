//! Whose the exact counts are, or why there are none.

use crate::counts::Key;
use crate::schema::{HostCounts, HostSource, MachineCode, Results};

/// Whose the host instructions are, or why there are none and what would count them.
pub(crate) fn host_counts(results: &Results) -> String {
    match &results.host_counts {
        Some(HostCounts::Found {
            key,
            source,
            lacking,
        }) => {
            let from = match source {
                HostSource::Baseline => "the committed baseline",
                HostSource::Check => "the last ci/check",
                HostSource::File => "the file that --host-counts named",
                HostSource::Run => "this run, of the same program",
            };
            let without = if lacking.is_empty() {
                String::new()
            } else {
                format!("; but not for {}", lacking.join("; nor for "))
            };
            format!("exact for {}, from {from}{without}.", host_key(key))
        }
        Some(HostCounts::Absent {
            reason,
            by_run: true,
        }) => format!("none, because {reason}. {TWO_WAY}"),
        Some(HostCounts::Absent {
            reason,
            by_run: false,
        }) => {
            format!("none, because {reason}. {TWO_WAY} {CHECK_COUNTS}")
        }
        None => {
            format!(
                "none, because the results file is older than they are. {TWO_WAY} {CHECK_COUNTS}"
            )
        }
    }
}

/// What read the machine code, or why nothing did; `None` where it wasn't asked for.
pub(crate) fn machine_code(results: &Results) -> Option<String> {
    Some(match results.machine_code.as_ref()? {
        MachineCode::Read { disassembler, .. } => format!(
            "read by {disassembler}, of the program that measured; valgrind tells which jumps were \
             taken. Jumps through the linker's slots, whose target is always the same, are left out."
        ),
        MachineCode::Absent { reason } => format!("not read, because {reason}."),
    })
}

/// What the lack of host instructions means.
const TWO_WAY: &str = "The verdicts on work and time are on dispatches and time alone.";

/// What helps, where the stages are compared: nothing else is counted there.
const CHECK_COUNTS: &str =
    "On a clean tree ci/check counts them, and then a run of the same sources has them.";

/// A key's parts: as one word it would be wider than a narrow terminal.
fn host_key(key: &Key) -> String {
    let Key {
        target,
        rustc,
        valgrind,
        libc,
        profile,
    } = key;
    format!("{target}, rustc {rustc}, valgrind {valgrind}, {libc}, profile {profile}")
}
