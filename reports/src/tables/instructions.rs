//! The tables of exact counts beside the times: how many instructions a run takes, and what a
//! step changes in them and in the time.

use super::{label, per_workload, subject, time};
use crate::analysis::Analysis;
use crate::claims::{self, CountMatch, Quantity};
use crate::format::{self, Detail};
use crate::schema::{Cell, Counts, ExperimentKind, Measure, Results, VariantId, WorkloadId};
use crate::table::{Column, Table, Value};
use crate::three_way::{CountChange, ThreeWay};

/// Dispatched and host instructions of every stage on one workload, beside the times; `None` if
/// nothing was counted there.
pub fn instructions(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<Table> {
    let results = analysis.results;
    let counted = |cell: &Cell| cell.workload == workload && is_counted(cell);
    results.cells.iter().find(|cell| counted(cell))?;
    let host = has_host(results, |it| it == workload);
    let mut columns = vec![
        subject(results),
        Column::figures("time"),
        Column::figures("dispatched"),
        Column::figures("dispatched / call").optional(),
    ];
    columns.extend(host_columns(host));
    let row = |variant| {
        let mut row = vec![
            label(results, variant),
            time(analysis, Measure::Run, workload, variant),
        ];
        row.extend(dispatched(results, variant, workload));
        row.extend(host_figures(results, variant, workload, host));
        row
    };
    Some(Table {
        title: format!("Instructions on {}", results.workload(workload).title),
        columns,
        rows: results.variant_ids().map(row).collect(),
        notes: published_counts(results, [workload]),
    })
}

/// The exact counts of every stage on every workload, beside the times; `None` if nothing was
/// counted.
pub fn counts(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    results.cells.iter().find(|cell| is_counted(cell))?;
    let host = has_host(results, |_| true);
    let columns = ["time", "dispatched", "dispatched / call"].map(Column::figures);
    let others = ["calls", "allocations", "code bytes"].map(Column::figures);
    let table = per_workload(
        results,
        "Counts and time of one run",
        columns
            .into_iter()
            .chain(host_columns(host))
            .chain(others)
            .collect(),
        |variant, workload| {
            let counts = counts_of(results, variant, workload);
            let figure =
                |of: fn(Counts) -> Option<u64>| Value::or_absent(counts.and_then(of), Value::Count);
            let mut cells = vec![time(analysis, Measure::Run, workload, variant)];
            cells.extend(dispatched(results, variant, workload));
            cells.extend(host_figures(results, variant, workload, host));
            cells.extend([
                figure(|it| it.calls),
                figure(|it| it.allocations),
                figure(|it| it.code_bytes),
            ]);
            cells
        },
    );
    Some(Table {
        notes: published_counts(results, results.workload_ids()),
        ..table
    })
}

/// What was published on the counts of workloads, each figure with what was counted of the very same,
/// and who published it.
fn published_counts(
    results: &Results,
    workloads: impl IntoIterator<Item = WorkloadId>,
) -> Vec<String> {
    let (mut notes, mut sources) = (Vec::new(), Vec::new());
    for workload in workloads {
        let title = &results.workload(workload).title;
        for published in claims::counts(results, workload) {
            let Some(here) = counted_of(results, workload, &published) else {
                continue;
            };
            let name = |variant| &results.variant(variant).name;
            let of = published
                .of
                .map_or(String::new(), |of| name(of).clone() + " on ");
            let over = published
                .over
                .map_or(String::new(), |over| format!(", over {}", name(over)));
            let figure = published.found.figure;
            let what = match figure.quantity {
                Quantity::Calls => "calls",
                Quantity::DispatchedPerCall => "dispatched per call",
                _ => "dispatched",
            };
            notes.push(format!(
                "Published of {of}{title}{over}: {figure} {what}; here: {here}."
            ));
            sources.push(published.found.source());
        }
    }
    let sources = claims::each_once(sources.into_iter());
    notes.extend(sources.iter().map(|source| format!("Published: {source}.")));
    notes
}

/// What was counted of what a published figure is of, in the figure's unit; `None` where nothing was.
fn counted_of(
    results: &Results,
    workload: WorkloadId,
    CountMatch { found, of, over }: &CountMatch,
) -> Option<String> {
    let dispatched = |variant| counts_of(results, variant, workload)?.dispatched;
    match (found.figure.quantity, *of, *over) {
        (Quantity::Calls, None, None) => {
            let mut cells = results.cells.iter().filter(|it| it.workload == workload);
            cells.find_map(|it| it.counts?.calls).map(format::count)
        }
        (Quantity::DispatchedPerCall, Some(of), None) => {
            let per_call = per_call(counts_of(results, of, workload)?)?;
            Some(Value::Number(per_call).render(Detail::Full))
        }
        (Quantity::Dispatched, Some(of), Some(over)) => {
            let ratio = dispatched(of)? as f64 / dispatched(over)? as f64;
            Some(format::signed_percent((ratio - 1.0) * 100.0, 1))
        }
        _ => None,
    }
}

/// What each stage changes on one workload, in cost, and the verdict; `None` if no count can be
/// compared there.
pub fn three_way(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<Table> {
    let results = analysis.results;
    if !is_comparable(analysis, workload) {
        return None;
    }
    let host = has_host(results, |it| it == workload);
    let row = |variant| {
        let mut row = vec![label(results, variant)];
        row.extend(change_figures(analysis, variant, workload, host));
        row
    };
    let title = &results.workload(workload).title;
    Some(Table {
        title: format!("Work and time on {title}, against {}", base_name(analysis)),
        columns: std::iter::once(subject(results))
            .chain(change_columns(host))
            .collect(),
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    })
}

/// The same on every workload; `None` if no count can be compared anywhere.
pub fn three_way_everywhere(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    results
        .workload_ids()
        .find(|&workload| is_comparable(analysis, workload))?;
    let host = has_host(results, |_| true);
    Some(per_workload(
        results,
        &format!("Work and time against {}", base_name(analysis)),
        change_columns(host),
        |variant, workload| change_figures(analysis, variant, workload, host),
    ))
}

/// What [`Analysis::base`] is, for a title.
fn base_name<'a>(analysis: &Analysis<'a>) -> &'a str {
    let results = analysis.results;
    match results.experiment.kind {
        ExperimentKind::Progression => "the previous stage",
        ExperimentKind::Builds => "the old build",
        ExperimentKind::Comparison if analysis.has_counterparts() => "the counterpart",
        ExperimentKind::Comparison => results.short_name(results.reference()),
    }
}

fn change_columns(host: bool) -> Vec<Column> {
    let mut columns = vec![Column::figures("dispatched")];
    columns.extend(host.then(|| Column::figures("host instructions")));
    columns.push(Column::figures("time"));
    columns.push(Column::words("verdict").wrapped());
    columns
}

/// What belongs into [`change_columns`].
fn change_figures(
    analysis: &Analysis<'_>,
    variant: VariantId,
    workload: WorkloadId,
    host: bool,
) -> Vec<Value> {
    let change = analysis
        .base(variant)
        .map(|base| ThreeWay::between(analysis, workload, base, variant));
    let count = |count: fn(ThreeWay) -> Option<CountChange>| {
        Value::or_absent(change.and_then(count), Value::CountChange)
    };
    let mut figures = vec![count(|it| it.dispatched)];
    figures.extend(host.then(|| count(|it| it.host)));
    figures.push(if analysis.results.has_failed(variant, workload) {
        Value::Failed
    } else {
        Value::or_absent(change.and_then(|it| it.time), |time| {
            Value::Change(time.ratio)
        })
    });
    figures.push(Value::or_absent(
        change.and_then(|it| it.seen()),
        Value::Seen,
    ));
    figures
}

/// Whether any step's counts are known on a workload.
fn is_comparable(analysis: &Analysis<'_>, workload: WorkloadId) -> bool {
    analysis.results.variant_ids().any(|variant| {
        analysis.base(variant).is_some_and(|base| {
            let change = ThreeWay::between(analysis, workload, base, variant);
            change.dispatched.is_some() || change.host.is_some()
        })
    })
}

fn is_counted(cell: &Cell) -> bool {
    cell.counts.is_some() || cell.host_instructions.is_some()
}

/// Whether there are host instructions on any of these workloads: columns without a single figure would
/// only take room.
fn has_host(results: &Results, workloads: impl Fn(WorkloadId) -> bool) -> bool {
    let mut cells = results.cells.iter();
    cells.any(|cell| cell.host_instructions.is_some() && workloads(cell.workload))
}

fn counts_of(results: &Results, variant: VariantId, workload: WorkloadId) -> Option<Counts> {
    results.cell(variant, workload)?.counts
}

/// Dispatched instructions, and those per call.
fn dispatched(results: &Results, variant: VariantId, workload: WorkloadId) -> [Value; 2] {
    let counts = counts_of(results, variant, workload);
    let per_call = counts.and_then(per_call);
    [
        Value::or_absent(counts.and_then(|it| it.dispatched), Value::Count),
        Value::or_absent(per_call, Value::Number),
    ]
}

fn per_call(counts: Counts) -> Option<f64> {
    match (counts.dispatched, counts.calls) {
        (Some(dispatched), Some(calls @ 1..)) => Some(dispatched as f64 / calls as f64),
        _ => None,
    }
}

fn host_columns(host: bool) -> Vec<Column> {
    let headings = host.then_some(["host instructions", "host / dispatched"]);
    headings
        .into_iter()
        .flatten()
        .map(Column::figures)
        .collect()
}

/// What belongs into [`host_columns`].
fn host_figures(
    results: &Results,
    variant: VariantId,
    workload: WorkloadId,
    host: bool,
) -> Vec<Value> {
    if !host {
        return Vec::new();
    }
    let cell = results.cell(variant, workload);
    let instructions = cell.and_then(|cell| cell.host_instructions);
    let each = cell.and_then(Cell::host_per_dispatched);
    vec![
        Value::or_absent(instructions, Value::Count),
        Value::or_absent(each, Value::Number),
    ]
}
