//! Several runs in one file.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// Whole runs, one after the other: what differs between runs is then among what intervals cover, which are
/// taken over runs and not over rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeats {
    /// How many runs.
    pub runs: NonZeroU32,
    /// How many rounds each has.
    pub rounds: NonZeroU32,
    /// How long nothing was measured between two, in seconds.
    pub pause_seconds: u32,
}

impl Repeats {
    /// The run that a round belongs to.
    pub fn run_of(&self, round: u32) -> u32 {
        round / self.rounds
    }

    /// How many runs are complete after so many rounds.
    pub fn complete(&self, rounds_done: u32) -> u32 {
        rounds_done / self.rounds
    }
}
