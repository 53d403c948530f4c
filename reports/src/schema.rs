//! The results of a run: the one contract between the harness, which measures, and the reports.
//!
//! Everything here is data as it was recorded: times are integer nanoseconds, nothing is rounded,
//! averaged or derived. Reading and writing files is the business of [`crate::store`]; what the
//! samples say is that of [`crate::stats`].

mod cell;
mod check;
mod environment;
mod experiment;
mod host;
mod identity;
mod key;
mod layouts;
mod machine;
mod machine_code;
mod nesting;
mod repeats;
mod sample;
pub(crate) mod upgrade;

use serde::{Deserialize, Serialize};

pub use cell::{Cell, Counts, Failure, FailurePhase};
pub use check::Inconsistency;
pub use environment::{Environment, Tool};
pub use experiment::{Experiment, ExperimentKind, NotOffered, Variant, Workload};
pub use host::{HostCounts, HostSource};
pub use identity::Identity;
pub use key::Key;
pub use layouts::Layouts;
pub use machine::{Difference, MachineKey};
pub use machine_code::{CodeFunction, Jump, MachineCode};
pub use nesting::Nesting;
pub use repeats::Repeats;
pub use sample::{Measure, Sample};

/// The version of this schema. Files of older versions are read too (the module `upgrade` makes this
/// version of them); one of any other is refused, not guessed at. What may be absent can be added
/// without another version: older files are read as lacking it, and a program that doesn't know it
/// refuses the file by the name of the field.
pub const SCHEMA_VERSION: u32 = 2;

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
    /// The whole runs that the rounds are of, if there was more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Repeats>,
    /// How rounds share processes and layouts, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nesting: Option<Nesting>,
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
    /// Whether the layout of the machine code was varied; `None` in files that are older than layouts, of
    /// whose runs each had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layouts: Option<Layouts>,
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

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
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
            ExperimentKind::Comparison | ExperimentKind::Progression | ExperimentKind::Builds => {
                name
            }
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

    /// What was timed of any variant, in the order of [`Measure::ALL`].
    pub fn measures(&self) -> Vec<Measure> {
        let timed = |measure: &Measure| self.samples.iter().any(|it| it.measure == *measure);
        Measure::ALL.into_iter().filter(timed).collect()
    }

    /// Whether the variant was given up on the workload.
    pub fn has_failed(&self, variant: VariantId, workload: WorkloadId) -> bool {
        self.cell(variant, workload)
            .is_some_and(|cell| cell.failure.is_some())
    }
}
