//! The tables of a report: which figures stand where. How they are written is decided in
//! [`crate::table`], how they are found in [`crate::analysis`].

mod instructions;

use crate::analysis::Analysis;
use crate::schema::{Measure, PublishedStage, Results, Variant, VariantId, WorkloadId};
use crate::stats::{Estimate, Verdict};
use crate::table::{Column, Table, Value};

pub use instructions::{counts, instructions, three_way, three_way_everywhere};

/// The progression on one workload: time, speedup over the reference, step from the previous
/// stage; the published figures beside them where the workload is the headline's.
pub fn progression(analysis: &Analysis<'_>, workload: WorkloadId) -> Table {
    let results = analysis.results;
    let steps = results
        .variant_ids()
        .any(|variant| analysis.previous(variant).is_some());
    let published = is_headline(results, workload)
        && results
            .variants
            .iter()
            .any(|variant| variant.published.is_some());

    let mut columns = vec![Column::words("stage"), Column::figures("time")];
    let mut column = |column: Column, wanted: bool| columns.extend(wanted.then_some(column));
    column(Column::figures("published").optional(), published);
    column(
        Column::figures(format!("vs. {}", results.experiment.reference)),
        true,
    );
    column(Column::figures("published").optional(), published);
    column(Column::figures("vs. previous"), steps);
    column(Column::figures("published").optional(), published && steps);
    column(Column::words("verdict"), true);

    let row = |variant: VariantId| {
        let previous = analysis.previous(variant);
        let step = previous.unwrap_or(results.reference());
        let stage = results.variant(variant).published.as_ref();
        let figure = |value: fn(&PublishedStage) -> Option<Value>| {
            published.then(|| stage.and_then(value).unwrap_or(Value::Absent))
        };
        let mut row = vec![
            label(results, variant),
            time(analysis, Measure::Run, workload, variant),
        ];
        row.extend(figure(|stage| {
            Some(Value::PublishedMilliseconds(stage.milliseconds))
        }));
        row.push(speedup(
            analysis,
            workload,
            results.reference(),
            variant,
            Value::Ratio,
        ));
        row.extend(figure(|stage| Some(Value::PlainRatio(stage.speedup))));
        if steps {
            row.push(match previous {
                Some(previous) => speedup(analysis, workload, previous, variant, Value::Step),
                None => Value::Absent,
            });
            row.extend(figure(|stage| {
                stage.gain_percent.map(Value::PublishedChange)
            }));
        }
        row.push(if step == variant {
            Value::Absent
        } else {
            speedup(analysis, workload, step, variant, |it| {
                Value::Verdict(Verdict::of(&it))
            })
        });
        row
    };
    Table {
        title: format!("Progression on {}", results.workload(workload).title),
        columns,
        rows: results.variant_ids().map(row).collect(),
        notes: if published {
            published_notes(results)
        } else {
            Vec::new()
        },
    }
}

/// Where a published stage isn't quite the measured one.
fn published_notes(results: &Results) -> Vec<String> {
    let note = |variant: &Variant| {
        let note = variant.published.as_ref()?.note.as_ref()?;
        Some(format!("Published “{}”: {note}.", variant.label))
    };
    results.variants.iter().filter_map(note).collect()
}

/// Time of one run: stages against workloads.
pub fn times(analysis: &Analysis<'_>) -> Table {
    matrix(
        analysis,
        "Time of one run",
        |variant, workload| time(analysis, Measure::Run, workload, variant),
        None,
    )
}

/// Speedup over the reference: stages against workloads, and the geometric mean.
pub fn speedups(analysis: &Analysis<'_>) -> Table {
    let reference = analysis.results.reference();
    matrix(
        analysis,
        &format!("Speedup over {}", analysis.results.experiment.reference),
        |variant, workload| speedup(analysis, workload, reference, variant, Value::Ratio),
        Some(&|variant| {
            if variant == reference {
                return Value::PlainRatio(1.0);
            }
            let suite = analysis.suite_speedup(Measure::Run, reference, variant);
            Value::or_absent(suite, Value::Ratio)
        }),
    )
}

/// The step from the previous stage: stages against workloads, and the geometric mean; `None`
/// where the variants aren't steps.
pub fn steps(analysis: &Analysis<'_>) -> Option<Table> {
    analysis
        .results
        .variant_ids()
        .find_map(|variant| analysis.previous(variant))?;
    Some(matrix(
        analysis,
        "Step from the previous stage",
        |variant, workload| match analysis.previous(variant) {
            Some(previous) => speedup(analysis, workload, previous, variant, Value::JudgedStep),
            None => Value::Absent,
        },
        Some(&|variant| {
            let previous = analysis.previous(variant);
            let suite = previous.and_then(|it| analysis.suite_speedup(Measure::Run, it, variant));
            Value::or_absent(suite, Value::JudgedStep)
        }),
    ))
}

/// A column over the whole suite, for a table of stages against workloads.
type SuiteColumn<'a> = &'a dyn Fn(VariantId) -> Value;

fn matrix(
    analysis: &Analysis<'_>,
    title: &str,
    cell: impl Fn(VariantId, WorkloadId) -> Value,
    suite: Option<SuiteColumn<'_>>,
) -> Table {
    let results = analysis.results;
    // The mean of a single workload would only repeat it.
    let suite = suite.filter(|_| results.workloads.len() > 1);
    let titles = results
        .workloads
        .iter()
        .map(|workload| Column::figures(&workload.title));
    let row = |variant| {
        let cells = results
            .workload_ids()
            .map(|workload| cell(variant, workload));
        std::iter::once(label(results, variant))
            .chain(cells)
            .chain(suite.map(|suite| suite(variant)))
            .collect()
    };
    Table {
        title: title.to_owned(),
        columns: std::iter::once(Column::words("stage"))
            .chain(titles)
            .chain(suite.map(|_| Column::figures("geometric mean")))
            .collect(),
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    }
}

/// Evaluator against the full virtual machine on every workload, with the published figures;
/// `None` where the experiment names no such pair, or they weren't both measured.
pub fn baseline(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    let (evaluator, vm) = baseline_pair(results)?;
    let row = |id: WorkloadId| {
        let workload = results.workload(id);
        let published = workload.published.as_ref();
        vec![
            Value::Text(workload.title.clone()),
            time(analysis, Measure::Run, id, evaluator),
            time(analysis, Measure::Run, id, vm),
            speedup(analysis, id, evaluator, vm, Value::Ratio),
            Value::or_absent(published.map(|it| it.speedup), Value::PlainRatio),
            Value::or_absent(
                published.map(|it| it.evaluator_ms),
                Value::PublishedMilliseconds,
            ),
            Value::or_absent(published.map(|it| it.vm_ms), Value::PublishedMilliseconds),
        ]
    };
    Some(Table {
        title: format!(
            "{} against {}",
            results.variant(evaluator).name,
            results.variant(vm).name
        ),
        columns: vec![
            Column::words("workload"),
            Column::figures(&results.variant(evaluator).name),
            Column::figures(&results.variant(vm).name),
            Column::figures("speedup"),
            Column::figures("published"),
            Column::figures("published evaluator").optional(),
            Column::figures("published VM").optional(),
        ],
        rows: results.workload_ids().map(row).collect(),
        notes: Vec::new(),
    })
}

/// The two variants of the published table of workloads, if both were measured.
pub fn baseline_pair(results: &Results) -> Option<(VariantId, VariantId)> {
    let pair = results.experiment.baseline.as_ref()?;
    Some((
        results.variant_named(&pair.evaluator)?,
        results.variant_named(&pair.vm)?,
    ))
}

/// The phases of every stage on every workload, apart; `None` if only whole runs were timed.
pub fn phases(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    results
        .samples
        .iter()
        .find(|sample| sample.measure != Measure::Run)?;
    Some(per_workload(
        results,
        "Phases",
        Measure::ALL
            .map(|measure| Column::figures(measure.name()))
            .into(),
        |variant, workload| {
            Measure::ALL
                .map(|measure| time(analysis, measure, workload, variant))
                .into()
        },
    ))
}

/// A table with a block of rows per workload, whose title stands in the block's first row.
fn per_workload(
    results: &Results,
    title: &str,
    columns: Vec<Column>,
    cells: impl Fn(VariantId, WorkloadId) -> Vec<Value>,
) -> Table {
    let mut rows = Vec::new();
    for workload in results.workload_ids() {
        let mut block = results.workload(workload).title.clone();
        for variant in results.variant_ids() {
            let mut row = vec![
                Value::Text(std::mem::take(&mut block)),
                label(results, variant),
            ];
            row.extend(cells(variant, workload));
            rows.push(row);
        }
    }
    Table {
        title: title.to_owned(),
        columns: [Column::words("workload"), Column::words("stage")]
            .into_iter()
            .chain(columns)
            .collect(),
        rows,
        notes: Vec::new(),
    }
}

/// The A/A control and the smallest detectable effect of each workload.
pub fn control(analysis: &Analysis<'_>) -> Table {
    let results = analysis.results;
    let row = |title: &str, control: Option<Estimate>, effect: Option<f64>| {
        let coverage = control
            .and_then(|it| it.interval)
            .map(|it| it.coverage * 100.0);
        vec![
            Value::Text(title.to_owned()),
            Value::or_absent(control, Value::SmallChange),
            Value::or_absent(control.map(|it| it.values as u64), Value::Count),
            Value::or_absent(coverage, |percent| Value::Text(format!("{percent:.2} %"))),
            Value::or_absent(effect, |it| Value::Text(format!("{:.2} %", it * 100.0))),
        ]
    };
    let workloads = results.workload_ids().map(|id| {
        let title = &results.workload(id).title;
        row(title, analysis.control(id), analysis.smallest_effect(id))
    });
    let suite = (results.workloads.len() > 1)
        .then(|| row("geometric mean", analysis.suite_control(), None));
    Table {
        title: format!("A/A control: {0} against {0}", results.experiment.reference),
        columns: vec![
            Column::words("workload"),
            Column::figures("difference"),
            Column::figures("rounds"),
            Column::figures("coverage").optional(),
            Column::figures("smallest effect"),
        ],
        rows: workloads.chain(suite).collect(),
        notes: Vec::new(),
    }
}

fn is_headline(results: &Results, workload: WorkloadId) -> bool {
    results.workload(workload).name == results.experiment.headline
}

fn label(results: &Results, variant: VariantId) -> Value {
    Value::Text(results.variant(variant).label.clone())
}

fn time(
    analysis: &Analysis<'_>,
    measure: Measure,
    workload: WorkloadId,
    variant: VariantId,
) -> Value {
    if analysis.results.has_failed(variant, workload) {
        return Value::Failed;
    }
    Value::or_absent(analysis.time(measure, workload, variant), Value::Time)
}

/// A speedup as a value of this kind. The reference against itself is exactly 1.
fn speedup(
    analysis: &Analysis<'_>,
    workload: WorkloadId,
    from: VariantId,
    to: VariantId,
    value: fn(Estimate) -> Value,
) -> Value {
    if analysis.results.has_failed(to, workload) {
        return Value::Failed;
    }
    if from == to {
        return Value::PlainRatio(1.0);
    }
    Value::or_absent(analysis.speedup(Measure::Run, workload, from, to), value)
}
