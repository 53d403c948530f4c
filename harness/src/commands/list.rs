//! `monkeybench list`: what there is.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde::Serialize;

use crate::console;
use crate::experiments;
use crate::failure::{Outcome, Status};

/// List the engines, workloads and experiments, with a line on each
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to list; everything if left out
    what: Option<What>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    engines: Option<Vec<Engine>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_offered: Vec<NotOffered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workloads: Option<Vec<Workload>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiments: Option<Vec<Experiment>>,
}

#[derive(Serialize)]
struct Engine {
    name: String,
    summary: String,
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
        engines: wanted(What::Engines).then(engines),
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

fn engines() -> Vec<Engine> {
    catalog::variants()
        .iter()
        .map(|variant| Engine {
            name: variant.name.clone(),
            summary: variant.summary.clone(),
        })
        .collect()
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
                .map(|workload| workload.name.clone())
                .collect(),
        })
        .collect())
}

impl Listing {
    fn text(&self) -> String {
        let mut sections = Vec::new();
        if let Some(engines) = &self.engines {
            let rows = engines.iter().map(|it| (&*it.name, it.summary.clone()));
            sections.push(section("engines", rows));
        }
        if !self.not_offered.is_empty() {
            let rows = self.not_offered.iter();
            let rows = rows.map(|it| (&*it.name, it.why.to_owned()));
            sections.push(section("engines that are not offered here", rows));
        }
        if let Some(workloads) = &self.workloads {
            let rows = workloads.iter().map(|it| {
                let size = it.size.map(|size| format!(" (size {size})"));
                (&*it.name, it.title.clone() + &size.unwrap_or_default())
            });
            sections.push(section("workloads", rows));
        }
        if let Some(experiments) = &self.experiments {
            let rows = experiments
                .iter()
                .map(|it| (&*it.name, it.question.clone()));
            sections.push(section("experiments", rows));
        }
        sections.join("\n")
    }
}

/// A heading and a line per row, its first column padded.
fn section<'r>(heading: &str, rows: impl Iterator<Item = (&'r str, String)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = format!("{heading}:\n");
    for (name, line) in rows {
        // Writing to a string can't fail.
        writeln!(text, "  {name:width$}  {line}").ok();
    }
    text
}
