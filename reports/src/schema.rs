//! The results of a run: the one contract between the harness, which measures, and the reports.
//!
//! Everything here is data as it was recorded: times are integer nanoseconds, nothing is rounded,
//! averaged or derived. Reading and writing files is the business of [`crate::store`]; what the
//! samples say is that of [`crate::stats`].

mod check;
mod host;
mod machine;
mod machine_code;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use check::Inconsistency;
pub use host::{HostCounts, HostSource};
pub use machine::{Difference, MachineKey};
pub use machine_code::{CodeFunction, Jump, MachineCode};

/// The version of this schema; a file of another version is refused, not guessed at. What may be
/// absent can be added without another version: older files are read as lacking it, and a program
/// that doesn't know it refuses the file by the name of the field.
pub const SCHEMA_VERSION: u32 = 1;

/// The most variants, and the most workloads, that one results file may name.
pub const MAX_AXIS: usize = 128;

/// A variant's place in [`Results::variants`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VariantId(pub u32);

/// A workload's place in [`Results::workloads`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkloadId(pub u32);

impl VariantId {
    /// The index into [`Results::variants`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl WorkloadId {
    /// The index into [`Results::workloads`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One run of one experiment: all that a report needs, and every sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// Says what the file is.
    pub format: Format,
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// The program that measured.
    pub tool: Tool,
    /// The command line that made the file, as a user would type it.
    pub command: String,
    /// What was compared, and why.
    pub experiment: Experiment,
    /// When the run began: UTC, RFC 3339 (`2026-11-20T18:34:39Z`).
    pub started: String,
    /// Wall-clock time of the run, in milliseconds.
    pub duration_ms: u64,
    /// The seed of the shuffles.
    pub seed: u64,
    /// Rounds of [`Measure::Run`] that were planned.
    pub rounds_planned: u32,
    /// Rounds of [`Measure::Run`] that were completed.
    pub rounds_done: u32,
    /// Whether the run was stopped before its last round.
    pub interrupted: bool,
    /// Whether the run went on with the samples of an interrupted one. What is known of the
    /// machine's load, and the duration, is about the last part alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub resumed: bool,
    /// Whether this was a `--quick` run.
    pub quick: bool,
    /// The machine and what else went on there.
    pub environment: Environment,
    /// The variants, in the order of the tables.
    pub variants: Vec<Variant>,
    /// Variants of the experiment that the program doesn't offer, so that they couldn't take part;
    /// none in files that are older than this list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_offered: Vec<NotOffered>,
    /// The workloads, in the order of the tables.
    pub workloads: Vec<Workload>,
    /// Whose the host instructions of the cells are, or why there are none; `None` in files that
    /// are older than such counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_counts: Option<HostCounts>,
    /// What is known of the machine code that dispatches, or why nothing is; `None` where it wasn't
    /// asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_code: Option<MachineCode>,
    /// What is known of a variant on a workload besides its times: at most one per pair.
    pub cells: Vec<Cell>,
    /// Every sample of every measure, in the order taken.
    pub samples: Vec<Sample>,
}

/// The kind of file; a file without it isn't ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Format {
    /// A results file.
    #[default]
    #[serde(rename = "monkeybench-results")]
    Results,
}

/// The program that measured and how it was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The version of `monkeybench`.
    pub version: String,
    /// The commit it was built from; `None` outside a repository.
    pub commit: Option<String>,
    /// Whether the tree differed from that commit.
    pub dirty: bool,
    /// The compiler, as `rustc --version` names it.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The Cargo profile: `release`, `debug`.
    pub profile: String,
    /// The Cargo features that chose the variants.
    pub features: Vec<String>,
}

/// What was compared, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Its name: `progression`.
    pub name: String,
    /// The question it answers, as one sentence.
    pub question: String,
    /// Whether the variants build on each other.
    pub kind: ExperimentKind,
    /// The name of the variant that the ratios refer to. It is entered twice in each round; the
    /// second is the A/A control.
    pub reference: String,
    /// The name of the workload of the headline and of [`Variant::published`].
    pub headline: String,
    /// The two variants that [`Workload::published`] compares, where there are such figures.
    pub baseline: Option<Baseline>,
}

/// Whether an experiment's variants build on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentKind {
    /// Each variant is the one before it and one step more, so neighbours are compared.
    Progression,
    /// The variants stand side by side; each is compared with the reference only.
    Comparison,
}

/// The pair of variants, by name, that the published figures per workload compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The variant that stands for the published evaluator.
    pub evaluator: String,
    /// The variant that stands for the published virtual machine.
    pub vm: String,
}

/// The machine, and what else went on there. `None`: the system doesn't tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The processor's model name.
    pub cpu: String,
    /// Logical cores that the run could use.
    pub cores: u32,
    /// The kernel's release.
    pub kernel: String,
    /// The operating system.
    pub os: String,
    /// The frequency governor.
    pub governor: Option<String>,
    /// The hypervisor, where there is one.
    pub hypervisor: Option<String>,
    /// The clock source behind the monotonic clock.
    pub clock: Option<String>,
    /// Main memory, in bytes.
    pub memory_bytes: Option<u64>,
    /// One-minute load average before the run.
    pub load_before: Option<f64>,
    /// One-minute load average after the run (which itself adds about one).
    pub load_after: Option<f64>,
    /// Share of all cores' time that the hypervisor gave to others during the run, in percent.
    pub steal_percent: Option<f64>,
    /// Share of all cores' time that other processes on this machine used during the run, in
    /// percent: what the system was busy with, less the harness and its workers.
    pub others_percent: Option<f64>,
}

/// An engine variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in the variant grammar: `stack+co+si`.
    pub name: String,
    /// What a table calls it: `+ superinstructions`.
    pub label: String,
    /// One line on what it is.
    pub summary: String,
    /// What the source document says of this stage, on the headline workload.
    pub published: Option<PublishedStage>,
    /// The name of the variant that this one is judged against in a comparison, where that isn't the
    /// reference: the one that it differs from in a single thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// The size of a value on its stack, in bytes; `None` where that isn't known, and in files that
    /// are older than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_bytes: Option<u32>,
}

/// A variant that the experiment names and the program doesn't offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotOffered {
    /// Its name, as the experiment spells it.
    pub name: String,
    /// What a table would call it.
    pub label: String,
    /// Why it isn't offered, as one sentence.
    pub why: String,
}

/// A row of the published progression, as the document rounds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedStage {
    /// Time, in milliseconds.
    pub milliseconds: f64,
    /// Speedup over the evaluator.
    pub speedup: f64,
    /// Gain over the previous published stage, in percent.
    pub gain_percent: Option<f64>,
    /// Where the published stage isn't quite this one: `with the integer cache`.
    pub note: Option<String>,
}

/// A program that was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Its name: `fibonacci`.
    pub name: String,
    /// What a table calls it: `fibonacci(25)`.
    pub title: String,
    /// Why it is there.
    pub why: String,
    /// The suite that it belongs to, all of which was run: `documented`; `None` where only a part of
    /// it was, and in files that are older than suites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// Its size parameter, where it has one.
    pub size: Option<u64>,
    /// The value that every variant gave, as the language prints it.
    pub value: String,
    /// What the source document says of it.
    pub published: Option<PublishedWorkload>,
}

/// A row of the published table of workloads, as the document rounds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedWorkload {
    /// The evaluator's time, in milliseconds.
    pub evaluator_ms: f64,
    /// The virtual machine's time, in milliseconds.
    pub vm_ms: f64,
    /// The speedup that the document gives (its own rounding of the two).
    pub speedup: f64,
}

/// A variant on a workload: its exact counts, or why it has no times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The variant.
    pub variant: VariantId,
    /// The workload.
    pub workload: WorkloadId,
    /// What the counting instantiation counted in one run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// Machine instructions of one run ([`Measure::Run`]), exact for the key that
    /// [`Results::host_counts`] names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_instructions: Option<u64>,
    /// The indirect jumps and calls by which the engine may have dispatched in one run, where its
    /// machine code was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jumps: Vec<Jump>,
    /// Why the cell was given up; its samples up to then are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Exact counts of one run; the same in every run. `None`: the variant has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Dispatched instructions (the tree-walker has none).
    pub dispatched: Option<u64>,
    /// Calls of Monkey functions, builtins excluded.
    pub calls: Option<u64>,
    /// Allocations of Monkey values.
    pub allocations: Option<u64>,
    /// Size of the compiled code, constants excluded, in bytes.
    pub code_bytes: Option<u64>,
}

/// Why a cell has no (more) times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What was being done.
    pub phase: FailurePhase,
    /// What happened, as one sentence.
    pub reason: String,
}

/// What was being done with a cell when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailurePhase {
    /// Starting the worker.
    Start,
    /// Comparing value and output with the expected ones before any timing.
    Check,
    /// Choosing the number of iterations.
    Calibration,
    /// Taking a sample.
    Sampling,
}

impl fmt::Display for FailurePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "the worker did not start",
            Self::Check => "the check before timing failed",
            Self::Calibration => "calibration failed",
            Self::Sampling => "a sample failed",
        })
    }
}

/// What a sample times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Text to resolved program. It doesn't depend on the variant, so it may be recorded for the
    /// reference alone.
    Parse,
    /// Resolved program to code.
    Compile,
    /// Code to a fresh machine.
    Instantiate,
    /// Instantiate and execute: what the tables time.
    Run,
    /// Text to result.
    Total,
}

impl Measure {
    /// Every measure, in the order of the phases.
    pub const ALL: [Self; 5] = [
        Self::Parse,
        Self::Compile,
        Self::Instantiate,
        Self::Run,
        Self::Total,
    ];

    /// The name in files, tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Compile => "compile",
            Self::Instantiate => "instantiate",
            Self::Run => "run",
            Self::Total => "total",
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One timed region: `iterations` repetitions that took `nanoseconds` together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The round, from 0, counted apart for each measure. Samples of one round belong together.
    pub round: u32,
    /// The workload.
    pub workload: WorkloadId,
    /// The variant.
    pub variant: VariantId,
    /// Whether this is the reference's second entry in its round: the A/A control.
    #[serde(default, skip_serializing_if = "is_false")]
    pub control: bool,
    /// What was timed.
    pub measure: Measure,
    /// Repetitions; at least 1.
    pub iterations: u64,
    /// Time of all repetitions together; at least 1.
    pub nanoseconds: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a run was configured to be: two runs with equal fingerprints may be joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The experiment's name.
    pub experiment: String,
    /// The variants' names, in order.
    pub variants: Vec<String>,
    /// The workloads' names and sizes, in order.
    pub workloads: Vec<(String, Option<u64>)>,
    /// The seed of the shuffles.
    pub seed: u64,
    /// Rounds planned.
    pub rounds: u32,
    /// Whether it is a `--quick` run.
    pub quick: bool,
    /// The tool's version.
    pub version: String,
    /// The tool's commit.
    pub commit: Option<String>,
    /// Whether the tree differed from that commit.
    pub dirty: bool,
    /// The Cargo features that chose the variants.
    pub features: Vec<String>,
    /// The Cargo profile.
    pub profile: String,
    /// A hash of the running program, where whoever measures knows it; results don't keep it.
    pub executable: Option<String>,
    /// The processor's model name.
    pub cpu: String,
    /// The kernel's release.
    pub kernel: String,
}

impl Fingerprint {
    /// The first field in which another run differs, by name; `None` when they are the same run.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("experiment", self.experiment == other.experiment),
            ("variants", self.variants == other.variants),
            (
                "workloads or their sizes",
                self.workloads == other.workloads,
            ),
            ("seed", self.seed == other.seed),
            ("number of rounds", self.rounds == other.rounds),
            ("--quick", self.quick == other.quick),
            ("version of monkeybench", self.version == other.version),
            ("commit of monkeybench", self.commit == other.commit),
            ("state of monkeybench's tree", self.dirty == other.dirty),
            ("set of Cargo features", self.features == other.features),
            ("Cargo profile", self.profile == other.profile),
            ("build of monkeybench", self.executable == other.executable),
            ("processor", self.cpu == other.cpu),
            ("kernel", self.kernel == other.kernel),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }
}

impl Results {
    /// The variant that ratios refer to: the first one should the name be wrong, which
    /// [`Results::check`] excludes.
    pub fn reference(&self) -> VariantId {
        self.variant_named(&self.experiment.reference)
            .unwrap_or(VariantId(0))
    }

    /// The variant of this name.
    pub fn variant_named(&self, name: &str) -> Option<VariantId> {
        self.variant_ids()
            .find(|id| self.variants[id.index()].name == name)
    }

    /// The workload of this name.
    pub fn workload_named(&self, name: &str) -> Option<WorkloadId> {
        self.workload_ids()
            .find(|id| self.workloads[id.index()].name == name)
    }

    /// All variants, in table order.
    pub fn variant_ids(&self) -> impl Iterator<Item = VariantId> + Clone + use<> {
        (0..u32::try_from(self.variants.len()).unwrap_or(u32::MAX)).map(VariantId)
    }

    /// All workloads, in table order.
    pub fn workload_ids(&self) -> impl Iterator<Item = WorkloadId> + Clone + use<> {
        (0..u32::try_from(self.workloads.len()).unwrap_or(u32::MAX)).map(WorkloadId)
    }

    /// The variant.
    pub fn variant(&self, id: VariantId) -> &Variant {
        &self.variants[id.index()]
    }

    /// What titles and sentences call a variant. The labels of a progression are steps, which name no
    /// variant; those of a comparison do, and stand for a longer name.
    pub fn short_name(&self, id: VariantId) -> &str {
        let Variant { name, label, .. } = self.variant(id);
        let is_longer = label.chars().count() > name.chars().count();
        match self.experiment.kind {
            ExperimentKind::Comparison if !is_longer => label,
            ExperimentKind::Comparison | ExperimentKind::Progression => name,
        }
    }

    /// The workload.
    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.index()]
    }

    /// What is known of a variant on a workload besides its times.
    pub fn cell(&self, variant: VariantId, workload: WorkloadId) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| (cell.variant, cell.workload) == (variant, workload))
    }

    /// Whether the variant was given up on the workload.
    pub fn has_failed(&self, variant: VariantId, workload: WorkloadId) -> bool {
        self.cell(variant, workload)
            .is_some_and(|cell| cell.failure.is_some())
    }

    /// What the run was configured to be.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            experiment: self.experiment.name.clone(),
            variants: self.variants.iter().map(|v| v.name.clone()).collect(),
            workloads: self
                .workloads
                .iter()
                .map(|w| (w.name.clone(), w.size))
                .collect(),
            seed: self.seed,
            rounds: self.rounds_planned,
            quick: self.quick,
            version: self.tool.version.clone(),
            commit: self.tool.commit.clone(),
            dirty: self.tool.dirty,
            features: self.tool.features.clone(),
            profile: self.tool.profile.clone(),
            executable: None,
            cpu: self.environment.cpu.clone(),
            kernel: self.environment.kernel.clone(),
        }
    }
}
