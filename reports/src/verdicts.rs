//! Verdicts on all of a run's comparisons together.
//!
//! Of forty intervals of 95 %, two exclude what is true. So a difference counts only if it would be a
//! surprise among all forty: the p-values of Wilcoxon's signed ranks, to which the intervals belong, are
//! corrected by Holm's procedure (Holm 1979, “A simple sequentially rejective multiple test procedure”,
//! Scandinavian Journal of Statistics 6), which bounds the chance of a single false “faster” or “slower” in
//! the whole report, however the comparisons depend on each other.
//!
//! Where two variants execute the same bytecode by the same machine code there is nothing to judge: what is
//! measured of them is another A/A control.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::schema::{VariantId, WorkloadId};
use crate::stats::{CONFIDENCE, Estimate, Verdict, holm, signed_rank_test};

/// What may be said of a variant against the one that it is judged against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// What its interval says, and the correction doesn't contradict.
    Told(Verdict),
    /// Its own interval says so, but among so many comparisons that is no surprise.
    Alone(Verdict),
    /// Too few rounds for anything to be told after the correction.
    FirstLook,
    /// Both execute the same bytecode by the same machine code.
    SameCode,
}

impl Judgement {
    /// What it comes to for whoever acts upon it.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Told(verdict) => verdict,
            Self::Alone(_) | Self::FirstLook => Verdict::CantTell,
            Self::SameCode => Verdict::Same,
        }
    }

    /// The word of files that machines read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Told(Verdict::Faster) => "faster",
            Self::Told(Verdict::Slower) => "slower",
            Self::Told(Verdict::Same) => "same",
            Self::Told(Verdict::CantTell) | Self::Alone(Verdict::CantTell) => "cannot_tell",
            Self::Alone(Verdict::Slower) => "slower_uncorrected",
            Self::Alone(Verdict::Faster | Verdict::Same) => "faster_uncorrected",
            Self::FirstLook => "first_look",
            Self::SameCode => "same_code",
        }
    }
}

impl Serialize for Judgement {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(verdict) => verdict.fmt(f),
            Self::Alone(verdict) => f.pad(&format!("{verdict}?")),
            Self::FirstLook => f.pad("a first look"),
            Self::SameCode => f.pad("same code"),
        }
    }
}

/// What a comparison is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    /// A workload.
    Workload(WorkloadId),
    /// A mean, by its place in [`Analysis::means`].
    Mean(usize),
}

/// The comparisons of a run: each variant against its base ([`Analysis::base`]), over each workload and
/// each mean of more than one.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    judgements: BTreeMap<(Over, VariantId), Judgement>,
    /// How many were corrected together.
    family: usize,
    slower: Vec<Slower>,
}

/// A variant that is slower than its base.
#[derive(Debug, Clone, PartialEq)]
pub struct Slower {
    /// What the workload or the mean is called.
    pub over: String,
    /// The variant.
    pub variant: VariantId,
    /// How many times as fast it is.
    pub speedup: Estimate,
}

/// A comparison that is to be judged.
struct Compared {
    over: Over,
    variant: VariantId,
    speedup: Estimate,
    /// The p-value of no difference.
    p: f64,
    /// The least that so many rounds can give.
    least: f64,
}

impl Verdicts {
    /// Judges all comparisons of a run.
    pub(crate) fn of(analysis: &Analysis<'_>) -> Self {
        let mut judgements = BTreeMap::new();
        let mut compared = Vec::new();
        for (over, workloads) in subjects(analysis) {
            for variant in analysis.results.variant_ids() {
                let Some(base) = analysis.base(variant) else {
                    continue;
                };
                let same = |&workload: &_| is_same_code(analysis, workload, base, variant);
                if workloads.iter().all(same) {
                    judgements.insert((over, variant), Judgement::SameCode);
                    continue;
                }
                let logs = analysis.log_speedups(&workloads, base, variant);
                let estimate = Estimate::of_symmetric(logs.iter().copied());
                if let Some((estimate, (p, least))) = estimate.zip(signed_rank_test(&logs)) {
                    compared.push(Compared {
                        over,
                        variant,
                        speedup: estimate.map(f64::exp),
                        p,
                        least,
                    });
                }
            }
        }
        let corrected = holm(&compared.iter().map(|it| it.p).collect::<Vec<_>>());
        // What the most telling samples would come to.
        let best = holm(&compared.iter().map(|it| it.least).collect::<Vec<_>>());
        let family = compared.len();
        let mut slower = Vec::new();
        for ((compared, corrected), best) in compared.into_iter().zip(corrected).zip(best) {
            let Compared {
                over,
                variant,
                speedup,
                ..
            } = compared;
            let judgement = judge(&speedup, corrected, best);
            if judgement.verdict() == Verdict::Slower {
                slower.push(Slower {
                    over: title(analysis, over),
                    variant,
                    speedup,
                });
            }
            judgements.insert((over, variant), judgement);
        }
        Self {
            judgements,
            family,
            slower,
        }
    }

    /// All that is slower than its base.
    pub fn slower(&self) -> &[Slower] {
        &self.slower
    }

    /// What may be said of a variant against its base on a workload; `None` if they weren't both measured.
    pub fn on(&self, workload: WorkloadId, variant: VariantId) -> Option<Judgement> {
        self.over(Over::Workload(workload), variant)
    }

    /// The same over a workload or a mean.
    pub fn over(&self, over: Over, variant: VariantId) -> Option<Judgement> {
        self.judgements.get(&(over, variant)).copied()
    }

    /// How many comparisons were corrected together.
    pub fn family(&self) -> usize {
        self.family
    }

    /// All judgements.
    pub fn all(&self) -> impl Iterator<Item = Judgement> + '_ {
        self.judgements.values().copied()
    }
}

/// What variants are compared over, and its workloads.
fn subjects(analysis: &Analysis<'_>) -> Vec<(Over, Vec<WorkloadId>)> {
    let workloads = analysis.results.workload_ids();
    let each = workloads.map(|id| (Over::Workload(id), vec![id]));
    let means = analysis.means().into_iter().enumerate();
    let means = means.map(|(place, mean)| (Over::Mean(place), mean.workloads));
    each.chain(means.filter(|(_, workloads)| workloads.len() > 1))
        .collect()
}

fn title(analysis: &Analysis<'_>, over: Over) -> String {
    match over {
        Over::Workload(id) => analysis.results.workload(id).title.clone(),
        Over::Mean(place) => analysis.means().swap_remove(place).title,
    }
}

/// What may be said of a speedup whose p-value is corrected; `best` is the least that it could have been.
fn judge(speedup: &Estimate, corrected: f64, best: f64) -> Judgement {
    let level = 1.0 - CONFIDENCE;
    let verdict = Verdict::of(speedup);
    if best > level {
        return Judgement::FirstLook;
    }
    match verdict {
        Verdict::Faster | Verdict::Slower if corrected > level => Judgement::Alone(verdict),
        _ => Judgement::Told(verdict),
    }
}

fn is_same_code(
    analysis: &Analysis<'_>,
    workload: WorkloadId,
    one: VariantId,
    other: VariantId,
) -> bool {
    let code = |variant| analysis.results.cell(variant, workload)?.code.as_deref();
    one != other && code(one).is_some() && code(one) == code(other)
}
