//! What is known of a variant on a workload besides its times.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Jump, VariantId, WorkloadId};

/// A variant on a workload: its exact counts, or why it has no times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The variant.
    pub variant: VariantId,
    /// The workload.
    pub workload: WorkloadId,
    /// What the counting instantiation counted in one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// Machine instructions of one run ([`Measure::Run`](super::Measure::Run)), exact for the key that
    /// [`Results::host_counts`](super::Results::host_counts) names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_instructions: Option<u64>,
    /// The indirect jumps and calls by which the engine may have dispatched in one run, where its
    /// machine code was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jumps: Vec<Jump>,
    /// The most memory that a fresh worker's whole process held at once when it had run the workload
    /// once, in bytes, as the worker said itself (on Linux, `VmHWM`); `None` where it can't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// A hash of what is executed and by what, in hexadecimal: cells of a workload that have it in
    /// common are of the same machine code and the same bytecode. `None` where the engine has no code of its
    /// own or isn't of this program, and in files that are older than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why the cell was given up; its samples up to then are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Exact counts of one run; the same in every run. `None`: the variant has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Dispatched instructions (the tree-walker has none).
    pub dispatched: Option<u64>,
    /// Calls of Monkey functions, builtins excluded.
    pub calls: Option<u64>,
    /// Allocations of Monkey values.
    pub allocations: Option<u64>,
    /// Size of the compiled code, constants excluded, in bytes.
    pub code_bytes: Option<u64>,
}

/// Why a cell has no (more) times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What was being done.
    pub phase: FailurePhase,
    /// What happened, as one sentence.
    pub reason: String,
}

/// What was being done with a cell when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePhase {
    /// Starting the worker.
    Start,
    /// Comparing value and output with the expected ones before any timing.
    Check,
    /// Choosing the number of iterations.
    Calibration,
    /// Taking a sample.
    Sampling,
}

impl fmt::Display for FailurePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "the worker did not start",
            Self::Check => "the check before timing failed",
            Self::Calibration => "calibration failed",
            Self::Sampling => "a sample failed",
        })
    }
}
