//! Rounds that share processes, and processes that share a layout.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// How the rounds of a run that looks for the sources of its variance are nested. Rounds of one layout are not
/// independent, so intervals are taken over layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nesting {
    /// How many rounds each process serves.
    pub rounds: NonZeroU32,
    /// How many processes, one after the other, each layout has.
    pub processes: NonZeroU32,
}

impl Nesting {
    /// Every round has processes and a layout of its own.
    pub const NONE: Self = Self {
        rounds: NonZeroU32::MIN,
        processes: NonZeroU32::MIN,
    };

    /// The process that a round belongs to, among all.
    pub fn process_of(self, round: u32) -> u32 {
        round / self.rounds
    }

    /// The layout that a round belongs to.
    pub fn layout_of(self, round: u32) -> u32 {
        self.process_of(round) / self.processes
    }

    /// How many layouts so many rounds take.
    pub fn layouts(self, rounds: u32) -> u32 {
        rounds
            .div_ceil(self.rounds.get())
            .div_ceil(self.processes.get())
    }
}
