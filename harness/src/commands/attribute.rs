//! `monkeybench attribute`: what each optimization is worth, whatever the order. Runs the full
//! factorial over the optimizations and hands its costs to [`reports::attribution`].

mod counts;
mod times;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use catalog::Variant;
use clap::ValueEnum;
use reports::attribution::{Attribution, By, Costs};
use reports::schema::{ExperimentKind, Results};

use crate::console;
use crate::contenders::Contender;
use crate::environment::{self, Observation};
use crate::experiments::Experiment;
use crate::failure::{Failure, Outcome, Status};
use crate::limits::parse_timeout;
use crate::limits::whole_number;
use crate::names::Unknown;
use crate::oracle::OracleOptions;
use crate::output::{self, OutputFolder, RESULTS_FILE};
use crate::plan::{Plan, Request, random_seed};
use crate::selection::{self, SizeOption};
use crate::workload;

/// Rounds of `--by time`: about a minute with all workloads.
const ROUNDS: u32 = 25;

/// Divide the credit among the optimizations, whatever their order
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// By which cost [default: dispatches; with --from: time]
    #[arg(long, value_enum)]
    by: Option<Kind>,
    /// Combine these optimizations only, and leave the others off, separated by commas
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    optimizations: Vec<String>,
    /// Other workloads than the documented ones, separated by commas: by name, by suite
    /// (documented, realistic), all, or programs of your own by path
    #[arg(long, value_name = "WORKLOAD|SUITE|FILE,…", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Another size for a workload; may be given for several
    #[arg(long, value_name = "WORKLOAD=SIZE")]
    size: Vec<SizeOption>,
    /// The number of rounds of --by time [default: 25]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>(1..=10_000), allow_negative_numbers = true)]
    rounds: Option<u32>,
    /// The seed of the shuffles of --by time [default: another one each time]
    #[arg(long, value_name = "N", value_parser = whole_number(0..=u64::MAX), allow_negative_numbers = true)]
    seed: Option<u64>,
    /// How long a worker may take for an answer beyond what is expected
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_timeout, allow_negative_numbers = true)]
    timeout: Duration,
    #[command(flatten)]
    oracle: OracleOptions,
    /// Measure nothing; attribute the results of an earlier --by time again
    #[arg(
        long,
        value_name = "RESULTS.json",
        conflicts_with_all = ["optimizations", "workloads", "size", "rounds", "seed", "timeout",
                              "oracle_timeout", "max_output"]
    )]
    from: Option<PathBuf>,
    /// Also write attribution.md, .json and .svg there, and the results.json of --by time
    #[arg(long, value_name = "DIR", value_parser = output::folder())]
    out: Option<PathBuf>,
    /// Print JSON instead of the tables
    #[arg(long)]
    json: bool,
}

/// What a cost is, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Instructions that the machine dispatches: exact, in a second or two
    Dispatches,
    /// Instructions that the processor executes, counted by valgrind: exact, in minutes
    HostInstructions,
    /// Time, with intervals: about a minute
    Time,
}

impl From<Kind> for By {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Dispatches => Self::Dispatches,
            Kind::HostInstructions => Self::HostInstructions,
            Kind::Time => Self::Time,
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    if let Some(from) = &arguments.from {
        return again(from, &arguments);
    }
    let by = arguments.by.map_or(By::Dispatches, By::from);
    if by != By::Time && (arguments.rounds.is_some() || arguments.seed.is_some()) {
        let error = anyhow!("--rounds and --seed are for --by time; counts are exact");
        return Err(Failure::Usage(error));
    }
    let mut plan = plan(&arguments).map_err(Failure::usage)?;
    if plan.experiment.contenders.len() < 2 {
        return Err(Failure::Failed(anyhow!(
            "this build has no optimization to attribute anything to: its Cargo features are off"
        )));
    }
    let out = arguments
        .out
        .as_deref()
        .map(OutputFolder::open)
        .transpose()?;
    plan.ask_oracle(&arguments.oracle)?;
    let mut results = plan
        .results(environment::machine())
        .map_err(Failure::usage)?;
    if by == By::Time {
        let observation = Observation::start(&mut results.environment);
        let begun = Instant::now();
        times::measure(&plan, arguments.timeout, &mut results)?;
        observation.finish(&mut results.environment);
        results.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(out) = &out {
            let context = || format!("can't write to {}", out.path().display());
            out.make_room().with_context(context)?;
            results.write(&out.path().join(RESULTS_FILE))?;
            out.forget_old_results();
        }
        return conclude(&results, Costs::timed(&results)?, None, &arguments);
    }
    let (counts, counter) = match by {
        By::HostInstructions => counts::host_instructions(&plan)?,
        _ => (counts::dispatches(&plan)?, None),
    };
    let costs = Costs::counted(&results, by, |variant, workload| {
        counts.get(&(variant, workload)).copied()
    })?;
    conclude(&results, costs, counter, &arguments)
}

/// What was measured before.
fn again(from: &Path, arguments: &Arguments) -> Outcome {
    let results = Results::read(from)?;
    let costs = match arguments.by.unwrap_or(Kind::Time) {
        Kind::Time => Costs::timed(&results),
        Kind::Dispatches => Costs::dispatched(&results),
        Kind::HostInstructions => {
            let error = anyhow!("a results file is attributed by time or by dispatches");
            return Err(Failure::Usage(error));
        }
    };
    let costs = costs.with_context(|| format!("can't attribute {}", from.display()))?;
    let _folder = arguments
        .out
        .as_deref()
        .map(OutputFolder::open)
        .transpose()?;
    conclude(&results, costs, None, arguments)
}

/// The full factorial, as an experiment.
fn plan(arguments: &Arguments) -> anyhow::Result<Plan> {
    let stages = catalog::stages();
    let unoptimized = stages.get(1).context("there is no machine to optimize")?;
    let workloads = workload::documented();
    let headline = workloads.first().context("there is no workload to run")?;
    let wanted = wanted(&arguments.optimizations)?;
    let takes_part = |variant: &&'static Variant| {
        let mut optimizations = optimizations(variant);
        variant.name.split('+').next() == Some(&*unoptimized.name)
            && !variant.name.contains('/')
            && optimizations.all(|it| wanted.contains(&it))
    };
    let variants = catalog::variants().iter().filter(takes_part);
    let experiment = Experiment {
        name: "attribution".to_owned(),
        question: "What is each optimization worth, whatever the order?".to_owned(),
        kind: ExperimentKind::Comparison,
        reference: unoptimized.name.clone(),
        headline: headline.name().to_owned(),
        contenders: variants.map(contender).collect(),
        externals: Vec::new(),
        not_offered: Vec::new(),
        workloads,
        own_workloads: Vec::new(),
        host_instructions: false,
        machine_code: false,
    };
    let mut plan = Plan::new(Request {
        experiment,
        engines: &[],
        workloads: &arguments.workloads,
        sizes: &arguments.size,
        quick: false,
        rounds: Some(arguments.rounds.unwrap_or(ROUNDS)),
        seed: arguments.seed.unwrap_or_else(random_seed),
        variance: false,
        repeat: None,
        against: None,
    })?;
    plan.schedule.phases_every = None;
    plan.schedule.first_every = None;
    Ok(plan)
}

/// The optimizations in a variant's name.
pub(crate) fn optimizations(variant: &'static Variant) -> impl Iterator<Item = &'static str> {
    variant.name.split('+').skip(1)
}

/// The optimizations of these names, or else all that are built.
fn wanted(names: &[String]) -> anyhow::Result<Vec<&'static str>> {
    let all: Vec<_> = optimizations(catalog::fully_optimized()).collect();
    if names.is_empty() {
        return Ok(all);
    }
    selection::no_duplicates("optimization", names.iter().map(String::as_str))?;
    let find = |name: &String| {
        let known = all.iter().copied().find(|it| it == name);
        known.ok_or_else(|| Unknown::new("optimization", name, all.iter().copied()))
    };
    Ok(names.iter().map(find).collect::<Result<_, _>>()?)
}

/// A variant; one with a single optimization is called by that one's title, which is how tables
/// know it.
fn contender(variant: &'static Variant) -> Contender {
    let single = optimizations(variant).count() == 1;
    let title = variant.summary.rsplit_once(" with ");
    let builtin = Contender::builtin(variant);
    Contender {
        label: match title.filter(|_| single) {
            Some((_, title)) => title.to_owned(),
            None => builtin.label.clone(),
        },
        ..builtin
    }
}

/// Writes and prints what the costs say, and tells how well it went.
fn conclude(
    results: &Results,
    costs: Costs,
    counter: Option<String>,
    arguments: &Arguments,
) -> Outcome {
    let attribution = Attribution::new(results, costs, counter);
    let out = arguments.out.as_deref();
    let written = out.map(|out| attribution.write(out)).transpose()?;
    let printed = if arguments.json {
        console::print_json(&attribution.json())
    } else {
        let width = u16::try_from(console::stdout_width()).unwrap_or(u16::MAX);
        let mut text = attribution.terminal(width, console::stdout_has_colors());
        if let Some(written) = written {
            text += &format!("\nThe whole report: {}\n", written.report.display());
        }
        console::print(&text)
    };
    match printed {
        Ok(()) | Err(Failure::ReaderGone) => {}
        Err(failure) => return Err(failure),
    }
    if results.interrupted {
        console::warning(format_args!(
            "interrupted after {} of {} rounds",
            results.rounds_done, results.rounds_planned
        ));
    }
    Ok(
        if results.interrupted || !attribution.failures().is_empty() {
            Status::Failed
        } else if !attribution.invalid.is_empty() {
            Status::Invalid
        } else {
            Status::Good
        },
    )
}
