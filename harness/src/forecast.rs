//! How long a run would take, before it is begun: each variant is asked for one iteration of each thing
//! that would be timed, and from these the steps of a run are added up, as its schedule and its
//! calibration would have them.
//!
//! It knows nothing of what comes after the times: counting host instructions, and writing the report.

use std::collections::HashMap;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use reports::schema::{Measure, VariantId, WorkloadId};

use crate::calibrate::{Calibration, calibrate};
use crate::clocks::{Clocked, Implausible};
use crate::contenders::Engine;
use crate::measure::sample_length;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::schedule::Entry;
use crate::workers::{Fault, Worker};

/// What a run would take.
#[derive(Debug)]
pub(crate) struct Forecast {
    /// Checking and calibrating.
    pub(crate) preparing: Duration,
    /// All rounds.
    pub(crate) measuring: Duration,
    /// How many samples they have.
    pub(crate) samples: usize,
    /// The cells that would fail, by the names of variant and workload, with the reason.
    pub(crate) failures: Vec<(String, String, String)>,
}

impl Forecast {
    /// All of it.
    pub(crate) fn total(&self) -> Duration {
        self.preparing + self.measuring
    }
}

/// What was found out by asking.
struct Asked {
    /// Nanoseconds of one iteration of what can be timed.
    iterations: HashMap<(VariantId, WorkloadId, Measure), u64>,
    /// What a process takes besides, by variant: to start and to end.
    processes: Vec<Duration>,
    /// Whether first executions are timed, by variant.
    first: Vec<bool>,
    /// What a request takes besides the iterations that it asks for, at least.
    request: Duration,
    failures: Vec<(VariantId, WorkloadId, String)>,
}

/// Asks all variants, and adds up.
pub(crate) fn forecast(plan: &Plan, timeout: Duration) -> Forecast {
    let asked = ask(plan, timeout);
    let schedule = &plan.schedule;
    let process = |variant: VariantId| asked.processes[variant.index()];
    let mut preparing = Duration::ZERO;
    let mut samples = HashMap::new();
    for (&(variant, workload, measure), &each) in &asked.iterations {
        if measure == Measure::Run {
            // A process to run it once, and once more counting, which takes about twice as long.
            preparing += process(variant) + 3 * asked.request + Duration::from_nanos(3 * each);
            // Where it is the first execution, in a process of its own, nothing is executed before.
            if asked.first[variant.index()] {
                let once = Calibration {
                    iterations: NonZeroU64::MIN,
                    nanoseconds: each,
                };
                let first = (process(variant) + asked.request, once);
                samples.insert((variant, workload, Measure::First), first);
            }
        }
        let (spent, sample) = calibrated(measure, each, asked.request);
        preparing += spent;
        // Before each part, one iteration isn't timed.
        let beside = asked.request + Duration::from_nanos(each);
        samples.insert((variant, workload, measure), (beside, sample));
    }
    let sample = |entry: &Entry| {
        let key = (entry.variant, entry.workload, entry.measure);
        let (beside, sample) = samples.get(&key)?;
        Some((*beside, sample.part(entry.part)?))
    };
    // The control has a process too, and each is sent each program.
    let processes = asked.processes.iter().sum::<Duration>() + process(schedule.reference);
    let sending = asked.request * (schedule.variants + 1) * schedule.workloads;
    let pauses = plan.repeats.map_or(Duration::ZERO, |it| {
        Duration::from_secs(it.pause_seconds.into()) * (it.runs.get() - 1)
    });
    let (mut measuring, mut taken) = (Duration::ZERO, 0);
    for entry in (0..schedule.rounds).flat_map(|round| schedule.round(round)) {
        if let Some((beside, part)) = sample(&entry) {
            measuring += beside + Duration::from_nanos(part.nanoseconds);
            taken += usize::from(entry.part.is_last());
        }
    }
    let name = |(variant, workload, reason): (VariantId, WorkloadId, String)| {
        let contender = &plan.experiment.contenders[variant.index()];
        let task = &plan.tasks[workload.index()];
        (contender.name.clone(), task.workload.title.clone(), reason)
    };
    Forecast {
        preparing,
        measuring: measuring + (processes + sending) * schedule.rounds + pauses,
        samples: taken,
        failures: asked.failures.into_iter().map(name).collect(),
    }
}

/// What calibration takes for something of which an iteration takes `each` nanoseconds, and what comes of
/// it. Each request has an iteration that isn't timed.
fn calibrated(measure: Measure, each: u64, request: Duration) -> (Duration, Calibration) {
    let mut spent = Duration::ZERO;
    let calibration = calibrate::<Implausible>(sample_length(measure), |iterations| {
        let claimed = each.saturating_mul(iterations.get());
        let taken = request + Duration::from_nanos(each.saturating_add(claimed));
        spent += taken;
        Ok(Clocked {
            iterations,
            claimed,
            request: u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX),
        })
    });
    // Such claims are plausible; of a worker's that isn't, the run itself will say so.
    let calibration = calibration.unwrap_or(Calibration {
        iterations: NonZeroU64::MIN,
        nanoseconds: 0,
    });
    (spent, calibration)
}

/// Asks for one iteration of everything that the schedule has.
fn ask(plan: &Plan, timeout: Duration) -> Asked {
    let progress = Progress::new();
    let mut asked = Asked {
        iterations: HashMap::new(),
        processes: Vec::new(),
        first: Vec::new(),
        request: Duration::MAX,
        failures: Vec::new(),
    };
    let contenders = &plan.experiment.contenders;
    for (variant, contender) in (0..).map(VariantId).zip(contenders) {
        progress.stage(&format!("asking {}", contender.name));
        let mut worker = Worker::new(contender.engine.clone());
        let starting = Instant::now();
        // What keeps it from starting is told of each workload below.
        worker.hello(timeout).ok();
        let started = starting.elapsed();
        for entry in plan.schedule.everything() {
            let cell = (entry.variant, entry.workload);
            let has_failed = asked.failures.iter().any(|it| (it.0, it.1) == cell);
            if entry.variant != variant
                || entry.control
                || has_failed
                || !is_timed(plan, &worker, &entry)
            {
                continue;
            }
            match iteration(&mut worker, plan, &entry, timeout) {
                Ok((nanoseconds, request)) => {
                    let key = (entry.variant, entry.workload, entry.measure);
                    asked.iterations.insert(key, nanoseconds);
                    asked.request = asked.request.min(request);
                }
                // Not every engine has every phase.
                Err(fault) if fault.refusal().is_some() && entry.measure != Measure::Run => {}
                Err(fault) => {
                    let reason = fault.to_string();
                    asked.failures.push((entry.variant, entry.workload, reason));
                }
            }
        }
        asked.first.push(worker.may_time(Measure::First));
        let ending = Instant::now();
        worker.renew();
        asked.processes.push(started + ending.elapsed());
    }
    if asked.iterations.is_empty() {
        asked.request = Duration::ZERO;
    }
    asked
}

/// Whether a run would time this: what is needed, what the worker has, and one parser for all engines of
/// this program.
fn is_timed(plan: &Plan, worker: &Worker, entry: &Entry) -> bool {
    let contenders = &plan.experiment.contenders;
    let is_builtin = |variant: usize| matches!(contenders[variant].engine, Engine::Builtin(_));
    match entry.measure {
        Measure::Run => true,
        Measure::Parse if is_builtin(entry.variant.index()) => {
            let mut others = [plan.schedule.reference.index()]
                .into_iter()
                .chain(0..contenders.len());
            others.find(|&it| is_builtin(it)) == Some(entry.variant.index())
        }
        measure => worker.may_time(measure),
    }
}

/// What one iteration takes, in nanoseconds, and what a request takes besides.
fn iteration(
    worker: &mut Worker,
    plan: &Plan,
    entry: &Entry,
    timeout: Duration,
) -> Result<(u64, Duration), Fault> {
    /// The smallest of so many counts, as in calibration, which interference makes longer; of what is
    /// long, one is enough.
    const TRIES: u32 = 4;
    let program = plan.tasks[entry.workload.index()].program();
    let (mut nanoseconds, mut beside) = (u64::MAX, Duration::MAX);
    for _ in 0..TRIES {
        let one = NonZeroU64::MIN;
        let (measured, request) = worker.measure(program, entry.measure, one, timeout)?;
        Clocked::new(one, measured.nanoseconds, request)
            .fits()
            .map_err(|implausible| worker.wrong(implausible.to_string()))?;
        nanoseconds = nanoseconds.min(measured.nanoseconds.get());
        let twice = Duration::from_nanos(nanoseconds.saturating_mul(2));
        beside = beside.min(request.saturating_sub(twice));
        if nanoseconds > sample_length(entry.measure) / 2 {
            break;
        }
    }
    Ok((nanoseconds, beside))
}
