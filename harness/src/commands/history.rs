//! `monkeybench history`: what each commit did to the exact counts, as the committed baselines tell it.
//!
//! Git is the database: the gate commits a baseline with each change of a count, so its versions are the
//! steps. Times are no facts of a commit, and none are kept but those of published runs.

mod chart;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use reports::analysis::Analysis;
use reports::counts::{Host, Portable};
use reports::schema::{Measure, Results};
use reports::stats::Estimate;
use reports::table::{Column, Table, Value};
use reports::three_way::CountChange;
use serde::Serialize;

use crate::console;
use crate::failure::{Outcome, Status};
use crate::git;
use crate::names::Unknown;
use crate::output::RESULTS_FILE;

/// The folder of the baselines.
const BASELINES: &str = "ci/baselines";

/// The folder of the published runs.
const PUBLISHED: &str = "reports/published";

/// Show what each commit did to the exact counts, from the baselines that are committed
///
/// Counts are facts of a commit. Times are of published runs, each on the machine and the day of its run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these variants, separated by commas [default: all that have a baseline]
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',')]
    engine: Vec<String>,
    /// Only these workloads, separated by commas [default: all that have a baseline]
    #[arg(long, value_name = "WORKLOAD,…", value_delimiter = ',')]
    workload: Vec<String>,
    /// Also draw the counts that have changed as a chart, into this SVG file
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Commit {
    commit: String,
    date: String,
    subject: String,
    /// What the commit says below its subject.
    body: String,
}

/// A count that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Step {
    #[serde(flatten)]
    commit: Commit,
    engine: String,
    workload: String,
    /// What is counted: `dispatched`, `run instructions`.
    count: String,
    /// What the count is exact for; `None`: it depends on the sources alone.
    key: Option<String>,
    /// What it was; `None`: nothing was counted before.
    old: Option<u64>,
    new: u64,
}

/// A time of a published run.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Published {
    #[serde(flatten)]
    commit: Commit,
    /// The commit that was measured, as the results name it, which is an earlier one as a rule.
    measured_commit: Option<String>,
    /// Whether the sources differed from that.
    measured_dirty: bool,
    experiment: String,
    machine: String,
    engine: String,
    workload: String,
    /// The time of one run, in nanoseconds.
    nanoseconds: f64,
    low: Option<f64>,
    high: Option<f64>,
    #[serde(skip)]
    estimate: Option<Estimate>,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct History {
    /// The commits that changed a baseline, the oldest first.
    #[serde(skip)]
    commits: Vec<Commit>,
    steps: Vec<Step>,
    published: Vec<Published>,
}

/// What is asked for.
#[derive(Debug)]
struct Selection {
    engines: Vec<String>,
    workloads: Vec<String>,
}

impl Selection {
    fn has(&self, engine: &str, workload: &str) -> bool {
        let among =
            |wanted: &[String], name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
        among(&self.engines, engine) && among(&self.workloads, workload)
    }
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let selection = Selection {
        // As their baselines spell them, where they are known.
        engines: arguments.engine.into_iter().map(canonical).collect(),
        workloads: arguments.workload,
    };
    let history = History::read(&selection)?;
    if let Some(file) = &arguments.chart {
        chart::write(&history, file)?;
    }
    if arguments.json {
        console::print_json(&history)?;
        return Ok(Status::Good);
    }
    let width = u16::try_from(console::stdout_width()).unwrap_or(u16::MAX);
    let color = console::stdout_has_colors();
    let tables = [
        counts_table(&history.steps),
        times_table(&history.published),
    ];
    let texts = tables
        .iter()
        .flatten()
        .map(|table| reports::terminal::render(table, width, color));
    console::print(&texts.collect::<Vec<_>>().join("\n"))?;
    Ok(Status::Good)
}

impl History {
    /// The history of the repository in which the user stands.
    fn read(selection: &Selection) -> anyhow::Result<Self> {
        let top = git::top(Path::new("."))
            .context("the history is that of a repository, and here is none")?;
        if git::is_shallow(&top)? {
            console::note(
                "this clone is shallow: what its first commit has may have been there before",
            );
        }
        let baselines = git::ever(&top, BASELINES)?;
        ensure!(
            !baselines.is_empty(),
            "{} has no baselines committed in {BASELINES}",
            top.display()
        );
        let mut seen = Seen::default();
        let mut history = Self {
            commits: commits(&top, Path::new(BASELINES))?,
            steps: Vec::new(),
            published: Vec::new(),
        };
        for file in baselines {
            let steps = steps(&top, &file, selection, &mut seen)?;
            history.steps.extend(steps);
        }
        let place = |step: &Step| {
            let commits = &history.commits;
            commits.iter().position(|it| *it == step.commit)
        };
        // Each file had its own; stable, so that a commit's stay in their order.
        let mut steps = std::mem::take(&mut history.steps);
        steps.sort_by_key(place);
        history.steps = steps;
        seen.check(selection)?;
        for file in git::list(&top, PUBLISHED)? {
            if file.file_name().is_some_and(|it| it == RESULTS_FILE) {
                let published = published(&top, &file, selection)?;
                history.published.extend(published);
            }
        }
        Ok(history)
    }
}

/// A variant's name in the form that files have.
fn canonical(name: String) -> String {
    catalog::find(&name).map_or(name, |variant| variant.name.clone())
}

/// The names that baselines have had.
#[derive(Debug, Default)]
struct Seen {
    engines: Vec<String>,
    workloads: Vec<String>,
}

impl Seen {
    fn add(&mut self, engine: &str, workload: &str) {
        for (names, name) in [(&mut self.engines, engine), (&mut self.workloads, workload)] {
            if names.iter().all(|it| it != name) {
                names.push(name.to_owned());
            }
        }
    }

    /// Makes sure that what is asked for was there at any time.
    fn check(&self, selection: &Selection) -> anyhow::Result<()> {
        for (what, wanted, known) in [
            ("engine", &selection.engines, &self.engines),
            ("workload", &selection.workloads, &self.workloads),
        ] {
            for name in wanted {
                ensure!(
                    known.contains(name),
                    Unknown::new(what, name, known.iter().map(String::as_str))
                );
            }
        }
        Ok(())
    }
}

/// What each version of a baseline changed, the oldest first.
fn steps(
    top: &Path,
    file: &Path,
    selection: &Selection,
    seen: &mut Seen,
) -> anyhow::Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut last: Vec<(Cell, u64)> = Vec::new();
    for commit in commits(top, file)? {
        let Some(text) = git::show(top, &commit.commit, file)? else {
            // It was deleted there.
            last.clear();
            continue;
        };
        // A version that this program doesn't read is passed over.
        let Some(Counts { key, cells }) = counts(&text) else {
            continue;
        };
        for (cell, new) in cells {
            seen.add(&cell.engine, &cell.workload);
            if !selection.has(&cell.engine, &cell.workload) {
                continue;
            }
            let before = last.iter_mut().find(|(it, _)| *it == cell);
            let old = before.as_ref().map(|it| it.1);
            if old != Some(new) {
                steps.push(Step {
                    commit: commit.clone(),
                    engine: cell.engine.clone(),
                    workload: cell.workload.clone(),
                    count: cell.count.clone(),
                    key: key.clone(),
                    old,
                    new,
                });
            }
            match before {
                Some(before) => before.1 = new,
                None => last.push((cell, new)),
            }
        }
    }
    Ok(steps)
}

/// Whose count, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    engine: String,
    workload: String,
    count: String,
}

/// The counts of a baseline.
struct Counts {
    /// What they are exact for; none: they depend on the sources alone.
    key: Option<String>,
    cells: Vec<(Cell, u64)>,
}

/// Reads a baseline; none if this program can't.
fn counts(text: &str) -> Option<Counts> {
    if let Ok(portable) = serde_json::from_str::<Portable>(text) {
        let counts = portable.cells.into_iter().flat_map(|cell| {
            let named = [
                ("dispatched", cell.counts.dispatched),
                ("calls", cell.counts.calls),
                ("allocations", cell.counts.allocations),
                ("code bytes", cell.counts.code_bytes),
            ];
            named.into_iter().filter_map(move |(count, value)| {
                let cell = Cell {
                    engine: cell.variant.clone(),
                    workload: cell.workload.clone(),
                    count: count.to_owned(),
                };
                Some((cell, value?))
            })
        });
        return Some(Counts {
            key: None,
            cells: counts.collect(),
        });
    }
    let host = serde_json::from_str::<Host>(text).ok()?;
    let counts = host.cells.into_iter().map(|cell| {
        let count = format!("{} instructions", cell.bench);
        let of = Cell {
            engine: cell.variant,
            workload: cell.workload,
            count,
        };
        (of, cell.instructions)
    });
    Some(Counts {
        key: Some(host.key.to_string()),
        cells: counts.collect(),
    })
}

/// The times of the runs that were published in a file, the oldest first.
fn published(top: &Path, file: &Path, selection: &Selection) -> anyhow::Result<Vec<Published>> {
    let mut all = Vec::new();
    for commit in commits(top, file)? {
        let Some(text) = git::show(top, &commit.commit, file)? else {
            continue;
        };
        let Ok(results) = Results::parse(&text, file) else {
            continue;
        };
        let analysis = Analysis::new(&results);
        for workload in results.workload_ids() {
            for variant in results.variant_ids() {
                let (engine, name) = (
                    &results.variant(variant).name,
                    &results.workload(workload).name,
                );
                if !selection.has(engine, name) {
                    continue;
                }
                let Some(time) = analysis.time(Measure::Run, workload, variant) else {
                    continue;
                };
                all.push(Published {
                    commit: commit.clone(),
                    measured_commit: results.tool.commit.clone(),
                    measured_dirty: results.tool.dirty,
                    experiment: results.experiment.name.clone(),
                    machine: results.environment.cpu.clone(),
                    engine: engine.clone(),
                    workload: results.workload(workload).title.clone(),
                    nanoseconds: time.median,
                    low: time.interval.map(|it| it.low),
                    high: time.interval.map(|it| it.high),
                    estimate: Some(time),
                });
            }
        }
    }
    Ok(all)
}

/// The commits that changed a file, the oldest first.
fn commits(top: &Path, file: &Path) -> anyhow::Result<Vec<Commit>> {
    let path = file.to_str().context("a path is not UTF-8")?;
    let log = git::run(
        top,
        &[
            "log",
            "--reverse",
            "--format=%h%x09%cs%x09%s%x1f%b%x1e",
            "--abbrev=12",
            "--",
            path,
        ],
    )?;
    let commit = |entry: &str| {
        let (line, body) = entry.trim_start().split_once('\x1f')?;
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        Some(Commit {
            commit: parts.next()?,
            date: parts.next()?,
            subject: parts.next()?,
            body: body.trim().to_owned(),
        })
    };
    Ok(log.split('\x1e').filter_map(commit).collect())
}

/// A commit's name as tables have room for it.
fn short(commit: &str) -> &str {
    &commit[..commit.len().min(9)]
}

/// The steps as a table: what was counted first stands for itself, without a change.
fn counts_table(steps: &[Step]) -> Option<Table> {
    let row = |step: &Step| {
        let Step {
            commit,
            engine,
            workload,
            count,
            old,
            new,
            ..
        } = step;
        vec![
            Value::Text(commit.date.clone()),
            Value::Text(short(&commit.commit).to_owned()),
            Value::Text(engine.clone()),
            Value::Text(workload.clone()),
            Value::Text(count.clone()),
            Value::Count(*new),
            Value::or_absent(*old, |old| {
                Value::CountChange(CountChange { old, new: *new })
            }),
            Value::Text(commit.subject.clone()),
        ]
    };
    (!steps.is_empty()).then(|| Table {
        title: "Exact counts, by commit".to_owned(),
        columns: vec![
            Column::words("date").optional(),
            Column::words("commit"),
            Column::words("engine"),
            Column::words("workload"),
            Column::words("count"),
            Column::figures("new"),
            Column::figures("change"),
            Column::words("what the commit says").optional().wrapped(),
        ],
        rows: steps.iter().map(row).collect(),
        notes: Vec::new(),
    })
}

/// The times as a table.
fn times_table(published: &[Published]) -> Option<Table> {
    let row = |it: &Published| {
        vec![
            Value::Text(it.commit.date.clone()),
            Value::Text(short(&it.commit.commit).to_owned()),
            Value::or_absent(it.measured_commit.as_deref(), |commit| {
                let changed = if it.measured_dirty { ", changed" } else { "" };
                Value::Text(format!("{}{changed}", short(commit)))
            }),
            Value::Text(it.experiment.clone()),
            Value::Text(it.engine.clone()),
            Value::Text(it.workload.clone()),
            Value::or_absent(it.estimate, Value::Time),
            Value::Text(it.machine.clone()),
        ]
    };
    (!published.is_empty()).then(|| Table {
        title: "Times of published runs".to_owned(),
        columns: vec![
            Column::words("date"),
            Column::words("published in").optional(),
            Column::words("measured"),
            Column::words("experiment"),
            Column::words("engine"),
            Column::words("workload"),
            Column::figures("time"),
            Column::words("machine").optional(),
        ],
        rows: published.iter().map(row).collect(),
        notes: vec![
            "Each is of its own run: what differs between two may be the machine, the day, or where the \
             code came to lie."
                .to_owned(),
        ],
    })
}
