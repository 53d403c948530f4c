//! An attribution as its readers get it: on a terminal, as markdown with its chart, and as JSON.

mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::analysis::Analysis;
use crate::attribution::game::Set;
use crate::attribution::{Attribution, By, Extreme, Gain, Optimization, Share, Subject};
use crate::charts::{self, Chart};
use crate::document::{
    Block, Content, Level, Place, REPORT, REPORT_AND_TERMINAL, Span, TERMINAL, listed, titled,
};
use crate::format::{self, Detail};
use crate::schema::{Environment, Tool};
use crate::stats::{Verdict, median};
use crate::validity::{self, Invalid};
use crate::verdicts::Judgement;
use crate::{ReportError, Written, markdown, prose, store, terminal as term};
use tables::Naming;

/// The version of the document for machines.
const SCHEMA_VERSION: u32 = 1;

/// The attribution's own file.
const REPORT_FILE: &str = "attribution.md";

/// The same for other programs.
const FIGURES: &str = "attribution.json";

/// The names of all files that [`Attribution::write`] may write.
pub const FILES: [&str; 3] = [REPORT_FILE, FIGURES, charts::attribution::FILE];

impl Attribution<'_> {
    /// The tables for a terminal of this width, in colour or not.
    pub fn terminal(&self, width: u16, color: bool) -> String {
        terminal(self, width, color)
    }

    /// Everything, for machines.
    pub fn json(&self) -> impl serde::Serialize {
        json(self)
    }

    /// Writes `attribution.md`, `attribution.json` and `attribution.svg` into a folder, which is made
    /// if need be; each file is replaced whole.
    ///
    /// # Errors
    /// [`ReportError`]; files written before it stay, and each of them is complete.
    pub fn write(&self, dir: &Path) -> Result<Written, ReportError> {
        let chart = charts::attribution::chart(self)?;
        let markdown = markdown(self, chart.as_ref());
        std::fs::create_dir_all(dir).map_err(|source| ReportError::Folder {
            path: dir.to_owned(),
            source,
        })?;
        let report = dir.join(REPORT_FILE);
        let json = dir.join(FIGURES);
        store::write_atomically(&report, markdown.as_bytes())?;
        store::write_json(&json, &self.json())?;
        let mut files = vec![report.clone(), json];
        if let Some(chart) = chart {
            let path = dir.join(chart.file);
            store::write_atomically(&path, chart.svg.as_bytes())?;
            files.push(path);
        }
        Ok(Written { report, files })
    }
}

/// What the attribution found, in a sentence; or, if it can't be believed, why.
fn headline(attribution: &Attribution<'_>) -> String {
    if !attribution.invalid.is_empty() {
        return validity::statement(&attribution.invalid, true);
    }
    let Some(subject) = attribution.subjects().next() else {
        return "No workload has been measured with every combination.".to_owned();
    };
    let exact = attribution.costs.by.is_exact();
    let step = |it: &Gain| format::step(&it.estimate, Detail::Full);
    let most = attribution
        .optimizations()
        .iter()
        .zip(&subject.shares)
        .max_by(|(_, one), (_, other)| {
            let size = |it: &Share| it.shapley.estimate.median;
            size(one).total_cmp(&size(other))
        })
        .filter(|(_, it)| exact || it.shapley.judgement.verdict() == Verdict::Faster);
    let (together, most) = match attribution.optimizations() {
        [one] => (format!("the one optimization, {}, is", one.title), None),
        all => (
            format!("the {} optimizations together are", all.len()),
            most,
        ),
    };
    let most = most.map_or(String::new(), |(optimization, share)| {
        format!(
            " Most of it is due to {}: {}, where the documented order says {}.",
            optimization.title,
            step(&share.shapley),
            step(&share.documented),
        )
    });
    format!(
        "On {}, {together} worth {}, by {}.{most}",
        subject.title,
        step(&subject.total),
        attribution.costs.by.cost(),
    )
}

/// What was combined, with the names that tables use.
fn combinations(attribution: &Attribution<'_>) -> String {
    let names = attribution
        .optimizations()
        .iter()
        .map(|it| format!("{} {}", it.name, it.title));
    let names: Vec<String> = names.collect();
    let factorial = &attribution.costs.factorial;
    format!(
        "{} with all {} combinations of {}.",
        factorial.reference,
        factorial.sets().len(),
        names.join(", ")
    )
}

/// What else must be known before any figure is read, by name.
fn facts(attribution: &Attribution<'_>) -> Vec<(&'static str, String)> {
    let results = attribution.results;
    let mut facts = Vec::new();
    facts.extend(attribution.counter.clone().map(|it| ("counted by", it)));
    if attribution.costs.by == By::Time {
        let analysis = Analysis::new(results);
        facts.extend([
            ("machine", prose::machine(results)),
            ("disturbance", prose::disturbance(results)),
            ("A/A control", prose::control(&analysis)),
            (
                "smallest detectable effect",
                prose::smallest_effect(&analysis),
            ),
            ("run", prose::run(results)),
        ]);
    }
    facts.push(("built", prose::tool(results)));
    facts
}

/// The tables for a terminal of this width, in colour or not.
fn terminal(attribution: &Attribution<'_>, width: u16, color: bool) -> String {
    term::document(&blocks(attribution, None), width, color)
}

/// The whole report; the chart stands beside it in its own file.
fn markdown(attribution: &Attribution<'_>, chart: Option<&Chart>) -> String {
    markdown::render(&blocks(attribution, chart), Place::Report, "")
}

/// Everything that is said, wherever it is shown.
fn blocks(attribution: &Attribution<'_>, chart: Option<&Chart>) -> Vec<Block> {
    let title = format!("Attribution by {}", attribution.costs.by.cost());
    let command = vec![
        Span::Plain("made by: ".to_owned()),
        Span::Code(attribution.results.command.clone()),
    ];
    let mut blocks = vec![
        Block::new(Content::Heading(Level::Document, title), REPORT),
        Block::new(
            Content::Headline(headline(attribution)),
            REPORT_AND_TERMINAL,
        ),
    ];
    let advice = attribution.invalid.iter().map(Invalid::advice);
    blocks.extend(validity::advice(advice, REPORT_AND_TERMINAL));
    blocks.extend([
        Block::paragraph(
            "What is each optimization worth, whatever the order?",
            REPORT,
        ),
        Block::facts(
            [("measured", combinations(attribution))],
            REPORT_AND_TERMINAL,
        ),
        Block::facts(facts(attribution), REPORT),
        Block::new(Content::List(vec![command]), REPORT),
    ]);
    let mut chart = chart;
    for subject in attribution.subjects() {
        // Names are short where room is scarce.
        for (naming, places) in [(Naming::Long, REPORT), (Naming::Short, TERMINAL)] {
            let table = tables::worth(attribution, subject, naming);
            blocks.extend(titled(Level::Section, table, places));
        }
        let chart = chart.take().cloned();
        blocks.extend(chart.map(|it| Block::new(Content::Chart(it), REPORT)));
    }
    blocks.extend(titled(
        Level::Section,
        tables::interactions(attribution),
        REPORT_AND_TERMINAL,
    ));
    blocks.extend(listed(
        Level::Section,
        "Failed cells",
        REPORT_AND_TERMINAL,
        attribution.failures(),
    ));
    let remarks = tables::remarks(attribution.costs.by).into_iter();
    blocks.extend(listed(
        Level::Section,
        "How to read this",
        REPORT_AND_TERMINAL,
        remarks.map(str::to_owned),
    ));
    blocks.push(Block::list([SOURCES.to_owned()], REPORT));
    blocks
}

/// Where the two notions come from.
const SOURCES: &str = "L. S. Shapley, “A value for n-person games”, Contributions to the Theory of \
                       Games II, 1953. M. Grabisch and M. Roubens, “An axiomatic approach to the \
                       concept of interaction among players in cooperative games”, International \
                       Journal of Game Theory 28, 1999.";

/// The whole as JSON. All gains are ratios of costs: 1.05 is a gain of 5 %.
#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    schema: u32,
    by: By,
    command: &'a str,
    tool: &'a Tool,
    counter: Option<&'a str>,
    /// The machine, where figures depend on it.
    environment: Option<&'a Environment>,
    rounds: Option<u32>,
    seed: Option<u64>,
    interrupted: bool,
    invalid: &'a [Invalid],
    failures: Vec<String>,
    optimizations: &'a [Optimization],
    suite: Option<Worth>,
    workloads: Vec<Worth>,
}

#[derive(Serialize)]
struct Worth {
    workload: Option<String>,
    title: String,
    /// By variant: a count, or the median time of a run in nanoseconds.
    costs: BTreeMap<String, Cost>,
    total: Ratio,
    optimizations: Vec<Credit>,
    interactions: Vec<PairIndex>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Cost {
    Count(u64),
    Time(f64),
}

#[derive(Serialize)]
struct Credit {
    optimization: String,
    shapley: Ratio,
    documented: Ratio,
    alone: Ratio,
    left_out: Ratio,
    smallest: End,
    largest: End,
}

/// A ratio; where it isn't exact, with its 95 % interval and what may be said of it among all.
#[derive(Serialize)]
struct Ratio {
    median: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Judgement>,
}

#[derive(Serialize)]
struct End {
    gain: f64,
    /// The variant to which the optimization was added.
    on_top_of: String,
}

#[derive(Serialize)]
struct PairIndex {
    optimizations: [String; 2],
    index: Ratio,
}

fn json(attribution: &Attribution<'_>) -> impl Serialize {
    let results = attribution.results;
    let timed = attribution.costs.by == By::Time;
    Document {
        format: "monkeybench-attribution",
        schema: SCHEMA_VERSION,
        by: attribution.costs.by,
        command: &results.command,
        tool: &results.tool,
        counter: attribution.counter.as_deref(),
        environment: timed.then_some(&results.environment),
        rounds: timed.then_some(results.rounds_done),
        seed: timed.then_some(results.seed),
        interrupted: results.interrupted,
        invalid: &attribution.invalid,
        failures: attribution.failures(),
        optimizations: attribution.optimizations(),
        suite: attribution.suite.as_ref().map(|it| worth(attribution, it)),
        workloads: attribution
            .workloads
            .iter()
            .map(|it| worth(attribution, it))
            .collect(),
    }
}

fn worth(attribution: &Attribution<'_>, subject: &Subject) -> Worth {
    let factorial = &attribution.costs.factorial;
    let name = |player: usize| factorial.optimizations[player].name.clone();
    let costs = subject.workload.into_iter().flat_map(|workload| {
        let cost = move |set: Set| {
            let cost = median(attribution.costs.of(workload, set))?;
            let cost = match attribution.costs.by.is_exact() {
                true => Cost::Count(cost as u64),
                false => Cost::Time(cost),
            };
            Some((factorial.variant_name(set), cost))
        };
        factorial.sets().into_iter().filter_map(cost)
    });
    let end = |it: &Extreme| End {
        gain: it.gain,
        on_top_of: factorial.variant_name(it.on_top_of),
    };
    let credit = |(player, share): (usize, &Share)| Credit {
        optimization: name(player),
        shapley: Ratio::from(share.shapley),
        documented: Ratio::from(share.documented),
        alone: Ratio::from(share.alone),
        left_out: Ratio::from(share.left_out),
        smallest: end(&share.smallest),
        largest: end(&share.largest),
    };
    Worth {
        workload: subject
            .workload
            .map(|id| attribution.results.workload(id).name.clone()),
        title: subject.title.clone(),
        costs: costs.collect(),
        total: Ratio::from(subject.total),
        optimizations: subject.shares.iter().enumerate().map(credit).collect(),
        interactions: subject
            .interactions
            .iter()
            .map(|it| PairIndex {
                optimizations: it.pair.map(name),
                index: Ratio::from(it.index),
            })
            .collect(),
    }
}

impl From<Gain> for Ratio {
    fn from(
        Gain {
            estimate,
            judgement,
            ..
        }: Gain,
    ) -> Self {
        Self {
            median: estimate.median,
            low: estimate.interval.map(|interval| interval.low),
            high: estimate.interval.map(|interval| interval.high),
            verdict: estimate.interval.map(|_| judgement),
        }
    }
}
