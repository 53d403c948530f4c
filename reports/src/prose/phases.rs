//! What the phases say of the documents' explanation of their losses.

use crate::analysis::Analysis;
use crate::claims;
use crate::format::{self, Detail};
use crate::phases::{BreakEven, Phases};
use crate::schema::{Measure, WorkloadId};

/// What the phases say of the documents' explanation, a sentence or two per workload that is a loss in the
/// documents or here; empty without phases.
pub(crate) fn phase_remarks(analysis: &Analysis<'_>) -> Vec<String> {
    let results = analysis.results;
    let Some((evaluator, vm)) = claims::baseline_pair(results) else {
        return Vec::new();
    };
    let remark = |workload: WorkloadId| {
        let from = Phases::of(analysis, workload, evaluator)?;
        let to = Phases::of(analysis, workload, vm)?;
        let total = analysis.speedup(Measure::Total, workload, evaluator, vm)?;
        let run = analysis.speedup(Measure::Run, workload, evaluator, vm)?;
        let published = claims::baseline_speedup(results, workload).map(|it| it.figure);
        let is_published_loss = published.is_some_and(|it| it.published.high() < 1.0);
        let loss = is_published_loss || total.median < 1.0 || run.median < 1.0;
        loss.then(|| {
            let published = published.map_or(String::new(), |it| format!(" (published: {it})"));
            format!(
                "{}{published}: {} in the run, {} from text to result. Against {}, {} pays {} to \
                 compile and {} to instantiate, and executes in {} instead of {}. {}",
                results.workload(workload).title,
                format::speedup(&run, Detail::Full),
                format::speedup(&total, Detail::Full),
                results.variant(evaluator).name,
                results.variant(vm).name,
                format::signed_time(to.compile - from.compile),
                format::signed_time(to.instantiate - from.instantiate),
                format::time(to.execute),
                format::time(from.execute),
                break_even(BreakEven::between(&from, &to)),
            )
        })
    };
    results.workload_ids().filter_map(remark).collect()
}

fn break_even(break_even: BreakEven) -> String {
    match break_even {
        BreakEven::Always => "Programs like it gain at any size.".to_owned(),
        BreakEven::After(time) => format!(
            "Programs like it gain once the evaluator would execute them for {}.",
            format::time(time)
        ),
        BreakEven::Never => "Programs like it gain at no size.".to_owned(),
    }
}
