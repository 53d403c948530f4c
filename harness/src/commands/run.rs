//! `monkeybench run`: measures an experiment.

mod dry_run;
mod ending;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use reports::Written;
use reports::analysis::Analysis;
use reports::schema::{self, Nesting, NotOffered, Repeats, Results};
use reports::verdicts::Verdicts;

use crate::against::OtherBuild;
use crate::callgrind::Callgrind;
use crate::commands::report::Printing;
use crate::console;
use crate::cores;
use crate::environment::{self, Observation};
use crate::experiments;
use crate::fail_on::FailOn;
use crate::failure::{Failure, Outcome, Status};
use crate::host_counts::{self, Search, of_run};
use crate::interrupt;
use crate::journal::{self, Journal, Log};
use crate::layouts::{self, Layouts};
use crate::measure::{Bench, Places, Progressed};
use crate::oracle::OracleOptions;
use crate::output::{self, OutputFolder, RESULTS_FILE};
use crate::plan::{Plan, Request, command_line, random_seed, utc};
use crate::progress::Progress;
use crate::setup::{Choices, Goal, Setup};
use crate::tool::Build;
use ending::Ending;

/// Where results and report go by default.
const OUT: &str = "reports/latest";

/// Measure an experiment, print its tables and write its report
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    choices: Choices,
    /// Where to write the results and the report
    #[arg(long, value_name = "DIR", default_value = OUT, value_parser = output::folder())]
    out: PathBuf,
    /// Go on with an interrupted run, in its own output directory
    #[arg(long)]
    resume: bool,
    /// Measure and write nothing: say what would be measured, and about how long it would take
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Exit with status 1 if an engine is slower than the other build's, by so many per cent at the least:
    /// slower, or slower:PERCENT
    #[arg(long, value_name = "WHAT", requires = "against")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    oracle: OracleOptions,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    match arguments.resume {
        true => resume(arguments),
        false => begin(arguments),
    }
}

fn begin(
    Arguments {
        choices,
        oracle,
        out,
        dry_run,
        printing,
        fail_on,
        ..
    }: Arguments,
) -> Outcome {
    let other = other_build(&choices)?;
    let mut plan = planned(&choices, other.as_ref())?;
    if let Some(lost) = &plan.lost_headline {
        console::note(format_args!(
            "the headline is {}: {lost}, the experiment's, is not among the workloads",
            plan.experiment.headline
        ));
    }
    for NotOffered { name, why, .. } in &plan.experiment.not_offered {
        match other {
            Some(_) => console::warning(format_args!("{name} is left out: {why}")),
            None => console::warning(format_args!(
                "{name} is not offered, so it is left out: {why}"
            )),
        }
    }
    let host_counts = HostInstructions::new(&choices, &plan)?;
    let mut results = plan
        .results(environment::machine())
        .map_err(Failure::usage)?;
    warn_of_too_few_runs(&results);
    // What can't be measured leaves nothing behind.
    plan.ask_oracle(&oracle)?;
    results.workloads = plan.workloads();
    results.environment.core = core(&choices, &plan, other.as_ref())?;
    if dry_run {
        return dry_run::tell(
            &plan,
            &out,
            &host_counts.origin(),
            choices.layouts.unwrap_or_default().told(),
            choices.timeout(),
            printing.json,
        );
    }
    let (layouts, record) = drawn(&choices, &plan, other.as_ref())?;
    results.layouts = Some(record);
    let folder = OutputFolder::open(&out)?;
    let journal = Journal::create(folder, Setup::new(&choices, &plan, &results))?;
    Run {
        plan,
        timeout: choices.timeout(),
        host_counts,
        layouts,
        goal: choices.goal(),
        journal,
        ending: Ending { printing, fail_on },
    }
    .go(results, None)
}

fn resume(
    Arguments {
        choices,
        out,
        printing,
        fail_on,
        ..
    }: Arguments,
) -> Outcome {
    let ending = Ending { printing, fail_on };
    let folder = existing(&out)?;
    let log = journal::read(folder.path())?;
    let is_told = choices != Choices::default();
    let choices = choices.or(&log.run.choices);
    let other = other_build(&choices)?;
    let plan = match is_told {
        false => log.run.plan(),
        true => planned(&choices, other.as_ref())?,
    };
    let mut results = plan
        .results(environment::machine())
        .map_err(Failure::usage)?;
    let (layouts, record) = drawn(&choices, &plan, other.as_ref())?;
    results.layouts = Some(record);
    results.environment.core = core(&choices, &plan, other.as_ref())?;
    log.run
        .ensure_same(&Setup::new(&choices, &plan, &results))
        .with_context(|| {
            format!(
                "can't go on with the run in {}, which was another one",
                out.display()
            )
        })?;
    if let Some(results) = finished(&folder, &log) {
        console::note("the run is complete: nothing is left to measure");
        let written = reports::write_report(&results, folder.path())?;
        return ending.present(&results, Some(&written));
    }
    let plan = log.run.plan();
    let results = Results {
        command: log.run.command.clone(),
        workloads: plan.workloads(),
        ..results
    };
    Run {
        timeout: choices.timeout(),
        host_counts: HostInstructions::new(&choices, &plan)?,
        layouts,
        goal: choices.goal(),
        journal: Journal::resume(folder, &log),
        plan,
        ending,
    }
    .go(results, Some(log))
}

/// Says of runs that are too few for any verdict, before hours are spent on them.
fn warn_of_too_few_runs(results: &Results) {
    let Some(repeats) = results.repeats else {
        return;
    };
    let comparisons = Verdicts::asked(&Analysis::new(results));
    let fewest = Verdicts::fewest(comparisons);
    if (repeats.runs.get() as usize) < fewest {
        console::warning(format_args!(
            "{} runs are too few to tell anything of {comparisons} comparisons together: `--repeat {fewest}` can, \
             unless some are of the same code and so are not compared; or compare less",
            repeats.runs,
        ));
    }
}

/// The other build that the user names.
fn other_build(choices: &Choices) -> Result<Option<OtherBuild>, Failure> {
    let named = choices.against.as_deref();
    named
        .map(OtherBuild::find)
        .transpose()
        .map_err(Failure::usage)
}

/// What the user's choices come to.
fn planned(choices: &Choices, other: Option<&OtherBuild>) -> Result<Plan, Failure> {
    let experiment = experiments::find(
        choices
            .experiment
            .as_deref()
            .unwrap_or(experiments::DEFAULT),
        choices.engines_file.as_deref(),
        !choices.engines.is_empty(),
    )
    .map_err(Failure::usage)?;
    Plan::new(Request {
        experiment,
        engines: &choices.engines,
        workloads: &choices.workloads,
        sizes: &choices.size,
        quick: choices.quick,
        rounds: choices.goal().map(|_| Goal::MOST_ROUNDS).or(choices.rounds),
        seed: choices.seed.unwrap_or_else(random_seed),
        variance: choices.variance,
        repeat: choices
            .repeat
            .map(|runs| (runs, choices.pause.unwrap_or(0))),
        against: other.map(|other| (other, choices.timeout())),
    })
    .map_err(Failure::usage)
}

/// What draws the layouts of a run, and what its results say of them.
fn drawn(
    choices: &Choices,
    plan: &Plan,
    other: Option<&OtherBuild>,
) -> Result<(Option<Layouts>, schema::Layouts), Failure> {
    let contenders = &plan.experiment.contenders;
    let choice = choices.layouts.unwrap_or_default();
    layouts::draw(choice, contenders, other, plan.schedule.seed).map_err(Failure::usage)
}

/// The core of all workers.
fn core(
    choices: &Choices,
    plan: &Plan,
    other: Option<&OtherBuild>,
) -> Result<Option<u32>, Failure> {
    let contenders = &plan.experiment.contenders;
    cores::choose(choices.core.unwrap_or_default(), contenders, other).map_err(Failure::usage)
}

/// The folder of a run that is to be gone on with.
fn existing(out: &Path) -> anyhow::Result<OutputFolder> {
    if !out.join(journal::FILE_NAME).exists() {
        bail!(
            "there is no run to resume in {}: it has no {}; without --resume, a new run begins",
            out.display(),
            journal::FILE_NAME
        );
    }
    OutputFolder::open(out)
}

/// The results of a run of which nothing is left to measure, if they are there.
fn finished(folder: &OutputFolder, log: &Log) -> Option<Results> {
    let results = Results::read(&folder.path().join(RESULTS_FILE)).ok()?;
    let is_whole = log.rounds == results.rounds_planned && !results.interrupted;
    (is_whole && results.samples == log.samples).then_some(results)
}

/// Where the host instructions come from.
enum HostInstructions {
    /// They have been counted before, or not.
    Before {
        found: Search,
        /// Why the run doesn't count them itself, where the experiment asks for it.
        uncounted: String,
    },
    /// The run counts them itself.
    Own(Callgrind),
}

impl HostInstructions {
    fn new(choices: &Choices, plan: &Plan) -> anyhow::Result<Self> {
        let build = &Build::own();
        let by_run = plan.experiment.host_instructions;
        let uncounted = match &choices.host_counts {
            Some(file) => {
                return Ok(Self::Before {
                    found: host_counts::of_file(file, build)?,
                    uncounted: "--host-counts named a file of counts".to_owned(),
                });
            }
            None if choices.count_host_instructions => return Ok(Self::Own(Callgrind::find()?)),
            None if by_run && !choices.quick => match Callgrind::find() {
                Ok(callgrind) => return Ok(Self::Own(callgrind)),
                Err(error) => {
                    console::warning(format_args!("no host instructions are counted: {error}"));
                    error.to_string()
                }
            },
            None => {
                "a quick run counts nothing unless --count-host-instructions tells it to".to_owned()
            }
        };
        let found = match host_counts::search(
            &env::current_dir().unwrap_or_default(),
            &host_counts::target_folders(),
            build,
            |text| console::warning(text),
        ) {
            Search::Absent(_) if by_run => Search::Absent(uncounted.clone()),
            found => found,
        };
        Ok(Self::Before { found, uncounted })
    }

    /// Where they come from, or why there are none, in a few words.
    fn origin(&self) -> String {
        match self {
            Self::Before { found, .. } => found.origin(),
            Self::Own(_) => {
                "counted by the run itself, under valgrind, after the times; a second or \
                             more for each variant on each workload"
                    .to_owned()
            }
        }
    }

    /// Puts them into the results of a run, as far as there are any.
    fn record(&self, plan: &Plan, results: &mut Results) {
        match self {
            Self::Before { found, uncounted } => {
                found.record(plan.experiment.host_instructions, results);
                of_run::unread(plan, uncounted, results);
            }
            Self::Own(_) if results.interrupted => {
                of_run::none(
                    plan,
                    "the run was stopped before they were counted",
                    results,
                );
            }
            Self::Own(callgrind) => of_run::count(callgrind, plan, &Build::own(), results),
        }
    }
}

/// A run that is about to be measured, or measured on.
struct Run {
    plan: Plan,
    timeout: Duration,
    host_counts: HostInstructions,
    layouts: Option<Layouts>,
    goal: Option<Goal>,
    journal: Journal,
    ending: Ending,
}

impl Run {
    fn go(mut self, mut results: Results, earlier: Option<Log>) -> Outcome {
        interrupt::listen().context("can't listen for interrupts")?;
        let observation = Observation::start(&mut results.environment);
        let begun = Instant::now();
        results.started = utc(SystemTime::now());
        let trouble = self.measure(earlier, &mut results);
        observation.finish(&mut results.environment);
        self.host_counts.record(&self.plan, &mut results);
        results.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        conclude(&results, &mut self.journal, trouble, self.ending)
    }

    /// Measures what is left to measure, and fills in the results. Gives what kept the samples from
    /// being kept, which ends the run; they are in the results all the same.
    fn measure(&mut self, earlier: Option<Log>, results: &mut Results) -> Option<anyhow::Error> {
        let progress = Progress::new();
        let Plan {
            experiment,
            tasks,
            schedule,
            ..
        } = &self.plan;
        let contenders = &experiment.contenders;
        let layouts = self.layouts.take();
        let mut bench = Bench::new(
            contenders,
            tasks,
            *schedule,
            self.timeout,
            &progress,
            Places {
                layouts,
                core: results.environment.core,
                nesting: self.plan.nesting.unwrap_or(Nesting::NONE),
            },
        );
        let mut trouble = None;
        if let Some(earlier) = earlier {
            bench.exclude(earlier.failed);
            results.samples = earlier.samples;
            results.rounds_done = earlier.rounds;
            results.resumed = earlier.rounds > 0;
        }
        let done = results.rounds_done;

        if bench.check() == Progressed::Done && bench.calibrate() == Progressed::Done {
            progress.stage("measuring");
            progress.expect(
                schedule.samples(0..schedule.rounds),
                schedule.samples(0..done),
            );
            let begun = Instant::now();
            for round in done..schedule.rounds {
                if let Some(goal) = self.goal
                    && goal.is_reached(round, begun.elapsed(), || reports::widest(results))
                {
                    results.rounds_planned = round;
                    if let Some(missed) = goal.missed(reports::widest(results)) {
                        progress.warn(&missed);
                    }
                    break;
                }
                if let Some(repeats) = self.plan.repeats
                    && round > done
                    && round.is_multiple_of(repeats.rounds.get())
                    && begin_another(&mut bench, repeats, round, &progress)
                        == Progressed::Interrupted
                {
                    break;
                }
                let Some(samples) = bench.round(round) else {
                    break;
                };
                trouble = self.journal.append(&samples, bench.newly_failed()).err();
                results.samples.extend(samples);
                results.rounds_done = round + 1;
                if trouble.is_some() {
                    break;
                }
            }
        }
        results.interrupted = results.rounds_done < results.rounds_planned;
        bench.finish(results);
        trouble
    }
}

/// Lets the time between two runs go by, and calibrates anew as the next one's own run would.
fn begin_another(
    bench: &mut Bench<'_>,
    repeats: Repeats,
    round: u32,
    progress: &Progress,
) -> Progressed {
    let run = repeats.run_of(round) + 1;
    progress.stage(&format!("waiting for run {run} of {}", repeats.runs));
    let over = Instant::now() + Duration::from_secs(repeats.pause_seconds.into());
    while Instant::now() < over {
        if interrupt::requested() {
            return Progressed::Interrupted;
        }
        thread::sleep(Duration::from_millis(100));
    }
    let calibrated = bench.calibrate();
    progress.stage(&format!("measuring run {run} of {}", repeats.runs));
    calibrated
}

/// Writes what was measured, and says what it says. What can't be written is said all the same.
fn conclude(
    results: &Results,
    journal: &mut Journal,
    trouble: Option<anyhow::Error>,
    ending: Ending,
) -> Outcome {
    let Results {
        rounds_done,
        rounds_planned,
        interrupted,
        ..
    } = results;
    let folder = journal.folder().path().to_owned();
    let go_on = resume_command(&folder);
    if *rounds_done == 0 {
        let how = match journal.keep_plan() {
            Ok(true) => format!("`{go_on}` begins it again"),
            Ok(false) | Err(_) => format!(
                "nothing was kept, and what an earlier run left in {} is as it was; the same command \
                 begins again",
                folder.display()
            ),
        };
        return Err(anyhow!("interrupted before the first round was complete; {how}").into());
    }
    // The folder may have been deleted since the last round.
    let written = journal.restore().and_then(|()| write(results, journal));
    if written.is_err() {
        // What is there in part, or of an earlier part, would seem to be about all samples.
        journal.folder().remove_reports();
    }
    let status = ending.present(results, written.as_ref().ok())?;
    if let Some(error) = trouble.or(written.err()) {
        let rounds = match interrupted {
            true => format!("stopped after {rounds_done} of {rounds_planned} rounds"),
            false => "all rounds are measured".to_owned(),
        };
        return Err(error
            .context(format!(
                "{rounds}; once it can be written, `{go_on}` finishes the run"
            ))
            .into());
    }
    if *interrupted {
        console::warning(format_args!(
            "interrupted after {rounds_done} of {rounds_planned} rounds; `{go_on}` goes on"
        ));
        return Ok(Status::Failed);
    }
    Ok(status)
}

/// Writes the results and their report.
fn write(results: &Results, journal: &Journal) -> anyhow::Result<Written> {
    let folder = journal.folder();
    results.write(&folder.path().join(RESULTS_FILE))?;
    if !results.interrupted {
        folder.forget_old_results();
    }
    Ok(reports::write_report(results, folder.path())?)
}

/// What goes on with the run in a folder.
fn resume_command(folder: &Path) -> String {
    let mut words: Vec<&OsStr> = ["run", "--resume"].map(OsStr::new).into();
    if folder != Path::new(OUT) {
        words.extend([OsStr::new("--out"), folder.as_os_str()]);
    }
    command_line(words)
}
