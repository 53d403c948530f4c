//! Whether a cell is of the same code in both runs, and what may be said of it then.
//!
//! Two runs of one build differ by where the system put its memory and by what the machine did in between,
//! which no interval of either run covers: of 45 cells of two runs of one commit, 12 had intervals that
//! excluded 1, by 2 to 3 %. So what is known to be the same code is never called faster or slower.

use std::fmt;

use serde::Serialize;

use super::matching::{Pair, Variants, Workloads};
use crate::counts::HOST_TOLERANCE;
use crate::schema::Tool;
use crate::stats::{Estimate, Verdict};
use crate::verdicts::Judgement;

/// What is known of a cell's code in the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// It may be any.
    Unknown,
    /// It did the same work by every exact count, of which both runs have some.
    SameWork,
    /// It did the same work, and in as many machine instructions, counted alike.
    SameInstructions,
    /// It is the same: a built-in engine of one program, or of one clean commit built alike, with equal
    /// counts.
    Same,
}

/// What may be said of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The new run is faster, by other code.
    Faster,
    /// The new run is slower, by other code.
    Slower,
    /// The runs are the same within ±1 %.
    Same,
    /// The interval allows for more than one of these.
    CantTell,
    /// The interval alone says faster; among so many that is no surprise.
    FasterUncorrected,
    /// The same of slower.
    SlowerUncorrected,
    /// The code is the same and the times are not: what differs is the runs.
    DriftBetweenRuns,
    /// The times differ, but too little of the code is the same for anybody to know how far the runs do.
    CantTellBetweenRuns,
}

impl Finding {
    pub(super) const ALL: [Self; 8] = [
        Self::Faster,
        Self::Slower,
        Self::Same,
        Self::CantTell,
        Self::FasterUncorrected,
        Self::SlowerUncorrected,
        Self::DriftBetweenRuns,
        Self::CantTellBetweenRuns,
    ];

    pub(super) fn of(speedup: &Estimate, code: Code) -> Self {
        match (Verdict::of(speedup), code) {
            (Verdict::Faster | Verdict::Slower, Code::Same) => Self::DriftBetweenRuns,
            (Verdict::Faster, _) => Self::Faster,
            (Verdict::Slower, _) => Self::Slower,
            (Verdict::Same, _) => Self::Same,
            (Verdict::CantTell, _) => Self::CantTell,
        }
    }

    /// What the interval of other code says alone.
    pub(super) fn uncorrected(speedup: &Estimate) -> Self {
        match Verdict::of(speedup) {
            Verdict::Faster => Self::FasterUncorrected,
            Verdict::Slower => Self::SlowerUncorrected,
            Verdict::Same => Self::Same,
            Verdict::CantTell => Self::CantTell,
        }
    }

    /// What may be said of other code, judged with all the rest.
    pub(super) fn judged(judgement: Judgement, speedup: &Estimate) -> Self {
        match judgement.verdict() {
            Verdict::Faster => Self::Faster,
            Verdict::Slower => Self::Slower,
            Verdict::Same | Verdict::CantTell => Self::uncorrected(speedup),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self {
            Self::Faster => Verdict::Faster,
            Self::Slower => Verdict::Slower,
            Self::Same => Verdict::Same,
            Self::CantTell => Verdict::CantTell,
            Self::FasterUncorrected => return f.pad("faster?"),
            Self::SlowerUncorrected => return f.pad("slower?"),
            Self::DriftBetweenRuns => return f.pad("drift between runs"),
            Self::CantTellBetweenRuns => return f.pad("can't tell between runs"),
        };
        verdict.fmt(f)
    }
}

impl Code {
    /// Whether what differs in the times is, as a rule, not the code.
    pub fn is_control(self) -> bool {
        self >= Self::SameInstructions
    }

    /// What is known of a variant's code on a workload.
    pub(super) fn of(pair: &Pair<'_>, variants: Variants, workloads: Workloads) -> Self {
        let (old, new) = (pair.old.results, pair.new.results);
        let mut counts = pair.counts(variants, workloads).peekable();
        let counted = counts.peek().is_some();
        let same_host = same_host_instructions(pair, variants, workloads);
        if counts.any(|(_, old, new)| old != new) || same_host == Some(false) {
            return Self::Unknown;
        }
        let one_build = is_one_build(&old.tool, &new.tool);
        let builtin = old.variant(variants.0).builtin && new.variant(variants.1).builtin;
        match (one_build && builtin, counted) {
            (true, _) => Self::Same,
            (false, true) if same_host == Some(true) => Self::SameInstructions,
            (false, true) => Self::SameWork,
            (false, false) => Self::Unknown,
        }
    }
}

/// Whether two programs are one: by their files, or else, as two builds of one clean commit need not
/// have the same paths in them, by all that decides the code.
fn is_one_build(old: &Tool, new: &Tool) -> bool {
    if old.executable.is_some() && old.executable == new.executable {
        return true;
    }
    let build = |tool: &Tool| Tool {
        executable: None,
        ..tool.clone()
    };
    build(old) == build(new) && old.commit.is_some() && !old.dirty
}

/// Whether the cell's host instructions are the same; none unless both runs know them, counted alike.
fn same_host_instructions(
    pair: &Pair<'_>,
    variants: Variants,
    workloads: Workloads,
) -> Option<bool> {
    let (old, new) = (pair.old.results, pair.new.results);
    let counted_alike = old.host_key().is_some() && old.host_key() == new.host_key();
    let before = old.cell(variants.0, workloads.0);
    let after = new.cell(variants.1, workloads.1);
    let host = before.zip(after).and_then(|(before, after)| {
        before
            .host_instructions
            .zip(after.host_instructions)
            .filter(|_| counted_alike)
    });
    host.map(|(before, after)| before.abs_diff(after) as f64 <= before as f64 * HOST_TOLERANCE)
}
