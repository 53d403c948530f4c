//! Whether suites of workloads lead to the same conclusions. Each suite is one question asked of
//! all variants: the geometric mean over its workloads, judged as any other speedup.
//!
//! Suites differ in a conclusion when two of them tell, and tell different things. That a suite can't
//! tell is no disagreement.

use serde::Serialize;

use crate::analysis::{Analysis, Suite};
use crate::schema::{Measure, VariantId};
use crate::stats::{Estimate, Verdict};
use crate::verdicts::{Judgement, Over, asked_of_suites};

/// What each suite says of one variant against another.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion<'a> {
    /// The variant that the other is compared with.
    pub from: VariantId,
    /// The variant.
    pub to: VariantId,
    /// What each suite says.
    pub suites: Vec<Answer<'a>>,
}

/// What a suite says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// The suite's name.
    pub suite: &'a str,
    /// The speedup over it; `None` if a workload of it lacks times.
    pub speedup: Option<Estimate>,
    /// What may be said of it among all comparisons of the report; [`Verdict::CantTell`] without times.
    pub verdict: Verdict,
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
    /// Asks each suite; a report asks so of the pairs of [`conclusions`].
    pub fn new(analysis: &Analysis<'a>, from: VariantId, to: VariantId) -> Self {
        let ask = |(place, Suite { name, workloads })| {
            // A suite's mean has the suite's place.
            let over = Over::mean(place, &workloads);
            let judgement = analysis.verdicts().between(over, from, to);
            Answer {
                suite: name,
                speedup: analysis.mean_speedup(Measure::Run, &workloads, from, to),
                verdict: judgement.map_or(Verdict::CantTell, Judgement::verdict),
            }
        };
        Self {
            from,
            to,
            suites: analysis.suites().into_iter().enumerate().map(ask).collect(),
        }
    }

    /// Whether they say the same.
    pub fn agreement(&self) -> Agreement {
        let verdicts = self.suites.iter().map(|it| it.verdict);
        let mut told = verdicts.clone().filter(|&it| it != Verdict::CantTell);
        let Some(first) = told.next() else {
            return Agreement::Open;
        };
        if told.any(|verdict| verdict != first) {
            Agreement::Differs
        } else if verdicts.clone().any(|it| it == Verdict::CantTell) {
            Agreement::Open
        } else {
            Agreement::Same(first)
        }
    }
}

/// The conclusions of a run with more than one suite.
pub fn conclusions<'a>(analysis: &Analysis<'a>) -> Vec<Conclusion<'a>> {
    asked_of_suites(analysis)
        .into_iter()
        .map(|(from, to)| Conclusion::new(analysis, from, to))
        .collect()
}
