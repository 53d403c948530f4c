//! What a run says, in short, for machines; and how well it went, as an exit status.

use std::path::PathBuf;

use reports::Written;
use reports::analysis::Analysis;
use reports::dispatching::{DispatchCode, Dispatching};
use reports::schema::{
    Cell, HostCounts, Identity, Layouts, Measure, Results, VariantId, WorkloadId,
};
use reports::stats::{Estimate, Verdict};
use reports::suites::{self, Agreement};
use reports::three_way::{CountChange, ThreeWay};
use reports::validity::Invalid;
use reports::variance::{Component, Components};
use reports::verdicts::{Judgement, Over};
use serde::Serialize;

use crate::failure::Status;

/// The summary that `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    experiment: String,
    seed: u64,
    rounds_planned: u32,
    rounds_done: u32,
    interrupted: bool,
    /// Why the run is not to be trusted; empty: it is.
    invalid: Vec<Invalid>,
    failures: Vec<FailedCell>,
    /// As in the results file: whose the host instructions are, or why there are none.
    host_counts: Option<HostCounts>,
    variants: Vec<Variant>,
    cells: Vec<TimedCell>,
    /// Over all workloads, or each suite, where there are several.
    means: Vec<Mean>,
    /// How many comparisons were judged together; those of equal code are none.
    family: usize,
    /// As in the results file: what a verdict covers.
    layouts: Option<Layouts>,
    /// Where the variance comes from, by workload; empty unless `--variance` asked for it.
    variance: Vec<Split>,
    /// Whether the suites agree; empty with fewer than two.
    conclusions: Vec<Conclusion>,
    /// None where it could not be written. What isn't text in a path is replaced: JSON can't say it.
    report: Option<String>,
    files: Vec<String>,
}

/// What is known of a variant, whatever the workload.
#[derive(Debug, Serialize)]
struct Variant {
    name: String,
    /// As in the results file: what its worker said that it is.
    identity: Option<Identity>,
    value_bytes: Option<u32>,
    /// The machine code by which it dispatches, if it was read.
    dispatch_code: Option<DispatchCode>,
}

/// What the suites say of a variant, against the reference or against what it is a step from.
#[derive(Debug, Serialize)]
struct Conclusion {
    variant: String,
    base: String,
    agreement: Agreement,
    suites: Vec<SuiteSpeedup>,
}

/// The geometric mean over a suite.
#[derive(Debug, Serialize)]
struct SuiteSpeedup {
    suite: String,
    speedup: Option<Ratio>,
}

/// How a run dispatched in machine code.
#[derive(Debug, Serialize)]
struct Dispatched {
    /// Through how many jumps 99 % of the dispatches went.
    jumps: usize,
    /// Through how many calls.
    calls: usize,
    /// What part of them a simulated predictor got wrong.
    mispredicted: f64,
    /// An estimate of the part of the work that it was.
    share: Option<f64>,
}

/// A cell that has no times.
#[derive(Debug, Serialize)]
struct FailedCell {
    variant: String,
    workload: String,
    reason: String,
}

/// A variant on a workload.
#[derive(Debug, Serialize)]
struct TimedCell {
    variant: String,
    workload: String,
    /// Median time of a run.
    nanoseconds: f64,
    /// How many times as fast as the reference.
    speedup: Option<Ratio>,
    dispatched: Option<u64>,
    host_instructions: Option<u64>,
    host_per_dispatched: Option<f64>,
    nanoseconds_per_dispatched: Option<f64>,
    allocations: Option<u64>,
    peak_memory_bytes: Option<u64>,
    dispatch: Option<Dispatched>,
    step: Option<Step>,
}

/// What changes from the previous stage, or else from the reference: new / old.
#[derive(Debug, Serialize)]
struct Step {
    base: String,
    dispatched: Option<f64>,
    host_instructions: Option<f64>,
    time: Option<Ratio>,
    /// All three in a phrase.
    seen: Option<String>,
    /// What may be said of the time, among all that is judged.
    judgement: Option<Judgement>,
    /// What the interval of the time says, as if nothing else had been compared.
    interval_verdict: Option<Verdict>,
}

/// A variant against its base, over several workloads.
#[derive(Debug, Serialize)]
struct Mean {
    title: String,
    variant: String,
    base: String,
    /// How many times as fast as the base.
    speedup: Option<Ratio>,
    /// As of a step.
    judgement: Option<Judgement>,
    interval_verdict: Option<Verdict>,
}

/// The parts of the variance on a workload, as standard deviations of a logarithm of a ratio.
#[derive(Debug, Serialize)]
struct Split {
    workload: String,
    layouts: Option<Deviation>,
    processes: Deviation,
    rounds: Deviation,
    /// What more of narrows the intervals.
    sample_more: &'static str,
}

/// A standard deviation with its 95 % interval.
#[derive(Debug, Serialize)]
struct Deviation {
    estimate: f64,
    low: f64,
    high: f64,
}

/// A ratio with its 95 % interval, if there were rounds enough for one.
#[derive(Debug, Serialize)]
struct Ratio {
    median: f64,
    low: Option<f64>,
    high: Option<f64>,
}

impl Summary {
    /// Sums up.
    pub(crate) fn new(results: &Results, written: Option<&Written>) -> Self {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let analysis = Analysis::new(results);
        Self {
            experiment: results.experiment.name.clone(),
            seed: results.seed,
            rounds_planned: results.rounds_planned,
            rounds_done: results.rounds_done,
            interrupted: results.interrupted,
            invalid: reports::invalid(results),
            failures: failures(results),
            host_counts: results.host_counts.clone(),
            variants: variants(results),
            cells: cells(&analysis),
            means: means(&analysis),
            family: analysis.verdicts().family(),
            layouts: results.layouts.clone(),
            variance: variance(&analysis),
            conclusions: conclusions(&analysis),
            report: written.map(|it| text(&it.report)),
            files: written.map_or_else(Vec::new, |it| it.files.iter().map(text).collect()),
        }
    }

    /// How well it went. What is missing weighs more than doubt about what is there.
    pub(crate) fn status(&self) -> Status {
        if self.interrupted || !self.failures.is_empty() {
            Status::Failed
        } else if !self.invalid.is_empty() {
            Status::Invalid
        } else {
            Status::Good
        }
    }
}

fn failures(results: &Results) -> Vec<FailedCell> {
    let failed = results.cells.iter().filter_map(|cell| {
        Some(FailedCell {
            variant: results.variant(cell.variant).name.clone(),
            workload: results.workload(cell.workload).name.clone(),
            reason: cell.failure.as_ref()?.reason.clone(),
        })
    });
    failed.collect()
}

fn variants(results: &Results) -> Vec<Variant> {
    let variant = |id| {
        let variant = results.variant(id);
        Variant {
            name: variant.name.clone(),
            identity: variant.identity.clone(),
            value_bytes: variant.value_bytes,
            dispatch_code: DispatchCode::of(results, id),
        }
    };
    results.variant_ids().map(variant).collect()
}

fn conclusions(analysis: &Analysis<'_>) -> Vec<Conclusion> {
    let name = |id| analysis.results.variant(id).name.clone();
    let conclusion = |found: suites::Conclusion<'_>| Conclusion {
        variant: name(found.to),
        base: name(found.from),
        agreement: found.agreement(),
        suites: found
            .suites
            .into_iter()
            .map(|it| SuiteSpeedup {
                suite: it.suite.to_owned(),
                speedup: it.speedup.map(Ratio::from),
            })
            .collect(),
    };
    let found = suites::conclusions(analysis).into_iter();
    found.map(conclusion).collect()
}

fn dispatched(results: &Results, cell: &Cell) -> Option<Dispatched> {
    let found = Dispatching::of(cell)?;
    let calls = found.main.iter().filter(|jump| jump.call).count();
    Some(Dispatched {
        jumps: found.main.len() - calls,
        calls,
        mispredicted: found.mispredicted,
        share: DispatchCode::of(results, cell.variant)?.share(cell),
    })
}

fn cells(analysis: &Analysis<'_>) -> Vec<TimedCell> {
    let results = analysis.results;
    let reference = results.reference();
    let mut cells = Vec::new();
    for workload in results.workload_ids() {
        for variant in results.variant_ids() {
            let Some(time) = analysis.time(Measure::Run, workload, variant) else {
                continue;
            };
            let speedup = analysis.speedup(Measure::Run, workload, reference, variant);
            let cell = results.cell(variant, workload);
            cells.push(TimedCell {
                variant: results.variant(variant).name.clone(),
                workload: results.workload(workload).name.clone(),
                nanoseconds: time.median,
                speedup: speedup.map(Ratio::from),
                dispatched: cell.and_then(|cell| cell.counts?.dispatched),
                host_instructions: cell.and_then(|cell| cell.host_instructions),
                host_per_dispatched: cell.and_then(Cell::host_per_dispatched),
                nanoseconds_per_dispatched: analysis
                    .time_per_dispatched(workload, variant)
                    .map(|time| time.median),
                allocations: cell.and_then(|cell| cell.counts?.allocations),
                peak_memory_bytes: cell.and_then(|cell| cell.peak_memory_bytes),
                dispatch: cell.and_then(|cell| dispatched(results, cell)),
                step: step(analysis, workload, variant),
            });
        }
    }
    cells
}

fn step(analysis: &Analysis<'_>, workload: WorkloadId, variant: VariantId) -> Option<Step> {
    let base = analysis.base(variant)?;
    let change = ThreeWay::between(analysis, workload, base, variant);
    let speedup = analysis.speedup(Measure::Run, workload, base, variant);
    Some(Step {
        base: analysis.results.variant(base).name.clone(),
        dispatched: change.dispatched.and_then(CountChange::ratio),
        host_instructions: change.host.and_then(CountChange::ratio),
        time: change.time.map(|time| time.ratio.into()),
        seen: change.seen().map(|seen| seen.to_string()),
        judgement: analysis.judgement(Measure::Run, workload, base, variant),
        interval_verdict: speedup.as_ref().map(Verdict::of),
    })
}

/// Each variant against its base over each mean of several workloads: that of one is its cell's step.
fn means(analysis: &Analysis<'_>) -> Vec<Mean> {
    let results = analysis.results;
    let means = analysis.means().into_iter().enumerate();
    let several = means.filter(|(_, mean)| mean.workloads.len() > 1);
    let of_mean = |(place, mean): (usize, reports::analysis::Mean)| {
        let over = Over::mean(place, &mean.workloads);
        let of_variant = |variant| {
            let base = analysis.base(variant)?;
            let speedup = analysis.mean_speedup(Measure::Run, &mean.workloads, base, variant);
            Some(Mean {
                title: mean.title.clone(),
                variant: results.variant(variant).name.clone(),
                base: results.variant(base).name.clone(),
                speedup: speedup.map(Ratio::from),
                judgement: analysis.verdicts().between(over, base, variant),
                interval_verdict: speedup.as_ref().map(Verdict::of),
            })
        };
        let variants = results.variant_ids().filter_map(of_variant);
        variants.collect::<Vec<_>>()
    };
    several.flat_map(of_mean).collect()
}

fn variance(analysis: &Analysis<'_>) -> Vec<Split> {
    let results = analysis.results;
    let split = |workload| {
        let components = Components::of(analysis, workload)?;
        Some(Split {
            workload: results.workload(workload).name.clone(),
            layouts: components.layout.map(Deviation::from),
            processes: components.process.into(),
            rounds: components.round.into(),
            sample_more: components.advice(),
        })
    };
    results.workload_ids().filter_map(split).collect()
}

impl From<Component> for Deviation {
    fn from(component: Component) -> Self {
        let (low, high) = component.interval;
        Self {
            estimate: component.deviation,
            low,
            high,
        }
    }
}

impl From<Estimate> for Ratio {
    fn from(estimate: Estimate) -> Self {
        Self {
            median: estimate.median,
            low: estimate.interval.map(|interval| interval.low),
            high: estimate.interval.map(|interval| interval.high),
        }
    }
}
