//! Host instructions in a results file: whose they are, or why there are none.

use serde::{Deserialize, Serialize};

use super::{Cell, Key, Results, is_false};

/// What is known of the machine instructions of the program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HostCounts {
    /// There are counts of the sources that the program was built from.
    Found {
        /// What they are exact for.
        key: Key,
        /// Which kind of file had them.
        source: HostSource,
        /// What they don't cover, each with its reason, as after “but not for”.
        lacking: Vec<String>,
    },
    /// There are none.
    Absent {
        /// Why, as after “because”.
        reason: String,
        /// Whether the experiment has its runs count for themselves: then nothing else counts its
        /// variants.
        #[serde(default, skip_serializing_if = "is_false")]
        by_run: bool,
    },
}

/// Which kind of file had the host instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostSource {
    /// A baseline of the gate.
    Baseline,
    /// What the gate counted last.
    Check,
    /// A file that the user named.
    File,
    /// The run itself counted them, of the program that it measured.
    Run,
}

impl HostSource {
    /// What sentences and other programs call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Check => "ci/check",
            Self::File => "--host-counts",
            Self::Run => "run",
        }
    }
}

impl Cell {
    /// Host instructions per dispatched instruction; `None` where either was not counted.
    pub fn host_per_dispatched(&self) -> Option<f64> {
        match (self.host_instructions, self.counts?.dispatched) {
            (Some(host), Some(dispatched @ 1..)) => Some(host as f64 / dispatched as f64),
            _ => None,
        }
    }
}

impl Results {
    /// What the host instructions are exact for, where there are any.
    pub fn host_key(&self) -> Option<&Key> {
        match &self.host_counts {
            Some(HostCounts::Found { key, .. }) => Some(key),
            Some(HostCounts::Absent { .. }) | None => None,
        }
    }
}
