//! What is timed, and the samples of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{VariantId, WorkloadId, is_false};

/// What a sample times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Text to resolved program. The built-in variants share one parser, so it may be recorded for one
    /// of them alone.
    Parse,
    /// Resolved program to code.
    Compile,
    /// Code to a fresh machine.
    Instantiate,
    /// Instantiate and execute: what the tables time.
    Run,
    /// Text to result.
    Total,
    /// The same as [`Measure::Run`], but the first execution in a fresh process, with nothing before it
    /// to warm anything up: one iteration per sample.
    First,
    /// Execute again on one machine that has executed before.
    Warm,
}

impl Measure {
    /// Every measure, in the order of the phases.
    pub const ALL: [Self; 7] = [
        Self::Parse,
        Self::Compile,
        Self::Instantiate,
        Self::Run,
        Self::Total,
        Self::First,
        Self::Warm,
    ];

    /// The measure of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The name in files, tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Compile => "compile",
            Self::Instantiate => "instantiate",
            Self::Run => "run",
            Self::Total => "total",
            Self::First => "first",
            Self::Warm => "warm",
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One timed region: `iterations` repetitions that took `nanoseconds` together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The round, from 0, counted apart for each measure. Samples of one round belong together.
    pub round: u32,
    /// The workload.
    pub workload: WorkloadId,
    /// The variant.
    pub variant: VariantId,
    /// Whether this is the reference's second entry in its round: the A/A control.
    #[serde(default, skip_serializing_if = "is_false")]
    pub control: bool,
    /// What was timed.
    pub measure: Measure,
    /// Repetitions; at least 1.
    pub iterations: u64,
    /// Time of all repetitions together; at least 1.
    pub nanoseconds: u64,
}
