//! The tables of a report: which figures stand where. How they are written is decided in
//! [`crate::table`], how they are found in [`crate::analysis`].

mod engines;
mod instructions;
mod machine_code;
mod suites;

use crate::analysis::{Analysis, Mean};
use crate::claims::{self, Match, Source};
use crate::format::{self, Detail};
use crate::schema::{ExperimentKind, Measure, Results, VariantId, WorkloadId};
use crate::stats::Estimate;
use crate::table::{Column, Table, Value};
use crate::verdicts::{Judgement, Over};

pub use engines::{engines, peak_memory};
pub use instructions::{counts, instructions, three_way, three_way_everywhere};
pub use machine_code::{dispatch_code, dispatching, dispatching_everywhere, values};
pub use suites::{suite_speedups, suite_steps};

/// All variants on one workload: time, speedup over the reference, step from the previous stage or
/// speedup over the counterpart; beside each what was published of the very same.
pub fn progression(analysis: &Analysis<'_>, workload: WorkloadId) -> Table {
    let results = analysis.results;
    let steps = results
        .variant_ids()
        .any(|variant| analysis.previous(variant).is_some());
    let reference = results.reference();
    let published_time = |variant| claims::stage_time(results, workload, variant);
    let published_speedup = |variant| {
        claims::stage_speedup(results, workload, reference, variant)
            .or_else(|| claims::stage_gain(results, workload, reference, variant))
    };
    let published_step =
        |variant| claims::stage_gain(results, workload, analysis.previous(variant)?, variant);
    // The reference's own 1 alone tells nothing.
    let others = || {
        results
            .variant_ids()
            .filter(|&variant| variant != reference)
    };
    let is_published = |figure: &dyn Fn(VariantId) -> Option<Match>| {
        others().any(|variant| figure(variant).is_some())
    };
    let [times, speedups, gains] = [
        is_published(&published_time),
        is_published(&published_speedup),
        steps && is_published(&published_step),
    ];

    let mut columns = vec![subject(results), Column::figures("time")];
    let mut column = |column: Column, wanted: bool| columns.extend(wanted.then_some(column));
    column(Column::figures("published").optional(), times);
    column(
        Column::figures(format!("vs. {}", results.short_name(reference))),
        true,
    );
    column(Column::figures("published").optional(), speedups);
    column(Column::figures(format!("vs. {}", base(results))), steps);
    column(Column::figures("published").optional(), gains);
    column(Column::words("verdict"), true);

    let row = |variant: VariantId| {
        let previous = analysis.previous(variant);
        let step = previous.unwrap_or(reference);
        let mut row = vec![
            label(results, variant),
            time(analysis, Measure::Run, workload, variant),
        ];
        row.extend(times.then(|| published(published_time(variant))));
        row.push(speedup(
            analysis,
            workload,
            reference,
            variant,
            Value::Ratio,
        ));
        row.extend(speedups.then(|| published(published_speedup(variant))));
        if steps {
            row.push(match previous {
                Some(previous) => speedup(analysis, workload, previous, variant, Value::Step),
                None => Value::Absent,
            });
            row.extend(gains.then(|| published(published_step(variant))));
        }
        row.push(
            match (step == variant, results.has_failed(variant, workload)) {
                (true, _) => Value::Absent,
                (false, true) => Value::Failed,
                (false, false) => {
                    let over = Over::Workload(workload);
                    let judgement = analysis.verdicts().between(over, step, variant);
                    Value::or_absent(judgement, Value::Judgement)
                }
            },
        );
        row
    };
    let kind = match results.experiment.kind {
        ExperimentKind::Progression => "Progression",
        ExperimentKind::Comparison => "Comparison",
        ExperimentKind::Builds => "Two builds",
    };
    Table {
        title: format!("{kind} on {}", results.workload(workload).title),
        columns,
        rows: results.variant_ids().map(row).collect(),
        notes: counterparts(analysis)
            .into_iter()
            .chain(within_one_layout(results))
            .chain(other_gains(analysis, workload))
            .chain(sources_note(results, workload))
            .collect(),
    }
}

/// The column of the variants: those of a progression are stages.
fn subject(results: &Results) -> Column {
    Column::words(match results.experiment.kind {
        ExperimentKind::Progression => "stage",
        ExperimentKind::Comparison | ExperimentKind::Builds => "variant",
    })
}

/// What [`Analysis::previous`] is, after “vs.”.
fn base(results: &Results) -> &'static str {
    match results.experiment.kind {
        ExperimentKind::Progression => "previous",
        ExperimentKind::Comparison => "counterpart",
        ExperimentKind::Builds => "old build",
    }
}

/// Which variants are whose counterparts, where not all are compared with the reference alone.
fn counterparts(analysis: &Analysis<'_>) -> Vec<String> {
    let results = analysis.results;
    if !analysis.has_counterparts() {
        return Vec::new();
    }
    let pair = |variant| {
        let base = results.variant(analysis.base(variant)?);
        Some(format!(
            "{} to {}",
            results.variant(variant).label,
            base.label
        ))
    };
    let pairs: Vec<String> = results.variant_ids().filter_map(pair).collect();
    vec![format!("Counterparts: {}.", pairs.join("; "))]
}

/// What the verdicts on two builds don't cover, if either has one layout only.
fn within_one_layout(results: &Results) -> Option<String> {
    let is_of_builds = results.experiment.kind == ExperimentKind::Builds;
    let why = results.layouts.as_ref().filter(|_| is_of_builds)?;
    Some(format!(
        "The verdicts are within one layout ({}): linked anew, the same code may take some per cent more or less.",
        why.within_one()?
    ))
}

/// A published figure in the cell beside a measured one.
fn published(found: Option<Match>) -> Value {
    Value::or_absent(found, |found| Value::Published(found.figure))
}

/// The published gains over stages that no column compares a row with: each with what was measured of the
/// same two.
fn other_gains(analysis: &Analysis<'_>, workload: WorkloadId) -> Vec<String> {
    let results = analysis.results;
    let has_column = |from, to| from == results.reference() || analysis.previous(to) == Some(from);
    let gains = claims::stage_gains(results, workload).into_iter();
    let note = |(from, to, found): (VariantId, VariantId, Match)| {
        let measured = analysis.speedup(Measure::Run, workload, from, to);
        let measured = measured.map_or("not measured".to_owned(), |it| {
            format::change(&it, Detail::Full)
        });
        format!(
            "Published of {} over {}: {}; here: {measured}.",
            results.variant(to).name,
            results.variant(from).name,
            Value::Published(found.figure).render(Detail::Full),
        )
    };
    gains
        .filter(|(from, to, _)| !has_column(*from, *to))
        .map(note)
        .collect()
}

/// Who published the figures beside a workload's.
fn sources_note(results: &Results, workload: WorkloadId) -> Option<String> {
    let sources = claims::sources_of(results, workload);
    if sources.is_empty() {
        return None;
    }
    let cite = |source: &&Source| source.to_string();
    let cited: Vec<String> = sources.iter().map(cite).collect();
    Some(format!(
        "Published: {}. Another machine and another implementation.",
        cited.join("; ")
    ))
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

/// Speedup over the reference: variants against workloads, and the geometric means.
pub fn speedups(analysis: &Analysis<'_>) -> Table {
    let reference = analysis.results.reference();
    matrix(
        analysis,
        &format!("Speedup over {}", analysis.results.short_name(reference)),
        |variant, workload| speedup(analysis, workload, reference, variant, Value::Ratio),
        Some(&|variant, mean| mean_speedup(analysis, mean, reference, variant, Value::Ratio)),
    )
}

/// The step from the previous stage, or the speedup over the counterpart: variants against workloads,
/// and the geometric means; `None` where the variants aren't steps.
pub fn steps(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    results
        .variant_ids()
        .find_map(|variant| analysis.previous(variant))?;
    let mut table = matrix(
        analysis,
        match analysis.results.experiment.kind {
            ExperimentKind::Progression => "Step from the previous stage",
            ExperimentKind::Comparison => "Speedup over the counterpart",
            ExperimentKind::Builds => "New build against old",
        },
        |variant, workload| match analysis.previous(variant) {
            Some(previous) => {
                let over = Over::Workload(workload);
                let judgement = analysis.verdicts().between(over, previous, variant);
                speedup(analysis, workload, previous, variant, judged(judgement))
            }
            None => Value::Absent,
        },
        Some(&|variant, mean| match analysis.previous(variant) {
            Some(previous) => {
                let judgement = mean_judgement(analysis, mean, previous, variant);
                mean_speedup(analysis, mean, previous, variant, judged(judgement))
            }
            None => Value::Absent,
        }),
    );
    table.notes.extend(within_one_layout(results));
    if results.experiment.kind == ExperimentKind::Builds {
        // The old build's have nothing to be compared with.
        let mut variants = results.variant_ids();
        table.rows.retain(|_| {
            variants
                .next()
                .is_some_and(|id| analysis.previous(id).is_some())
        });
    }
    Some(table)
}

/// A step with what may be said of it.
fn judged(judgement: Option<Judgement>) -> impl Fn(Estimate) -> Value {
    move |it| Value::JudgedStep(it, judgement.unwrap_or(Judgement::FirstLook))
}

/// What may be said of a variant against another one, over a mean.
fn mean_judgement(
    analysis: &Analysis<'_>,
    mean: &Mean,
    from: VariantId,
    to: VariantId,
) -> Option<Judgement> {
    let place = analysis.means().iter().position(|it| it == mean)?;
    let over = Over::mean(place, &mean.workloads);
    analysis.verdicts().between(over, from, to)
}

/// What stands in the column of a mean, for a table of variants against workloads.
type MeanOf<'a> = &'a dyn Fn(VariantId, &Mean) -> Value;

fn matrix(
    analysis: &Analysis<'_>,
    title: &str,
    cell: impl Fn(VariantId, WorkloadId) -> Value,
    mean_of: Option<MeanOf<'_>>,
) -> Table {
    let results = analysis.results;
    let mut means = analysis.means();
    // The mean of a single workload would only repeat it.
    means.retain(|mean| mean_of.is_some() && mean.workloads.len() > 1);
    let titles = results.workloads.iter().map(|workload| &workload.title);
    let titles = titles.chain(means.iter().map(|mean| &mean.title));
    let row = |variant| {
        let cells = results
            .workload_ids()
            .map(|workload| cell(variant, workload));
        let mut row = vec![label(results, variant)];
        row.extend(cells);
        if let Some(mean_of) = mean_of {
            row.extend(means.iter().map(|mean| mean_of(variant, mean)));
        }
        row
    };
    Table {
        title: title.to_owned(),
        columns: std::iter::once(subject(results))
            .chain(titles.map(Column::figures))
            .collect(),
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    }
}

/// Evaluator against the full virtual machine on every workload of which figures were published;
/// `None` where there is none, or the two weren't both measured.
pub fn baseline(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    let (evaluator, vm) = claims::baseline_pair(results)?;
    let of_published = |id: &WorkloadId| claims::baseline_speedup(results, *id).is_some();
    let workloads: Vec<WorkloadId> = results.workload_ids().filter(of_published).collect();
    let first = *workloads.first()?;
    let row = |&id: &WorkloadId| {
        vec![
            Value::Text(results.workload(id).title.clone()),
            time(analysis, Measure::Run, id, evaluator),
            time(analysis, Measure::Run, id, vm),
            speedup(analysis, id, evaluator, vm, Value::Ratio),
            published(claims::baseline_speedup(results, id)),
            published(claims::baseline_time(results, id, evaluator)),
            published(claims::baseline_time(results, id, vm)),
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
        rows: workloads.iter().map(row).collect(),
        notes: sources_note(results, first).into_iter().collect(),
    })
}

/// The phases of every stage on every workload, apart; `None` if only whole runs were timed.
pub fn phases(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    let measures = results.measures();
    if measures.iter().all(|&it| it == Measure::Run) {
        return None;
    }
    let columns = measures.iter().map(|it| Column::figures(it.name()));
    let times = |variant, workload| {
        let times = measures.iter();
        times
            .map(|&measure| time(analysis, measure, workload, variant))
            .collect()
    };
    Some(Table {
        notes: phases_notes(results, &measures),
        ..per_workload(results, "Phases", columns.collect(), times)
    })
}

/// What the phases are whose names don't tell, and whose figure stands for others too.
fn phases_notes(results: &Results, measures: &[Measure]) -> Vec<String> {
    let told = measures.iter().filter_map(|measure| match measure {
        Measure::Run => Some("run is on a fresh machine each time, instantiate included"),
        Measure::First => Some("first is the first execution in a fresh process"),
        Measure::Warm => Some("warm is one execution after another on one machine"),
        Measure::Total => Some("total is from text to result"),
        Measure::Parse | Measure::Compile | Measure::Instantiate => None,
    });
    let mut notes = vec![format!("Here {}.", told.collect::<Vec<_>>().join("; "))];
    let builtin = results.variants.iter().filter(|it| it.builtin).count();
    if measures.contains(&Measure::Parse) && builtin > 1 {
        notes.push(
            "The engines of this program share one parser: what it takes was timed for one of them, \
             and stands in the rows of all."
                .to_owned(),
        );
    }
    notes
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
        columns: [Column::words("workload"), subject(results)]
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
    let all = (results.workloads.len() > 1)
        .then(|| row("geometric mean", analysis.suite_control(), None));
    Table {
        title: format!(
            "A/A control: {0} against {0}",
            results.short_name(results.reference())
        ),
        columns: vec![
            Column::words("workload"),
            Column::figures("difference"),
            Column::figures(format!("{}s", analysis.unit())),
            Column::figures("coverage").optional(),
            Column::figures("smallest effect"),
        ],
        rows: workloads.chain(all).collect(),
        notes: Vec::new(),
    }
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
    value: impl FnOnce(Estimate) -> Value,
) -> Value {
    if analysis.results.has_failed(to, workload) {
        return Value::Failed;
    }
    if from == to {
        return Value::PlainRatio(1.0);
    }
    Value::or_absent(analysis.speedup(Measure::Run, workload, from, to), value)
}

/// The mean of speedups as a value of this kind. That of the reference over itself is exactly 1.
fn mean_speedup(
    analysis: &Analysis<'_>,
    mean: &Mean,
    from: VariantId,
    to: VariantId,
    value: impl FnOnce(Estimate) -> Value,
) -> Value {
    if from == to {
        return Value::PlainRatio(1.0);
    }
    let speedup = analysis.mean_speedup(Measure::Run, &mean.workloads, from, to);
    Value::or_absent(speedup, value)
}
