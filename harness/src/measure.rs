//! A run: check, count, calibrate, then round after round of samples. Every answer of a worker is
//! judged here; a fault costs its cell, a variant on a workload, and the run goes on without it.
//!
//! What the samples mean is not computed here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::time::Duration;

use reports::schema::{
    self, Cell, Counts, Failure, FailurePhase, Measure, Sample, VariantId, WorkloadId,
};
use reports::store::FailedCell;

use crate::calibrate::{Calibration, calibrate};
use crate::experiments::Contender;
use crate::interrupt;
use crate::progress::Progress;
use crate::protocol::{Checked, Measured};
use crate::schedule::{Entry, Schedule};
use crate::workers::{Fault, Named, Worker};

/// How long a sample of `run` should take, in nanoseconds: long against the clock's resolution and
/// a worker's wake-up, short against the drift of a machine's speed.
const RUN_SAMPLE: u64 = 10_000_000;

/// How long a sample of another phase should take, in nanoseconds. Their table is read for its
/// orders of magnitude.
const PHASE_SAMPLE: u64 = 2_000_000;

/// How many times longer than calibrated a sample may take before the time limit starts to run:
/// the untimed iteration before it, and a machine that is busy.
const PATIENCE: u32 = 4;

/// A program to measure, and what it must give.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// What the results say of it; its value is the expected one.
    pub(crate) workload: schema::Workload,
    /// Its text.
    pub(crate) source: String,
    /// What it must print.
    pub(crate) output: String,
    /// Whether it is known what it must give; if not, the oracle is asked before anything else is.
    pub(crate) is_known: bool,
}

impl Task {
    /// The program as a worker is asked for it.
    pub(crate) fn program(&self) -> Named<'_> {
        Named {
            name: &self.workload.name,
            source: &self.source,
        }
    }
}

/// What keeps a cell from being measured.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The worker failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The program gave another value.
    #[error("the value is {got:?}, but should be {wanted:?}")]
    Value { got: String, wanted: String },
    /// The program printed something else.
    #[error("the output is {got:?}, but should be {wanted:?}")]
    Output { got: String, wanted: String },
    /// There is no value where there should be one.
    #[error("the answer has no value, but should have {wanted:?}")]
    NoValue { wanted: String },
}

/// Whether the user has let the run go on to the end of a step.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progressed {
    /// It is done.
    Done,
    /// The user asked to stop.
    Interrupted,
}

/// A run in progress.
#[derive(Debug)]
pub(crate) struct Bench<'p> {
    contenders: &'p [Contender],
    tasks: &'p [Task],
    schedule: Schedule,
    timeout: Duration,
    progress: &'p Progress,
    /// One per variant, and a last one for the control.
    workers: Vec<Worker>,
    counts: BTreeMap<(VariantId, WorkloadId), Counts>,
    failures: BTreeMap<(VariantId, WorkloadId), Failure>,
    /// Those that the journal knows.
    reported: BTreeSet<(VariantId, WorkloadId)>,
    calibrations: HashMap<(VariantId, WorkloadId, Measure), Calibration>,
}

impl<'p> Bench<'p> {
    /// Prepares a run; workers start when they are first asked.
    pub(crate) fn new(
        contenders: &'p [Contender],
        tasks: &'p [Task],
        schedule: Schedule,
        timeout: Duration,
        progress: &'p Progress,
    ) -> Self {
        Self {
            contenders,
            tasks,
            schedule,
            timeout,
            progress,
            workers: contenders
                .iter()
                .chain([&contenders[schedule.reference.index()]])
                .map(|contender| Worker::new(contender.engine.clone()))
                .collect(),
            counts: BTreeMap::new(),
            failures: BTreeMap::new(),
            reported: BTreeSet::new(),
            calibrations: HashMap::new(),
        }
    }

    /// Leaves out the cells that were given up in an earlier part of the run: half a series is no
    /// answer. But whose worker couldn't be started is tried again, since that is seldom its fault.
    pub(crate) fn exclude(&mut self, failed: Vec<FailedCell>) {
        for FailedCell {
            variant,
            workload,
            failure,
        } in failed
        {
            if failure.phase != FailurePhase::Start {
                self.failures.insert((variant, workload), failure);
            }
        }
        self.reported = self.failures.keys().copied().collect();
    }

    /// The cells that were given up since this was asked last.
    pub(crate) fn newly_failed(&mut self) -> Vec<FailedCell> {
        let failures = self.failures.iter();
        let new = failures.filter(|(cell, _)| !self.reported.contains(cell));
        let new = new.map(|(&(variant, workload), failure)| FailedCell {
            variant,
            workload,
            failure: failure.clone(),
        });
        let new: Vec<_> = new.collect();
        let cells = new.iter().map(|cell| (cell.variant, cell.workload));
        self.reported.extend(cells);
        new
    }

    /// Checks every variant on every workload, and counts.
    pub(crate) fn check(&mut self) -> Progressed {
        for (variant, workload) in self.cells() {
            if interrupt::requested() {
                return Progressed::Interrupted;
            }
            if self.has_failed(variant, workload) {
                continue;
            }
            self.announce("checking", variant, workload);
            match self.check_cell(variant, workload) {
                Ok(Some(counts)) => {
                    self.counts.insert((variant, workload), counts);
                }
                Ok(None) => {}
                Err(trouble) => self.fail(variant, workload, FailurePhase::Check, &trouble),
            }
        }
        Progressed::Done
    }

    fn check_cell(
        &mut self,
        variant: VariantId,
        workload: WorkloadId,
    ) -> Result<Option<Counts>, Trouble> {
        let (task, timeout) = (&self.tasks[workload.index()], self.timeout);
        let worker = &mut self.workers[variant.index()];
        let Checked { result, output } = worker.check(task.program(), timeout)?;
        verify_value(&result, task)?;
        if output != task.output {
            return Err(Trouble::Output {
                got: output,
                wanted: task.output.clone(),
            });
        }
        match worker.counts(task.program(), timeout) {
            Ok(counts) => Ok(Some(counts)),
            // An external engine needn't count.
            Err(Fault::Refused(_)) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Finds how many iterations make a sample, for all that will be measured.
    pub(crate) fn calibrate(&mut self) -> Progressed {
        let schedule = self.schedule;
        for entry in schedule.everything() {
            if interrupt::requested() {
                return Progressed::Interrupted;
            }
            if entry.control || self.has_failed(entry.variant, entry.workload) {
                continue;
            }
            self.announce("calibrating", entry.variant, entry.workload);
            match self.calibrate_cell(entry) {
                Ok(calibration) => {
                    let key = (entry.variant, entry.workload, entry.measure);
                    self.calibrations.insert(key, calibration);
                }
                // An external engine needn't have all phases; one that isn't calibrated isn't
                // measured.
                Err(Trouble::Fault(Fault::Refused(_))) if entry.measure != Measure::Run => {}
                Err(trouble) => {
                    let phase = FailurePhase::Calibration;
                    self.fail(entry.variant, entry.workload, phase, &trouble);
                }
            }
        }
        Progressed::Done
    }

    fn calibrate_cell(&mut self, entry: Entry) -> Result<Calibration, Trouble> {
        let target = match entry.measure {
            Measure::Run => RUN_SAMPLE,
            _ => PHASE_SAMPLE,
        };
        let limit = self.timeout;
        calibrate(target, |iterations| self.time(entry, iterations, limit))
    }

    /// Takes the samples of a round, in its order. None if the user asked to stop within it: half
    /// a round is no round.
    ///
    /// Each round has processes of its own. Where code and heap happen to lie in one process makes
    /// it a percent or two faster or slower than the next for as long as it lives; only over many
    /// processes does that become noise that an interval shows. For the same reason the control is
    /// not measured in the reference's process.
    pub(crate) fn round(&mut self, round: u32) -> Option<Vec<Sample>> {
        self.workers.iter_mut().for_each(Worker::renew);
        let mut samples = Vec::new();
        for entry in self.schedule.round(round) {
            if interrupt::requested() {
                return None;
            }
            samples.extend(self.sample(round, entry));
            self.progress.step();
        }
        // A cell that failed within the round has no place in it.
        samples.retain(|sample| !self.has_failed(sample.variant, sample.workload));
        Some(samples)
    }

    /// Takes a sample, if its cell is still being measured.
    fn sample(&mut self, round: u32, entry: Entry) -> Option<Sample> {
        let Entry {
            workload,
            variant,
            control,
            measure,
        } = entry;
        if self.has_failed(variant, workload) {
            return None;
        }
        let calibration = *self.calibrations.get(&(variant, workload, measure))?;
        let expected = Duration::from_nanos(calibration.nanoseconds);
        let limit = self.timeout.saturating_add(expected * PATIENCE);
        match self.time(entry, calibration.iterations, limit) {
            Ok(nanoseconds) => Some(Sample {
                round: self.schedule.number(round, measure),
                workload,
                variant,
                control,
                measure,
                iterations: calibration.iterations.get(),
                nanoseconds,
            }),
            Err(trouble) => {
                self.fail(variant, workload, FailurePhase::Sampling, &trouble);
                None
            }
        }
    }

    /// Times something, and checks the value that it gives.
    fn time(
        &mut self,
        entry: Entry,
        iterations: NonZeroU64,
        limit: Duration,
    ) -> Result<u64, Trouble> {
        let task = &self.tasks[entry.workload.index()];
        let worker = match entry.control {
            true => self.contenders.len(),
            false => entry.variant.index(),
        };
        let worker = &mut self.workers[worker];
        let Measured {
            nanoseconds,
            result,
        } = worker.measure(task.program(), entry.measure, iterations, limit)?;
        if matches!(entry.measure, Measure::Run | Measure::Total) {
            let wanted = &task.workload.value;
            let got = result.ok_or_else(|| Trouble::NoValue {
                wanted: wanted.clone(),
            })?;
            verify_value(&got, task)?;
        }
        Ok(nanoseconds.get())
    }

    /// Ends the workers, and gives what is known of the cells besides their times.
    pub(crate) fn finish(self) -> Vec<Cell> {
        self.cells()
            .into_iter()
            .map(|(variant, workload)| Cell {
                variant,
                workload,
                counts: self.counts.get(&(variant, workload)).copied(),
                host_instructions: None,
                jumps: Vec::new(),
                peak_memory_bytes: None,
                failure: self.failures.get(&(variant, workload)).cloned(),
            })
            .collect()
    }

    /// All cells, in the order of the tables.
    fn cells(&self) -> Vec<(VariantId, WorkloadId)> {
        (0..self.schedule.workloads)
            .flat_map(|workload| {
                (0..self.schedule.variants)
                    .map(move |variant| (VariantId(variant), WorkloadId(workload)))
            })
            .collect()
    }

    fn has_failed(&self, variant: VariantId, workload: WorkloadId) -> bool {
        self.failures.contains_key(&(variant, workload))
    }

    fn fail(
        &mut self,
        variant: VariantId,
        workload: WorkloadId,
        phase: FailurePhase,
        trouble: &Trouble,
    ) {
        let phase = match trouble {
            Trouble::Fault(Fault::Start(_)) => FailurePhase::Start,
            _ => phase,
        };
        let failure = Failure {
            phase,
            reason: trouble.to_string(),
        };
        let (engine, task) = self.names(variant, workload);
        self.progress
            .warn(&format!("{engine} failed on {task}: {}", failure.reason));
        self.failures.insert((variant, workload), failure);
    }

    fn announce(&self, what: &str, variant: VariantId, workload: WorkloadId) {
        let (engine, task) = self.names(variant, workload);
        self.progress.stage(&format!("{what} {engine}: {task}"));
    }

    fn names(&self, variant: VariantId, workload: WorkloadId) -> (&'p str, &'p str) {
        (
            &self.contenders[variant.index()].name,
            &self.tasks[workload.index()].workload.name,
        )
    }
}

fn verify_value(got: &str, task: &Task) -> Result<(), Trouble> {
    if got == task.workload.value {
        return Ok(());
    }
    Err(Trouble::Value {
        got: got.to_owned(),
        wanted: task.workload.value.clone(),
    })
}
