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
use crate::schema::{ExperimentKind, Measure, VariantId, WorkloadId};
use crate::stats::{CONFIDENCE, Estimate, MIN_VALUES, PValue, Verdict, holm, signed_rank_test};

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
            Self::Told(Verdict::Same) | Self::Alone(Verdict::Same) => "same",
            Self::Told(Verdict::CantTell) | Self::Alone(Verdict::CantTell) => "cannot_tell",
            Self::Alone(Verdict::Slower) => "slower_uncorrected",
            Self::Alone(Verdict::Faster) => "faster_uncorrected",
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

impl Over {
    /// Over a mean of these workloads; that of a single one is the workload itself.
    pub fn mean(place: usize, workloads: &[WorkloadId]) -> Self {
        match workloads {
            [single] => Self::Workload(*single),
            _ => Self::Mean(place),
        }
    }
}

/// Whether a variant is faster than another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    over: Over,
    from: VariantId,
    to: VariantId,
}

/// All that a report answers: each variant against its base ([`Analysis::base`]), over each workload and
/// each mean of more than one; what is asked of each suite; and what all further steps of a progression
/// come to.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    judgements: BTreeMap<Question, Judgement>,
    /// Those that were corrected together.
    compared: Vec<Compared>,
}

/// A variant that is slower than its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slower {
    /// What the workload or the mean is called.
    pub over: String,
    /// The variant.
    pub variant: VariantId,
}

/// A comparison that is judged with all others.
#[derive(Debug, Clone)]
struct Compared {
    question: Question,
    /// The logarithms of how many times as fast it is, in each round.
    logs: Vec<f64>,
    speedup: Estimate,
    test: PValue,
}

impl Verdicts {
    /// Judges all comparisons of a run.
    pub(crate) fn of(analysis: &Analysis<'_>) -> Self {
        let mut judgements = BTreeMap::new();
        let mut compared = Vec::new();
        for (question, workloads) in questions(analysis) {
            let Question { from, to, .. } = question;
            let same = |&workload: &_| is_same_code(analysis, workload, from, to);
            if workloads.iter().all(same) {
                judgements.insert(question, Judgement::SameCode);
                continue;
            }
            let logs = analysis.log_speedups(&workloads, from, to);
            let estimate = Estimate::of_symmetric(logs.iter().copied());
            if let Some((estimate, test)) = estimate.zip(signed_rank_test(&logs)) {
                compared.push(Compared {
                    question,
                    speedup: estimate.map(f64::exp),
                    test,
                    logs,
                });
            }
        }
        let together = judge_together(compared.iter().map(|it| (&it.speedup, it.test)));
        let questions = compared.iter().map(|it| it.question);
        judgements.extend(questions.zip(together));
        Self {
            judgements,
            compared,
        }
    }

    /// All that takes at least so many per cent more time than its base does: with 0 %, all whose verdict is
    /// “slower”.
    ///
    /// The bound is a hypothesis like that of no difference, tested by the same ranks and corrected over as
    /// many comparisons; an interval beyond it would be right for one of them only.
    pub fn slower_by(&self, analysis: &Analysis<'_>, percent: f64) -> Vec<Slower> {
        let bound = (percent / 100.0).ln_1p();
        let p_value = |it: &Compared| {
            let beyond: Vec<f64> = it.logs.iter().map(|log| log + bound).collect();
            signed_rank_test(&beyond).map_or(1.0, |it| it.p)
        };
        let p_values: Vec<f64> = self.compared.iter().map(p_value).collect();
        let corrected = self.compared.iter().zip(holm(&p_values));
        let slower = corrected.filter(|(it, corrected)| {
            let Question { from, to, .. } = it.question;
            let judgement = self.judgements[&it.question];
            judgement.verdict() == Verdict::Slower
                && is_beyond(&it.speedup, bound, *corrected)
                && analysis.base(to) == Some(from)
        });
        let slower = slower.map(|(it, _)| Slower {
            over: title(analysis, it.question.over),
            variant: it.question.to,
        });
        slower.collect()
    }

    /// What may be said of a variant against another one; `None` if they weren't both measured, or the
    /// report doesn't ask.
    pub fn between(&self, over: Over, from: VariantId, to: VariantId) -> Option<Judgement> {
        self.judgements.get(&Question { over, from, to }).copied()
    }

    /// How many comparisons were corrected together.
    pub fn family(&self) -> usize {
        self.compared.len()
    }

    /// How many comparisons a run is asked for: as many as are judged together once all are measured, less
    /// those that turn out to be of the same code.
    pub fn asked(analysis: &Analysis<'_>) -> usize {
        questions(analysis).len()
    }

    /// How many rounds, or runs, can tell anything at all of so many comparisons: the signed ranks of n that
    /// all agree have a p-value of 2 / 2ⁿ, which the correction multiplies by the number of comparisons.
    pub fn fewest(comparisons: usize) -> usize {
        let enough = 2.0 * comparisons as f64 / (1.0 - CONFIDENCE);
        MIN_VALUES.max(enough.log2().ceil() as usize)
    }

    /// All judgements.
    pub fn all(&self) -> impl Iterator<Item = Judgement> + '_ {
        self.judgements.values().copied()
    }
}

impl Analysis<'_> {
    /// What may be said of a variant against another one on a workload: together with all else that the report
    /// answers, if it asks, else by the interval alone, which is never called more than that. `None` if they
    /// weren't both measured.
    pub fn judgement(
        &self,
        measure: Measure,
        workload: WorkloadId,
        from: VariantId,
        to: VariantId,
    ) -> Option<Judgement> {
        let speedup = self.speedup(measure, workload, from, to)?;
        let asked = (measure == Measure::Run)
            .then(|| self.verdicts().between(Over::Workload(workload), from, to));
        Some(asked.flatten().unwrap_or_else(|| {
            if executes(measure) && is_same_code(self, workload, from, to) {
                return Judgement::SameCode;
            }
            match Verdict::of(&speedup) {
                verdict @ (Verdict::Faster | Verdict::Slower) => Judgement::Alone(verdict),
                verdict => Judgement::Told(verdict),
            }
        }))
    }
}

/// Whether a phase is the machine's alone. What comes before it takes different ways to the same code.
fn executes(measure: Measure) -> bool {
    match measure {
        Measure::Run | Measure::First | Measure::Warm | Measure::Instantiate => true,
        Measure::Parse | Measure::Compile | Measure::Total => false,
    }
}

/// What a report asks, and over which workloads.
fn questions(analysis: &Analysis<'_>) -> Vec<(Question, Vec<WorkloadId>)> {
    let results = analysis.results;
    let each = results
        .workload_ids()
        .map(|id| (Over::Workload(id), vec![id]));
    let means = analysis.means().into_iter().enumerate();
    let means = means.map(|(place, mean)| (Over::mean(place, &mean.workloads), mean.workloads));
    let means: Vec<_> = means.collect();
    let several = means.iter().filter(|(_, workloads)| workloads.len() > 1);
    let subjects: Vec<_> = each.chain(several.cloned()).collect();
    let steps: Vec<_> = results
        .variant_ids()
        .filter_map(|to| Some((analysis.base(to)?, to)))
        .collect();
    let asked = |pairs: &[(VariantId, VariantId)], subjects: &[(Over, Vec<WorkloadId>)]| {
        let each = subjects.iter().flat_map(|(over, workloads)| {
            let question = |&(from, to): &_| {
                let over = *over;
                (Question { over, from, to }, workloads.clone())
            };
            pairs.iter().map(question).collect::<Vec<_>>()
        });
        each.collect::<Vec<_>>()
    };
    let mut questions = asked(&steps, &subjects);
    let mut further = asked(&asked_of_suites(analysis), &means);
    if let Some(((from, to), headline)) = further_steps(analysis).zip(headline(analysis)) {
        further.extend(asked(
            &[(from, to)],
            &[(Over::Workload(headline), vec![headline])],
        ));
    }
    further.retain(|it| !questions.contains(it));
    questions.extend(further);
    questions
}

/// Who is compared with whom over each suite, where there are several: every variant with the reference,
/// then, where that is another question, with its base. Of two builds, each engine with itself.
pub(crate) fn asked_of_suites(analysis: &Analysis<'_>) -> Vec<(VariantId, VariantId)> {
    if analysis.suites().len() < 2 {
        return Vec::new();
    }
    let results = analysis.results;
    let reference = results.reference();
    let mut asked = Vec::new();
    if results.experiment.kind != ExperimentKind::Builds {
        let others = results.variant_ids().filter(|&it| it != reference);
        asked.extend(others.map(|variant| (reference, variant)));
    }
    let steps = results.variant_ids().filter_map(|variant| {
        let base = analysis.previous(variant)?;
        Some((base, variant))
    });
    for step in steps {
        if !asked.contains(&step) {
            asked.push(step);
        }
    }
    asked
}

/// From the first step of a progression to its last, if there are further ones.
pub(crate) fn further_steps(analysis: &Analysis<'_>) -> Option<(VariantId, VariantId)> {
    let results = analysis.results;
    let reference = results.reference();
    let is_progression = results.experiment.kind == ExperimentKind::Progression;
    let mut others = results.variant_ids().filter(|&it| it != reference);
    let first = others.next().filter(|_| is_progression)?;
    Some((first, others.last()?))
}

fn headline(analysis: &Analysis<'_>) -> Option<WorkloadId> {
    let results = analysis.results;
    results.workload_named(&results.experiment.headline)
}

fn title(analysis: &Analysis<'_>, over: Over) -> String {
    match over {
        Over::Workload(id) => analysis.results.workload(id).title.clone(),
        Over::Mean(place) => analysis.means().swap_remove(place).title,
    }
}

/// What may be said of speedups, each with its own test, when all of them are looked at.
pub(crate) fn judge_together<'e>(
    compared: impl Iterator<Item = (&'e Estimate, PValue)> + Clone,
) -> Vec<Judgement> {
    let corrected = holm(&compared.clone().map(|(_, it)| it.p).collect::<Vec<_>>());
    // What the most telling samples would come to.
    let best = holm(&compared.clone().map(|(_, it)| it.least).collect::<Vec<_>>());
    let corrected = corrected.into_iter().zip(best);
    let judged = compared.zip(corrected);
    judged
        .map(|((speedup, _), (corrected, best))| judge(speedup, corrected, best))
        .collect()
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

/// Whether a speedup is below 1 by more than a bound, in logarithms, by its interval and by the corrected
/// p-value of the hypothesis that it lies there.
pub(crate) fn is_beyond(speedup: &Estimate, bound: f64, corrected: f64) -> bool {
    let below = |high: f64| high.ln() < -bound;
    corrected <= 1.0 - CONFIDENCE && speedup.interval.is_some_and(|it| below(it.high))
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
