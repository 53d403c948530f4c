//! Whether suites of workloads lead to the same conclusions. Each suite is one question asked of
//! all variants: the geometric mean over its workloads, judged as any other speedup.
//!
//! Suites differ in a conclusion when two of them tell, and tell different things. That a suite can't
//! tell is no disagreement.

use serde::Serialize;

use crate::analysis::{Analysis, Suite};
use crate::schema::{Measure, VariantId};
use crate::stats::{Estimate, Verdict};

/// What each suite says of one variant against another.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion<'a> {
    /// The variant that the other is compared with.
    pub from: VariantId,
    /// The variant.
    pub to: VariantId,
    /// The suites' names, and the speedup over each; `None` if a workload of it lacks times.
    pub suites: Vec<(&'a str, Option<Estimate>)>,
}

/// Whether suites say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// All say this.
    Same(Verdict),
    /// Two of them say different things.
    Differs,
    /// Not all of them can tell, and those that can agree.
    Open,
}

impl<'a> Conclusion<'a> {
    /// Asks each suite.
    pub fn new(analysis: &Analysis<'a>, measure: Measure, from: VariantId, to: VariantId) -> Self {
        let ask = |Suite { name, workloads }| {
            let speedup = analysis.mean_speedup(measure, &workloads, from, to);
            (name, speedup)
        };
        Self {
            from,
            to,
            suites: analysis.suites().into_iter().map(ask).collect(),
        }
    }

    /// What each suite says; [`Verdict::CantTell`] without times.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.suites
            .iter()
            .map(|(_, speedup)| speedup.as_ref().map_or(Verdict::CantTell, Verdict::of))
    }

    /// Whether they say the same.
    pub fn agreement(&self) -> Agreement {
        let mut told = self.verdicts().filter(|&it| it != Verdict::CantTell);
        let Some(first) = told.next() else {
            return Agreement::Open;
        };
        if told.any(|verdict| verdict != first) {
            Agreement::Differs
        } else if self.verdicts().any(|it| it == Verdict::CantTell) {
            Agreement::Open
        } else {
            Agreement::Same(first)
        }
    }
}

/// The conclusions of a run with more than one suite: every variant against the reference, then,
/// where that is another question, against the one that it is a step from.
pub fn conclusions<'a>(analysis: &Analysis<'a>) -> Vec<Conclusion<'a>> {
    if analysis.suites().len() < 2 {
        return Vec::new();
    }
    let results = analysis.results;
    let reference = results.reference();
    let against_reference = results
        .variant_ids()
        .filter(|&variant| variant != reference)
        .map(|variant| (reference, variant));
    let steps = results.variant_ids().filter_map(|variant| {
        let base = analysis.previous(variant)?;
        (base != reference).then_some((base, variant))
    });
    against_reference
        .chain(steps)
        .map(|(from, to)| Conclusion::new(analysis, Measure::Run, from, to))
        .collect()
}
