//! The tables of what is below an engine's instructions: how it dispatches them in machine code, and how
//! large its values are.

use super::{label, per_workload, subject, time};
use crate::analysis::Analysis;
use crate::dispatching::{DispatchCode, Dispatching};
use crate::format;
use crate::schema::{Cell, Counts, Measure, Results, VariantId, WorkloadId};
use crate::table::{Column, Table, Value};

/// How each variant dispatches on one workload, and what it takes; `None` if that wasn't asked for, or
/// nothing dispatches there.
pub fn dispatching(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<Table> {
    let results = analysis.results;
    results.machine_code.as_ref()?;
    dispatched(results, |it| it == workload)?;
    let read = is_read(results);
    let row = |variant| {
        let mut row = vec![label(results, variant)];
        row.extend(figures(analysis, variant, workload, read));
        row
    };
    Some(Table {
        title: format!("Dispatch on {}", results.workload(workload).title),
        columns: [subject(results)]
            .into_iter()
            .chain(columns(read))
            .collect(),
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    })
}

/// The same on every workload; `None` if it wasn't asked for, or nothing dispatches at all.
pub fn dispatching_everywhere(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    results.machine_code.as_ref()?;
    dispatched(results, |_| true)?;
    let read = is_read(results);
    Some(per_workload(
        results,
        "Dispatch on every workload",
        columns(read),
        |variant, workload| figures(analysis, variant, workload, read),
    ))
}

/// The machine code by which each variant dispatches; `None` if none was read.
pub fn dispatch_code(results: &Results) -> Option<Table> {
    if !is_read(results) {
        return None;
    }
    let row = |variant| {
        let code = DispatchCode::of(results, variant);
        let figure = |of: fn(DispatchCode) -> u64| Value::or_absent(code.map(of), Value::Count);
        vec![
            label(results, variant),
            figure(|it| it.functions as u64),
            figure(|it| it.jumps),
            figure(|it| it.calls),
            figure(|it| it.sequence.into()),
        ]
    };
    let headings = ["functions", "indirect jumps", "indirect calls", "sequence"];
    Some(Table {
        title: "Machine code that dispatches".to_owned(),
        columns: [subject(results)]
            .into_iter()
            .chain(headings.map(Column::figures))
            .collect(),
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    })
}

/// The size of each variant's values, and what a run on one workload takes; `None` unless the known sizes
/// differ.
pub fn values(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<Table> {
    let results = analysis.results;
    let variants = results.variants.iter();
    let mut sizes = variants.filter_map(|variant| variant.value_bytes);
    let first = sizes.next()?;
    sizes.find(|&size| size != first)?;
    let row = |variant: VariantId| {
        let cell = results.cell(variant, workload);
        let counts = cell.and_then(|cell| cell.counts);
        let figure =
            |of: fn(Counts) -> Option<u64>| Value::or_absent(counts.and_then(of), Value::Count);
        let bytes = results.variant(variant).value_bytes;
        vec![
            label(results, variant),
            Value::or_absent(bytes, |bytes| Value::Count(bytes.into())),
            time(analysis, Measure::Run, workload, variant),
            Value::or_absent(cell.and_then(|cell| cell.host_instructions), Value::Count),
            figure(|it| it.allocations),
        ]
    };
    let headings = ["bytes", "time", "host instructions", "allocations"];
    Some(Table {
        title: format!("Values on {}", results.workload(workload).title),
        columns: [subject(results)]
            .into_iter()
            .chain(headings.map(Column::figures))
            .collect(),
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    })
}

/// A cell on such a workload that dispatches.
fn dispatched(results: &Results, is_it: impl Fn(WorkloadId) -> bool) -> Option<&Cell> {
    let dispatches = |cell: &&Cell| cell.counts.is_some_and(|it| it.dispatched.is_some());
    let mut cells = results.cells.iter();
    cells.find(|cell| is_it(cell.workload) && dispatches(cell))
}

/// Whether any cell's machine code was read.
fn is_read(results: &Results) -> bool {
    results.cells.iter().any(|cell| !cell.jumps.is_empty())
}

fn columns(read: bool) -> Vec<Column> {
    let counted = ["time / dispatch", "host / dispatch"];
    let read_of = ["through", "predicted wrong", "share of work"];
    let read = read.then_some(read_of).into_iter().flatten();
    counted
        .into_iter()
        .chain(read)
        .map(Column::figures)
        .collect()
}

/// What belongs into [`columns`].
fn figures(
    analysis: &Analysis<'_>,
    variant: VariantId,
    workload: WorkloadId,
    read: bool,
) -> Vec<Value> {
    let results = analysis.results;
    let cell = results.cell(variant, workload);
    let each = analysis.time_per_dispatched(workload, variant);
    let mut row = vec![
        Value::or_absent(each, Value::Time),
        Value::or_absent(cell.and_then(Cell::host_per_dispatched), Value::Number),
    ];
    if read {
        let found = cell.and_then(Dispatching::of);
        let found = found.as_ref();
        let code = found.and_then(|_| DispatchCode::of(results, variant));
        let percent = |part: f64| Value::Text(format!("{} %", format::significant(part * 100.0)));
        row.extend([
            Value::or_absent(found, |it| Value::Text(through(it))),
            Value::or_absent(found.map(|it| it.mispredicted), percent),
            Value::or_absent(
                code.zip(cell).and_then(|(code, cell)| code.share(cell)),
                percent,
            ),
        ]);
    }
    row
}

/// The main jumps: `1 call`, `13 jumps`, `2 jumps, 1 call`.
fn through(found: &Dispatching<'_>) -> String {
    let calls = found.main.iter().filter(|jump| jump.call).count();
    let counts = [(found.main.len() - calls, "jump"), (calls, "call")];
    let counted = counts.into_iter().filter(|&(count, _)| count > 0);
    let said =
        counted.map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    said.collect::<Vec<_>>().join(", ")
}
