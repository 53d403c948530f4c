//! What a run found: the headline, and whether the suites agree.

use super::{beside, factor, name};
use crate::analysis::Analysis;
use crate::format::{self, Detail};
use crate::schema::{ExperimentKind, Layouts, Measure, VariantId, WorkloadId};
use crate::stats::{Estimate, Verdict};
use crate::suites::{self, Agreement, Conclusion};
use crate::validity::{self, Invalid};
use crate::verdicts::{Judgement, Over, further_steps};

/// What the run found, in one sentence; or, if the run can't be believed, why.
pub(crate) fn headline(analysis: &Analysis<'_>, invalid: &[Invalid]) -> String {
    if invalid.is_empty() {
        return finding(analysis);
    }
    validity::statement(invalid, true)
}

fn finding(analysis: &Analysis<'_>) -> String {
    let results = analysis.results;
    let Some(workload) = results.workload_named(&results.experiment.headline) else {
        return "The headline workload was not measured.".to_owned();
    };
    let finding = match results.experiment.kind {
        ExperimentKind::Progression => progression(analysis, workload),
        ExperimentKind::Comparison => comparison(analysis, workload),
        ExperimentKind::Builds => Some(builds(analysis)),
    };
    finding.unwrap_or_else(|| {
        let title = &results.workload(workload).title;
        format!(
            "On {title} there are no times to compare {} with.",
            name(results, results.reference())
        )
    })
}

/// What the first step of a progression brings, and what all further ones add.
fn progression(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<String> {
    let results = analysis.results;
    let reference = results.reference();
    let mut others = results
        .variant_ids()
        .filter(|&variant| variant != reference);
    let first = others.next()?;
    let first_speedup = analysis.speedup(Measure::Run, workload, reference, first)?;
    let over = Over::Workload(workload);
    let judgement = |from, to| analysis.verdicts().between(over, from, to);
    let step = format!(
        "On {}, {} {}.",
        results.workload(workload).title,
        name(results, first),
        beside(
            &first_speedup,
            judgement(reference, first),
            &name(results, reference)
        ),
    );
    let further = others.count();
    let rest = further_steps(analysis).and_then(|(first, last)| {
        let rest = analysis.speedup(Measure::Run, workload, first, last)?;
        let steps = format::counted(further, "further step");
        let contribution = contribution(&rest, judgement(first, last));
        let last = name(results, last);
        Some(format!(" {steps}, to {last}, {contribution}."))
    });
    Some(step + &rest.unwrap_or_default())
}

/// What further steps add or cost, as far as the verdict goes.
fn contribution(speedup: &Estimate, judgement: Option<Judgement>) -> String {
    let size = format::step(speedup, Detail::Full);
    if let Some((size, compared, _)) = factor(&size) {
        return format!("make it {size} {compared}");
    }
    match judgement.map_or(Verdict::CantTell, Judgement::verdict) {
        Verdict::Faster => format!("add {}", size.trim_start_matches('+')),
        Verdict::Slower => format!("cost {}", size.trim_start_matches('−')),
        Verdict::Same => format!("change it by less than 1 %: {size}"),
        Verdict::CantTell => format!("make no difference that this run can tell: {size}"),
    }
}

/// What two builds differ in, over all engines and workloads.
fn builds(analysis: &Analysis<'_>) -> String {
    let verdicts = analysis.verdicts();
    let count = |wanted| verdicts.all().filter(|it| it.verdict() == wanted).count();
    let (faster, slower) = (count(Verdict::Faster), count(Verdict::Slower));
    let of = |comparisons| {
        let comparisons = format::counted(comparisons, "comparison");
        format!("Of {comparisons} of the new build with the old,")
    };
    // Those of the same code have nothing to tell.
    let judged = verdicts.family();
    if judged == 0 {
        return format!("{} all are of the same code.", of(verdicts.all().count()));
    }
    let of = of(judged);
    if verdicts.all().any(|it| it == Judgement::FirstLook) {
        let unit = analysis.unit();
        return format!("{of} a first look: too few {unit}s to tell anything of so many.");
    }
    let layouts = analysis.results.layouts.as_ref();
    let within = match layouts.and_then(Layouts::within_one) {
        Some(_) => ", within one layout",
        None => "",
    };
    match (faster, slower) {
        (0, 0) => format!("{of} none tells a difference{within}."),
        _ => format!("{of} {faster} are faster and {slower} slower{within}."),
    }
}

/// What a comparison finds: who is fastest and slowest, against the reference or, where variants
/// have counterparts, among those that share one.
fn comparison(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<String> {
    let results = analysis.results;
    let clauses: Vec<String> = results
        .variant_ids()
        .filter_map(|base| extremes(analysis, workload, base))
        .collect();
    (!clauses.is_empty()).then(|| {
        format!(
            "On {}, {}.",
            results.workload(workload).title,
            clauses.join("; ")
        )
    })
}

/// The fastest and the slowest of the variants that are judged against this one.
fn extremes(analysis: &Analysis<'_>, workload: WorkloadId, base: VariantId) -> Option<String> {
    let results = analysis.results;
    let mut judged: Vec<(VariantId, Estimate)> = results
        .variant_ids()
        .filter(|&variant| analysis.base(variant) == Some(base))
        .filter_map(|variant| {
            let speedup = analysis.speedup(Measure::Run, workload, base, variant)?;
            Some((variant, speedup))
        })
        .collect();
    judged.sort_by(|(_, one), (_, other)| other.median.total_cmp(&one.median));
    let said = |(variant, speedup): &(VariantId, Estimate)| {
        let size = format::speedup(speedup, Detail::Full);
        format!("{}, at {size}", name(results, *variant))
    };
    let over = Over::Workload(workload);
    let judgement = |variant| analysis.verdicts().between(over, base, variant);
    let base = name(results, base);
    Some(match judged.as_slice() {
        [] => return None,
        [(only, speedup)] => {
            let beside = beside(speedup, judgement(*only), &base);
            format!("{} {beside}", name(results, *only))
        }
        [fastest, .., slowest] => {
            let verdict =
                |variant| judgement(variant).map_or(Verdict::CantTell, Judgement::verdict);
            let told = judged.iter().find(|it| verdict(it.0) == Verdict::Faster);
            let Some(told) = told else {
                let known = match judged.iter().all(|it| verdict(it.0) == Verdict::Slower) {
                    true => "",
                    false => "known to be ",
                };
                return Some(format!(
                    "nothing is {known}faster than {base}: the fastest of the others is {}; the slowest is {}",
                    said(fastest),
                    said(slowest),
                ));
            };
            let (variant, speedup) = told;
            let rank = match told == fastest {
                true => format!("is the fastest of {}", judged.len() + 1),
                // A median alone makes nothing the fastest.
                false => format!(
                    "is the fastest that is told from it, though {}, may be faster",
                    said(fastest)
                ),
            };
            let last = match told == slowest {
                true => String::new(),
                false => format!("; the slowest is {}", said(slowest)),
            };
            format!(
                "{} {}, and {rank}{last}",
                name(results, *variant),
                beside(speedup, judgement(*variant), &base),
            )
        }
    })
}

/// Whether the suites lead to the same conclusions: a sentence on all of them, then one on each that
/// differs; nothing with fewer than two suites.
pub(crate) fn suites(analysis: &Analysis<'_>) -> Vec<String> {
    let conclusions = suites::conclusions(analysis);
    if conclusions.is_empty() {
        return Vec::new();
    }
    let of = |wanted: fn(&Agreement) -> bool| {
        let found = conclusions.iter().filter(|it| wanted(&it.agreement()));
        found.collect::<Vec<_>>()
    };
    let differ = of(|it| *it == Agreement::Differs);
    let open = of(|it| *it == Agreement::Open).len();
    let names: Vec<&str> = analysis.suites().iter().map(|suite| suite.name).collect();
    let names = names.join(" and ");
    let open = match open {
        0 => String::new(),
        open => format!(" Of {open}, not every suite can tell."),
    };
    let first = format!(
        "The suites {names} differ in {} of {} conclusions{}{open}",
        differ.len(),
        conclusions.len(),
        if differ.is_empty() { "." } else { ":" },
    );
    let sentence = |conclusion: &&Conclusion<'_>| {
        let told = conclusion.suites.iter().map(|it| {
            let said = it.speedup.map_or("no times".to_owned(), |speedup| {
                let size = format::speedup(&speedup, Detail::Full);
                if size.contains(" slower") {
                    return size;
                }
                format!("{} ({size})", it.verdict)
            });
            format!("{said} on {}", it.suite)
        });
        format!(
            "{} against {}: {}.",
            name(analysis.results, conclusion.to),
            name(analysis.results, conclusion.from),
            told.collect::<Vec<_>>().join(", "),
        )
    };
    std::iter::once(first)
        .chain(differ.iter().map(sentence))
        .collect()
}
