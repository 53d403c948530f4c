//! Two runs compared, old against new, cell by cell: a variant on a workload, both matched by name.
//!
//! The rounds of two runs have nothing in common, so nothing is paired: the logarithms of the one
//! run's times are one sample, those of the other's another, and the estimate is of the shift
//! between them ([`Estimate::of_shift`]). How far runs differ by themselves, and that many cells are judged at
//! once, is allowed for ([`BetweenRuns`]). A slower cell is a finding like any other; whoever wants a gate asks
//! what is [slower by](Comparison::slower_by) how much, and what can't be told at all.

mod between_runs;
mod code;
mod matching;
mod render;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::analysis::Analysis;
use crate::schema::{
    Difference, Layouts, MachineKey, Measure, Results, Tool, VariantId, WorkloadId,
};
use crate::stats::{Estimate, Verdict};
use crate::validity;
pub use between_runs::{BetweenRuns, MIN_CONTROLS, MIN_RUNS};
pub use code::{Code, Finding};
use matching::{Matched, Pair};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Times, which takes two runs of one machine ([`MachineKey`]).
    Times,
    /// Speedups over the reference, which are taken within rounds, so each run's machine has its
    /// part in both sides of them. What they say of another machine is for the reader to judge.
    Ratios,
}

/// Two runs compared. Serialized, it is what `--json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// What was compared.
    pub basis: Basis,
    /// What was timed.
    pub measure: Measure,
    /// The old run.
    pub old: Side,
    /// The new run.
    pub new: Side,
    /// Whether both are one and the same run.
    pub same_run: bool,
    /// In what the two differ besides their samples.
    pub differences: Vec<Difference>,
    /// Why the comparison is not to be trusted; empty: it is.
    pub invalid: Vec<Invalid>,
    /// How far the runs differ where their code doesn't.
    pub between_runs: BetweenRuns,
    /// The cells of both runs. None if their times can't be compared.
    pub cells: Vec<Cell>,
    /// The workloads, by name, that the geometric mean is over: all that both runs have in the
    /// same size.
    pub suite_workloads: Vec<String>,
    /// The geometric mean over the suite for each variant; empty if the suite is a single workload.
    pub suite: Vec<SuiteCell>,
    /// What is not compared, and why.
    pub left_out: Vec<LeftOut>,
    /// How many exact counts both runs have.
    pub counts_compared: usize,
    /// The exact counts that differ.
    pub changed_counts: Vec<ChangedCount>,
}

/// One of the two runs.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// The file, as the user named it.
    pub file: String,
    /// What measured.
    pub tool: Tool,
    /// The machine.
    pub machine: MachineKey,
    /// The variant that its ratios refer to.
    pub reference: String,
    /// When the run began: UTC, RFC 3339.
    pub started: String,
    /// Rounds that were planned.
    pub rounds_planned: u32,
    /// Rounds that were done.
    pub rounds_done: u32,
    /// Whether the layout of the code varied; unknown for old files.
    pub layouts: Option<Layouts>,
    /// The A/A control over the whole suite: the reference's speedup over itself.
    pub control: Option<f64>,
    /// The reference's speed in the later half of the rounds, against the earlier half: how much the
    /// machine drifted within the run.
    pub drift: Option<f64>,
}

/// Which of the two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The old one.
    Old,
    /// The new one.
    New,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Old => "the old run",
            Self::New => "the new run",
        })
    }
}

/// A variant on a workload, in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The workload's name.
    pub workload: String,
    /// What a table calls the workload.
    pub title: String,
    /// The variant's name.
    pub variant: String,
    /// What the runs say of it.
    #[serde(flatten)]
    pub compared: Compared,
}

/// A variant over the whole suite, in both runs: the geometric mean of each round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuiteCell {
    /// The variant's name.
    pub variant: String,
    /// What the runs say of it; `None` if any workload of the suite lacks it.
    #[serde(flatten)]
    pub compared: Option<Compared>,
}

/// Old against new.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The old run's figure, a median over its rounds: nanoseconds, or with [`Basis::Ratios`] the
    /// speedup over the reference.
    pub old: f64,
    /// The same of the new run.
    pub new: f64,
    /// How many times as fast the new run is; the interval allows for what differs between runs, where that
    /// is known ([`BetweenRuns`]).
    #[serde(flatten)]
    pub speedup: Speedup,
    /// What is known of the code in the two runs.
    pub code: Code,
    /// What the interval says that covers what varies within the runs alone.
    pub within_runs: Verdict,
    /// What may be said of it.
    pub verdict: Finding,
    /// The logarithms of the speeds, old and new, of each round, or of each run.
    #[serde(skip)]
    log_speeds: [Vec<f64>; 2],
}

/// How many times as fast the new run is as the old one: old time / new time, or new speedup / old
/// speedup.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speedup(pub Estimate);

impl Serialize for Speedup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields {
            ratio: f64,
            low: Option<f64>,
            high: Option<f64>,
            coverage: Option<f64>,
        }
        let interval = self.0.interval;
        Fields {
            ratio: self.0.median,
            low: interval.map(|it| it.low),
            high: interval.map(|it| it.high),
            coverage: interval.map(|it| it.coverage),
        }
        .serialize(serializer)
    }
}

/// Something that is not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The variant's name; `None`: every variant.
    pub variant: Option<String>,
    /// The workload's name; `None`: every workload.
    pub workload: Option<String>,
    /// Why it is not compared.
    pub reason: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.variant, &self.workload) {
            (Some(variant), Some(workload)) => write!(f, "{variant} on {workload}: ")?,
            (Some(only), None) | (None, Some(only)) => write!(f, "{only}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.reason)
    }
}

/// An exact count that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangedCount {
    /// The workload's name.
    pub workload: String,
    /// The variant's name.
    pub variant: String,
    /// What is counted: `dispatched`.
    pub count: &'static str,
    /// The count in the old run.
    pub old: u64,
    /// The count in the new run.
    pub new: u64,
    /// The change, in percent; `None` from nothing to something.
    pub change_percent: Option<f64>,
}

/// A reason not to trust a comparison.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Invalid {
    /// The times are of two machines.
    OtherMachine(Vec<Difference>),
    /// One of the runs is invalid itself.
    Run(Which, validity::Invalid),
    /// The same code took other times in the one run than in the other.
    Drift {
        /// How many cells of the same code differ.
        cells: usize,
        /// How many cells of the same code there are.
        of: usize,
        /// The largest of these differences, in percent.
        percent: f64,
    },
}

impl Invalid {
    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::OtherMachine(_) => {
                "compare the speedups over the reference with `--ratios`, or measure both on one \
                 machine"
                    .to_owned()
            }
            Self::Run(_, reason) => reason.advice(),
            Self::Drift { .. } => {
                "to tell two builds apart, measure both in one run, side by side: `run --against`"
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherMachine(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the times are of different machines ({})",
                    parts.join(", ")
                )
            }
            Self::Run(which, reason) => write!(f, "{which}: {reason}"),
            Self::Drift { cells, of, percent } => write!(
                f,
                "drift between runs: {cells} of {of} cells differ, by up to {percent:.1} %, though their \
                 code is the same in both"
            ),
        }
    }
}

impl Serialize for Invalid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        validity::Advised::new(self, self.advice()).serialize(serializer)
    }
}

/// Why two runs can't be compared at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// No cell is in both.
    #[error("the two runs have nothing in common to compare{}", reasons(.0))]
    NoCommonCell(Vec<LeftOut>),
    /// Speedups over two different variants.
    #[error(
        "the ratios of the old run refer to {old}, those of the new run to {new}: they can't be \
         compared"
    )]
    OtherReference {
        /// The old run's reference.
        old: String,
        /// The new run's.
        new: String,
    },
}

/// The first few reasons why nothing is left to compare.
fn reasons(left_out: &[LeftOut]) -> String {
    const SHOWN: usize = 4;
    let mut reasons: Vec<String> = left_out
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    if left_out.len() > SHOWN {
        reasons.push(format!("and {} more", left_out.len() - SHOWN));
    }
    match reasons.as_slice() {
        [] => " but the reference itself".to_owned(),
        reasons => format!(": {}", reasons.join("; ")),
    }
}

impl Comparison {
    /// Compares two runs, each with the name of its file.
    ///
    /// # Errors
    /// If there is nothing to compare, or the ratios refer to different variants.
    pub fn new(
        (old_file, old): (&str, &Results),
        (new_file, new): (&str, &Results),
        basis: Basis,
        measure: Measure,
    ) -> Result<Self, CompareError> {
        if basis == Basis::Ratios {
            same_reference(old, new)?;
        }
        let pair = Pair {
            old: Analysis::new(old),
            new: Analysis::new(new),
            basis,
            measure,
        };
        let matched = Matched::of(&pair)?;
        let other_machine = old.machine_key().differences(&new.machine_key());
        let mut invalid = invalid(&pair, &other_machine);
        let comparable = basis == Basis::Ratios || other_machine.is_empty();
        let (mut cells, mut suite) = match comparable {
            true => (matched.cells(&pair), matched.suite(&pair)),
            false => (Vec::new(), Vec::new()),
        };
        let between_runs = BetweenRuns::judge(&mut cells, &mut suite, measure, [old, new]);
        if !between_runs.is_known() {
            // Otherwise it is known how far runs drift, and all intervals allow for it.
            invalid.extend(drift_between_runs(&cells));
        }
        let (counts_compared, changed_counts) = matched.counts(&pair);
        Ok(Self {
            basis,
            measure,
            old: Side::new(old_file, &pair.old),
            new: Side::new(new_file, &pair.new),
            same_run: old == new,
            differences: differences(old, new, other_machine),
            invalid,
            between_runs,
            cells,
            suite_workloads: matched.suite_workloads(&pair),
            suite,
            left_out: matched.left_out,
            counts_compared,
            changed_counts,
        })
    }

    /// The cells that are slower by at least so many per cent: with 0 %, all whose verdict is “slower”. The
    /// bound is tested as the verdicts are, all cells and means together. Gives what each is over, and its
    /// variant.
    pub fn slower_by(&self, percent: f64) -> Vec<(&str, &str)> {
        let cells = self.cells.iter();
        let cells = cells.map(|it| (it.title.as_str(), it.variant.as_str(), &it.compared));
        let means = self.suite.iter().filter_map(|it| {
            let compared = it.compared.as_ref()?;
            Some(("geometric mean", it.variant.as_str(), compared))
        });
        let all: Vec<_> = cells.chain(means).collect();
        let compared: Vec<&Compared> = all.iter().map(|it| it.2).collect();
        let slower = self.between_runs.slower_by(&compared, percent);
        let slower = all.into_iter().zip(slower).filter(|it| it.1);
        slower
            .map(|((over, variant, _), _)| (over, variant))
            .collect()
    }

    /// The comparison for a terminal of this width, in colour or not.
    pub fn terminal(&self, width: u16, color: bool) -> String {
        render::terminal(self, width, color)
    }

    /// The comparison as markdown.
    pub fn markdown(&self) -> String {
        render::markdown(self)
    }
}

fn same_reference(old: &Results, new: &Results) -> Result<(), CompareError> {
    let (old, new) = (&old.experiment.reference, &new.experiment.reference);
    if old == new {
        return Ok(());
    }
    Err(CompareError::OtherReference {
        old: old.clone(),
        new: new.clone(),
    })
}

fn invalid(pair: &Pair<'_>, other_machine: &[Difference]) -> Vec<Invalid> {
    let machine = (pair.basis == Basis::Times && !other_machine.is_empty())
        .then(|| Invalid::OtherMachine(other_machine.to_vec()));
    let files = [pair.old.results, pair.new.results];
    // So many runs are enough for the shift between them, if not for the median of each.
    let repeated = between_runs::are_repeated(pair.measure, files);
    let is_reason =
        move |it: &validity::Invalid| !(repeated && matches!(it, validity::Invalid::TooFew { .. }));
    let run = |which, analysis| {
        let reasons = validity::reasons(analysis).into_iter().filter(is_reason);
        reasons.map(move |reason| Invalid::Run(which, reason))
    };
    machine
        .into_iter()
        .chain(run(Which::Old, &pair.old))
        .chain(run(Which::New, &pair.new))
        .collect()
}

/// What cells of the same code say of the two runs: where they differ, it is not the code that does.
fn drift_between_runs(cells: &[Cell]) -> Option<Invalid> {
    let same = || {
        let cells = cells.iter().map(|cell| &cell.compared);
        cells.filter(|it| it.code == Code::Same)
    };
    let drifted = same().filter(|it| it.verdict == Finding::DriftBetweenRuns);
    let sizes: Vec<f64> = drifted
        .map(|it| it.speedup.0.median.ln().abs().exp_m1() * 100.0)
        .collect();
    let percent = sizes.iter().copied().max_by(f64::total_cmp)?;
    Some(Invalid::Drift {
        cells: sizes.len(),
        of: same().count(),
        percent,
    })
}

/// In what two runs differ besides machine and samples: what one compares, and what one should
/// know of.
fn differences(old: &Results, new: &Results, other_machine: Vec<Difference>) -> Vec<Difference> {
    let facts = |results: &Results| {
        let Tool {
            version,
            commit,
            dirty,
            rustc,
            features,
            settings,
            ..
        } = &results.tool;
        let commit = commit.as_deref().unwrap_or("unknown");
        let changes = if *dirty { " with changes" } else { "" };
        let features = match features.as_slice() {
            [] => "none".to_owned(),
            features => features.join(", "),
        };
        let settings = match settings.as_str() {
            "" => "unknown",
            settings => settings,
        };
        let environment = &results.environment;
        let clock = environment.clock.as_deref().unwrap_or("unknown");
        [
            ("version", version.clone()),
            ("commit", format!("{commit}{changes}")),
            ("compiler", rustc.clone()),
            ("compiler settings", settings.to_owned()),
            ("features", features),
            ("experiment", results.experiment.name.clone()),
            ("rounds", results.rounds_done.to_string()),
            ("kernel", environment.kernel.clone()),
            ("clock", clock.to_owned()),
        ]
    };
    let further = facts(old)
        .into_iter()
        .zip(facts(new))
        .filter_map(|((what, old), (_, new))| Difference::between(what, old, new));
    other_machine.into_iter().chain(further).collect()
}

impl Side {
    fn new(file: &str, analysis: &Analysis<'_>) -> Self {
        let results = analysis.results;
        Self {
            file: file.to_owned(),
            tool: results.tool.clone(),
            machine: results.machine_key(),
            reference: results.experiment.reference.clone(),
            started: results.started.clone(),
            rounds_planned: results.rounds_planned,
            rounds_done: results.rounds_done,
            layouts: results.layouts.clone(),
            control: analysis.suite_control().map(|control| control.median),
            drift: drift(analysis),
        }
    }
}

/// The reference's speed over the suite in the later half of the rounds, against the earlier half.
fn drift(analysis: &Analysis<'_>) -> Option<f64> {
    let results = analysis.results;
    let speeds = mean_by_round(results.workload_ids().map(|workload| {
        log_speeds(
            analysis,
            Basis::Times,
            Measure::Run,
            results.reference(),
            workload,
        )
    }));
    let speeds: Vec<f64> = speeds.into_values().collect();
    let (earlier, later) = speeds.split_at(speeds.len() / 2);
    let drift = Estimate::of_shift(later.iter().copied(), earlier.iter().copied())?;
    Some(drift.median.exp())
}

/// A figure for each round.
type Series = BTreeMap<u32, f64>;

/// The logarithm of a cell's speed in each round: of 1 / time, or of its speedup over the
/// reference.
fn log_speeds(
    analysis: &Analysis<'_>,
    basis: Basis,
    measure: Measure,
    variant: VariantId,
    workload: WorkloadId,
) -> Series {
    let times = analysis.times_by_round(measure, workload, variant);
    match basis {
        Basis::Times => times
            .into_iter()
            .map(|(round, time)| (round, -time.ln()))
            .collect(),
        Basis::Ratios => {
            let reference = analysis.results.reference();
            let references = analysis.times_by_round(measure, workload, reference);
            let ratio = |(round, time): (&u32, &f64)| {
                let reference = references.get(round)?;
                Some((*round, (reference / time).ln()))
            };
            times.iter().filter_map(ratio).collect()
        }
    }
}

/// The mean over several series in each round that all of them have.
fn mean_by_round(all: impl Iterator<Item = Series>) -> Series {
    let mut series = 0;
    let mut sums: BTreeMap<u32, (usize, f64)> = BTreeMap::new();
    for one in all {
        series += 1;
        for (round, figure) in one {
            let (count, sum) = sums.entry(round).or_default();
            *count += 1;
            *sum += figure;
        }
    }
    sums.into_iter()
        .filter(|(_, (count, _))| *count == series)
        .map(|(round, (count, sum))| (round, sum / count as f64))
        .collect()
}
