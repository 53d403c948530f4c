//! What a run is to do, settled before anything is started: from the command line and the
//! experiment to variants, programs and rounds, and to the results that are filled in on the way.

mod record;
mod substitution;

use std::env;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use reports::schema::{
    self, Environment, Format, Nesting, Repeats, Results, SCHEMA_VERSION, VariantId,
};
use workloads::{Suite, Workload};

use crate::against::{self, OtherBuild};
use crate::contenders::{Contender, Engine};
use crate::experiments::Experiment;
use crate::externals;
use crate::failure::Failure;
use crate::measure::Task;
use crate::oracle::OracleOptions;
use crate::schedule::Schedule;
use crate::selection::{SizeOption, Sizes};
use crate::tool;
use crate::workload::AnyWorkload;

pub(crate) use record::{command_line, utc, words};
use substitution::{replace_contenders, replace_workloads};

/// How many rounds a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// Rounds in all.
    pub(crate) rounds: u32,
    /// Each so many rounds the phases are measured too.
    pub(crate) phases_every: u32,
    /// Each so many rounds first executions are measured too.
    pub(crate) first_every: u32,
}

/// The default: within a minute, and intervals below half a percent on a quiet machine.
pub(crate) const FULL: Rounds = Rounds {
    rounds: 84,
    phases_every: 6,
    first_every: 12,
};

/// The default where other workloads take part: realistic ones run for tens of milliseconds, and a
/// user's own for who knows how long. A quarter of an hour for all realistic ones, and rounds enough for
/// intervals that leave out the extremes.
const OTHERS: Rounds = Rounds {
    rounds: 21,
    phases_every: 7,
    first_every: 7,
};

/// `--quick`: with the documented workloads within twelve seconds, and enough rounds for an interval to exist.
pub(crate) const QUICK: Rounds = Rounds {
    rounds: 7,
    phases_every: 3,
    first_every: 3,
};

/// `--variance`: as many layouts as make two minutes.
const VARIANCE: Rounds = Rounds {
    rounds: 96,
    phases_every: 97,
    first_every: 97,
};

/// How rounds share processes and layouts where the variance is split.
pub(crate) const NESTED: Nesting = Nesting {
    rounds: NonZeroU32::new(2).expect("2 is not 0"),
    processes: NonZeroU32::new(2).expect("2 is not 0"),
};

/// What the user asked for.
#[derive(Debug)]
pub(crate) struct Request<'r> {
    /// The experiment.
    pub(crate) experiment: Experiment,
    /// Variants instead of the experiment's, if any.
    pub(crate) engines: &'r [String],
    /// Workloads or suites instead of the experiment's, if any.
    pub(crate) workloads: &'r [String],
    /// Sizes that aren't the workloads' own.
    pub(crate) sizes: &'r [SizeOption],
    /// Whether the run is to be a quick one.
    pub(crate) quick: bool,
    /// Rounds instead of the default number.
    pub(crate) rounds: Option<u32>,
    /// What the shuffles start from.
    pub(crate) seed: u64,
    /// Whether the variance is to be split.
    pub(crate) variance: bool,
    /// How many whole runs are measured, if more than one, and how many seconds lie between two.
    pub(crate) repeat: Option<(u32, u32)>,
    /// Another build to measure beside this one, and how long its engines may take to answer.
    pub(crate) against: Option<(&'r OtherBuild, Duration)>,
}

/// A run to do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is compared with what.
    pub(crate) experiment: Experiment,
    /// The programs. Values that aren't known in advance are filled in by [`Plan::ask_oracle`].
    pub(crate) tasks: Vec<Task>,
    /// The rounds.
    pub(crate) schedule: Schedule,
    /// The experiment's headline, if another workload has become it because that one was left out.
    pub(crate) lost_headline: Option<String>,
    /// Whether it was asked for as a quick one.
    pub(crate) quick: bool,
    /// The runs that the rounds are of, if there is more than one.
    pub(crate) repeats: Option<Repeats>,
    /// How rounds share processes and layouts, where they do.
    pub(crate) nesting: Option<Nesting>,
}

impl Plan {
    /// Settles what to do.
    ///
    /// # Errors
    /// If a name or a size is wrong.
    pub(crate) fn new(request: Request<'_>) -> anyhow::Result<Self> {
        let mut experiment = request.experiment;
        if !request.engines.is_empty() {
            replace_contenders(&mut experiment, request.engines)?;
        }
        externals::check_programs(&experiment.contenders)?;
        if let Some((other, timeout)) = request.against {
            against::pair(&mut experiment, other, timeout)?;
        }
        let headline = experiment.headline.clone();
        if !request.workloads.is_empty() {
            replace_workloads(&mut experiment, request.workloads)?;
        }
        let sizes = Sizes::new(request.sizes, &experiment.workloads)?;
        let tasks = experiment
            .workloads
            .iter()
            .map(|workload| task(workload, sizes.of(workload), &experiment))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let count = |length: usize| u32::try_from(length).context("there are too many to compare");
        let reference = experiment
            .contenders
            .iter()
            .position(|contender| contender.name == experiment.reference)
            .context("the reference does not take part")?;
        let mut suites = experiment.workloads.iter().map(AnyWorkload::suite);
        let default = if request.variance {
            VARIANCE
        } else if request.quick {
            QUICK
        } else if suites.any(|suite| suite != Some(Suite::Documented)) {
            OTHERS
        } else {
            FULL
        };
        let rounds = request.rounds.unwrap_or(default.rounds);
        let repeats = request.repeat.and_then(|(runs, pause_seconds)| {
            Some(Repeats {
                runs: NonZeroU32::new(runs)?,
                rounds: NonZeroU32::new(rounds)?,
                pause_seconds,
            })
        });
        let schedule = Schedule {
            variants: count(experiment.contenders.len())?,
            workloads: count(tasks.len())?,
            reference: VariantId(count(reference)?),
            seed: request.seed,
            rounds: repeats.map_or(rounds, |it| rounds.saturating_mul(it.runs.get())),
            phases_every: Some(default.phases_every),
            first_every: Some(default.first_every),
        };
        Ok(Self {
            lost_headline: (experiment.headline != headline).then_some(headline),
            experiment,
            tasks,
            schedule,
            quick: request.quick,
            repeats,
            nesting: request.variance.then_some(NESTED),
        })
    }

    /// Makes sure that all programs can be measured, and finds what they must give where that isn't
    /// known.
    ///
    /// # Errors
    /// If one can't.
    pub(crate) fn ask_oracle(&mut self, oracle: &OracleOptions) -> Result<(), Failure> {
        self.tasks
            .iter_mut()
            .try_for_each(|task| oracle.settle(task))
    }

    /// The results of the run, with nothing measured yet.
    ///
    /// # Errors
    /// If no results file could hold them: what is wrong is better said now than when all is measured.
    pub(crate) fn results(&self, environment: Environment) -> anyhow::Result<Results> {
        let Experiment {
            name,
            question,
            kind,
            reference,
            headline,
            ..
        } = self.experiment.clone();
        let results = Results {
            format: Format::Results,
            schema: SCHEMA_VERSION,
            tool: schema::Tool {
                executable: tool::executable_hash(),
                ..tool::tool()
            },
            command: command_line(env::args_os().skip(1)),
            experiment: schema::Experiment {
                name,
                question,
                kind,
                reference,
                headline,
            },
            started: utc(SystemTime::now()),
            duration_ms: 0,
            seed: self.schedule.seed,
            rounds_planned: self.schedule.rounds,
            rounds_done: 0,
            repeats: self.repeats,
            nesting: self.nesting,
            interrupted: false,
            resumed: false,
            quick: self.quick,
            environment,
            variants: self.experiment.contenders.iter().map(variant).collect(),
            not_offered: self.experiment.not_offered.clone(),
            workloads: self.workloads(),
            host_counts: None,
            layouts: None,
            machine_code: None,
            cells: Vec::new(),
            samples: Vec::new(),
        };
        results.check()?;
        Ok(results)
    }

    /// The workloads, as the results have them.
    pub(crate) fn workloads(&self) -> Vec<schema::Workload> {
        self.tasks
            .iter()
            .map(|task| task.workload.clone())
            .collect()
    }
}

fn task(
    workload: &AnyWorkload,
    size: Option<u64>,
    experiment: &Experiment,
) -> anyhow::Result<Task> {
    let source = workload.source(size)?;
    let expected = workload.expected(size);
    let is_known = expected.is_some();
    let (value, output) = expected.map_or_else(Default::default, |it| (it.value, it.output));
    let suite = workload.suite().filter(|&it| takes_part(it, experiment));
    Ok(Task {
        output,
        is_known,
        workload: schema::Workload {
            name: workload.name().to_owned(),
            title: workload.title(size),
            why: workload.why(),
            suite: suite.map(|suite| suite.name().to_owned()),
            size: workload.effective(size),
            program: Some(tool::hash(source.as_bytes())),
            file: workload.file().map(str::to_owned),
            value,
        },
        source,
    })
}

/// Whether all of a suite takes part: what some of its programs say is not what the suite says.
fn takes_part(suite: Suite, experiment: &Experiment) -> bool {
    let is_there = |wanted: &Workload| {
        let mut workloads = experiment.workloads.iter();
        workloads.any(|workload| workload.name() == wanted.name)
    };
    suite.workloads().iter().all(is_there)
}

fn variant(contender: &Contender) -> schema::Variant {
    schema::Variant {
        name: contender.name.clone(),
        label: contender.label.clone(),
        summary: contender.summary.clone(),
        counterpart: contender.counterpart.clone(),
        builtin: matches!(contender.engine, Engine::Builtin(_)),
        identity: None,
        value_bytes: value_bytes(contender),
    }
}

/// The size of a value, where the engine is one of the catalog.
fn value_bytes(contender: &Contender) -> Option<u32> {
    let Engine::Builtin(name) = contender.engine else {
        return None;
    };
    let variant = catalog::find(name).ok()?;
    u32::try_from(variant.engine().value_bytes()).ok()
}

/// A seed that no other run has.
pub(crate) fn random_seed() -> u64 {
    // Short enough to be typed again, and exact in JSON, whose readers may have 53 bits only.
    u64::from(fastrand::u32(..))
}

#[cfg(test)]
mod tests;
