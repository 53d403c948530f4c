//! What a step between two stages changes, seen three ways: the instructions that are dispatched,
//! those that the machine executes for them, and the time. An optimization may save the first two
//! and no time, which neither count alone would show.
//!
//! The verdict says what is seen together. It deliberately names no cause: that fewer instructions
//! are no faster is a fact, why they are not is a question for a profiler.

use std::fmt;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::counts::HOST_TOLERANCE;
use crate::schema::{Cell, Measure, VariantId, WorkloadId};
use crate::stats::{Estimate, Verdict};

/// A count before and after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountChange {
    /// The count of the stage before.
    pub old: u64,
    /// The count of the stage itself.
    pub new: u64,
}

/// Whether a count fell or rose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It fell.
    Fewer,
    /// It is the same, as far as such a count is exact.
    Same,
    /// It rose.
    More,
    /// One of the two stages has no such count.
    Unknown,
}

/// The time of a stage, relative to the stage before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeChange {
    /// New time / old time, both of the same round.
    pub ratio: Estimate,
    /// What may be said of it.
    pub verdict: Verdict,
}

/// A step, seen three ways. What was not measured is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThreeWay {
    /// Dispatched instructions.
    pub dispatched: Option<CountChange>,
    /// Host instructions.
    pub host: Option<CountChange>,
    /// Time of one run.
    pub time: Option<TimeChange>,
}

/// The three verdicts together; as text, what that means in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Dispatched instructions, compared exactly.
    pub dispatched: Direction,
    /// Host instructions, the same within [`HOST_TOLERANCE`].
    pub host: Direction,
    /// Time.
    pub time: Verdict,
}

impl CountChange {
    /// The change, if both counts are known.
    pub fn between(old: Option<u64>, new: Option<u64>) -> Option<Self> {
        Some(Self {
            old: old?,
            new: new?,
        })
    }

    /// New count / old count; `None` if there was nothing before.
    pub fn ratio(self) -> Option<f64> {
        (self.old > 0).then(|| self.new as f64 / self.old as f64)
    }

    /// The direction, where counts that differ by no more than this fraction of the smaller one are
    /// the same: so that exchanging the two exchanges fewer and more.
    fn direction(self, tolerance: f64) -> Direction {
        let Self { old, new } = self;
        let (small, large) = (old.min(new), old.max(new));
        // The difference of large counts is exact only before it is rounded.
        if (large - small) as f64 <= small as f64 * tolerance {
            Direction::Same
        } else if new < old {
            Direction::Fewer
        } else {
            Direction::More
        }
    }
}

impl ThreeWay {
    /// What changes on a workload from one variant to another.
    pub fn between(
        analysis: &Analysis<'_>,
        workload: WorkloadId,
        from: VariantId,
        to: VariantId,
    ) -> Self {
        let count = |of: fn(&Cell) -> Option<u64>| {
            let count = |variant| analysis.results.cell(variant, workload).and_then(of);
            CountChange::between(count(from), count(to))
        };
        let time = analysis.speedup(Measure::Run, workload, to, from);
        let judgement = analysis.judgement(Measure::Run, workload, from, to);
        Self {
            dispatched: count(|cell| cell.counts?.dispatched),
            host: count(|cell| cell.host_instructions),
            time: time.zip(judgement).map(|(ratio, judgement)| TimeChange {
                ratio,
                verdict: judgement.verdict(),
            }),
        }
    }

    /// The verdict, if there are times.
    pub fn seen(&self) -> Option<Seen> {
        let direction = |change: Option<CountChange>, tolerance| {
            change.map_or(Direction::Unknown, |change| change.direction(tolerance))
        };
        Some(Seen {
            dispatched: direction(self.dispatched, 0.0),
            host: direction(self.host, HOST_TOLERANCE),
            time: self.time?.verdict,
        })
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fewer => "fewer",
            Self::Same => "same",
            Self::More => "more",
            Self::Unknown => "unknown",
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Direction::{Fewer, More, Same, Unknown};
        let Self {
            dispatched,
            host,
            time,
        } = *self;
        match (dispatched, host) {
            (Unknown, Unknown) => f.write_str("not counted")?,
            (Unknown, host) => write!(f, "{host} host instructions")?,
            (dispatched, Unknown) => write!(f, "{dispatched} dispatches")?,
            (dispatched, host) if dispatched == host => write!(f, "{host} of both")?,
            (dispatched, host) => write!(f, "{dispatched} dispatches, {host} host instructions")?,
        }
        // Time is held against the count that is nearer to the machine.
        let work = if host == Unknown { dispatched } else { host };
        f.write_str(match (work, time) {
            (_, Verdict::CantTell) => ", can't tell if faster",
            (Fewer, Verdict::Faster) => ", and faster",
            (Fewer, Verdict::Same) => ", no faster",
            (More, Verdict::Same) => ", no slower",
            (More, Verdict::Slower) => ", and slower",
            (Same, Verdict::Same) => ", and as fast",
            (Same | More, Verdict::Faster) => ", yet faster",
            (Same | Fewer, Verdict::Slower) => ", yet slower",
            (Unknown, Verdict::Faster) => ", faster",
            (Unknown, Verdict::Same) => ", as fast",
            (Unknown, Verdict::Slower) => ", slower",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const DIRECTIONS: [Direction; 4] = [
        Direction::Fewer,
        Direction::Same,
        Direction::More,
        Direction::Unknown,
    ];
    const VERDICTS: [Verdict; 4] = [
        Verdict::Faster,
        Verdict::Same,
        Verdict::Slower,
        Verdict::CantTell,
    ];

    fn said(dispatched: Direction, host: Direction, time: Verdict) -> String {
        let seen = Seen {
            dispatched,
            host,
            time,
        };
        seen.to_string()
    }

    #[test]
    fn what_is_seen_is_said() {
        use Direction::{Fewer, More, Same, Unknown};
        for (dispatched, host, time, phrase) in [
            (Fewer, Fewer, Verdict::Faster, "fewer of both, and faster"),
            (Fewer, Fewer, Verdict::Same, "fewer of both, no faster"),
            (Fewer, Fewer, Verdict::Slower, "fewer of both, yet slower"),
            (Same, Same, Verdict::Same, "same of both, and as fast"),
            (Same, Same, Verdict::Faster, "same of both, yet faster"),
            (
                Fewer,
                More,
                Verdict::Slower,
                "fewer dispatches, more host instructions, and slower",
            ),
            (
                Same,
                Fewer,
                Verdict::Faster,
                "same dispatches, fewer host instructions, and faster",
            ),
            (Fewer, Unknown, Verdict::Same, "fewer dispatches, no faster"),
            (
                Unknown,
                Fewer,
                Verdict::CantTell,
                "fewer host instructions, can't tell if faster",
            ),
            (Unknown, Unknown, Verdict::Faster, "not counted, faster"),
        ] {
            assert_eq!(said(dispatched, host, time), phrase);
        }
    }

    #[test]
    fn no_two_combinations_are_said_alike() {
        let mut phrases = HashSet::new();
        for dispatched in DIRECTIONS {
            for host in DIRECTIONS {
                for time in VERDICTS {
                    let phrase = said(dispatched, host, time);
                    assert!(phrases.insert(phrase.clone()), "{phrase}");
                }
            }
        }
    }

    /// Whatever is the same or not stays so when the two stages change places.
    #[test]
    fn host_instructions_are_the_same_within_the_tolerance() {
        let direction = |old, new| CountChange { old, new }.direction(HOST_TOLERANCE);
        assert_eq!(direction(1_000_000, 1_001_000), Direction::Same);
        assert_eq!(direction(1_001_000, 1_000_000), Direction::Same);
        assert_eq!(direction(1_000_000, 1_001_001), Direction::More);
        assert_eq!(direction(1_001_001, 1_000_000), Direction::Fewer);
        assert_eq!(direction(0, 0), Direction::Same);
        assert_eq!(direction(0, 1), Direction::More);
    }

    #[test]
    fn dispatches_are_compared_exactly() {
        let exact = |old, new| CountChange { old, new }.direction(0.0);
        assert_eq!(exact(u64::MAX, u64::MAX - 1), Direction::Fewer);
        assert_eq!(exact(u64::MAX - 1, u64::MAX), Direction::More);
        assert_eq!(exact(7, 7), Direction::Same);
        assert_eq!(CountChange { old: 0, new: 3 }.ratio(), None);
    }
}
