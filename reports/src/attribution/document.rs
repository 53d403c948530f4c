//! An attribution as its readers get it: on a terminal, as markdown and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::game::Set;
use super::tables::{self, Naming};
use super::{Attribution, By, Extreme, Optimization, Share, Subject};
use crate::analysis::Analysis;
use crate::charts::Chart;
use crate::format::{self, Detail, printable};
use crate::report::markdown_code;
use crate::schema::{Environment, Tool};
use crate::stats::{Estimate, Verdict, median};
use crate::table::{Table, markdown_text};
use crate::{prose, terminal as term};

/// The version of the document for machines.
const SCHEMA_VERSION: u32 = 1;

/// What the attribution found, in a sentence; or, if it can't be believed, why.
fn headline(attribution: &Attribution<'_>) -> String {
    if !attribution.invalid.is_empty() {
        let reasons: Vec<String> = attribution
            .invalid
            .iter()
            .map(ToString::to_string)
            .collect();
        return format!(
            "INVALID: {}. The figures below are no evidence.",
            reasons.join("; ")
        );
    }
    let Some(subject) = attribution.subjects().next() else {
        return "No workload has been measured with every combination.".to_owned();
    };
    let exact = attribution.costs.by.is_exact();
    let ratio = |it: &Estimate| format::estimate(it, Detail::Full, format::ratio);
    let step = |it: &Estimate| format::step(it, Detail::Full);
    let most = attribution
        .optimizations()
        .iter()
        .zip(&subject.shares)
        .max_by(|(_, one), (_, other)| one.shapley.median.total_cmp(&other.shapley.median))
        .filter(|(_, it)| exact || Verdict::of(&it.shapley) == Verdict::Faster);
    let most = most.map_or(String::new(), |(optimization, share)| {
        format!(
            " The most of it is due to {}: {}, where the documented order says {}.",
            optimization.title,
            step(&share.shapley),
            step(&share.documented),
        )
    });
    format!(
        "On {}, all optimizations together divide {} by {}.{most}",
        subject.title,
        attribution.costs.by.cost(),
        ratio(&subject.total).replacen('×', "", 1),
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

/// What must be known before any figure is read, by name.
fn facts(attribution: &Attribution<'_>) -> Vec<(&'static str, String)> {
    let results = attribution.results;
    let mut facts = vec![("measured", combinations(attribution))];
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
pub(super) fn terminal(attribution: &Attribution<'_>, width: u16, color: bool) -> String {
    let line = |text: &str| term::wrap(&printable(text), width);
    let headline = line(&headline(attribution));
    let headline = term::bold(headline.trim_end(), color);
    let mut blocks = vec![format!("{headline}\n{}", line(&combinations(attribution)))];
    let worth = attribution
        .subjects()
        .map(|subject| tables::worth(attribution, subject, Naming::Short));
    let tables: Vec<Table> = worth.chain(tables::interactions(attribution)).collect();
    blocks.extend(tables.iter().map(|table| term::render(table, width, color)));
    let remarks = tables::remarks(attribution.costs.by);
    blocks.push(remarks.into_iter().map(line).collect());
    let failures = attribution.failures();
    if !failures.is_empty() {
        let failures = failures.iter().map(|it| line(&format!("Failed: {it}")));
        blocks.push(failures.collect());
    }
    blocks.join("\n")
}

/// The whole report; the chart stands beside it in its own file.
pub(super) fn markdown(attribution: &Attribution<'_>, chart: Option<&Chart>) -> String {
    let mut text = format!("# Attribution by {}\n\n", attribution.costs.by.cost());
    let _ = write!(text, "**{}**\n\n", markdown_text(&headline(attribution)));
    text.push_str("What is each optimization worth, whatever the order?\n\n");
    for (name, fact) in facts(attribution) {
        let _ = writeln!(text, "- {name}: {}", markdown_text(&fact));
    }
    let command = markdown_code(&attribution.results.command);
    let _ = writeln!(text, "- made by: {command}");

    if let Some(suite) = &attribution.suite {
        section(&mut text, &tables::worth(attribution, suite, Naming::Long));
    }
    if let Some(chart) = chart {
        let description = markdown_text(&chart.description);
        let _ = write!(text, "\n![{description}]({})\n", chart.file);
    }
    for subject in &attribution.workloads {
        section(
            &mut text,
            &tables::worth(attribution, subject, Naming::Long),
        );
    }
    if let Some(table) = tables::interactions(attribution) {
        section(&mut text, &table);
    }
    list(&mut text, "Failed cells", attribution.failures());
    let remarks = tables::remarks(attribution.costs.by);
    list(
        &mut text,
        "How to read this",
        remarks.into_iter().chain([SOURCES]),
    );
    text
}

/// Where the two notions come from.
const SOURCES: &str = "L. S. Shapley, “A value for n-person games”, Contributions to the Theory of \
                       Games II, 1953. M. Grabisch and M. Roubens, “An axiomatic approach to the \
                       concept of interaction among players in cooperative games”, International \
                       Journal of Game Theory 28, 1999.";

fn section(text: &mut String, table: &Table) {
    let title = markdown_text(&table.title);
    let _ = write!(text, "\n## {title}\n\n{}", table.markdown());
}

/// A list under its heading, or nothing if it is empty.
fn list(text: &mut String, title: &str, items: impl IntoIterator<Item = impl AsRef<str>>) {
    let mut items = items.into_iter().peekable();
    if items.peek().is_none() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n");
    for item in items {
        let _ = writeln!(text, "- {}", markdown_text(item.as_ref()));
    }
}

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
    invalid: Vec<String>,
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
    total: Gain,
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
    shapley: Gain,
    documented: Gain,
    alone: Gain,
    left_out: Gain,
    smallest: End,
    largest: End,
}

/// A ratio, with its 95 % interval where it isn't exact.
#[derive(Serialize)]
struct Gain {
    median: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
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
    index: Gain,
}

pub(super) fn json(attribution: &Attribution<'_>) -> impl Serialize {
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
        invalid: attribution
            .invalid
            .iter()
            .map(ToString::to_string)
            .collect(),
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
        shapley: Gain::from(share.shapley),
        documented: Gain::from(share.documented),
        alone: Gain::from(share.alone),
        left_out: Gain::from(share.left_out),
        smallest: end(&share.smallest),
        largest: end(&share.largest),
    };
    Worth {
        workload: subject
            .workload
            .map(|id| attribution.results.workload(id).name.clone()),
        title: subject.title.clone(),
        costs: costs.collect(),
        total: Gain::from(subject.total),
        optimizations: subject.shares.iter().enumerate().map(credit).collect(),
        interactions: subject
            .interactions
            .iter()
            .map(|it| PairIndex {
                optimizations: it.pair.map(name),
                index: Gain::from(it.index),
            })
            .collect(),
    }
}

impl From<Estimate> for Gain {
    fn from(estimate: Estimate) -> Self {
        Self {
            median: estimate.median,
            low: estimate.interval.map(|interval| interval.low),
            high: estimate.interval.map(|interval| interval.high),
        }
    }
}
