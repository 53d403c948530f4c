//! The tables of suites: the same question asked of each suite apart, and whether the answers are
//! the same.

use super::{judged, label, mean_judgement, mean_speedup, subject};
use crate::analysis::{Analysis, Mean};
use crate::schema::{ExperimentKind, VariantId};
use crate::stats::Estimate;
use crate::suites::{Agreement, Conclusion};
use crate::table::{Column, Table, Value};

/// Speedup over the reference, as the geometric mean of each suite; `None` with fewer than two
/// suites.
pub fn suite_speedups(analysis: &Analysis<'_>) -> Option<Table> {
    let reference = analysis.results.reference();
    let title = format!(
        "Suites: speedup over {}",
        analysis.results.short_name(reference)
    );
    let reference_itself = Value::PlainRatio(1.0);
    table(
        analysis,
        &title,
        |_, _, _| Value::Ratio,
        &reference_itself,
        |variant| (variant != reference).then_some(reference),
    )
}

/// Step from the previous stage, or speedup over the counterpart, as the geometric mean of each
/// suite; `None` with fewer than two suites, or where the variants aren't steps.
pub fn suite_steps(analysis: &Analysis<'_>) -> Option<Table> {
    let steps = |variant| analysis.previous(variant);
    analysis.results.variant_ids().find_map(steps)?;
    let title = match analysis.results.experiment.kind {
        ExperimentKind::Progression => "Suites: step from the previous stage",
        ExperimentKind::Comparison => "Suites: speedup over the counterpart",
        ExperimentKind::Builds => "Suites: new build against old",
    };
    let value = |mean: &Mean, base, variant| judged(mean_judgement(analysis, mean, base, variant));
    table(analysis, title, value, &Value::Absent, steps)
}

fn table<V: Fn(Estimate) -> Value>(
    analysis: &Analysis<'_>,
    title: &str,
    value: impl Fn(&Mean, VariantId, VariantId) -> V,
    without_base: &Value,
    base: impl Fn(VariantId) -> Option<VariantId>,
) -> Option<Table> {
    let results = analysis.results;
    let suites = analysis.suites();
    if suites.len() < 2 {
        return None;
    }
    let headings = suites.iter().map(|suite| Column::figures(suite.name));
    let columns = std::iter::once(subject(results))
        .chain(headings)
        .chain([Column::words("conclusion").wrapped()])
        .collect();
    let means = analysis.means();
    let row = |variant| {
        let base = base(variant);
        let mut row = vec![label(results, variant)];
        row.extend(means.iter().map(|mean: &Mean| match base {
            Some(base) => mean_speedup(analysis, mean, base, variant, value(mean, base, variant)),
            None => without_base.clone(),
        }));
        row.push(Value::or_absent(base, |base| {
            let conclusion = Conclusion::new(analysis, base, variant);
            Value::Text(match conclusion.agreement() {
                Agreement::Same(verdict) => format!("{verdict} in each"),
                Agreement::Differs => "differs".to_owned(),
                Agreement::Open => "can't tell".to_owned(),
            })
        }));
        row
    };
    Some(Table {
        title: title.to_owned(),
        columns,
        rows: results.variant_ids().map(row).collect(),
        notes: Vec::new(),
    })
}
