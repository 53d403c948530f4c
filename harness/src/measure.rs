//! A run: check, count, calibrate, then round after round of samples. Every answer of a worker is
//! judged here; a fault costs its cell, a variant on a workload, and the run goes on without it.
//!
//! What the samples mean is not computed here.

mod cells;
mod samples;
mod task;
mod trouble;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use reports::schema::{
    Counts, Failure, FailurePhase, Measure, Nesting, Sample, VariantId, WorkloadId,
};
use reports::store::FailedCell;

use crate::calibrate::{Calibration, calibrate};
use crate::clocks::{Clocked, Implausible};
use crate::contenders::{Contender, Engine};
use crate::interrupt;
use crate::layouts::{self, Layouts, Role};
use crate::progress::Progress;
use crate::protocol::{Checked, Counted};
use crate::schedule::{Entry, Schedule};
use crate::workers::{Fault, FaultKind, Placement, Worker};
use samples::Samples;
pub(crate) use task::Task;
use trouble::{Trouble, verify_value};

/// How long a sample of `run` should take, in nanoseconds: long against the clock's resolution and
/// a worker's wake-up, and no longer. Layouts and processes vary more than samples of one process do, and
/// shorter samples make room for more of them.
const RUN_SAMPLE: u64 = 4_000_000;

/// How long a sample of another phase should take, in nanoseconds. Their table is read for its
/// orders of magnitude.
const PHASE_SAMPLE: u64 = 2_000_000;

/// How long a sample should take, in nanoseconds.
pub(crate) fn sample_length(measure: Measure) -> u64 {
    match measure {
        Measure::Run => RUN_SAMPLE,
        _ => PHASE_SAMPLE,
    }
}

/// How many times longer than calibrated a sample may take before the time limit starts to run:
/// the untimed iteration before it, and a machine that is busy.
const PATIENCE: u32 = 4;

/// Whether the user, and the system, have let the run go on to the end of a step.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progressed {
    /// It is done.
    Done,
    /// The user asked to stop, or no worker can be started any more.
    Interrupted,
}

/// Where workers come to lie and to run.
#[derive(Debug)]
pub(crate) struct Places {
    /// What draws a layout for each round; none: all have that of this very program.
    pub(crate) layouts: Option<Layouts>,
    /// The core that all workers run on; none: whichever the system chooses.
    pub(crate) core: Option<u32>,
    /// How rounds share processes and layouts.
    pub(crate) nesting: Nesting,
}

/// A run in progress.
#[derive(Debug)]
pub(crate) struct Bench<'p> {
    contenders: &'p [Contender],
    tasks: &'p [Task],
    schedule: Schedule,
    timeout: Duration,
    progress: &'p Progress,
    /// What draws a layout for each round; none: all have that of this very program.
    layouts: Option<Layouts>,
    /// The core that all workers run on; none: whichever the system chooses.
    core: Option<u32>,
    /// How rounds share processes and layouts.
    nesting: Nesting,
    /// One per variant, and a last one for the control.
    workers: Vec<Worker>,
    /// What each of the workers was asked about last, by its place.
    asked: HashMap<usize, (VariantId, WorkloadId)>,
    /// What was warned of already: a remark on every process of a worker is one remark.
    warned: BTreeSet<String>,
    counts: BTreeMap<(VariantId, WorkloadId), Counts>,
    peak_memory: BTreeMap<(VariantId, WorkloadId), u64>,
    /// What is being done, should something go wrong.
    phase: FailurePhase,
    failures: BTreeMap<(VariantId, WorkloadId), Failure>,
    /// Whether the system had no room for another worker: nothing that a variant could be blamed for.
    /// The run ends there, to be gone on with.
    shortage: bool,
    /// Whether the workers have their places in memory.
    is_placed: bool,
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
        places: Places,
    ) -> Self {
        let Places {
            layouts,
            core,
            nesting,
        } = places;
        Self {
            contenders,
            tasks,
            schedule,
            timeout,
            progress,
            layouts,
            core,
            nesting,
            workers: contenders
                .iter()
                .chain([&contenders[schedule.reference.index()]])
                .map(|contender| Worker::new(contender.engine.clone()).on(core))
                .collect(),
            asked: HashMap::new(),
            warned: BTreeSet::new(),
            counts: BTreeMap::new(),
            peak_memory: BTreeMap::new(),
            phase: FailurePhase::Check,
            failures: BTreeMap::new(),
            shortage: false,
            is_placed: false,
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

    /// Checks every variant on every workload, asks for the memory that it took, and counts. Each cell
    /// has a fresh process, so that its memory is its own.
    pub(crate) fn check(&mut self) -> Progressed {
        self.phase = FailurePhase::Check;
        for (variant, workload) in self.cells() {
            if self.must_stop() {
                return Progressed::Interrupted;
            }
            if self.has_failed(variant, workload) {
                continue;
            }
            self.announce("checking", variant, workload);
            self.renew(variant.index());
            self.asked.insert(variant.index(), (variant, workload));
            let checked = self.check_cell(variant, workload);
            self.pass_on_remarks(variant, variant.index());
            if let Err(trouble) = checked {
                self.fail(variant, workload, &self.told(variant.index(), trouble));
            }
        }
        self.progressed()
    }

    fn check_cell(&mut self, variant: VariantId, workload: WorkloadId) -> Result<(), Trouble> {
        let (task, timeout) = (&self.tasks[workload.index()], self.timeout);
        let worker = &mut self.workers[variant.index()];
        worker.hello(timeout)?;
        let Checked { result, output } = worker.check(task.program(), timeout)?;
        verify_value(&result, task)?;
        if output != task.output {
            return Err(Trouble::Output {
                got: output,
                wanted: task.output.clone(),
            });
        }
        // Before it is counted, which takes memory too.
        if let Some(bytes) = worker.peak_memory(timeout)? {
            self.peak_memory.insert((variant, workload), bytes);
        }
        if let Some(Counted { counts, unknown }) = worker.counts(task.program(), timeout)? {
            self.counts.insert((variant, workload), counts);
            if !unknown.is_empty() {
                let unknown = unknown.join(", ");
                self.remark(
                    variant,
                    &format!("its worker counts what is not known here: {unknown}"),
                );
            }
        }
        Ok(())
    }

    /// Finds how many iterations make a sample, for all that will be measured.
    pub(crate) fn calibrate(&mut self) -> Progressed {
        let schedule = self.schedule;
        self.phase = FailurePhase::Calibration;
        for entry in schedule.everything() {
            if self.must_stop() {
                return Progressed::Interrupted;
            }
            if entry.control
                || self.has_failed(entry.variant, entry.workload)
                || !self.is_timed(entry)
            {
                continue;
            }
            self.announce("calibrating", entry.variant, entry.workload);
            match self.calibrate_cell(entry) {
                Ok(calibration) => {
                    let key = (entry.variant, entry.workload, entry.measure);
                    self.calibrations.insert(key, calibration);
                }
                // An engine needn't have all phases, and of protocol 1 it couldn't say so before; one
                // that isn't calibrated isn't measured.
                Err(Trouble::Fault(fault))
                    if fault.refusal().is_some() && entry.measure != Measure::Run => {}
                Err(trouble) => self.fail(entry.variant, entry.workload, &trouble),
            }
        }
        self.progressed()
    }

    fn calibrate_cell(&mut self, entry: Entry) -> Result<Calibration, Trouble> {
        let limit = self.timeout;
        let place = self.place(entry);
        let calibrated = calibrate(sample_length(entry.measure), |iterations| {
            self.time(place, entry, iterations, limit)
        });
        calibrated.map_err(|trouble| self.told(place, trouble))
    }

    /// Whether a measure is taken of a variant on a workload. `run` is needed; for the rest, the worker
    /// says whether it has it. The built-in engines share one parser, so one of them parses for all.
    fn is_timed(&self, entry: Entry) -> bool {
        let is_builtin = |variant: VariantId| {
            matches!(self.contenders[variant.index()].engine, Engine::Builtin(_))
        };
        match entry.measure {
            Measure::Run => true,
            Measure::Parse if is_builtin(entry.variant) => {
                let others = (0..self.schedule.variants).map(VariantId);
                let parser = [self.schedule.reference]
                    .into_iter()
                    .chain(others)
                    .find(|&it| is_builtin(it) && !self.has_failed(it, entry.workload));
                parser == Some(entry.variant)
            }
            measure => self.workers[entry.variant.index()].may_time(measure),
        }
    }

    /// Takes the samples of a round, in its order. None if it had to stop within it: half a round is
    /// no round.
    ///
    /// Each round has processes of its own. Where code and heap happen to lie in one process makes
    /// it a percent or two faster or slower than the next for as long as it lives; only over many
    /// processes does that become noise that an interval shows. For the same reason the control is
    /// not measured in the reference's process.
    /// And for the same reason again, where the program can be linked anew, its code lies in another
    /// order in each round.
    pub(crate) fn round(&mut self, round: u32) -> Option<Vec<Sample>> {
        // A run that is gone on with begins with new processes, whatever round it is at.
        if round.is_multiple_of(self.nesting.rounds.get()) || !self.is_placed {
            (0..self.workers.len()).for_each(|place| self.renew(place));
            if let Err(error) = self.place_workers(round) {
                self.progress
                    .warn(&format!("{error:#}; the run stops here"));
                return None;
            }
            self.is_placed = true;
        }
        self.phase = FailurePhase::Sampling;
        let mut samples = Samples::default();
        for entry in self.schedule.round(round) {
            if self.must_stop() {
                return None;
            }
            if let Some(clocked) = self.sample(entry) {
                samples.add(self.schedule.number(round, entry.measure), entry, clocked);
            }
            if entry.part.is_last() {
                self.progress.step();
            }
        }
        let mut samples = samples.whole();
        (0..self.workers.len()).for_each(|place| self.listen(place));
        if self.shortage {
            return None;
        }
        // A cell that failed within the round has no place in it.
        samples.retain(|sample| !self.has_failed(sample.variant, sample.workload));
        Some(samples)
    }

    /// Gives the workers their places in memory for a round.
    fn place_workers(&mut self, round: u32) -> anyhow::Result<()> {
        let (schedule, nesting) = (self.schedule, self.nesting);
        let layout = nesting.layout_of(round);
        if let Some(layouts) = &mut self.layouts {
            layouts.link(layout, nesting.layouts(schedule.rounds))?;
        }
        for (place, worker) in self.workers.iter_mut().enumerate() {
            let executable = self.layouts.as_ref().and_then(|layouts| {
                let role = match self.contenders.get(place) {
                    Some(contender) => layouts.role(&contender.engine)?,
                    None => Role::Control,
                };
                layouts.executable(layout, role)
            });
            worker.place(Placement {
                executable: executable.map(Path::to_owned),
                padding: layouts::padding(schedule.seed, nesting.process_of(round), place),
                core: self.core,
            });
        }
        Ok(())
    }

    /// Takes a part of a sample, if its cell is still being measured and there is anything in this part.
    fn sample(&mut self, entry: Entry) -> Option<Clocked> {
        let Entry {
            workload,
            variant,
            measure,
            part,
            ..
        } = entry;
        if self.has_failed(variant, workload) {
            return None;
        }
        let taken = match measure {
            Measure::First => self.is_timed(entry).then(|| self.first(entry))?,
            _ => {
                let calibration = self.calibrations.get(&(variant, workload, measure))?;
                let part = calibration.part(part)?;
                self.calibrated(entry, part)
            }
        };
        match taken {
            Ok(clocked) => Some(clocked),
            Err(trouble) => {
                self.fail(variant, workload, &trouble);
                None
            }
        }
    }

    /// A sample of calibrated length.
    fn calibrated(&mut self, entry: Entry, calibration: Calibration) -> Result<Clocked, Trouble> {
        let expected = Duration::from_nanos(calibration.nanoseconds);
        let limit = self.timeout.saturating_add(expected * PATIENCE);
        let place = self.place(entry);
        let mut sample = || {
            let clocked = self.time(place, entry, calibration.iterations, limit)?;
            if !clocked.is_out_of_proportion() {
                return Ok(clocked);
            }
            // Once is no proof: this side may have been suspended.
            let again = self.time(place, entry, calibration.iterations, limit)?;
            match again.is_out_of_proportion() {
                true => Err(Implausible(again).into()),
                false => Ok(again),
            }
        };
        sample().map_err(|trouble| self.told(place, trouble))
    }

    /// The first execution in a fresh process, which ends after it.
    fn first(&mut self, entry: Entry) -> Result<Clocked, Trouble> {
        let place = self.workers.len();
        let worker = self.workers[entry.variant.index()].sibling();
        self.workers.push(worker);
        let clocked = self.time(place, entry, NonZeroU64::MIN, self.timeout);
        let clocked = clocked.map_err(|trouble| self.told(place, trouble));
        self.listen(place);
        self.renew(place);
        self.workers.truncate(place);
        clocked
    }

    /// Times something, and checks the time and the value that are given.
    fn time(
        &mut self,
        place: usize,
        entry: Entry,
        iterations: NonZeroU64,
        limit: Duration,
    ) -> Result<Clocked, Trouble> {
        let cell = (entry.variant, entry.workload);
        match self.unasked(place) {
            Some((of, fault)) if of == cell => return Err(fault.into()),
            Some((of, fault)) => self.fail(of.0, of.1, &fault.into()),
            None => {}
        }
        self.asked.insert(place, cell);
        let task = &self.tasks[entry.workload.index()];
        let worker = &mut self.workers[place];
        let measured = worker.measure(task.program(), entry.measure, iterations, limit);
        self.pass_on_remarks(entry.variant, place);
        let (measured, request) = measured?;
        let clocked = Clocked::new(iterations, measured.nanoseconds, request).fits()?;
        if matches!(
            entry.measure,
            Measure::Run | Measure::Total | Measure::First | Measure::Warm
        ) {
            let wanted = &task.workload.value;
            let got = measured.result.ok_or_else(|| Trouble::NoValue {
                wanted: wanted.clone(),
            })?;
            verify_value(&got, task)?;
        }
        Ok(clocked)
    }

    /// The place of the worker that is asked for a sample.
    fn place(&self, entry: Entry) -> usize {
        match entry.control {
            true => self.contenders.len(),
            false => entry.variant.index(),
        }
    }

    /// What a worker has said without being asked, and the cell that it was asked about last, which is
    /// then in doubt.
    fn unasked(&mut self, place: usize) -> Option<((VariantId, WorkloadId), Fault)> {
        let fault = self.workers[place].unasked()?;
        Some((*self.asked.get(&place)?, fault))
    }

    /// Hears whether a worker has said more than it was asked.
    fn listen(&mut self, place: usize) {
        if let Some(((variant, workload), fault)) = self.unasked(place) {
            self.fail(variant, workload, &fault.into());
        }
    }

    /// The same trouble with what the worker was asked, and its command: what it answers within the
    /// protocol is found wrong here, and not where it is asked.
    fn told(&self, place: usize, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Fault(_) => trouble,
            wrong => self.workers[place].wrong(wrong.to_string()).into(),
        }
    }

    /// Whether the run can't go on: the user asked to stop, or there is no room for workers.
    fn must_stop(&self) -> bool {
        interrupt::requested() || self.shortage
    }

    /// What a step that came to its end was.
    fn progressed(&self) -> Progressed {
        match self.shortage {
            true => Progressed::Interrupted,
            false => Progressed::Done,
        }
    }

    /// Ends a worker's process, so that the next request starts another.
    fn renew(&mut self, place: usize) {
        self.listen(place);
        self.workers[place].renew();
        if let Some(&(variant, _)) = self.asked.get(&place) {
            self.pass_on_remarks(variant, place);
        }
    }

    /// Warns of what was noticed of a worker.
    fn pass_on_remarks(&mut self, variant: VariantId, place: usize) {
        for remark in self.workers[place].remarks() {
            self.remark(variant, &remark);
        }
    }

    fn remark(&mut self, variant: VariantId, remark: &str) {
        let engine = &self.contenders[variant.index()].name;
        let warning = format!("{engine}: {remark}");
        if self.warned.insert(warning.clone()) {
            self.progress.warn(&warning);
        }
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

    /// Gives a cell up, unless it is already: what went wrong first is what says most.
    fn fail(&mut self, variant: VariantId, workload: WorkloadId, trouble: &Trouble) {
        if self.has_failed(variant, workload) {
            return;
        }
        let phase = match trouble {
            Trouble::Fault(fault) if fault.is_shortage() => {
                self.progress
                    .warn(&format!("{trouble}; the run stops here"));
                self.shortage = true;
                return;
            }
            Trouble::Fault(Fault {
                kind: FaultKind::Start(_),
                ..
            }) => FailurePhase::Start,
            _ => self.phase,
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
