//! Every figure as comma-separated values, for other programs: one row per variant, workload and
//! measure. Plain numbers in fixed units, no words about them.

use crate::analysis::Analysis;
use crate::schema::{Cell, Measure, VariantId, WorkloadId};
use crate::stats::Estimate;
use crate::three_way::{CountChange, ThreeWay};
use crate::verdicts::Judgement;

const HEADER: [&str; 34] = [
    "experiment",
    "workload",
    "size",
    "variant",
    "measure",
    "rounds",
    "median_ns",
    "low_ns",
    "high_ns",
    "speedup",
    "speedup_low",
    "speedup_high",
    "verdict",
    "previous",
    "step",
    "step_low",
    "step_high",
    "step_verdict",
    "dispatched",
    "calls",
    "allocations",
    "code_bytes",
    "failure",
    "host_instructions",
    "host_per_dispatched",
    "host_key",
    "base",
    "dispatched_ratio",
    "host_ratio",
    "time_ratio",
    "time_ratio_low",
    "time_ratio_high",
    "seen",
    "peak_memory_bytes",
];

/// The figures as CSV, with a header line.
///
/// # Errors
/// What the `csv` crate reports; writing into memory gives it no cause.
pub(crate) fn render(analysis: &Analysis<'_>) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    let results = analysis.results;
    for workload in results.workload_ids() {
        for variant in results.variant_ids() {
            for measure in Measure::ALL {
                if let Some(record) = record(analysis, workload, variant, measure) {
                    writer.write_record(record)?;
                }
            }
        }
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A row, if there is anything to say: a failed cell has one for its run.
fn record(
    analysis: &Analysis<'_>,
    workload: WorkloadId,
    variant: VariantId,
    measure: Measure,
) -> Option<Vec<String>> {
    let results = analysis.results;
    let time = analysis.time(measure, workload, variant);
    let cell = results.cell(variant, workload);
    let failure = cell.and_then(|cell| cell.failure.as_ref());
    if time.is_none() && (failure.is_none() || measure != Measure::Run) {
        return None;
    }
    let against = |from: VariantId| analysis.speedup(measure, workload, from, variant);
    let judgement = |from: VariantId| analysis.judgement(measure, workload, from, variant);
    let speedup = Some(results.reference())
        .filter(|&it| it != variant)
        .and_then(against);
    let previous = analysis.previous(variant);
    let step = previous.and_then(against);
    let counts = cell
        .and_then(|cell| cell.counts)
        .filter(|_| measure == Measure::Run);
    let count = |count: Option<u64>| count.map_or(String::new(), |count| count.to_string());

    let mut record = vec![
        results.experiment.name.clone(),
        results.workload(workload).name.clone(),
        count(results.workload(workload).size),
        results.variant(variant).name.clone(),
        measure.name().to_owned(),
        count(time.map(|time| time.values as u64)),
    ];
    record.extend(figures(time, 3));
    record.extend(figures(speedup, 6));
    record.push(word(speedup.and_then(|_| judgement(results.reference()))));
    record.push(previous.map_or(String::new(), |it| results.variant(it).name.clone()));
    record.extend(figures(step, 6));
    record.push(word(previous.and_then(judgement)));
    record.extend([
        count(counts.and_then(|it| it.dispatched)),
        count(counts.and_then(|it| it.calls)),
        count(counts.and_then(|it| it.allocations)),
        count(counts.and_then(|it| it.code_bytes)),
        failure.map_or(String::new(), |it| format!("{}: {}", it.phase, it.reason)),
    ]);
    record.extend(work_and_time(analysis, workload, variant, measure));
    record.push(count(
        cell.and_then(|cell| cell.peak_memory_bytes)
            .filter(|_| measure == Measure::Run),
    ));
    Some(record)
}

/// Host instructions, and what changes in counts and time from the base; only a run has them.
fn work_and_time(
    analysis: &Analysis<'_>,
    workload: WorkloadId,
    variant: VariantId,
    measure: Measure,
) -> [String; 10] {
    if measure != Measure::Run {
        return Default::default();
    }
    let results = analysis.results;
    let cell = results.cell(variant, workload);
    let host = cell.and_then(|cell| cell.host_instructions);
    let each = cell.and_then(Cell::host_per_dispatched);
    let key = host.and(results.host_key());
    let base = analysis.base(variant);
    let change = base.map(|base| ThreeWay::between(analysis, workload, base, variant));
    let ratio = |count: Option<CountChange>| figure(count.and_then(CountChange::ratio), 6);
    let [time, low, high] = figures(change.and_then(|it| it.time).map(|it| it.ratio), 6);
    [
        host.map_or(String::new(), |host| host.to_string()),
        figure(each, 6),
        key.map_or(String::new(), ToString::to_string),
        base.map_or(String::new(), |it| results.variant(it).name.clone()),
        ratio(change.and_then(|it| it.dispatched)),
        ratio(change.and_then(|it| it.host)),
        time,
        low,
        high,
        change
            .and_then(|it| it.seen())
            .map_or(String::new(), |seen| seen.to_string()),
    ]
}

/// Median and interval, empty where there are none.
fn figures(estimate: Option<Estimate>, decimals: usize) -> [String; 3] {
    let interval = estimate.and_then(|estimate| estimate.interval);
    [
        estimate.map(|it| it.median),
        interval.map(|it| it.low),
        interval.map(|it| it.high),
    ]
    .map(|it| figure(it, decimals))
}

fn figure(figure: Option<f64>, decimals: usize) -> String {
    figure.map_or(String::new(), |figure| format!("{figure:.decimals$}"))
}

/// The word of a judgement, empty where there is none.
fn word(judgement: Option<Judgement>) -> String {
    judgement.map_or(String::new(), |it| it.name().to_owned())
}
