//! `monkeybench run`: measures an experiment.

mod dry_run;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use reports::Written;
use reports::schema::{Fingerprint, NotOffered, Results};

use crate::callgrind::Callgrind;
use crate::commands::report;
use crate::console;
use crate::environment::{self, Observation};
use crate::experiments;
use crate::failure::{Failure, Outcome, Status};
use crate::host_counts::{self, Search, of_run};
use crate::interrupt;
use crate::journal::{self, Journal, Log};
use crate::measure::{Bench, Progressed};
use crate::oracle::OracleOptions;
use crate::output::{OutputFolder, RESULTS_FILE};
use crate::plan::{Plan, Request, command_line, parse_timeout, random_seed, utc};
use crate::progress::Progress;
use crate::selection::SizeOption;
use crate::tool::{self, Build};

/// Where results and report go by default.
const OUT: &str = "reports/latest";

/// Measure an experiment, print its tables and write its report
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The experiment: one of `monkeybench list experiments`, or the path of a TOML file
    #[arg(default_value = experiments::DEFAULT)]
    experiment: String,
    /// Take few rounds, and count no host instructions, for a first look
    #[arg(long)]
    quick: bool,
    /// The number of rounds [default: 61, with realistic workloads or your own 21, quick: 7]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: Option<u32>,
    /// Other variants than the experiment's, separated by commas
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// The external engines that may be named [default: engines.toml beside the experiment, or, for
    /// one of the project's, in the current directory]
    #[arg(long, value_name = "FILE")]
    engines_file: Option<PathBuf>,
    /// Other workloads than the experiment's, separated by commas: by name, by suite (documented,
    /// realistic), all, or programs of your own by path (./mine.monkey); the first is the headline,
    /// unless the experiment's is among them
    #[arg(long, value_name = "WORKLOAD|SUITE|FILE,…", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Another size for a workload, which is the N of its first line `let size = N;`; may be given for
    /// several
    #[arg(long, value_name = "WORKLOAD=SIZE")]
    size: Vec<SizeOption>,
    /// The seed of the shuffles [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Where to write the results and the report
    #[arg(long, value_name = "DIR", default_value = OUT)]
    out: PathBuf,
    /// Go on with an interrupted run, in its own output directory
    #[arg(long)]
    resume: bool,
    /// Measure and write nothing: say what would be measured, and about how long it would take
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// Take host instructions from this file of counts, which must be of this program's sources
    /// [default: what ci/check counted last, else its baseline]
    #[arg(long, value_name = "FILE")]
    host_counts: Option<PathBuf>,
    /// Count the host instructions of these very variants by valgrind once all times are taken, which
    /// takes a second or more for each on each workload [default: as the experiment says, and not
    /// with --quick]
    #[arg(long, conflicts_with = "host_counts")]
    count_host_instructions: bool,
    /// How long a worker may take for an answer beyond what is expected
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_timeout)]
    timeout: Duration,
    #[command(flatten)]
    oracle: OracleOptions,
    /// Print a summary as JSON instead of the tables
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let (folder, log) = match arguments.resume {
        true => {
            let folder = existing(&arguments.out)?;
            let log = journal::read(folder.path())?;
            (Some(folder), Some(log))
        }
        false => (None, None),
    };
    let earlier_seed = log.as_ref().map(|log| log.run.seed);
    let experiment = experiments::find(
        &arguments.experiment,
        arguments.engines_file.as_deref(),
        !arguments.engines.is_empty(),
    )
    .map_err(Failure::usage)?;
    let mut plan = Plan::new(Request {
        experiment,
        engines: &arguments.engines,
        workloads: &arguments.workloads,
        sizes: &arguments.size,
        quick: arguments.quick,
        rounds: arguments.rounds,
        seed: arguments.seed.or(earlier_seed).unwrap_or_else(random_seed),
    })
    .map_err(Failure::usage)?;
    if let Some(lost) = &plan.lost_headline {
        console::note(format_args!(
            "the headline is {}: {lost}, the experiment's, is not among the workloads",
            plan.experiment.headline
        ));
    }
    for NotOffered { name, why, .. } in &plan.experiment.not_offered {
        console::warning(format_args!(
            "{name} is not offered, so it is left out: {why}"
        ));
    }
    let build = Build::own();
    let host_counts = HostInstructions::new(&arguments, &plan, &build)?;
    let mut results = plan
        .results(environment::machine())
        .map_err(Failure::usage)?;
    let run = Fingerprint {
        executable: tool::executable_hash(),
        ..results.fingerprint()
    };
    // What can't be measured leaves nothing behind.
    plan.ask_oracle(&arguments.oracle)?;
    results.workloads = plan.workloads();
    if arguments.dry_run {
        let (out, timeout) = (&arguments.out, arguments.timeout);
        return dry_run::tell(&plan, out, &host_counts.origin(), timeout, arguments.json);
    }
    let folder = match folder {
        Some(folder) => folder,
        None => OutputFolder::open(&arguments.out)?,
    };
    let (mut journal, earlier) = match log {
        Some(log) => {
            same_run(&log.run, &run)?;
            (Journal::resume(folder, &log), Some(log))
        }
        None => (Journal::create(folder, run), None),
    };
    interrupt::listen().context("can't listen for interrupts")?;
    let observation = Observation::start(&mut results.environment);
    let begun = Instant::now();
    results.started = utc(SystemTime::now());
    let trouble = measure(
        &plan,
        arguments.timeout,
        earlier,
        &mut journal,
        &mut results,
    );
    observation.finish(&mut results.environment);
    host_counts.record(&plan, &build, &mut results);
    results.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    conclude(&results, &mut journal, trouble, arguments.json)
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
    fn new(arguments: &Arguments, plan: &Plan, build: &Build) -> anyhow::Result<Self> {
        let by_run = plan.experiment.host_instructions;
        let uncounted = match &arguments.host_counts {
            Some(file) => {
                return Ok(Self::Before {
                    found: host_counts::of_file(file, build)?,
                    uncounted: "--host-counts named a file of counts".to_owned(),
                });
            }
            None if arguments.count_host_instructions => return Ok(Self::Own(Callgrind::find()?)),
            None if by_run && !arguments.quick => match Callgrind::find() {
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
    fn record(&self, plan: &Plan, build: &Build, results: &mut Results) {
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
            Self::Own(callgrind) => of_run::count(callgrind, plan, build, results),
        }
    }
}

/// Refuses to go on with a run that was another one.
fn same_run(earlier: &Fingerprint, now: &Fingerprint) -> anyhow::Result<()> {
    match earlier.difference(now) {
        None => Ok(()),
        Some(difference) => Err(anyhow!(
            "can't resume: the {difference} of the interrupted run is not the same; give the \
             options that it had, or run without --resume"
        )),
    }
}

/// Measures what is left to measure, and fills in the results. Gives what kept the samples from
/// being kept, which ends the run; they are in the results all the same.
fn measure(
    plan: &Plan,
    timeout: Duration,
    earlier: Option<Log>,
    journal: &mut Journal,
    results: &mut Results,
) -> Option<anyhow::Error> {
    let progress = Progress::new();
    let schedule = plan.schedule;
    let contenders = &plan.experiment.contenders;
    let mut bench = Bench::new(contenders, &plan.tasks, schedule, timeout, &progress);
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
        for round in done..schedule.rounds {
            let Some(samples) = bench.round(round) else {
                break;
            };
            trouble = journal.append(&samples, bench.newly_failed()).err();
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

/// Writes what was measured, and says what it says. What can't be written is said all the same.
fn conclude(
    results: &Results,
    journal: &mut Journal,
    trouble: Option<anyhow::Error>,
    json: bool,
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
    let status = report::present(results, written.as_ref().ok(), json)?;
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
