//! All that decides what a run measures, as its journal keeps it: enough to go on with the run
//! without being told again, and to notice whatever isn't as it was.
//!
//! How a plan comes about from what the user asks for is the business of `plan`.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use reports::schema::{self, Environment, NotOffered};
use serde::{Deserialize, Serialize};

use crate::contenders::{Contender, Engine};
use crate::cores;
use crate::experiments::Experiment;
use crate::layouts;
use crate::limits::parse_timeout;
use crate::limits::whole_number;
use crate::measure::Task;
use crate::plan::{self, NESTED, Plan};
use crate::schedule::Schedule;
use crate::selection::SizeOption;
use crate::tool;

/// What the user may choose about a run. A run that is resumed keeps what it was given; what is given
/// then must be the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Choices {
    /// The experiment: one of `monkeybench list experiments`, or the path of a TOML file [default:
    /// progression]
    pub(crate) experiment: Option<String>,
    /// Take few rounds, and count no host instructions, for a first look
    #[arg(long)]
    pub(crate) quick: bool,
    /// The number of rounds [default: 84, with realistic workloads or your own 21, quick: 7]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>(1..=10_000), allow_negative_numbers = true)]
    pub(crate) rounds: Option<u32>,
    /// Measure so many whole runs one after the other, and take intervals over them, for figures that are to hold
    /// between runs: at least 6 for an interval, and some more for a verdict, the more the more is compared
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>(6..=1_000), conflicts_with_all = ["quick", "precision"])]
    pub(crate) repeat: Option<u32>,
    /// With --repeat: measure nothing for so many seconds between two runs [default: 0]
    #[arg(long, value_name = "SECONDS", value_parser = whole_number::<u32>(0..=86_400), requires = "repeat")]
    pub(crate) pause: Option<u32>,
    /// Split the variance into that of layouts, of processes and of rounds, and say what to sample more: each
    /// layout has two processes, each process two rounds
    #[arg(long, conflicts_with_all = ["quick", "precision", "repeat"])]
    pub(crate) variance: bool,
    /// Go on until every interval reaches at most so many per cent to each side, over at least 30 rounds
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, conflicts_with_all = ["rounds", "quick", "dry_run"])]
    pub(crate) precision: Option<f64>,
    /// With --precision: stop after so many seconds even so [default: 600]
    #[arg(long, value_name = "SECONDS", value_parser = parse_timeout, requires = "precision")]
    pub(crate) max_time: Option<Duration>,
    /// Other variants than the experiment's, separated by commas
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',')]
    pub(crate) engines: Vec<String>,
    /// Measure each engine beside the same one of another build of this program: a binary, or a git
    /// revision, which is built under target/against
    #[arg(long, value_name = "BINARY|REVISION")]
    pub(crate) against: Option<String>,
    /// The external engines that may be named [default: engines.toml beside the experiment, or, for
    /// one of the project's, in the current directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) engines_file: Option<PathBuf>,
    /// Other workloads than the experiment's, separated by commas: by name, by suite (documented,
    /// realistic), all, or programs of your own by path (./mine.monkey); the first is the headline,
    /// unless the experiment's is among them
    #[arg(long, value_name = "WORKLOAD|SUITE|FILE,…", value_delimiter = ',')]
    pub(crate) workloads: Vec<String>,
    /// Another size for a workload, which is the N of its first line `let size = N;`; may be given for
    /// several
    #[arg(long, value_name = "WORKLOAD=SIZE")]
    pub(crate) size: Vec<SizeOption>,
    /// The seed of the shuffles [default: another one each time]
    #[arg(long, value_name = "N", value_parser = whole_number(0..=u64::MAX), allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Whether the program is linked anew for each round, in an order drawn from the seed, so that no
    /// variant owes its time to where its code happens to lie [default: auto]
    #[arg(long, value_name = "WHEN")]
    pub(crate) layouts: Option<layouts::Choice>,
    /// The core that all workers run on: a number; any: whichever the system chooses at any time; auto: the last
    /// one, unless an engine is another program, which may have threads of its own [default: auto]
    #[arg(long, value_name = "CORE", value_parser = str::parse::<cores::Choice>)]
    pub(crate) core: Option<cores::Choice>,
    /// Take host instructions from this file of counts, which must be of this program's sources
    /// [default: what ci/check counted last, else its baseline]
    #[arg(long, value_name = "FILE")]
    pub(crate) host_counts: Option<PathBuf>,
    /// Count the host instructions of these very variants by valgrind once all times are taken, which
    /// takes a second or more for each on each workload [default: as the experiment says, and not
    /// with --quick]
    #[arg(long, conflicts_with = "host_counts")]
    pub(crate) count_host_instructions: bool,
    /// How long a worker may take for an answer beyond what is expected [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = parse_timeout, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Duration>,
}

impl Choices {
    /// These, and where nothing was chosen, what was chosen before.
    pub(crate) fn or(self, before: &Self) -> Self {
        let list = |chosen: Vec<String>, before: &[String]| match chosen.is_empty() {
            true => before.to_vec(),
            false => chosen,
        };
        Self {
            experiment: self.experiment.or_else(|| before.experiment.clone()),
            quick: self.quick || before.quick,
            rounds: self.rounds.or(before.rounds),
            variance: self.variance || before.variance,
            repeat: self.repeat.or(before.repeat),
            pause: self.pause.or(before.pause),
            precision: self.precision.or(before.precision),
            max_time: self.max_time.or(before.max_time),
            engines: list(self.engines, &before.engines),
            against: self.against.or_else(|| before.against.clone()),
            engines_file: self.engines_file.or_else(|| before.engines_file.clone()),
            workloads: list(self.workloads, &before.workloads),
            size: match self.size.is_empty() {
                true => before.size.clone(),
                false => self.size,
            },
            seed: self.seed.or(before.seed),
            layouts: self.layouts.or(before.layouts),
            core: self.core.or(before.core),
            host_counts: self.host_counts.or_else(|| before.host_counts.clone()),
            count_host_instructions: self.count_host_instructions || before.count_host_instructions,
            timeout: self.timeout.or(before.timeout),
        }
    }

    /// When a run is over that goes on until it knows enough.
    pub(crate) fn goal(&self) -> Option<Goal> {
        self.precision.map(|percent| Goal {
            half_width: percent / 100.0,
            most: self.max_time.unwrap_or(Duration::from_secs(600)),
        })
    }

    /// How long a worker may take for an answer beyond what is expected.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(Duration::from_secs(10))
    }
}

/// When a run is over that goes on until it knows enough: by the width of intervals and never by what they
/// say, which would find differences where there are none.
///
/// Stopping at a fixed width keeps the coverage of rank intervals as the width goes to nothing (Geertsema
/// 1970, “Sequential confidence intervals based on rank tests”, The Annals of Mathematical Statistics 41);
/// from 30 rounds on that is near enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Goal {
    /// The widest half-width of a log ratio.
    half_width: f64,
    /// How long it may take.
    most: Duration,
}

impl Goal {
    /// The fewest rounds.
    pub(crate) const ROUNDS: u32 = 30;

    /// The most rounds.
    pub(crate) const MOST_ROUNDS: u32 = 10_000;

    /// Each so many rounds it is asked whether that is enough.
    const EVERY: u32 = 5;

    /// Whether so many rounds are enough, whose widest interval is computed only if it has to be.
    pub(crate) fn is_reached(
        self,
        rounds: u32,
        taken: Duration,
        widest: impl FnOnce() -> Option<f64>,
    ) -> bool {
        if taken >= self.most {
            return true;
        }
        rounds >= Self::ROUNDS
            && rounds.is_multiple_of(Self::EVERY)
            && widest().is_none_or(|widest| widest <= self.half_width.ln_1p())
    }
}

impl Goal {
    /// What is to be said if the time was over before the widest interval was narrow enough.
    pub(crate) fn missed(self, widest: Option<f64>) -> Option<String> {
        let widest = widest.filter(|&widest| widest > self.half_width.ln_1p())?;
        let reached = match widest.is_finite() {
            true => format!(
                "the widest interval reaches {:.2} % to each side",
                widest.exp_m1() * 100.0
            ),
            false => "so few rounds have no intervals".to_owned(),
        };
        Some(format!(
            "{:?} are over: {reached}, and not {} %; --max-time allows for more",
            self.most,
            self.half_width * 100.0
        ))
    }
}

/// Reads a precision.
fn parse_percent(text: &str) -> anyhow::Result<f64> {
    let percent: f64 = text.parse().context("expected a number of per cent")?;
    if !(percent > 0.0 && percent < 100.0) {
        bail!("expected more than 0 and less than 100 per cent");
    }
    Ok(percent)
}

/// A run, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// The command that began it, as a user would type it.
    pub(crate) command: String,
    /// What the user chose, the seed included.
    pub(crate) choices: Choices,
    /// How many rounds there are, and when what is measured.
    pub(crate) schedule: Schedule,
    world: World,
    experiment: schema::Experiment,
    contenders: Vec<Contender>,
    tasks: Vec<Task>,
    not_offered: Vec<NotOffered>,
    host_instructions: bool,
    machine_code: bool,
    layouts: schema::Layouts,
    repeats: Option<schema::Repeats>,
}

/// What a run depends on besides what is asked of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    tool: schema::Tool,
    cpu: String,
    kernel: String,
    /// Where the program was started: the paths in commands may start there.
    directory: String,
    /// The files that the commands of external engines name, and what hash they have.
    files: BTreeMap<String, Option<String>>,
    /// The files that programs were read from, likewise. Their texts are kept.
    programs: BTreeMap<String, Option<String>>,
}

impl World {
    fn new(
        tool: &schema::Tool,
        environment: &Environment,
        contenders: &[Contender],
        tasks: &[Task],
    ) -> Self {
        let directory = env::current_dir().map_or_else(
            |error| format!("unknown: {error}"),
            |directory| directory.display().to_string(),
        );
        let files = contenders
            .iter()
            .flat_map(|contender| match &contender.engine {
                Engine::Builtin(_) => Vec::new(),
                Engine::External(command) => command.files(),
            });
        let hashed = |path: PathBuf| (path.display().to_string(), tool::file_hash(&path));
        let programs = tasks.iter().filter_map(|task| task.workload.file.as_ref());
        Self {
            tool: tool.clone(),
            cpu: environment.cpu.clone(),
            kernel: environment.kernel.clone(),
            directory,
            files: files.map(hashed).collect(),
            programs: programs.map(PathBuf::from).map(hashed).collect(),
        }
    }
}

impl Setup {
    /// What a plan is to measure, on the machine as it is now.
    pub(crate) fn new(choices: &Choices, plan: &Plan, results: &schema::Results) -> Self {
        Self {
            command: results.command.clone(),
            choices: Choices {
                seed: Some(plan.schedule.seed),
                ..choices.clone()
            },
            schedule: plan.schedule,
            world: World::new(
                &results.tool,
                &results.environment,
                &plan.experiment.contenders,
                &plan.tasks,
            ),
            experiment: results.experiment.clone(),
            contenders: plan.experiment.contenders.clone(),
            tasks: plan.tasks.clone(),
            not_offered: plan.experiment.not_offered.clone(),
            host_instructions: plan.experiment.host_instructions,
            machine_code: plan.experiment.machine_code,
            layouts: results.layouts.clone().unwrap_or_default(),
            repeats: plan.repeats,
        }
    }

    /// What it was to measure.
    pub(crate) fn plan(&self) -> Plan {
        let schema::Experiment {
            name,
            question,
            kind,
            reference,
            headline,
        } = self.experiment.clone();
        Plan {
            experiment: Experiment {
                name,
                question,
                kind,
                reference,
                headline,
                contenders: self.contenders.clone(),
                externals: Vec::new(),
                not_offered: self.not_offered.clone(),
                workloads: Vec::new(),
                own_workloads: Vec::new(),
                host_instructions: self.host_instructions,
                machine_code: self.machine_code,
            },
            tasks: self.tasks.clone(),
            schedule: self.schedule,
            lost_headline: None,
            repeats: self.repeats,
            nesting: self.choices.variance.then_some(NESTED),
            quick: self.choices.quick,
        }
    }

    /// Makes sure that going on now would be going on with the same run.
    ///
    /// # Errors
    /// Names all that differs, as it was and as it is.
    pub(crate) fn ensure_same(&self, now: &Self) -> anyhow::Result<()> {
        let mut differences = Differences::default();
        self.compare_worlds(now, &mut differences);
        self.compare_plans(now, &mut differences);
        self.compare_programs(now, &mut differences);
        if !differences.0.is_empty() {
            bail!("{}", differences.0.join("; "));
        }
        Ok(())
    }

    fn compare_worlds(&self, now: &Self, differences: &mut Differences) {
        let (then, now) = (&self.world, &now.world);
        let (tool, tool_now) = (&then.tool, &now.tool);
        differences.of("monkeybench", &tool.version, &tool_now.version);
        let commit = |tool: &schema::Tool| {
            let commit = tool.commit.as_deref().unwrap_or("unknown");
            let dirty = if tool.dirty { ", changed" } else { "" };
            format!("{commit}{dirty}")
        };
        differences.of("its commit", commit(tool), commit(tool_now));
        differences.of("its Cargo profile", &tool.profile, &tool_now.profile);
        let features = |tool: &schema::Tool| tool.features.join(", ");
        differences.of("its Cargo features", features(tool), features(tool_now));
        let hash = |hash: &Option<String>| hash.clone().unwrap_or_else(|| "unreadable".to_owned());
        differences.of(
            "its file's hash",
            hash(&tool.executable),
            hash(&tool_now.executable),
        );
        differences.of("the processor", &then.cpu, &now.cpu);
        differences.of("the kernel", &then.kernel, &now.kernel);
        if !then.files.is_empty() {
            differences.of("the current directory", &then.directory, &now.directory);
        }
        for (file, then) in &then.files {
            // A command that names other files differs itself.
            if let Some(now) = now.files.get(file) {
                differences.of(format!("the hash of {file}"), hash(then), hash(now));
            } else if !Path::new(file).exists() {
                differences.of(format!("the hash of {file}"), hash(then), "no such file");
            }
        }
    }

    /// Programs' files: one that is gone is no other one.
    fn compare_programs(&self, now: &Self, differences: &mut Differences) {
        for (file, then) in &self.world.programs {
            if let (Some(then), Some(Some(now))) = (then, now.world.programs.get(file)) {
                differences.of(format!("the hash of {file}"), then, now);
            }
        }
    }

    fn compare_plans(&self, now: &Self, differences: &mut Differences) {
        differences.of(
            "the experiment",
            &self.experiment.name,
            &now.experiment.name,
        );
        let names = |setup: &Self| listed(setup.contenders.iter().map(|it| &*it.name));
        differences.of("the variants", names(self), names(now));
        let (then_reference, reference) = (&self.experiment.reference, &now.experiment.reference);
        differences.of("the reference", then_reference, reference);
        let titles = |setup: &Self| listed(setup.tasks.iter().map(|it| &*it.workload.title));
        differences.of("the workloads", titles(self), titles(now));
        differences.of("the rounds", self.schedule.rounds, now.schedule.rounds);
        let goal = |setup: &Self| match setup.choices.precision {
            Some(percent) => format!("{percent} %"),
            None => "not given".to_owned(),
        };
        differences.of("--precision", goal(self), goal(now));
        let repeats = |setup: &Self| match setup.repeats {
            Some(repeats) => format!("{} runs, {} s apart", repeats.runs, repeats.pause_seconds),
            None => "one run".to_owned(),
        };
        differences.of("--repeat", repeats(self), repeats(now));
        let given = |setup: &Self| match setup.choices.variance {
            true => "given",
            false => "not given",
        };
        differences.of("--variance", given(self), given(now));
        differences.of("the seed", self.schedule.seed, now.schedule.seed);
        let quick = |setup: &Self| {
            if setup.choices.quick {
                "given"
            } else {
                "not given"
            }
        };
        differences.of("--quick", quick(self), quick(now));
        let seconds = |setup: &Self| format!("{} s", setup.choices.timeout().as_secs_f64());
        differences.of("--timeout", seconds(self), seconds(now));
        let counts = |setup: &Self| {
            let Choices {
                host_counts,
                count_host_instructions,
                ..
            } = &setup.choices;
            match host_counts {
                Some(file) => file.display().to_string(),
                None if *count_host_instructions => "counted by the run".to_owned(),
                None => "as the experiment says".to_owned(),
            }
        };
        differences.of("the host instructions", counts(self), counts(now));
        differences.of("the layouts", &self.layouts, &now.layouts);
        for (then, now) in self.contenders.iter().zip(&now.contenders) {
            if then.name == now.name {
                let what = format!("the command of {}", then.name);
                differences.of(what, command(&then.engine), command(&now.engine));
            }
        }
        for (then, now) in self.tasks.iter().zip(&now.tasks) {
            if then.workload.title == now.workload.title && then.source != now.source {
                let hash = |task: &Task| tool::hash(task.source.as_bytes());
                let what = format!("the hash of the program {}", then.workload.name);
                differences.of(what, hash(then), hash(now));
            }
        }
        // Whatever else there may be.
        if differences.0.is_empty() && self.schedule != now.schedule {
            differences.of(
                "the schedule",
                format!("{:?}", self.schedule),
                format!("{:?}", now.schedule),
            );
        }
    }
}

/// What was one thing and is another.
#[derive(Debug, Default)]
struct Differences(Vec<String>);

impl Differences {
    fn of(&mut self, what: impl Display, then: impl Display, now: impl Display) {
        let (then, now) = (then.to_string(), now.to_string());
        if then != now {
            self.0.push(format!("{what}: {then} then, {now} now"));
        }
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(",")
}

/// How an engine is started, as a user would type it.
fn command(engine: &Engine) -> String {
    match engine {
        Engine::Builtin(name) => format!("built in as {name}"),
        Engine::External(command) => {
            let words = plan::words(&command.words);
            match &command.directory {
                Some(directory) => format!("`{words}` in {}", directory.display()),
                None => format!("`{words}`"),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
