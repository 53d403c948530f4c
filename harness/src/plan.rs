//! What a run is to do, settled before anything is started: from the command line and the
//! experiment to variants, programs and rounds, and to the results that are filled in on the way.

mod record;
mod substitution;

use std::env;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use reports::schema::{self, Environment, Format, Results, SCHEMA_VERSION, VariantId};
use workloads::{Suite, Workload};

use crate::experiments::{Contender, Engine, Experiment};
use crate::externals;
use crate::measure::Task;
use crate::protocol::Checked;
use crate::schedule::Schedule;
use crate::selection::{SizeOption, Sizes};
use crate::tool;
use crate::workers::{Fault, Worker};

pub(crate) use record::{command_line, utc};
use substitution::{replace_contenders, replace_workloads};

/// How many rounds a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// Rounds in all.
    pub(crate) rounds: u32,
    /// Each so many rounds the phases are measured too.
    pub(crate) phases_every: u32,
}

/// The default: within a minute, and intervals below half a percent on a quiet machine.
pub(crate) const FULL: Rounds = Rounds {
    rounds: 61,
    phases_every: 3,
};

/// The default where a realistic workload takes part, which runs for tens of milliseconds: a quarter
/// of an hour for all, and rounds enough for intervals that leave out the extremes.
const REALISTIC: Rounds = Rounds {
    rounds: 21,
    phases_every: 7,
};

/// `--quick`: with the documented workloads within twelve seconds, and enough rounds for an interval to exist.
pub(crate) const QUICK: Rounds = Rounds {
    rounds: 7,
    phases_every: 3,
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
    quick: bool,
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
        let mut suites = experiment.workloads.iter().map(|it| it.suite);
        let default = if request.quick {
            QUICK
        } else if suites.any(|suite| suite != Suite::Documented) {
            REALISTIC
        } else {
            FULL
        };
        let schedule = Schedule {
            variants: count(experiment.contenders.len())?,
            workloads: count(tasks.len())?,
            reference: VariantId(count(reference)?),
            seed: request.seed,
            rounds: request.rounds.unwrap_or(default.rounds),
            phases_every: Some(default.phases_every),
        };
        Ok(Self {
            lost_headline: (experiment.headline != headline).then_some(headline),
            experiment,
            tasks,
            schedule,
            quick: request.quick,
        })
    }

    /// Finds the values of programs whose sizes aren't the ones for which they are known: the
    /// oracle, in a worker of its own, says what is right.
    ///
    /// # Errors
    /// If the oracle can't say.
    pub(crate) fn ask_oracle(&mut self, timeout: Duration) -> anyhow::Result<()> {
        let mut oracle = Worker::new(Contender::builtin(catalog::oracle()).engine);
        for task in &mut self.tasks {
            if !task.workload.value.is_empty() {
                continue;
            }
            let Checked { result, output } =
                oracle.check(task.program(), timeout).map_err(|fault| {
                    let name = &task.workload.name;
                    match fault {
                        Fault::Refused(error) => {
                            anyhow!("workload {name} fails at this size: {error}")
                        }
                        fault => anyhow::Error::new(fault).context(format!(
                            "the oracle can't say what workload {name} gives at this size"
                        )),
                    }
                })?;
            task.workload.value = result;
            task.output = output;
        }
        Ok(())
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
            tool: tool::tool(),
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
            interrupted: false,
            resumed: false,
            quick: self.quick,
            environment,
            variants: self.experiment.contenders.iter().map(variant).collect(),
            not_offered: self.experiment.not_offered.clone(),
            workloads: self.workloads(),
            host_counts: None,
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

fn task(workload: &Workload, size: Option<u64>, experiment: &Experiment) -> anyhow::Result<Task> {
    let effective = size.or(workload.size.as_ref().map(|size| size.default));
    let output = workload.expected_output(size).unwrap_or_default();
    Ok(Task {
        source: workload.source(size)?,
        output: output.iter().map(|line| format!("{line}\n")).collect(),
        workload: schema::Workload {
            name: workload.name.clone(),
            title: match effective {
                Some(size) => format!("{}({size})", workload.name),
                None => workload.name.clone(),
            },
            why: workload.why.clone(),
            suite: takes_part(workload.suite, experiment).then(|| workload.suite.name().to_owned()),
            size: effective,
            value: workload.expected(size).unwrap_or_default().to_owned(),
        },
    })
}

/// Whether all of a suite takes part: what some of its programs say is not what the suite says.
fn takes_part(suite: Suite, experiment: &Experiment) -> bool {
    let is_there = |wanted: &Workload| {
        let mut workloads = experiment.workloads.iter();
        workloads.any(|workload| workload.name == wanted.name)
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

/// Refuses what would never end or tell anything.
pub(crate) fn parse_timeout(text: &str) -> anyhow::Result<Duration> {
    let seconds: f64 = text.parse().context("expected a number of seconds")?;
    if !(seconds > 0.0 && seconds <= 86_400.0) {
        bail!("expected more than 0 and at most 86400 seconds");
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests;
