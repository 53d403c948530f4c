//! `monkeybench list`: what there is.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use reports::table::{Column, Table, Value};
use serde::Serialize;
use workloads::Suite;

use crate::console;
use crate::contenders::{self, Contender};
use crate::experiments;
use crate::externals;
use crate::failure::{Failure, Outcome, Status};

/// List the engines, workloads and experiments, with a line on each
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to list; everything if left out
    what: Option<What>,
    /// List the external engines of this file too [default: engines.toml in the current directory]
    #[arg(long, value_name = "FILE")]
    engines_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Engines,
    Workloads,
    Experiments,
}

/// What is listed; what wasn't asked for is left out.
#[derive(Serialize)]
struct Listing {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    axes: Vec<Axis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    engines: Option<Vec<Engine>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    externals: Vec<External>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_offered: Vec<NotOffered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workloads: Option<Vec<Workload>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiments: Option<Vec<Experiment>>,
}

/// An axis of the space of engines.
#[derive(Serialize)]
struct Axis {
    name: &'static str,
    /// None: an engine may have any of its values, or none.
    default: Option<&'static str>,
    values: Vec<AxisValue>,
}

#[derive(Serialize)]
struct AxisValue {
    name: &'static str,
    summary: &'static str,
}

#[derive(Serialize)]
struct Engine {
    name: String,
    summary: String,
}

/// An engine that is another program.
#[derive(Serialize)]
struct External {
    name: String,
    summary: String,
    command: Vec<String>,
}

#[derive(Serialize)]
struct NotOffered {
    name: String,
    why: &'static str,
}

#[derive(Serialize)]
struct Workload {
    name: String,
    title: String,
    why: String,
    suite: &'static str,
    size: Option<u64>,
    value: Option<String>,
}

#[derive(Serialize)]
struct Experiment {
    name: String,
    question: String,
    reference: String,
    variants: Vec<String>,
    workloads: Vec<String>,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let wanted = |what| arguments.what.is_none_or(|only| only == what);
    let listing = Listing {
        axes: wanted(What::Engines).then(axes).unwrap_or_default(),
        engines: wanted(What::Engines).then(engines),
        externals: match wanted(What::Engines) {
            true => externals(arguments.engines_file.as_deref())?,
            false => Vec::new(),
        },
        not_offered: wanted(What::Engines).then(not_offered).unwrap_or_default(),
        workloads: wanted(What::Workloads).then(workloads),
        experiments: wanted(What::Experiments).then(experiments).transpose()?,
    };
    if arguments.json {
        console::print_json(&listing)?;
    } else {
        console::print(&listing.text())?;
    }
    Ok(Status::Good)
}

fn axes() -> Vec<Axis> {
    let of = |axis: catalog::Axis| Axis {
        name: axis.name,
        // Every engine's name begins with its architecture.
        default: (!axis.is_set && axis.name != ARCHITECTURE).then(|| axis.values[0].name),
        values: axis
            .values
            .iter()
            .map(|value| AxisValue {
                name: value.name,
                summary: value.summary,
            })
            .collect(),
    };
    catalog::axes().into_iter().map(of).collect()
}

fn engines() -> Vec<Engine> {
    catalog::variants()
        .iter()
        .map(|variant| Engine {
            name: variant.name.clone(),
            summary: variant.summary.clone(),
        })
        .collect()
}

/// The externals of a file that was named, or found: one that was found and is wrong may be some other
/// tool's, and hides nothing else.
fn externals(file: Option<&Path>) -> Result<Vec<External>, Failure> {
    let known = match externals::known(file, Path::new("")) {
        Err(error) if file.is_some() => return Err(Failure::usage(error)),
        Err(error) => {
            console::warning(format_args!("{error:#}"));
            Vec::new()
        }
        Ok(known) => known,
    };
    let external = |contender: Contender| match contender.engine {
        contenders::Engine::Builtin(_) => None,
        contenders::Engine::External(command) => Some(External {
            name: contender.name,
            summary: contender.summary,
            command: command.words,
        }),
    };
    Ok(known.into_iter().filter_map(external).collect())
}

fn not_offered() -> Vec<NotOffered> {
    catalog::not_offered()
        .into_iter()
        .map(|it| NotOffered {
            name: it.name,
            why: it.why,
        })
        .collect()
}

fn workloads() -> Vec<Workload> {
    workloads::all()
        .iter()
        .map(|workload| Workload {
            name: workload.name.clone(),
            title: workload.title.clone(),
            why: workload.why.clone(),
            suite: workload.suite.name(),
            size: workload.size.as_ref().map(|size| size.default),
            value: workload.expected(None).map(str::to_owned),
        })
        .collect()
}

fn experiments() -> anyhow::Result<Vec<Experiment>> {
    let experiments = experiments::embedded()?.into_iter();
    Ok(experiments
        .map(|experiment| Experiment {
            name: experiment.name,
            question: experiment.question,
            reference: experiment.reference,
            variants: experiment
                .contenders
                .into_iter()
                .map(|contender| contender.name)
                .collect(),
            workloads: experiment
                .workloads
                .into_iter()
                .map(|workload| workload.name().to_owned())
                .collect(),
        })
        .collect())
}

impl Listing {
    fn text(&self) -> String {
        let mut sections = Vec::new();
        if let Some(engines) = &self.engines {
            sections.push(axes_table(&self.axes));
            sections.push(built_table(engines));
        }
        if !self.externals.is_empty() {
            let rows = self.externals.iter();
            let rows = rows.map(|it| [it.name.clone(), it.summary.clone()]);
            sections.push(rendered(&words(
                "external engines",
                ["name", "what it is"],
                rows,
            )));
        }
        if !self.not_offered.is_empty() {
            sections.push(not_offered_table(&self.not_offered));
        }
        if let Some(workloads) = &self.workloads {
            for suite in Suite::ALL.map(Suite::name) {
                let rows = workloads.iter().filter(|it| it.suite == suite).map(|it| {
                    let size = it.size.map(|size| format!(" (size {size})"));
                    [
                        it.name.clone(),
                        it.title.clone() + &size.unwrap_or_default(),
                    ]
                });
                let title = format!("{suite} workloads");
                sections.push(rendered(&words(&title, ["name", "what it is"], rows)));
            }
        }
        if let Some(experiments) = &self.experiments {
            let rows = experiments
                .iter()
                .map(|it| [it.name.clone(), it.question.clone()]);
            sections.push(rendered(&words("experiments", ["name", "question"], rows)));
        }
        sections.join("\n")
    }
}

/// The axis that every name begins with.
const ARCHITECTURE: &str = "architecture";

/// The axes with their values, a line each.
fn axes_table(axes: &[Axis]) -> String {
    let mut rows = Vec::new();
    for axis in axes {
        let mut name = axis.name;
        for value in &axis.values {
            let is_default = axis.default == Some(value.name);
            let default = if is_default { " (default)" } else { "" };
            rows.push([
                std::mem::take(&mut name).to_owned(),
                format!("{}{default}", value.name),
                value.summary.to_owned(),
            ]);
        }
    }
    let mut axes = words("axes", ["axis", "value", "what it is"], rows);
    axes.notes.push(
        "A name is ARCHITECTURE[+OPTIMIZATION…][/VALUE…]: +all stands for all optimizations, and \
         defaults may be left out."
            .to_owned(),
    );
    rendered(&axes)
}

/// Which engines are built: a line for all that differ in their optimizations alone.
fn built_table(engines: &[Engine]) -> String {
    let mut sets: Vec<(String, Vec<&str>)> = Vec::new();
    for engine in engines {
        let (name, set) = without_optimizations(&engine.name);
        match sets.iter_mut().find(|(other, _)| *other == name) {
            Some((_, others)) => others.push(set),
            None => sets.push((name, vec![set])),
        }
    }
    let (_, all) = without_optimizations(&catalog::fully_optimized().name);
    let rows = sets
        .iter()
        .map(|(name, sets)| [name.clone(), said(sets, all)]);
    rendered(&words("engines", ["name", "with optimizations"], rows))
}

/// A name without its optimizations, and these as they stand in it.
fn without_optimizations(name: &str) -> (String, &str) {
    let end = name.find('/').unwrap_or(name.len());
    let start = name[..end].find('+').unwrap_or(end);
    (
        format!("{}{}", &name[..start], &name[end..]),
        &name[start..end],
    )
}

/// The sets of optimizations that are built, where `all` is the largest.
fn said(sets: &[&str], all: &str) -> String {
    /// More sets than this are numbered, not named.
    const NAMED: usize = 4;
    let combinations = 1 << all.matches('+').count();
    if sets.len() == combinations && combinations > NAMED {
        return format!("any: {combinations} combinations");
    }
    if sets.len() > NAMED {
        return format!("{} combinations", sets.len());
    }
    let name = |set: &&str| match *set {
        "" => "none".to_owned(),
        set if set == all => "all".to_owned(),
        set => set.trim_start_matches('+').to_owned(),
    };
    sets.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn not_offered_table(not_offered: &[NotOffered]) -> String {
    let rows = not_offered.iter();
    let rows = rows.map(|it| [it.name.clone(), it.why.to_owned()]);
    rendered(&words(
        "engines that are not offered here",
        ["name", "why"],
        rows,
    ))
}

/// A table of words.
pub(super) fn words<const N: usize>(
    title: &str,
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Table {
    Table {
        title: title.to_owned(),
        columns: headings.map(|it| Column::words(it).wrapped()).into(),
        rows: rows
            .into_iter()
            .map(|row| row.map(Value::Text).into())
            .collect(),
        notes: Vec::new(),
    }
}

/// The table as the terminal has room for it.
pub(super) fn rendered(table: &Table) -> String {
    reports::terminal::render(table, width(), console::stdout_has_colors())
}

/// Words as the terminal has room for them.
pub(super) fn wrapped(text: &str) -> String {
    reports::terminal::wrap(text, width())
}

fn width() -> u16 {
    u16::try_from(console::stdout_width()).unwrap_or(u16::MAX)
}
