//! Where a run was made: the program that measured, and the machine.

use serde::{Deserialize, Serialize};

/// The program that measured and how it was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The version of `monkeybench`.
    pub version: String,
    /// The commit it was built from; `None` outside a repository.
    pub commit: Option<String>,
    /// Whether the tree differed from that commit.
    pub dirty: bool,
    /// The compiler, as `rustc --version` names it.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The Cargo profile: `release`, `debug`.
    pub profile: String,
    /// The Cargo features that chose the variants.
    pub features: Vec<String>,
    /// What the compiler was told for the engines: `opt-level=3 codegen-units=1`; empty in a file
    /// that is older than this field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub settings: String,
    /// A hash of the program's file, which tells builds apart that have the same commit; `None` where
    /// it couldn't be read, and in files that are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<String>,
}

/// The machine, and what else went on there. `None`: the system doesn't tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The processor's model name.
    pub cpu: String,
    /// Logical cores that the run could use.
    pub cores: u32,
    /// The core that all workers ran on; `None`: whichever the system chose, and in files that are older
    /// than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<u32>,
    /// The kernel's release.
    pub kernel: String,
    /// The operating system.
    pub os: String,
    /// The frequency governor.
    pub governor: Option<String>,
    /// The hypervisor, where there is one.
    pub hypervisor: Option<String>,
    /// The clock source behind the monotonic clock.
    pub clock: Option<String>,
    /// Main memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// One-minute load average before the run.
    pub load_before: Option<f64>,
    /// Share of all cores' time that others used in the last second before the run, in percent. It is
    /// looked at where the load average was high, which may tell of what has ended since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_before_percent: Option<f64>,
    /// One-minute load average after the run (which itself adds about one).
    pub load_after: Option<f64>,
    /// Share of all cores' time that the hypervisor gave to others during the run, in percent.
    pub steal_percent: Option<f64>,
    /// Share of all cores' time that other processes on this machine used during the run, in
    /// percent: what the system was busy with, less the harness and its workers.
    pub others_percent: Option<f64>,
}
